"""Events about a feed or about time itself. They name no opportunity and are sent to every partition.

Time is an event: the log alone moves a partition's clock, so a replay fires the same deadlines at the same places.
Where nothing else happens, the worker that owns a partition appends `clock_advanced`. Which rules hold is in the log,
too: a worker whose file has others appends `rules_changed`. What a manager says of a forecast is of no one deal; so it
goes the same way.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from streams.events.envelope import Amount, Event, Identifier, Instant, Text

#: What a forecast can be adjusted for.
ForecastLevel = Literal["rep", "team", "region", "company"]


class HeartbeatData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing more to say: `source` is alive and has delivered everything up to `time`."""


class GapData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From when on events of `source` may be missing, why, and until when (open where none)."""

    since: Instant
    until: Instant | None = None
    reason: Text = ""


class BackfillData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many events the backfill has, where known, and the days without contact that make its deals inactive."""

    events: Annotated[int, Meta(ge=0)] | None = None
    inactivity_horizon_days: Annotated[int, Meta(ge=1, le=365)] | None = None


class ConnectorHeartbeat(Event, tag="deal.connector_heartbeat.v1", frozen=True, kw_only=True):
    """A connector is alive and complete up to `time`."""

    data: HeartbeatData = HeartbeatData()


class ConnectorGap(Event, tag="deal.connector_gap.v1", frozen=True, kw_only=True):
    """A connector knows that it missed something."""

    data: GapData


class BackfillStarted(Event, tag="deal.backfill_started.v1", frozen=True, kw_only=True):
    """History of a source begins to arrive."""

    data: BackfillData = BackfillData()


class BackfillEnded(Event, tag="deal.backfill_ended.v1", frozen=True, kw_only=True):
    """History of a source has arrived."""

    data: BackfillData = BackfillData()


class ClockAdvanced(Event, tag="deal.clock_advanced.v1", frozen=True, kw_only=True):
    """It is now `time`: everything appended to this partition before is older or late."""

    data: HeartbeatData = HeartbeatData()


class RulesData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of the rules that is not as declared, as plain data (`streams/alerts/ruleset.py`)."""

    #: As a rules file says it: tables `general`, `rule.NAME`, `team.NAME`; empty: everything as declared.
    rules: dict[str, Any] = {}


class RulesChanged(Event, tag="deal.rules_changed.v1", frozen=True, kw_only=True):
    """From here on this partition's alerts go by these rules. Its place in the log decides, not its time."""

    data: RulesData = RulesData()


class AdjustmentData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a unit will win in a fiscal period, in the company's currency; no `amount` takes back what was said of it.

    `unit` is the name of the rep, team or region; the company has none.
    """

    #: As `FY2027`, `FY2027-Q1` or `FY2027-M01`.
    period: Annotated[str, Meta(pattern=r"^FY[12][0-9]{3}(-(Q[1-4]|M(0[1-9]|1[0-2])))?\Z")]
    level: ForecastLevel
    unit: Annotated[str, Meta(max_length=200)] = ""
    amount: Amount | None
    reason: Text = ""


class ForecastAdjusted(Event, tag="deal.forecast_adjusted.v1", frozen=True, kw_only=True):
    """Somebody said a figure of their own for a forecast, or took it back. Each partition has a copy; one counts.

    It counts from its place in the log on. It moves no clock, or whoever may say one could let all deadlines pass.
    """

    actor: Identifier
    data: AdjustmentData


CONTROL = (
    ConnectorHeartbeat,
    ConnectorGap,
    BackfillStarted,
    BackfillEnded,
    ClockAdvanced,
    RulesChanged,
    ForecastAdjusted,
)


#: Those whose place in the log counts and not their time: they move no clock.
PLACED = (RulesChanged, ForecastAdjusted)
_KINDS = frozenset(CONTROL)


def is_control(event: Event) -> bool:
    """Say whether the event concerns a feed or time, not one opportunity."""
    return type(event) in _KINDS


def is_control_kind(event: type[Event]) -> bool:
    """Say the same of a type of event."""
    return event in _KINDS
