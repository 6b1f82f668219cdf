"""What a rule sees of a deal: facts, probabilities, norms and feeds at one time, and what was told before."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import force_setattr

from models.norms import Norms
from streams.alerts.parameters import P, default_of
from streams.alerts.policy import Policy, TeamRules
from streams.labels.outcome import Target
from streams.state.calendar import Calendar
from streams.state.feeds import Feed, FeedStatus, silence_status
from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import ReasonState, Severity

_NOBODYS = TeamRules()


class Outlook(Struct, frozen=True, gc=False):
    """What a model says of one target: probability, base rate, and from how many cases it learned."""

    probability: float
    base_rate: float
    cases: int


class View(Struct, frozen=True, gc=False):
    """A deal as the rules see it at `now` (milliseconds)."""

    facts: Opportunity
    now: int
    outlooks: dict[str, Outlook]
    norms: Norms
    policy: Policy
    feeds: dict[str, Feed]
    #: What the rules told before, by rule.
    reasons: dict[str, ReasonState]
    #: Days without contact that count as inactivity for this deal.
    horizon_days: int = 14
    #: The probability of a target at a later instant if nothing happens until then; none where nobody can say.
    chance_at: Callable[[Target, int], float] | None = None

    #: What holds for the deal's owner; these four are worked out once, since most rules ask for them.
    team: TeamRules = _NOBODYS
    #: Whether silence is no news: the deal is on hold, or a meeting is planned.
    resting: bool = False
    #: When the last hold ended; 0 where there was none, or where it goes on.
    held_until: int = 0
    #: Since when the buyer's silence counts: the last contact, or the end of a rest that came after it. A rest is a
    #: hold or a planned meeting; silence after it is news again, so it begins an episode of its own.
    silent_since: int = 0

    def __post_init__(self) -> None:
        """Work out what most rules ask for."""
        facts, now, meeting = self.facts, self.now, self.facts.meeting_at
        expired = facts.hold_until if facts.hold_until is not None and facts.hold_until <= now else 0
        held_until = max(expired, facts.hold_ended_at or 0)
        planned = meeting is not None and meeting > now
        met = 0 if meeting is None or planned else meeting
        force_setattr(self, "team", self.policy.team_of(facts.owner))
        force_setattr(self, "resting", planned or facts.on_hold(now))
        force_setattr(self, "held_until", held_until)
        force_setattr(self, "silent_since", max(facts.quiet_since, held_until, met, facts.meeting_off_at or 0))

    def told(self, rule: str) -> ReasonState | None:
        """The rule's reason, where it was told and is not gone."""
        known = self.reasons.get(rule)
        return None if known is None or known.gone else known

    def settings_of(self, kind: type[P]) -> P:
        """The parameters of a rule for the deal's owner, by the type that the rule declares."""
        team = self.team
        if team.lasting and (lasting := team.lasting.get(kind)) is not None and self.told(lasting[0]) is not None:
            return lasting[1]  # type: ignore[return-value]  # stored by its own type
        found = team.parameters.get(kind)
        return default_of(kind) if found is None else found  # type: ignore[return-value]  # stored by its own type

    @property
    def calendar(self) -> Calendar:
        """The business days of the deal's owner."""
        return self.policy.calendar_of(self.team)

    @property
    def feed(self) -> tuple[FeedStatus, str]:
        """How far silence can be trusted, and the source that says so."""
        return silence_status(self.feeds, self.facts.sources, self.now)

    def days_since(self, then: int) -> float:
        """Days from `then` to now."""
        return (self.now - then) / DAY

    def business_days_since(self, then: int) -> int:
        """Whole business days of the deal's owner from `then` to now."""
        return self.calendar.business_days(then, self.now)

    @property
    def untrusted(self) -> str:
        """Why it must not be said that nothing happens: the feed is stale or has a gap; empty where it may."""
        status, source = self.feed
        if status in ("stale", "gap"):
            return f"feed {source} is {'stale' if status == 'stale' else 'incomplete'}"
        return ""


class Finding(Struct, frozen=True, gc=False):
    """A rule's condition holds: for which episode, and how badly."""

    episode: int
    severity: Severity
    #: Why it must not be said although it holds (the feed is stale); empty where it may.
    held: str = ""
    #: The probability below which the rule falls silent again, for a rule that goes by a model.
    clears_below: float | None = None


class Verdict(Struct, frozen=True, gc=False):
    """What a rule says: its finding, if any, and when to look again although nothing happens."""

    finding: Finding | None = None
    look_at: int | None = None
