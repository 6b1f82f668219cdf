"""Conversion and dwell by entry cohort, and the velocity of a pipeline.

A cohort is the stays in a stage that began in the same period. Its conversion is the chance to move on, by the time
since entry (`incidence.py`): a cohort of last month is compared with older ones at the same age, not by how many of it
happen to have moved on so far.

Velocity is what a pipeline yields a day: deals x win rate x average amount / days of the cycle. The win rate is the
chance of a win among deals created within the last year, with the open ones at risk, so that a young pipeline is not
taken for a bad one; amount and cycle are the averages of the deals that were won within that year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from streams.revenue.company import Company, Level, Unit
from streams.revenue.incidence import Incidence, incidence
from streams.revenue.money import mean
from streams.revenue.periods import Grain
from streams.revenue.position import Move, Position
from streams.revenue.record import on_record
from streams.revenue.stays import Stay, lives, stays
from streams.state.opportunity import DAY

#: How far back deals are looked at for the velocity, and wins below which nobody should be told one.
A_YEAR = 365 * DAY
FEW_WINS = 5


class Cohort(Struct, frozen=True, kw_only=True, gc=False):
    """The stays in a stage that began in a period, of the deals of a unit; `rank` is the stage's on the ladder."""

    unit: Unit
    stage: str
    rank: int | None
    period: str
    ends: Incidence


class Velocity(Struct, frozen=True, kw_only=True, gc=False):
    """What a unit's open deals yield a day, and what it is made of.

    `created` deals of the last year say the win rate, `won` ones the average amount and the cycle.
    """

    unit: Unit
    deals: int
    created: int
    won: int
    win_rate: float
    average: Decimal | None
    cycle_days: float | None

    @property
    def is_few(self) -> bool:
        """Whether it rests on too few wins to be told."""
        return self.won < FEW_WINS

    @property
    def a_day(self) -> float | None:
        """Money a day; none while nothing was won."""
        if self.average is None or not self.cycle_days:
            return None
        return self.deals * self.win_rate * float(self.average) / self.cycle_days


def cohorts(
    moves: Iterable[Move], company: Company, level: Level, at: int, grain: Grain = "quarter", since: int = 0
) -> list[Cohort]:
    """The cohorts of each unit of a level that began from `since` on, by unit, stage and period, as known at `at`.

    `moves` begin with the first there is. A stay is that of whoever owned the deal in it last.
    """
    groups: dict[tuple[Unit, str, str], list[Stay]] = {}
    periods: dict[date, str] = {}
    ranks: dict[str, int] = {}
    for stay in stays(moves, at):
        if stay.position.rank is not None:
            ranks[stay.stage] = stay.position.rank
        if stay.entered < since:
            continue
        day = company.day(stay.entered)
        if day not in periods:
            periods[day] = company.calendar.period(day, grain).name
        groups.setdefault((company.unit(stay.position, level), stay.stage, periods[day]), []).append(stay)
    found = [
        Cohort(unit=unit, stage=stage, rank=ranks.get(stage), period=period, ends=incidence(of))
        for (unit, stage, period), of in groups.items()
    ]
    last = max(ranks.values(), default=0) + 1
    return sorted(
        found, key=lambda each: (each.unit, last if each.rank is None else each.rank, each.stage, each.period)
    )


def velocities(moves: Iterable[Move], company: Company, level: Level, at: int) -> dict[Unit, Velocity]:
    """The velocity of each unit of a level, as known at `at` (milliseconds); `moves` begin with the first there is."""
    return velocities_of(lived_of(on_record(moves, at).values(), at), company, level)


class Lived(Struct, frozen=True, gc=False):
    """What velocities go by, at whichever level they are asked: all deals, and the lives of those that count.

    `young` were created within the year, `won` were won within it.
    """

    positions: Sequence[Position]
    young: Sequence[Stay]
    won: Sequence[Stay]


def lived_of(record: Iterable[Position], at: int) -> Lived:
    """Read what velocities go by from where all deals stand at `at` (milliseconds)."""
    positions, since = list(record), at - A_YEAR
    counting = [each for each in positions if each.created_at >= since or (each.closed_at or 0) >= since]
    lived = lives(counting, at)
    return Lived(
        positions,
        [each for each in lived if each.position.created_at >= since],
        [each for each in lived if each.end == "won" and (each.position.closed_at or 0) >= since],
    )


def velocities_of(lived: Lived, company: Company, level: Level) -> dict[Unit, Velocity]:
    """The velocity of each unit of a level; see `velocities`."""
    groups: dict[Unit, int] = {}
    for position in lived.positions:
        unit = company.unit(position, level)
        groups[unit] = groups.get(unit, 0) + position.is_open
    young, won = _by_unit(lived.young, company, level), _by_unit(lived.won, company, level)
    return {
        unit: _velocity(unit, groups[unit], young.get(unit, ()), won.get(unit, ()), company) for unit in sorted(groups)
    }


def _by_unit(lived: Sequence[Stay], company: Company, level: Level) -> dict[Unit, list[Stay]]:
    found: dict[Unit, list[Stay]] = {}
    for each in lived:
        found.setdefault(company.unit(each.position, level), []).append(each)
    return found


def _velocity(unit: Unit, deals: int, young: Sequence[Stay], won: Sequence[Stay], company: Company) -> Velocity:
    values = [
        value
        for each in won
        if each.position.closes is not None
        and (value := company.value(each.position, each.position.closes)) is not None
    ]
    return Velocity(
        unit=unit,
        deals=deals,
        created=len(young),
        won=len(won),
        win_rate=incidence(young).at_last("won") if young else 0.0,
        average=mean(values),
        cycle_days=sum(each.days for each in won) / len(won) if won else None,
    )
