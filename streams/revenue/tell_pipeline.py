"""The pipelines that are kept current: of a period, for every unit of the kept levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from models.closing import Closings
from models.dwell import ENDS
from streams.revenue.answers import (
    KEPT_LEVELS,
    NAMED,
    WRONG_DATES_NAMED,
    BucketTold,
    CohortTold,
    CoverageTold,
    PipelineTold,
    Slipped,
)
from streams.revenue.calls import calls_between
from streams.revenue.closedates import Fault, WrongDate, wrong_dates
from streams.revenue.cohorts import Cohort, Velocity, cohorts, lived_of, velocities_of
from streams.revenue.company import Company, Level, Unit
from streams.revenue.coverage import Coverage, coverages, past_of
from streams.revenue.edits import AHEAD, Batch, batches
from streams.revenue.periods import Period
from streams.revenue.position import Position
from streams.revenue.reasons import REASONS
from streams.revenue.record import between, on_record
from streams.revenue.slips import SlipRecord, ledger
from streams.revenue.standing import Standing
from streams.revenue.waterfall import View, Waterfall, waterfalls
from streams.state.opportunity import DAY

#: Cohorts of so many days back are told, and batches of so many.
COHORTS_SINCE = 730 * DAY
BATCHES_SINCE = 90 * DAY
#: Stages and periods, and batches, that are told at most, the newest; and deals that are named of a batch.
COHORTS_MOST, BATCHES_MOST, BATCH_NAMED = 400, 20, 100
#: Of a deal, how its close slipped.
Slips = Mapping[str, SlipRecord]


class Daily(Struct, frozen=True, kw_only=True):
    """What is told of the pipeline once a day, since it moves slowly and takes long: dates, cohorts, batches."""

    wrong: tuple[WrongDate, ...]
    cohorts: tuple[CohortTold, ...]
    batches: tuple[Batch, ...]


def look_through(standing: Standing, at: int, closings: Closings) -> Daily:
    """Look through all dates, stays and edits, as known at `at` (milliseconds)."""
    company = standing.company
    entered = cohorts(standing.moves, company, "company", at, since=at - COHORTS_SINCE)
    edited = [each for each in standing.edits_until(at) if each.at >= at - BATCHES_SINCE]
    calls = calls_between(company, standing.logbook.practice, at - BATCHES_SINCE, at + AHEAD)
    latest = sorted(batches(edited, calls), key=lambda batch: -batch.since)[:BATCHES_MOST]
    return Daily(
        wrong=tuple(wrong_dates(standing.facts.values(), at, closings, company.timezone)),
        cohorts=tuple(_cohort(each) for each in newest(entered)),
        batches=tuple(_named(each) for each in latest),
    )


def newest(entered: Sequence[Cohort], most: int = COHORTS_MOST) -> list[Cohort]:
    """The cohorts of the latest periods, in the order in which they are told."""
    latest = sorted(range(len(entered)), key=lambda place: entered[place].period)[-most:]
    return [entered[place] for place in sorted(latest)]


def _named(batch: Batch) -> Batch:
    """A batch with as many of its deals as are named: somebody may have edited all of a company's."""
    return replace(batch, deals=batch.deals[:BATCH_NAMED], beyond=max(len(batch.deals) - BATCH_NAMED, 0))


def tell_pipelines(
    standing: Standing, periods: Sequence[Period], since: int, at: int, daily: Daily
) -> Iterator[PipelineTold]:
    """The pipeline of every unit that is planned for each period, from `since` to before `at` (milliseconds)."""
    moves, company = standing.moves, standing.company
    opening, now = on_record(moves, since), on_record(moves, at)
    during = list(between(moves, since, at))
    slipped = ledger(slip for slip in standing.slips if slip.deal in standing.facts)
    lived = lived_of(now.values(), at)
    worth = {each.deal: _worth(now.get(each.deal), company, company.day(at)) for each in daily.wrong}
    parts = {level: _Parts(level, company, now, slipped, daily, worth) for level in KEPT_LEVELS}
    pace = {level: velocities_of(lived, company, level) for level in KEPT_LEVELS}
    for period in periods:
        past = past_of(moves, company, period, at, record=now)
        for level in KEPT_LEVELS:
            enough = coverages(past, company, level)
            view = View(period=period)
            found = waterfalls(opening.values(), during, level, view, company, since, at, also=enough)
            for unit, fall in found.items():
                yield _told(standing, period, at, fall, enough.get(unit), pace[level].get(unit), parts[level])


class _Parts:
    """Slips and dates of the deals of each unit."""

    def __init__(
        self,
        level: Level,
        company: Company,
        now: Mapping[str, Position],
        slipped: Slips,
        daily: Daily,
        worth: Mapping[str, float],
    ) -> None:
        self.slipped: dict[Unit, list[tuple[str, SlipRecord]]] = {}
        self.wrong: dict[Unit, list[WrongDate]] = {}
        self.daily = daily if level == "company" else Daily(wrong=(), cohorts=(), batches=())
        for deal, record in slipped.items():
            if deal in now and now[deal].is_open:
                self.slipped.setdefault(company.unit(now[deal], level), []).append((deal, record))
        for each in sorted(daily.wrong, key=lambda one: (-worth[one.deal], one.deal)):
            if each.deal in now and now[each.deal].is_open:
                self.wrong.setdefault(company.unit(now[each.deal], level), []).append(each)


def _worth(position: Position | None, company: Company, on: date) -> float:
    value = None if position is None else company.value(position, on)
    return 0.0 if value is None else float(value)


def _told(
    standing: Standing,
    period: Period,
    at: int,
    fall: Waterfall,
    cover: Coverage | None,
    velocity: Velocity | None,
    parts: _Parts,
) -> PipelineTold:
    unit = fall.view.unit
    wrong = parts.wrong.get(unit, [])
    faults: dict[Fault, int] = {}
    for each in wrong:
        faults[each.fault] = faults.get(each.fault, 0) + 1
    furthest = sorted(parts.slipped.get(unit, ()), key=lambda one: (-one[1].days, one[0]))[:NAMED]
    return PipelineTold(
        at=at,
        since=fall.since,
        unit=unit,
        period=period,
        currency=standing.company.rates.currency,
        start=fall.start.amount,
        start_deals=fall.start.deals,
        buckets=tuple(
            BucketTold(
                reason=reason,
                amount=bucket.amount,
                times=bucket.times,
                deals=len(bucket.shares),
                named=bucket.shares[:NAMED],
            )
            for reason in REASONS
            if (bucket := fall.buckets.get(reason)) is not None
        ),
        end=fall.end.amount,
        end_deals=fall.end.deals,
        unvalued=len(fall.end.unvalued),
        coverage=None if cover is None else _covered(cover),
        velocity=velocity,
        slipped=tuple(
            Slipped(deal=deal, days=each.days, pushes=each.pushes, pulls=each.pulls) for deal, each in furthest
        ),
        faults=faults,
        wrong_dates=tuple(wrong[:WRONG_DATES_NAMED]),
        cohorts=parts.daily.cohorts,
        batches=parts.daily.batches,
    )


def _covered(cover: Coverage) -> CoverageTold:
    return CoverageTold(
        quota=cover.quota,
        won=cover.won,
        missing=cover.missing,
        ratio=cover.ratio,
        needed=cover.needed,
        rests_on=cover.deals,
        periods=tuple(past.period for past in cover.past),
    )


def _cohort(of: Cohort) -> CohortTold:
    return CohortTold(
        stage=of.stage,
        period=of.period,
        stays=of.ends.stays,
        going=of.ends.going,
        ends={end: of.ends.at_last(end) for end in ENDS},
        median_days=of.ends.median,
    )
