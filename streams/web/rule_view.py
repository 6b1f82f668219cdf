"""The rules as the page shows them: whether each speaks, from when on, and what people said of its alerts."""

from __future__ import annotations

from msgspec import Struct

from models.ballots import Tallies
from streams.alerts.declare import Rule
from streams.alerts.feedback import TeamVotes, spoken_from, teams_of, votes_on
from streams.alerts.policy import Policy, TeamRules
from streams.alerts.registry import RULES


class TeamVoice(Struct, frozen=True):
    """A team's votes on a rule, and from when on the rule speaks, in words: as it is set, now, and at most."""

    votes: TeamVotes
    set_to: str = ""
    now: str = ""
    bound: str = ""

    @property
    def moved(self) -> bool:
        """Whether the votes moved anything that can be seen."""
        return self.now != self.set_to


class RuleRow(Struct, frozen=True, kw_only=True):
    """A rule: whether it speaks for everyone, the teams for which that is otherwise, and what its votes come to."""

    name: str
    meaning: str
    on: bool
    other_teams: tuple[str, ...] = ()
    #: What votes move; empty where it tells a fact.
    parameter: str = ""
    #: From when on it speaks for everyone, as it is set.
    speaks_from: str = ""
    teams: tuple[TeamVoice, ...] = ()


def rule_rows(policy: Policy, feedback: Tallies) -> tuple[RuleRow, ...]:
    """All rules in the order of their declaration; `policy` is what is set, before any votes."""
    teams = teams_of(policy)
    return tuple(_row(rule, policy, teams, feedback) for rule in RULES)


def _row(rule: Rule, policy: Policy, teams: list[TeamRules], feedback: Tallies) -> RuleRow:
    everyone, *others = teams
    on = rule.name not in everyone.off
    parameter = "" if rule.begins is None else rule.begins.parameter
    return RuleRow(
        name=rule.name,
        meaning=rule.meaning,
        on=on,
        other_teams=tuple(team.team for team in others if (rule.name not in team.off) != on),
        parameter=parameter,
        speaks_from=spoken_from(rule, getattr(everyone.settings_of(rule.parameters), parameter)) if parameter else "",
        teams=tuple(_voice(rule, votes) for votes in votes_on(rule, policy, feedback)),
    )


def _voice(rule: Rule, votes: TeamVotes) -> TeamVoice:
    if votes.set_to is None or votes.now is None or votes.bound is None:
        return TeamVoice(votes)
    return TeamVoice(votes, *(spoken_from(rule, each) for each in (votes.set_to, votes.now, votes.bound)))
