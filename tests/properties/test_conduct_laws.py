"""Laws of the matrix and the coach: any events, any order of deals, any cut of the log."""

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.events.envelope import Event
from streams.revenue.coaching import sheets_of, team_sheets_of
from streams.revenue.company import Company
from streams.revenue.conduct import PEOPLE, STEPS, TALLIES, WEEKS
from streams.revenue.consistency import evenness
from streams.revenue.indices import Index, indices_of, shrunk
from streams.revenue.ladder import OFF, fit
from streams.revenue.logbook import Logbook, decode_kept, encode_kept
from streams.revenue.matrix import matrix_of
from streams.revenue.passing import passed
from streams.revenue.periods import FiscalCalendar
from streams.revenue.process import GATES, PROCESS_LEVELS, level_of
from streams.revenue.quarters import quarters_back
from streams.revenue.relationship import RELATIONSHIP_LEVELS, Signals, relationship_of
from streams.revenue.sample import gather
from streams.state.opportunity import DAY
from tests.builders import a_market, ms
from tests.conducting import seen_of
from tests.strategies import DEAL_TYPES, histories, law

COMPANY = Company(
    timezone="Europe/Berlin", calendar=FiscalCalendar(starts=2), teams={"ann": "north", "bob": "north", "cyd": "south"}
)
TALES = histories(kinds=DEAL_TYPES, deals=4, most=30)


def told(book: Logbook, as_of: int) -> bytes:
    """Everything that is said of a logbook."""
    said = matrix_of(book, as_of), sheets_of(book, as_of), team_sheets_of(book, as_of)
    return msgspec.json.encode(said, order="deterministic")


@law(40)
@given(TALES, st.integers(0, 200))
def test_indices_and_indicators_are_shares(history: list[Event], later: int) -> None:
    """From 0 to 1, with an interval around them, whatever happened and however little of it."""
    book = Logbook(COMPANY)
    for each in seen_of(history):
        book.see(each)
    found = gather(book, ms(later + 21))
    quarters = quarters_back(COMPANY, found.as_of, 2)
    sample = found.sample(found.reps, quarters)
    for index in indices_of(sample, found.ladder, book.practice, found.as_of, COMPANY.timezone):
        assert index.value is None or 0 <= index.value <= 1
        if index.interval is not None:
            assert 0 <= index.interval.low <= index.interval.high <= 1
    for sheet in sheets_of(book, found.as_of):
        assert len(sheet.points) <= 3
        for compared in sheet.compared:
            value = compared.indicator.value
            assert value is None or 0 <= value.low <= value.value + 1e-9
            assert value is None or value.value - 1e-9 <= value.high <= 1


@law(40)
@given(TALES, st.randoms(use_true_random=False))
def test_the_order_of_deals_makes_no_difference(history: list[Event], random: Random) -> None:
    """Each deal's events in their order, the deals interleaved anyhow: as partitions are."""
    by_deal = {name: list(seen_of(e for e in history if e.subject == name)) for name in {e.subject for e in history}}
    in_turn, mixed = Logbook(COMPANY), Logbook(COMPANY)
    for name in sorted(by_deal):
        for each in by_deal[name]:
            in_turn.see(each)
    left = {name: list(reversed(each)) for name, each in by_deal.items() if each}
    while left:
        name = random.choice(sorted(left))
        mixed.see(left[name].pop())
        if not left[name]:
            del left[name]

    assert in_turn.kept() == mixed.kept()
    assert told(in_turn, ms(120)) == told(mixed, ms(120))


@law(40)
@given(TALES, st.integers(0, 30))
def test_a_log_that_is_cut_in_two_is_told_the_same(history: list[Event], cut: int) -> None:
    """Kept as bytes in the middle, read back, and gone on with."""
    seen = list(seen_of(history))
    whole, first = Logbook(COMPANY), Logbook(COMPANY)
    for each in seen:
        whole.see(each)
    for each in seen[:cut]:
        first.see(each)
    rest = Logbook(COMPANY, kept=decode_kept(encode_kept(first.kept())))
    for each in seen[cut:]:
        rest.see(each)

    assert rest.kept() == whole.kept()
    assert told(rest, ms(90)) == told(whole, ms(90))


@law(40)
@given(TALES)
def test_partitions_join_to_the_whole(history: list[Event]) -> None:
    """Two logbooks with different deals are one."""
    parts = [Logbook(COMPANY), Logbook(COMPANY)]
    whole = Logbook(COMPANY)
    for name in sorted({event.subject for event in history}):
        for each in seen_of(event for event in history if event.subject == name):
            whole.see(each)
            parts[int(name[-1]) % 2].see(each)

    assert parts[0].join(parts[1:]).kept() == whole.kept()


@law(40)
@given(TALES, st.lists(st.integers(21, 900), max_size=6))
def test_looking_changes_nothing(history: list[Event], looks: list[int]) -> None:
    """Time passes at once or in parts, and what was added up is the same to the millisecond."""
    book = Logbook(COMPANY)
    for each in seen_of(history):
        book.see(each)
    before = book.kept()
    for conduct in book.conducts.values():
        at_once = passed(conduct, ms(900), COMPANY)
        by_parts = conduct
        for day in sorted(looks):
            by_parts = passed(by_parts, ms(day), COMPANY)
        assert passed(by_parts, ms(900), COMPANY) == at_once
        for tally in at_once.tallies:
            assert tally.clean_ms <= min(tally.step_ms, tally.date_ms, tally.touch_ms)
            assert max(tally.step_ms, tally.date_ms, tally.touch_ms) <= tally.open_ms <= tally.ends - tally.begins
            assert 0 <= tally.quick <= tally.answers
            assert 0 <= tally.batched <= tally.edits <= tally.events
    told(book, ms(900))
    assert book.kept() == before


@law(40)
@given(TALES)
def test_a_conduct_is_bounded(history: list[Event]) -> None:
    """However much happens to a deal."""
    book = Logbook(COMPANY)
    for each in seen_of(history):
        book.see(each)
    for conduct in book.conducts.values():
        assert len(conduct.steps) <= STEPS
        assert len(conduct.tallies) <= TALLIES
        assert len(conduct.people) <= PEOPLE
        assert len(conduct.touches) <= WEEKS
        assert conduct.answered <= conduct.asked


_VALUES = st.fixed_dictionaries({gate.of: st.none() | st.floats(0, 2) for gate in GATES})


@law(300)
@given(_VALUES, st.sampled_from([gate.of for gate in GATES]), st.floats(0, 2))
def test_gates_of_the_process_are_monotone(values: dict[str, float | None], name: str, more: float) -> None:
    """A value that rises, or becomes known, never lowers the level."""
    before, _ = level_of(values)
    after, failed = level_of({**values, name: (values[name] or 0.0) + more})

    assert PROCESS_LEVELS.index(after) >= PROCESS_LEVELS.index(before)
    assert (not failed) == (after == "dynamic")


_SIGNALS = st.builds(
    Signals,
    account=st.just("acme"), teams=st.just(()), deals=st.just(3), open=st.just(1), touches=st.just(20),
    won=st.integers(0, 3), tenure_ms=st.none() | st.integers(0, 1200).map(lambda days: days * DAY),
    reply_share=st.none() | st.floats(0, 1), initiated_share=st.floats(0, 1),
    functions=st.integers(0, 5).map(lambda count: tuple(map(str, range(count)))),
    executive_at=st.integers(0, 2000).map(lambda days: days * DAY), met_outside_at=st.integers(0, 1),
    discovered=st.booleans(), uncontested_share=st.floats(0, 1),
)  # fmt: skip
_MORE = st.sampled_from(["won", "tenure_ms", "reply_share", "initiated_share", "functions", "executive_at",
                         "met_outside_at", "discovered", "uncontested_share"])  # fmt: skip
_MOST = {
    "won": 9, "tenure_ms": 2000 * DAY, "reply_share": 1.0, "initiated_share": 1.0, "functions": tuple("abcdef"),
    "executive_at": 2000 * DAY, "met_outside_at": 5, "discovered": True, "uncontested_share": 1.0,
}  # fmt: skip


@law(300)
@given(_SIGNALS, _MORE)
def test_gates_of_the_relationship_are_monotone(signals: Signals, name: str) -> None:
    """More of anything never lowers the level."""
    before, _ = relationship_of(signals, 2000 * DAY, 0.6)
    after, _ = relationship_of(replace(signals, **{name: _MOST[name]}), 2000 * DAY, 0.6)

    assert RELATIONSHIP_LEVELS.index(after) >= RELATIONSHIP_LEVELS.index(before)


@law(300)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_evenness_is_a_share_whatever_the_order(counts: list[int], random: Random) -> None:
    """And a touch that the least touched deal gets instead of the most touched one never lowers it (Pigou, Dalton)."""
    even = evenness(counts)
    if even is None:
        assert not any(counts)
        return
    mixed = random.sample(counts, len(counts))
    least, *others, most = sorted(counts)
    fairer = [least + 1, *others, most - 1] if most - least > 1 else counts

    assert 0 <= even <= 1
    assert evenness(mixed) == even
    assert (evenness(fairer) or 0.0) >= even - 1e-9


@law(300)
@given(st.none() | st.floats(0, 1), st.floats(0, 1), st.integers(0, 500))
def test_a_reps_index_lies_between_their_own_and_the_teams(own: float | None, team: float, of: int) -> None:
    """Nearer to their own, the more there is of it."""
    index = Index(name="evidence", value=own, of=of, counted="advances", words="")
    found = shrunk(index, Index(name="evidence", value=team, of=999, counted="advances", words=""))

    assert found is not None
    if own is None:
        assert found == team
    else:
        assert min(own, team) - 1e-12 <= found <= max(own, team) + 1e-12
        assert of <= 20 or abs(found - own) <= abs(found - team) + 1e-12


@law(300)
@given(st.lists(st.integers(OFF, 5), max_size=10), st.booleans())
def test_a_fit_is_a_share_and_only_the_ladder_fits(way: list[int], won: bool) -> None:
    """One where each rung was climbed in turn, and less otherwise."""
    value = fit(tuple(way), won, 5)
    wanted = list(range((5 if won else max(way, default=OFF)) + 1))

    assert 0 <= value <= 1
    assert (value == 1) == (way == wanted)


def test_a_market_is_told_alike_in_any_order_and_cut() -> None:
    """Whole deals with all that can happen to one, enough of them that much is said."""
    market = a_market(deals=60, days=120)
    by_deal = [list(seen_of(e for e in market if e.subject == name)) for name in sorted({e.subject for e in market})]
    one, other = Logbook(COMPANY), Logbook(COMPANY)
    for deals, book in ((by_deal, one), (reversed(by_deal), other)):
        for number, seen in enumerate(deals):
            for each in seen:
                book.see(each)
            if number == 30:
                kept = Logbook(COMPANY, kept=decode_kept(encode_kept(book.kept())))
                book.conducts, book.heedings = kept.conducts, kept.heedings

    (row, *_) = matrix_of(one, ms(130)).rows
    assert any(index.value is not None for index in row.process.indices)
    assert told(one, ms(130)) == told(other, ms(130))
