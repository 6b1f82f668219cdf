"""What people said of a rule, team by team, and how far that moved the number from which the rule speaks."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from models.ballots import Tallies
from streams.alerts.declare import Rule
from streams.alerts.heed import furthest, heeding, threshold
from streams.alerts.policy import Policy, TeamRules


class TeamVotes(Struct, frozen=True):
    """What a team's votes on a rule come to: how many, what they weigh after limits, and what they moved.

    `team` is empty for owners in no team; without a `parameter` nothing is moved. `bound` is what no votes move it
    past.
    """

    team: str
    useful: int
    not_useful: int
    people: int
    in_favour: float
    against: float
    parameter: str = ""
    set_to: float | None = None
    now: float | None = None
    bound: float | None = None


def votes_on(rule: Rule, policy: Policy, feedback: Tallies) -> list[TeamVotes]:
    """What each team's votes on a rule come to, teams that have any; `policy` is what is set, before any votes."""
    today, before = _teams(heeding(policy, feedback)), _teams(policy)
    found = []
    for name, rules in sorted(feedback.items()):
        if (votes := rules.get(rule.name)) is None:
            continue
        counted = (votes.useful, votes.not_useful, votes.people, round(votes.in_favour, 2), round(votes.against, 2))
        moved = today[name].moved.get(rule.name) if name in today else None
        if moved is None:
            found.append(TeamVotes(name, *counted))
            continue
        bound = furthest(before[name], rule, policy.general)
        found.append(TeamVotes(name, *counted, moved.parameter, moved.set_to, moved.value, bound))
    return found


def teams_of(policy: Policy) -> list[TeamRules]:
    """What holds for everyone, then each team once."""
    return list(_each_team(policy))


def spoken_from(rule: Rule, value: float) -> str:
    """From when on a rule speaks, in words: `from 65 %`, `below 7 business days`."""
    below = rule.begins is not None and rule.begins.ceiling
    return f"{'below' if below else 'from'} {threshold(rule, value)}"


def _teams(policy: Policy) -> dict[str, TeamRules]:
    return {team.team: team for team in _each_team(policy)}


def _each_team(policy: Policy) -> Iterator[TeamRules]:
    yield policy.everyone
    yield from {team.team: team for team in policy.owners.values()}.values()
