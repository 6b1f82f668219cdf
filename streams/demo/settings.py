"""Everything that can be turned: the kinds of deals, the size of the organisation, the faults of its feeds.

Rates are shares between 0 and 1, durations carry their unit in the name. docs/generator.md explains each one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct, field

#: Reps of a region are shared out to teams of so many; the last one may have fewer.
TEAM_SIZE = 6


class Kind(StrEnum):
    """What is really going on in a deal, which no event says."""

    HEALTHY = "healthy"
    FADING = "fading"
    BUDGET_DEFERRED = "budget_deferred"
    NOT_READY = "not_ready"
    PUSHED_BY_OPTIMISM = "pushed_by_optimism"
    SINGLE_THREADED = "single_threaded"


class Style(StrEnum):
    """How a rep works: `Habits` in `people` has the numbers."""

    DILIGENT = "diligent"
    OPTIMISTIC = "optimistic"
    SPARSE = "sparse"


class TeamHabit(StrEnum):
    """What all of a team do alike, whatever their styles; docs/generator.md says what each changes."""

    BY_THE_BOOK = "by_the_book"
    SKIPS_STAGES = "skips_stages"
    WEEKLY_REVIEW = "weekly_review"
    NO_NEXT_STEPS = "no_next_steps"
    SINGLE_THREADS = "single_threads"
    FAVOURITES = "favourites"


def _mix() -> dict[Kind, float]:
    return {
        Kind.HEALTHY: 0.52,
        Kind.FADING: 0.18,
        Kind.BUDGET_DEFERRED: 0.07,
        Kind.NOT_READY: 0.07,
        Kind.PUSHED_BY_OPTIMISM: 0.10,
        Kind.SINGLE_THREADED: 0.06,
    }


def _outcomes() -> dict[Kind, tuple[float, float, float]]:
    return {
        Kind.HEALTHY: (0.68, 0.30, 0.02),
        Kind.FADING: (0.06, 0.28, 0.66),
        Kind.BUDGET_DEFERRED: (0.45, 0.27, 0.28),
        Kind.NOT_READY: (0.20, 0.38, 0.42),
        Kind.PUSHED_BY_OPTIMISM: (0.30, 0.47, 0.23),
        Kind.SINGLE_THREADED: (0.20, 0.46, 0.34),
    }


def _styles() -> dict[Style, float]:
    return {Style.DILIGENT: 0.45, Style.OPTIMISTIC: 0.30, Style.SPARSE: 0.25}


class PlantedChannel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a marketing channel truly does; each of the three is a share.

    `reach`: of all deals, those it touches before they are opened. `sways`: of these, those that are won because of it
    where they would not be won otherwise. `follows`: of the deals that are won, those it touches in their last days.
    """

    reach: float = 0.0
    sways: float = 0.0
    follows: float = 0.0


class WorldSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The knobs of a world. `outcomes` are the shares (won, lost, no decision) of each kind.

    `team_habits` are by the id of a team (`team-de-1`); a team that is not there has none. `channels` are planted: what
    marketing truly does, beside touches that change nothing.
    """

    deals_per_day: float = 4.2
    mix: dict[Kind, float] = field(default_factory=_mix)
    outcomes: dict[Kind, tuple[float, float, float]] = field(default_factory=_outcomes)
    regions: tuple[str, ...] = ("de", "uk", "us", "fr")
    reps: int = 24
    styles: dict[Style, float] = field(default_factory=_styles)
    team_habits: dict[str, tuple[TeamHabit, ...]] = field(default_factory=dict)
    accounts: int = 400
    prefix: str = "opp"

    cycle_days: float = 62.0
    cycle_spread: float = 0.32
    longest_life_days: int = 320
    amount_median: float = 36_000.0
    amount_spread: float = 0.9
    gap_days: float = 2.9
    reply_hours: float = 3.5
    lull_share: float = 0.2
    marketing_touches: float = 3.0
    channels: dict[str, PlantedChannel] = field(default_factory=dict)
    after_hours_share: float = 0.04
    weekend_share: float = 0.01

    owner_change_share: float = 0.05
    reopened_share: float = 0.02
    merged_share: float = 0.01
    split_share: float = 0.006
    deleted_share: float = 0.008
    restored_share: float = 0.004

    duplicate_rate: float = 0.01
    late_rate: float = 0.01
    late_hours: tuple[float, float] = (3.0, 72.0)
    out_of_order_rate: float = 0.02
    out_of_order_minutes: tuple[float, float] = (5.0, 240.0)
    malformed_rate: float = 0.002

    heartbeat_minutes: int = 60
    outages_per_year: float = 2.0
    outage_hours: tuple[float, float] = (12.0, 96.0)
    outage_lost_share: float = 0.3

    def __post_init__(self) -> None:
        """Refuse settings that no world can have, naming the setting."""
        _check(self)


def _check(settings: WorldSettings) -> None:
    for name in settings.__struct_fields__:
        if name.endswith(("_share", "_rate")):
            _demand(0.0 <= getattr(settings, name) <= 1.0, name, "is a share between 0 and 1")
    for name, channel in settings.channels.items():
        _demand(0 < len(name) <= 100, "channels", "are named in at most 100 letters")
        for share in channel.__struct_fields__:
            _demand(0.0 <= getattr(channel, share) <= 1.0, f"channels.{name}.{share}", "is a share between 0 and 1")
    for name in ("deals_per_day", "cycle_days", "amount_median", "gap_days", "reply_hours"):
        _demand(0.0 < getattr(settings, name) < math.inf, name, "must be positive")
    for name in ("cycle_spread", "amount_spread", "marketing_touches"):
        _demand(0.0 <= getattr(settings, name) < math.inf, name, "must not be negative")
    for name in ("late_hours", "out_of_order_minutes", "outage_hours"):
        least, most = getattr(settings, name)
        _demand(0.0 < least <= most, name, "is a range: least, most")
    _demand(settings.outage_hours[0] >= 1.0, "outage_hours", "must be at least one hour")
    _demand(settings.outage_hours[1] <= 120.0, "outage_hours", "must not exceed 120 hours")
    _demand(settings.late_hours[1] <= 240.0, "late_hours", "must not exceed 240 hours")
    _demand(settings.out_of_order_minutes[1] <= 14_400.0, "out_of_order_minutes", "must not exceed ten days")
    _demand(0.0 <= settings.outages_per_year <= 12.0, "outages_per_year", "lies between 0 and 12")
    _demand(settings.longest_life_days >= 160, "longest_life_days", "must be at least 160 days")
    _demand(settings.reps >= len(settings.regions) >= 1, "reps", "must be at least one for each region")
    _demand(settings.accounts >= len(settings.regions), "accounts", "must be at least one for each region")
    _demand(0 <= settings.heartbeat_minutes <= 1_440, "heartbeat_minutes", "lies between 0 (none) and 1440")
    _demand(0 < len(settings.prefix) <= 50 and settings.prefix[0] != "~", "prefix", "begins every opportunity id")
    unknown = sorted(set(settings.team_habits) - set(_teams(settings)))
    _demand(not unknown, "team_habits", f"names a team that there is not: {', '.join(unknown)}")
    strange = settings.duplicate_rate + settings.late_rate + settings.out_of_order_rate + settings.malformed_rate
    _demand(strange <= 1.0, "duplicate_rate", "and the other three fault rates must not exceed 1 together")
    odd = settings.merged_share + settings.split_share + settings.deleted_share + settings.restored_share
    _demand(odd + settings.reopened_share <= 1.0, "merged_share", "and the other odd ends must not exceed 1 together")
    _demand(_whole(settings.mix.values()), "mix", "must add up to 1")
    _demand(_whole(settings.styles.values()), "styles", "must add up to 1")
    for kind in settings.mix:
        _demand(
            kind in settings.outcomes and _whole(settings.outcomes[kind]), "outcomes", f"of {kind} must add up to 1"
        )


def _teams(settings: WorldSettings) -> Iterator[str]:
    for place, code in enumerate(settings.regions):
        reps = len(range(place, settings.reps, len(settings.regions)))
        for number in range(-(-reps // TEAM_SIZE)):
            yield f"team-{code}-{number + 1}"


def _whole(shares: Iterable[float]) -> bool:
    numbers = list(shares)
    return all(each >= 0.0 for each in numbers) and math.isclose(sum(numbers), 1.0, abs_tol=1e-6)


def _demand(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"world setting {name} {rule}")
