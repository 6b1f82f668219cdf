"""Silences and plans: what a warning can be about, and whether it came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.backtest.lives import Life
from streams.backtest.spells import Spell, plans, silences
from streams.state.opportunity import Status
from tests.strategies import law

#: Time in these tests is a number without unit.
HORIZON = 4
END = 24

_INSTANTS = st.integers(0, END)
_ENDINGS: st.SearchStrategy[Status] = st.sampled_from(["won", "lost", "deleted"])


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw a deal that is closed and opened again at times, with contacts and plans at any time of its life."""
    born = draw(st.integers(0, 8))
    turns: list[tuple[int, Status]] = []
    for number, at in enumerate(sorted(draw(st.sets(st.integers(born + 1, END), max_size=3)))):
        turns.append((at, "open" if number % 2 else draw(_ENDINGS)))
    contacts = draw(st.sets(st.integers(born, END), max_size=8))
    known = sorted(draw(st.sets(st.integers(born, END), max_size=3)))
    dates = [(at, draw(st.none() | st.integers(0, END + 6))) for at in known]
    return Life(born, HORIZON, contacts, dates, turns)


def silences_by_walking(life: Life) -> list[Spell]:
    """Walk through the life instant by instant, and note when a silence begins, and how it ends."""
    found = []
    opened = [life.born_at, *(at for at, status in life.turns if status == "open")]
    for start in range(life.born_at, END + 1):
        if life.status_at(start) != "open" or (start not in opened and start not in life.contacts):
            continue
        if start == END and start not in opened:
            continue  # the log ends with this contact
        until, ending = start, "open"
        while until < END and ending == "open":
            until += 1
            ending = life.status_at(until)
            if ending == "open" and until in life.contacts and until < END:
                ending = "contact"
        if ending == "open":
            decided, happened = until >= start + HORIZON, until >= start + HORIZON
        else:
            happened = until > start + HORIZON
            decided = happened or ending in ("contact", "won", "lost")
        if decided:
            found.append(Spell("opp-1", start, until, start + HORIZON, happened))
    return found


@law(400)
@given(lives())
def test_silences_are_those_that_a_walk_through_the_life_meets(life: Life) -> None:
    """Begun by birth, contact or reopening; ended by contact or close; left out where the log or a deletion cuts in."""
    assert silences({"opp-1": life}, END) == silences_by_walking(life)


@law(400)
@given(lives())
def test_a_plan_came_true_if_the_deal_was_won_by_the_date(life: Life) -> None:
    """Every decided plan was made before its date while the deal was open, and asks how the deal stood at the date."""
    for spell in plans({"opp-1": life}, END):
        assert (spell.start, spell.due) in {
            (max(known, since), due) for known, due in life.dates for since in _opened(life)
        }
        assert spell.start < spell.due
        assert life.status_at(spell.start) == "open" or spell.start == spell.until
        at_last = life.status_at(min(spell.due, END))
        assert at_last != "deleted"
        assert spell.happened == (at_last != "won")
        assert spell.due <= END or at_last in ("won", "lost")


def _opened(life: Life) -> list[int]:
    return [life.born_at, *(at for at, status in life.turns if status == "open")]


def test_silences_by_hand() -> None:
    """Two short ones, one that reaches the horizon, and one that the end of the log leaves undecided."""
    life = Life(0, HORIZON, {1, 3, 22}, [], [])
    assert silences({"opp-1": life}, END) == [
        Spell("opp-1", 0, 1, 4, happened=False),
        Spell("opp-1", 1, 3, 5, happened=False),
        Spell("opp-1", 3, 22, 7, happened=True),
    ]


def test_a_contact_at_the_last_moment_is_in_time() -> None:
    """As for the label: up to the horizon's end."""
    assert [each.happened for each in silences({"a": Life(0, HORIZON, {4, 9}, [], [(10, "won")])}, END)] == [
        False,
        True,
        False,
    ]


def test_a_loss_decides_a_silence_and_a_deletion_does_not() -> None:
    """A deal that is over is silent no longer; one that was never meant has no outcome."""
    assert [each.happened for each in silences({"a": Life(0, HORIZON, set(), [], [(2, "lost")])}, END)] == [False]
    assert silences({"a": Life(0, HORIZON, set(), [], [(2, "deleted")])}, END) == []


def test_plans_by_hand() -> None:
    """A date that is pushed, passes all the same; the win comes in time for the second."""
    life = Life(0, HORIZON, set(), [(0, 10), (5, 20)], [(15, "won")])
    assert plans({"opp-1": life}, END) == [
        Spell("opp-1", 0, 5, 10, happened=True),
        Spell("opp-1", 5, 15, 20, happened=False),
    ]


def test_a_plan_beyond_the_end_of_the_log_is_decided_by_the_end_of_the_deal_only() -> None:
    """Open: nobody knows. Lost: it will not be won."""
    dates: list[tuple[int, int | None]] = [(0, END + 5)]
    assert plans({"a": Life(0, HORIZON, set(), dates, [])}, END) == []
    assert [each.happened for each in plans({"a": Life(0, HORIZON, set(), dates, [(9, "lost")])}, END)] == [True]
