"""What people's actions say of rules: which votes they are, what they weigh, and how they are taken back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.ballots import UNIT, Vote
from streams.alerts.alert import alert_id
from streams.alerts.policy import Policy, TeamRules
from streams.events.action import NoUse
from streams.events.envelope import Event
from streams.facts import Fact, Name
from streams.labels.lesson import VotesChanged
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_dismissal,
    a_done,
    a_loss,
    a_next_step,
    a_snooze,
    an_acknowledgement,
    an_assignment,
    an_opportunity,
    an_undoing,
    ms,
)

#: A deal whose buyer is silent from day 0.5 on: alert at day 14. A step is planned all the time.
SILENT = (an_opportunity(0), a_call(0.5), a_next_step(0.6, due=100))
ID = alert_id("opp-1", "silent", ms(0.5))
_FIRST = ms(0) // 86_400_000


def _voted(*events: Event, until: float = 24, policy: Policy | None = None) -> list[tuple[Vote, int]]:
    timeline = Timeline(policy=policy).tell(*SILENT)
    for event in events:
        timeline.tell(event)
    return _votes(timeline.until(until))


def _votes(timeline: Timeline) -> list[tuple[Vote, int]]:
    return [each for lesson in timeline.lessons if isinstance(lesson, VotesChanged) for each in lesson.votes]


def _vote(useful: bool, weight: int, day: int = 15, by: str = "ann", rule: str = "silent", team: str = "") -> Vote:
    return Vote(rule, team, by, _FIRST + day, useful, weight)


@pytest.mark.parametrize(
    ("reason", "weight"),
    [("wrong", UNIT), ("no_action", UNIT), ("known", UNIT // 2), ("other", UNIT // 2), ("repeated", UNIT // 4)],
)
def test_a_dismissal_is_a_vote_against_the_rule_that_weighs_by_its_reason(reason: NoUse, weight: int) -> None:
    """With who said it, on which day."""
    assert _voted(a_dismissal(15, ID, reason, actor="bob")) == [(_vote(False, weight, by="bob"), 1)]


def test_what_is_done_was_useful() -> None:
    """One vote in favour."""
    assert _voted(a_done(15, ID)) == [(_vote(True, UNIT), 1)]


@pytest.mark.parametrize(
    "said", [an_acknowledgement(15, ID), a_snooze(15, ID, until=30), an_assignment(15, ID, "dan")], ids=lambda it: it.id
)
def test_who_says_when_or_who_says_nothing_of_the_rule(said: Event) -> None:
    """Acknowledged, snoozed, assigned: no vote."""
    assert _voted(said) == []


def test_the_same_event_twice_is_one_vote() -> None:
    """A producer that sends again, and somebody who clicks on what is over already."""
    once = a_dismissal(15, ID, "wrong")
    assert _voted(once, once, a_dismissal(16, ID, "wrong", id="again"), a_done(17, ID)) == [(_vote(False, UNIT), 1)]


@pytest.mark.parametrize("said", [a_dismissal(15, ID, "wrong"), a_done(15, ID)], ids=["not useful", "done"])
def test_an_undo_takes_the_vote_back_exactly(said: Event) -> None:
    """Also where somebody else undoes it, on another day; undoing twice takes nothing more."""
    [cast, *undone] = _voted(said, an_undoing(17, ID, actor="cyd"), an_undoing(18, ID, actor="cyd"))
    assert undone == [(cast[0], -1)]


def test_an_undo_takes_the_vote_back_where_the_cause_is_gone() -> None:
    """The buyer called meanwhile: the alert stays over, what was said of it does not count."""
    assert [times for _, times in _voted(a_dismissal(15, ID), a_call(16), an_undoing(17, ID))] == [1, -1]


def test_of_one_episode_the_last_vote_counts_and_no_other() -> None:
    """Done, back a week later, and then of no use: a script that goes round and round has one vote."""
    assert _voted(a_done(15, ID), a_dismissal(23, ID, "wrong", actor="bob"), until=25) == [
        (_vote(True, UNIT), 1),
        (_vote(True, UNIT), -1),
        (_vote(False, UNIT, day=23, by="bob"), 1),
    ]


def test_another_episode_is_another_vote() -> None:
    """The next silence of the same deal."""
    timeline = Timeline().tell(*SILENT, a_dismissal(15, ID, "wrong"), a_call(16), a_call(17), a_call(18)).until(41)
    timeline.tell(a_dismissal(42, timeline.alerts[-1].id, "wrong", rule="silent"))
    assert [(vote.day - _FIRST, times) for vote, times in _votes(timeline)] == [(15, 1), (42, 1)]


def test_one_click_is_one_vote_shared_among_the_reasons_it_is_about() -> None:
    """Two reasons, half a vote each; or the one that is named, a whole one."""
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(16.5)
    named = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(16.5)
    assert _votes(timeline.tell(a_dismissal(17, ID, "wrong"))) == [
        (_vote(False, UNIT // 2, 17), 1),
        (_vote(False, UNIT // 2, 17, rule="close_date_missed"), 1),
    ]
    assert _votes(named.tell(a_dismissal(17, ID, "wrong", rule="silent"))) == [(_vote(False, UNIT, 17), 1)]


def test_a_vote_is_for_the_team_of_the_deal_s_owner() -> None:
    """Whoever clicks."""
    off = frozenset(("incomplete",))
    emea = TeamRules(team="emea", off=off)
    policy = Policy(owners={"rep-1": emea}, everyone=TeamRules(off=off))
    assert _voted(a_done(15, ID), policy=policy) == [(_vote(True, UNIT, team="emea"), 1)]
    assert _voted(a_done(15, ID), policy=replace(policy, owners={"rep-2": emea})) == [(_vote(True, UNIT), 1)]


def test_what_ends_by_itself_says_nothing() -> None:
    """The buyer called, or the deal was lost: whether the alert was any good, nobody has said."""
    assert _voted(a_call(16)) == _voted(a_loss(16), a_done(17, ID)) == []


def test_votes_are_counted_by_rule() -> None:
    """For the metrics."""
    timeline = Timeline().tell(*SILENT, a_dismissal(15, ID, "wrong"), an_undoing(16, ID), a_done(17, ID))
    tally = timeline.partition.tally
    assert {each.second: number for each, number in tally.items() if each.name is Name.VOTE_CAST} == {
        "not_useful": 1,
        "taken_back": 1,
        "useful": 1,
    }
    assert tally[Fact(Name.VOTE_CAST, "silent", "useful")] == 1
