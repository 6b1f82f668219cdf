"""Coverage: how much pipeline there is for what is still missing, and how much of it such a company needs.

The theory. What is needed is no rule of thumb. Of the pipeline that stood at the same distance from the end of earlier
periods, some share of the value was won before they ended; who wins a quarter of it needs four times what is missing,
who wins half of it twice. The share is that of the company's own record: all value won, by all value that stood there
(so large deals weigh as they do), over the periods that are over, with how many deals and periods it rests on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from streams.revenue.company import Company, Level, Unit
from streams.revenue.money import NOTHING, difference, total
from streams.revenue.periods import Period
from streams.revenue.position import Move, Position
from streams.revenue.record import Record, on_record, snapshots
from streams.revenue.waterfall import Pipeline, View

#: How many periods back the record is asked.
PERIODS_BACK = 8


class PastPeriod(Struct, frozen=True, kw_only=True, gc=False):
    """What became of a pipeline that stood as far from its period's end as this one does.

    `won` was won of it before the period ended, by `won_deals` of its deals; `came` by deals that were not in it yet.
    """

    period: str
    pipeline: Pipeline
    won: Decimal
    won_deals: int
    came: Decimal


class Coverage(Struct, frozen=True, kw_only=True, gc=False):
    """What a unit has in a period, at `at` (milliseconds), and what it needs."""

    unit: Unit
    period: str
    at: int
    #: None where the company file says none.
    quota: Decimal | None
    won: Decimal
    pipeline: Pipeline
    past: tuple[PastPeriod, ...]

    @property
    def missing(self) -> Decimal | None:
        """What is still to be won; nothing where the quota is reached."""
        return None if self.quota is None else max(difference(self.quota, self.won), NOTHING)

    @property
    def ratio(self) -> float | None:
        """The pipeline, as a multiple of what is missing; none without a quota, or where nothing is missing."""
        return float(self.pipeline.amount / self.missing) if self.missing else None

    @property
    def win_rate(self) -> float | None:
        """The share of the value of such pipelines that was won in time; none where none is on record."""
        stood = total(past.pipeline.amount for past in self.past)
        return float(total(past.won for past in self.past) / stood) if stood else None

    @property
    def needed(self) -> float | None:
        """The multiple that is needed: 1 by the win rate; none where nothing was ever won of such a pipeline."""
        return 1.0 / self.win_rate if self.win_rate else None

    @property
    def deals(self) -> int:
        """On how many deals the win rate rests."""
        return sum(past.pipeline.deals for past in self.past)

    @property
    def enough(self) -> bool | None:
        """Whether there is as much as is needed; none where that cannot be said."""
        if self.missing is not None and not self.missing:
            return True
        return None if self.ratio is None or self.needed is None else self.ratio >= self.needed


#: Of each unit, what its open deals are worth, by their ids.
Standing = dict[Unit, dict[str, Decimal | None]]


def coverage(
    moves: Sequence[Move], company: Company, level: Level, period: Period, at: int, back: int = PERIODS_BACK
) -> dict[Unit, Coverage]:
    """The coverage of each unit of a level in a period as known at `at`, by name.

    `moves` begin with the first there is, in the order of their time. Units that have neither deals nor a quota of
    their own are left out.
    """
    return coverages(past_of(moves, company, period, at, back), company, level)


class Past(Struct, frozen=True, kw_only=True, gc=False):
    """What coverage in a period goes by, at whichever level it is asked: read once from the moves until `at`.

    `stood` are the deals that were planned, with what each was worth, by the instants of `earlier` and at `at`; `won`
    those that were won in a period, by its first day. `record` is where all stand.
    """

    period: Period
    at: int
    earlier: Mapping[int, Period]
    stood: Mapping[int, Sequence[tuple[Position, Decimal | None]]]
    won: Mapping[date, Sequence[tuple[Position, Decimal | None]]]
    record: Record


def past_of(
    moves: Sequence[Move],
    company: Company,
    period: Period,
    at: int,
    back: int = PERIODS_BACK,
    record: Record | None = None,
) -> Past:
    """Read what coverage in a period goes by; `moves` as for `coverage`, `record` where it is known at `at` already."""
    known = moves[: bisect_left(moves, at, key=_at)]
    earlier = _earlier(known, company, period, at, back)
    stood: dict[int, Sequence[tuple[Position, Decimal | None]]] = {}
    for instant, then in snapshots(known, [*earlier, at]):
        stood[instant] = _stood(then, company, earlier.get(instant, period), instant)
    found = on_record(known, at) if record is None else record
    won = _won(found, company, [period, *earlier.values()])
    return Past(period=period, at=at, earlier=earlier, stood=stood, won=won, record=found)


def coverages(past: Past, company: Company, level: Level) -> dict[Unit, Coverage]:
    """The coverage of each unit of a level, by name; see `coverage`."""
    period, at, earlier = past.period, past.at, past.earlier
    stood = {instant: _standing(of, company, level) for instant, of in past.stood.items()}
    won = _by_unit(past.won[period.start], company, level)
    became = [_became(stood[instant], past, company, level, each, instant) for instant, each in earlier.items()]
    stated = (unit for unit in company.quotas.get(period.name, {}) if unit.level == level)
    units = {*stood[at], *won, *stated, *(unit for each in became for unit in each)}
    nothing: dict[str, Decimal | None] = {}
    return {
        unit: Coverage(
            unit=unit,
            period=period.name,
            at=at,
            quota=company.quota(unit, period),
            won=total(value for _, value in won.get(unit, ()) if value is not None),
            pipeline=_pipeline(stood[at].get(unit, nothing)),
            past=tuple(each.get(unit) or _nothing(of) for each, of in zip(became, earlier.values(), strict=True)),
        )
        for unit in sorted(units)
    }


def _at(move: Move) -> int:
    return move.at


def _earlier(known: Sequence[Move], company: Company, period: Period, at: int, back: int) -> dict[int, Period]:
    """The periods before that the record goes back to, latest first, by the instant as far from their end."""
    left = company.instant(period.end) - at
    begun = at >= company.instant(period.start)
    found: dict[int, Period] = {}
    for step in range(1, back + 1):
        try:
            each = company.calendar.following(period, -step)
        except ValueError:
            break
        end = company.instant(each.end)
        instant = max(end - left, company.instant(each.start)) if begun else end - left
        if not known or known[0].at > instant:
            break
        if end <= at:  # one that goes on, where the question is about a later one, says nothing so far
            found[instant] = each
    return found


def _stood(record: Record, company: Company, period: Period, at: int) -> list[tuple[Position, Decimal | None]]:
    """The open deals that are planned for a period, and what each is worth."""
    view, day = View(period=period), company.day(at)
    return [(each, company.value(each, day)) for each in record.values() if view.shows(each, company)]


def _standing(stood: Sequence[tuple[Position, Decimal | None]], company: Company, level: Level) -> Standing:
    """What stood, by unit and deal."""
    found: Standing = {}
    for each, value in stood:
        found.setdefault(company.unit(each, level), {})[each.id] = value
    return found


def _pipeline(stood: dict[str, Decimal | None]) -> Pipeline:
    unvalued = sorted(id_ for id_, value in stood.items() if value is None)
    return Pipeline(total(value for value in stood.values() if value is not None), len(stood), tuple(unvalued))


Won = dict[Unit, list[tuple[Position, Decimal | None]]]


def _won(
    record: Record, company: Company, periods: Sequence[Period]
) -> dict[date, list[tuple[Position, Decimal | None]]]:
    """The deals that were won in each of some periods, at the rate of the day, by the period's first day."""
    found: dict[date, list[tuple[Position, Decimal | None]]] = {period.start: [] for period in periods}
    for each in record.values():
        if each.status == "won" and (closes := each.closes) is not None:
            period = next((of for of in periods if closes in of), None)
            if period is not None:
                found[period.start].append((each, company.value(each, closes)))
    return found


def _by_unit(won: Sequence[tuple[Position, Decimal | None]], company: Company, level: Level) -> Won:
    found: Won = {}
    for each in won:
        found.setdefault(company.unit(each[0], level), []).append(each)
    return found


def _became(
    stood: Standing, past: Past, company: Company, level: Level, period: Period, instant: int
) -> dict[Unit, PastPeriod]:
    """What is known today of what pipelines came to in time; of what stood at a unit, whoever won it."""
    record, won = past.record, _by_unit(past.won[period.start], company, level)
    of_all = {id_ for deals in stood.values() for id_ in deals}
    found = {}
    for unit in {*stood, *won}:
        deals = stood.get(unit, {})
        ended = {id_: record[id_] for id_ in deals if record[id_].status == "won" and record[id_].closes in period}
        values = [company.value(each, each.closes) for each in ended.values() if each.closes is not None]
        rest = [
            value
            for each, value in won.get(unit, ())
            if each.id not in of_all and each.closed_at is not None and each.closed_at >= instant
        ]
        found[unit] = PastPeriod(
            period=period.name,
            pipeline=_pipeline(deals),
            won=total(value for value in values if value is not None),
            won_deals=len(ended),
            came=total(value for value in rest if value is not None),
        )
    return found


def _nothing(period: Period) -> PastPeriod:
    return PastPeriod(period=period.name, pipeline=Pipeline(NOTHING, 0), won=NOTHING, won_deals=0, came=NOTHING)
