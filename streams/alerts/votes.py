"""What an action says of the rules that it ends: a vote on each, which the learner counts (`models/ballots.py`).

    dismissed: wrong, no_action   not useful
    dismissed: known, other       not useful, half a vote: the alert was right, or nobody says why it was of no use
    dismissed: repeated           not useful, a quarter: what comes again is a matter of the cool-down, not of the bar
    done                          useful

Who acknowledges, snoozes or assigns says when and who, not whether it was any good: that is no vote. One click is one
vote, shared among the reasons that it was about. Of one episode on a deal the last vote counts, and no other; who takes
the action back takes the votes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from models.ballots import UNIT, Vote
from streams.events.action import AlertDismissed, AlertDone, NoUse
from streams.state.opportunity import DAY
from streams.state.watch import ReasonState

#: Votes, each with how often it counts: -1 takes it back.
Votes = tuple[tuple[Vote, int], ...]

_AGAINST: dict[NoUse, int] = {
    "wrong": UNIT,
    "no_action": UNIT,
    "known": UNIT // 2,
    "other": UNIT // 2,
    "repeated": UNIT // 4,
}


def vote(said: AlertDismissed | AlertDone, rule: str, among: int, team: str, now: int) -> Vote:
    """What a person says of a rule, one of so many that the action ends, for the team of the deal's owner."""
    useful = isinstance(said, AlertDone)
    weight = UNIT if isinstance(said, AlertDone) else _AGAINST[said.data.reason]
    return Vote(rule, team, said.actor, now // DAY, useful, weight // among)


def changed_votes(before: Mapping[str, ReasonState], after: Mapping[str, ReasonState]) -> Votes:
    """Return what an action changed: votes that are there now, and those that it replaced or took back."""
    return tuple(_changes(before, after))


def _changes(before: Mapping[str, ReasonState], after: Mapping[str, ReasonState]) -> Iterator[tuple[Vote, int]]:
    for rule, reason in after.items():
        old = before[rule].vote if rule in before and before[rule].episode == reason.episode else None
        if old == reason.vote:
            continue
        if old is not None:
            yield old, -1
        if reason.vote is not None:
            yield reason.vote, 1
