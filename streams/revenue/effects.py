"""What a touch before the opening changes, and what can be said of it."""

from __future__ import annotations

from models.interval import Interval
from streams.revenue.lift import FEW, lifts
from streams.revenue.settled import LAST_DAYS
from streams.revenue.tables import Tables
from streams.revenue.told import Effect

#: Of a channel's touches on won deals this share comes only at their end: then it may follow the decision.
MOSTLY = 0.5


def effects_of(tables: Tables) -> list[Effect]:
    """The effect of each channel, the largest first."""
    coalitions = tables.coalitions()
    found = lifts(coalitions)
    of = tables.counts["won"] + tables.counts["lost"]
    effects = []
    for name in sorted({channel for channel, _ in tables.timing}):
        difference = found.get(name)
        deals = tables.touched_before(name)
        won, late = tables.timing[name, "won"], tables.timing[name, "late_won"]
        wins = None if difference is None else Interval(*(deals * each for each in _three(difference)))
        said = _verdict(difference, deals, of, late > MOSTLY * won)
        effects.append(
            Effect(name=name, deals=deals, of=of, won=won, late=late, difference=difference, wins=wins, said=said)
        )
    return sorted(effects, key=lambda each: (-(each.difference.value if each.difference else -2.0), each.name))


def _verdict(difference: Interval | None, deals: int, of: int, mostly_late: bool) -> str:
    if mostly_late:
        return f"comes mostly in the last {LAST_DAYS} days of deals that are won: it may follow the decision"
    if difference is None:
        if not deals:
            return "cannot be told: it touched no deal before it was opened"
        if min(deals, of - deals) < FEW:
            return f"too few deals to tell: {FEW} must be touched before they were opened, and as many not"
        return "cannot be told apart from others: they come together"
    if difference.low > 0:
        return "more are won where it touched before the opening"
    return "fewer are won where it touched before the opening" if difference.high < 0 else "no difference is shown"


def doubts_of(effects: list[Effect]) -> dict[str, str]:
    """What speaks against channels that come so late that they may follow the decision."""
    return {each.name: each.said for each in effects if each.late > MOSTLY * each.won}


def _three(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high
