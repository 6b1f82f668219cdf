"""What the rules go by: general things, the parameters of each rule, and those of teams that have others. One value.

It is made from the settings and from the rules that a partition holds; who looks at a deal asks for its owner's.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from models.ballots import Tally
from streams.alerts.parameters import P, default_of, parameter
from streams.plays.playbook import Playbook
from streams.state.calendar import Calendar


class General(Struct, frozen=True, kw_only=True, gc=False):
    """What is no single rule's. Spans are in days."""

    country: Annotated[
        str, Meta(description="whose holidays are no business days, as NL or DE-BY", extra={"unit": "", "origin": ""})
    ] = ""
    manager: Annotated[
        str,
        Meta(
            description="for whom plays of the manager's are, where an owner's team names nobody",
            extra={"unit": "", "origin": ""},
        ),
    ] = ""
    min_age_days: Annotated[
        float, parameter("days", "no alert on a deal that is younger", "Gong: 3 days", ge=0, le=90)
    ] = 3.0
    cool_down_days: Annotated[
        float,
        parameter(
            "days",
            "an episode that ended is not told again before this long; reasons that come before then reopen the alert",
            "judged",
            ge=0,
            le=90,
        ),
    ] = 3.0
    milder_after_days: Annotated[
        float,
        parameter("days", "a reason counts as milder when it has not got worse for so long", "judged", ge=0, le=90),
    ] = 1.0
    done_days: Annotated[
        float,
        parameter(
            "days", "a cause that still holds so long after somebody said done is told again", "judged", gt=0, le=90
        ),
    ] = 7.0
    usual_gap_days: Annotated[
        float,
        parameter(
            "days",
            "gap between contacts that 9 of 10 keep, while nothing was learned",
            "InsightSquared: less than one activity in 10 business days",
            gt=0,
            le=365,
        ),
    ] = 9.0
    usual_stay_days: Annotated[
        float, parameter("days", "median stay in a stage, while nothing was learned", "judged", gt=0, le=730)
    ] = 21.0
    min_spans: Annotated[
        int, parameter("spans", "spans from which on what a stage or an owner does counts", "judged", ge=1, le=10_000)
    ] = 20
    feedback_log_odds: Annotated[
        float,
        parameter(
            "log-odds",
            "how far what people say of alerts may raise a probability from which a rule speaks; 0: not at all",
            "judged: twice the odds",
            ge=0,
            le=1.5,
        ),
    ] = 0.7
    feedback_factor: Annotated[
        float,
        parameter(
            "times",
            "how far what people say of alerts may stretch any other number from which a rule speaks; 1: not at all",
            "judged",
            ge=1,
            le=3,
        ),
    ] = 1.5
    feedback_tolerated: Annotated[
        float,
        parameter("share", "of votes that may be against a rule without moving it", "judged", ge=0.1, le=0.5),
    ] = 1 / 3


class Moved(Struct, frozen=True, gc=False):
    """What votes made of the parameter from which on a rule speaks: its name, as it is set, and as it is today."""

    parameter: str
    set_to: float
    value: float
    votes: Tally


class TeamRules(Struct, frozen=True, kw_only=True, gc=False):
    """What holds for the deals of a team's owners: calendar, parameters other than declared, what is off."""

    team: str = ""
    #: For whom plays of the manager's are; those for everyone where empty.
    manager: str = ""
    calendar: Calendar = Calendar()
    #: By the type of the parameters; what is not in it is as declared.
    parameters: dict[type[Struct], Struct] = {}
    #: Names of rules that do not speak.
    off: frozenset[str] = frozenset()
    #: By rule; `parameters` has what they were moved to.
    moved: dict[str, Moved] = {}
    #: By the type of the parameters: the rule, and those by which it goes where it has spoken, so that a reason does
    #: not end because its threshold moved.
    lasting: dict[type[Struct], tuple[str, Struct]] = {}

    def settings_of(self, kind: type[P]) -> P:
        """The parameters of the rule that declares `kind`."""
        found = self.parameters.get(kind)
        return default_of(kind) if found is None else found  # type: ignore[return-value]  # stored by its own type


class Policy(Struct, frozen=True, kw_only=True, gc=False):
    """Everything that rules go by.

    What a severity means, so that a word keeps its weight:

    critical  the deal itself is about to be lost or missed: act today. Only for what the buyer does (or does not do),
              or for a date that is over or moved
    warning   something is wrong with the deal: look at it this week
    info      the deal is kept badly (no next step, a long stay in a stage): tidy up. It is hygiene, and says little of
              how the deal ends, so it never turns critical, and alone does not make a deal one at risk

    On the generated organisation (900 deals, 240 days) a third of all open deals used to be critical, two of three of
    those for hygiene.
    """

    #: Tenant's time zone, for close dates of deals that name none, and for teams that name none.
    timezone: str = "UTC"
    #: Days without contact that count as inactivity, where a source does not say otherwise.
    inactivity_days: int = 14
    general: General = General()
    everyone: TeamRules = TeamRules()
    playbook: Playbook = Playbook()
    #: Owners that belong to a team.
    owners: dict[str, TeamRules] = {}

    def calendar_of(self, team: TeamRules) -> Calendar:
        """The business days of a team's owners; in the tenant's time zone where the team names none."""
        if team.calendar.timezone or self.timezone == "UTC":
            return team.calendar
        return Calendar(team.calendar.country, self.timezone)

    def team_of(self, owner: str) -> TeamRules:
        """What holds for the deals of an owner."""
        return self.owners.get(owner, self.everyone)
