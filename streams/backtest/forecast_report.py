"""The account of a trial of forecasts: how every version came out, by level, by day and by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from streams.backtest.forecast import History, Trial
from streams.revenue.accuracy import Locked, Score, record, score
from streams.revenue.company import Level, Unit
from streams.revenue.said import JUDGED
from streams.revenue.version import DEFAULT, PACE, STAGE, VERSIONS

#: What the default has to be as good as.
SIMPLE = (PACE, STAGE)


class VersionRecord(Struct, frozen=True, kw_only=True):
    """How a version came out, in all, by level, and of each unit of every level (`level:name`)."""

    version: str
    whole: Score
    levels: Mapping[Level, Score]
    units: Mapping[str, Score]


class DayRecord(Struct, frozen=True, kw_only=True):
    """A day that is judged: what each version said of the company, what came, and the default's coverage on that day.

    Amounts are cents; `low` and `high` are the default's.
    """

    day: date
    period: str
    closed: int
    said: Mapping[str, int]
    low: int | None
    high: int | None
    came: int
    wape: Mapping[str, Mapping[Level, float | None]]
    covered: int
    intervals: int


class WeightRecord(Struct, frozen=True, kw_only=True):
    """What the record had taught when a period began: weights beside the benchmark, and widths by level."""

    period: str
    much: Mapping[str, float]
    much_outcomes: int
    who: Mapping[str, float]
    who_outcomes: int
    widths: Mapping[Level, float]


class ForecastReport(Struct, frozen=True, kw_only=True):
    """Everything that the trial shows. `weekly` counts the locked forecasts that the weights were earned from."""

    events: int
    deals: int
    left_out: Mapping[str, int]
    undated: int
    unvalued: int
    currency: str
    default: str
    best_simple: str
    days: tuple[DayRecord, ...]
    versions: tuple[VersionRecord, ...]
    weights: tuple[WeightRecord, ...]
    units: Mapping[Level, int]
    weekly: int


def report(history: History, trial: Trial, currency: str) -> ForecastReport:
    """Judge what a trial said."""
    versions = tuple(_version(name, trial) for name in VERSIONS if any(each.version == name for each in trial.judged))
    wape = {each.version: each.whole.wape for each in versions}
    simple = [(found, name) for name in SIMPLE if (found := wape.get(name)) is not None]
    made = trial.made
    return ForecastReport(
        events=history.events,
        deals=history.deals,
        left_out=dict(history.left_out),
        undated=0 if made is None else len(made.undated),
        unvalued=0 if made is None else len(made.unvalued),
        currency=currency,
        default=DEFAULT,
        best_simple=min(simple)[1] if simple else "",
        days=tuple(_day(day, trial) for day in trial.days),
        versions=versions,
        weights=tuple(
            WeightRecord(
                period=period,
                much=each.much,
                much_outcomes=each.much_outcomes,
                who=each.who,
                who_outcomes=each.who_outcomes,
                widths=each.widths,
            )
            for period, each in trial.weights.items()
        ),
        units={level: len({each.unit for each in trial.judged if each.unit.level == level}) for level in JUDGED},
        weekly=len({(each.period, each.day) for each in trial.weekly}),
    )


def _version(name: str, trial: Trial) -> VersionRecord:
    said = [each for each in trial.judged if each.version == name]
    by_unit = record(said, trial.came, lambda each: each.unit)
    return VersionRecord(
        version=name,
        whole=score(said, trial.came),
        levels=record(said, trial.came, lambda each: each.unit.level),
        units={f"{unit.level}:{unit.name}" if unit.name else unit.level: by_unit[unit] for unit in sorted(by_unit)},
    )


def _day(day: date, trial: Trial) -> DayRecord:
    said = [each for each in trial.judged if each.day == day]
    company = {each.version: each for each in said if each.unit == Unit()}
    default = company[DEFAULT]
    covered = score([each for each in said if each.version == DEFAULT], trial.came)
    return DayRecord(
        day=day,
        period=default.period,
        closed=default.closed,
        said={name: each.cents for name, each in company.items()},
        low=default.low,
        high=default.high,
        came=trial.came[default.period, Unit()],
        wape={name: _wape([each for each in said if each.version == name], trial) for name in company},
        covered=round((covered.coverage or 0.0) * covered.intervals),
        intervals=covered.intervals,
    )


def _wape(said: Sequence[Locked], trial: Trial) -> dict[Level, float | None]:
    return {level: each.wape for level, each in record(said, trial.came, lambda one: one.unit.level).items()}
