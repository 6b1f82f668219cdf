"""Votes on rules: what one person can move, what is forgotten; order and undone votes leave no trace."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.ballots import (
    HALF_LIFE_WEEKS,
    KEPT_WEEKS,
    MAX_PEOPLE,
    PRIOR,
    UNIT,
    Ballots,
    Tally,
    Vote,
    count_votes,
    lean,
    tallied,
)

_DAY = 20_000
_TOLD = list[tuple[Vote, int]]


def _vote(by: str = "ann", useful: bool = False, day: int = _DAY, weight: int = UNIT, **of: str) -> Vote:
    return Vote(of.get("rule", "silent"), of.get("team", ""), by, day, useful, weight)


def _counted(*votes: Vote, epoch: int = _DAY) -> Ballots:
    return count_votes(Ballots(), [(each, 1) for each in votes], epoch)


def _tally(ballots: Ballots, epoch: int = _DAY) -> Tally:
    return tallied(ballots, epoch)[""]["silent"]


VOTES = st.builds(
    Vote,
    st.sampled_from(["silent", "slipping"]),
    st.sampled_from(["", "emea"]),
    st.sampled_from(["ann", "bob", "cyd", "dan"]),
    st.integers(_DAY - 200, _DAY),
    st.booleans(),
    st.sampled_from([UNIT, UNIT // 2, UNIT // 3, 3]),
)
SHARES = st.floats(0.1, 0.5)


@given(st.lists(VOTES, max_size=30), st.integers(1, 400), st.booleans(), SHARES)
def test_one_person_moves_a_rule_by_a_third_of_the_range_at_most(
    others: list[Vote], clicks: int, useful: bool, tolerated: float
) -> None:
    """However often they click, and whatever the others said."""
    before = count_votes(Ballots(), [(replace(each, team="", rule="silent"), 1) for each in others], _DAY)
    after = count_votes(before, [(_vote("eve", useful), 1)] * clicks, _DAY)
    was = lean(_tally(before), tolerated) if others else 0.0
    assert abs(lean(_tally(after), tolerated) - was) <= 1 / 3 + 1e-9


@given(st.lists(VOTES, max_size=30), SHARES)
def test_no_person_has_more_than_a_third_of_the_weight(votes: list[Vote], tolerated: float) -> None:
    """Beside the prior; and the lean stays within its bounds."""
    alone = {by: tallied(_counted(*(each for each in votes if each.by == by)), _DAY) for by in ("ann", "bob", "cyd")}
    for team, rules in tallied(_counted(*votes), _DAY).items():
        for rule, all_of_them in rules.items():
            whole = all_of_them.in_favour + all_of_them.against + PRIOR
            for theirs in alone.values():
                if (own := theirs.get(team, {}).get(rule)) is not None:
                    assert own.in_favour + own.against <= whole / 3 + 1e-9
            assert 0 <= lean(all_of_them, tolerated) < 1


@given(st.lists(st.tuples(VOTES, st.booleans()), max_size=30), st.randoms(use_true_random=False))
def test_order_and_what_was_taken_back_leave_no_trace(told: list[tuple[Vote, bool]], random: Random) -> None:
    """On one day or on several; the bytes are the same."""
    straight = _counted(*(vote for vote, undone in told if not undone))
    changes: _TOLD = [(vote, times) for vote, undone in told for times in ((1, -1) if undone else (1,))]
    at_once = count_votes(Ballots(), random.sample(changes, len(changes)), _DAY)
    on_two_days = count_votes(
        count_votes(Ballots(), [each for each in changes if each[1] > 0], _DAY),
        [each for each in changes if each[1] < 0],
        _DAY,
    )
    wanted = msgspec.json.encode(straight)
    assert msgspec.json.encode(at_once) == wanted
    assert msgspec.json.encode(on_two_days) == wanted


@given(st.lists(VOTES, max_size=20))
def test_rules_and_teams_are_apart(votes: list[Vote]) -> None:
    """What is said of one rule for one team moves no other."""
    both = tallied(_counted(*votes), _DAY)
    for team in ("", "emea"):
        alone = tallied(_counted(*(each for each in votes if each.team == team)), _DAY)
        assert both.get(team) == alone.get(team)


def test_nothing_moves_up_to_the_tolerated_share() -> None:
    """A third not useful, where a third is tolerated. With less tolerated the rule becomes rarer, never oftener."""
    people = [_vote(f"p{number}", number % 3 > 0) for number in range(9)]
    third = _tally(_counted(*people))
    assert (third.useful, third.not_useful, third.people) == (6, 3, 9)
    assert lean(third, 1 / 3) == pytest.approx(0.0)
    assert lean(third, 0.2) > 0.0
    assert lean(third, 0.5) == 0.0


def test_many_clicks_of_one_person_keep_their_proportion() -> None:
    """Who says ninety times no and thirty times yes has two votes, a quarter of them in favour."""
    tally = _tally(_counted(*[_vote()] * 90, *[_vote(useful=True)] * 30))
    assert (tally.useful, tally.not_useful, tally.people) == (30, 90, 1)
    assert tally.in_favour == pytest.approx(0.5)
    assert tally.against == pytest.approx(1.5)


def test_a_vote_fades_by_half_in_a_quarter_and_is_forgotten_after_a_year() -> None:
    """Also where nothing is told any more; a vote that comes from before that counts nothing."""
    ballots = _counted(_vote())
    later = _DAY + 7 * HALF_LIFE_WEEKS
    assert _tally(ballots, later).against == pytest.approx(0.5)
    assert count_votes(ballots, [], later) is ballots
    assert count_votes(ballots, [], _DAY + 7 * (KEPT_WEEKS - 1)) is ballots
    assert count_votes(ballots, [], _DAY + 7 * KEPT_WEEKS) == Ballots()
    assert count_votes(Ballots(), [(_vote(), 1)], _DAY + 7 * KEPT_WEEKS) == Ballots()


def test_a_vote_that_was_never_counted_takes_nothing_back() -> None:
    """A seed, or a learner that began later, may hear the end of a story only."""
    assert count_votes(Ballots(), [(_vote(), -1)], _DAY) == Ballots()
    assert _tally(count_votes(_counted(_vote("bob")), [(_vote("ann"), -1)], _DAY)).not_useful == 1


def test_invented_names_do_not_grow_the_counts_without_end() -> None:
    """Those who were there stay, whatever names come before theirs in the alphabet."""
    known = _counted(_vote("zoe"))
    crowd: _TOLD = [(_vote(f"a{number:05}"), 1) for number in range(MAX_PEOPLE + 50)]
    people = count_votes(known, crowd, _DAY).teams[""]["silent"]
    assert len(people) == MAX_PEOPLE
    assert "zoe" in people
    assert list(people) == sorted(people)
