"""What `/api/revenue/...` answers: the same as the pages of revenue, as values with fixed names.

Of sheets only those that the reader may read (`readers`); of the matrix no rep's indices, since a sheet is where these
are told.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from streams.revenue.answers import CreditTold, ForecastTold, MatrixTold, PipelineTold, RecoveriesTold, SourcesTold
from streams.revenue.coaching import Sheet
from streams.revenue.company import Unit
from streams.revenue.matrix import Matrix
from streams.web.readers import Reader
from streams.web.revenue_model import RevenueModel, SheetLevel
from streams.web.revenue_wanted import RevenueWanted


class ForecastAnswer(Struct, frozen=True, kw_only=True):
    """The forecast of a unit for a period; none where it is not kept current. `periods` are those that are.

    `below` are the units that it is made of, one level below.
    """

    period: str
    unit: Unit
    periods: tuple[str, ...]
    below: tuple[Unit, ...]
    forecast: ForecastTold | None


class PipelineAnswer(Struct, frozen=True, kw_only=True):
    """The pipeline of a unit for a period; none where it is not kept current. `periods` are those that are."""

    period: str
    unit: Unit
    periods: tuple[str, ...]
    below: tuple[Unit, ...]
    pipeline: PipelineTold | None


class MatrixAnswer(Struct, frozen=True, kw_only=True):
    """The matrix of all teams, without the indices of reps; none before the first one."""

    as_of: int | None
    matrix: Matrix | None
    accounts_left_out: int


class SheetLine(Struct, frozen=True, kw_only=True):
    """That there is a sheet, and whether whoever asks may read it now; `opens_at` is when everybody else may."""

    level: SheetLevel
    name: str
    week: date
    may_read: bool
    opens_at: int


class CoachingAnswer(Struct, frozen=True, kw_only=True):
    """All sheets by name, and those that whoever asks may read (one, where `level` and `name` are given) in full.

    `reader` is who asks, as a proxy says; empty where none says it, and then nobody is taken for a rep.
    """

    reader: str
    lines: tuple[SheetLine, ...]
    sheets: tuple[Sheet, ...]


class AttributionAnswer(Struct, frozen=True, kw_only=True):
    """What channels (or campaigns, by `by`) are credited with, lead sources, and what ended risk episodes.

    None before the first ones.
    """

    credit: CreditTold | None
    lead_sources: SourcesTold | None
    touched: SourcesTold | None
    recoveries: RecoveriesTold | None


def forecast_answer(model: RevenueModel, wanted: RevenueWanted) -> ForecastAnswer:
    """The forecast as values."""
    period = wanted.period or model.now()
    return ForecastAnswer(
        period=period,
        unit=wanted.unit,
        periods=model.periods(),
        below=model.below(period, wanted.unit),
        forecast=model.forecast(period, wanted.unit),
    )


def pipeline_answer(model: RevenueModel, wanted: RevenueWanted) -> PipelineAnswer:
    """The pipeline as values."""
    period = wanted.period or model.now()
    return PipelineAnswer(
        period=period,
        unit=wanted.unit,
        periods=model.periods(),
        below=model.below(period, wanted.unit),
        pipeline=model.pipeline(period, wanted.unit),
    )


def matrix_answer(told: MatrixTold | None) -> MatrixAnswer:
    """The matrix as values."""
    if told is None:
        return MatrixAnswer(as_of=None, matrix=None, accounts_left_out=0)
    rows = tuple(replace(each, process=replace(each.process, reps=())) for each in told.matrix.rows)
    matrix = replace(told.matrix, rows=rows)
    return MatrixAnswer(as_of=told.at, matrix=matrix, accounts_left_out=told.accounts_left_out)


def coaching_answer(model: RevenueModel, reader: Reader, now: int, asked: tuple[str, str] | None) -> CoachingAnswer:
    """The sheets as values: all that the reader may read at `now` (milliseconds), or the one that was `asked` for."""
    levels: tuple[SheetLevel, ...] = ("team", "rep")
    told = [model.sheet(level, name) for level in levels for name in model.sheets(level)]
    sheets = [each.sheet for each in told if each is not None]
    return CoachingAnswer(
        reader=reader.user if reader.verified else "",
        lines=tuple(
            SheetLine(
                level=each.level,
                name=each.name,
                week=each.week,
                may_read=reader.may_read(each, now),
                opens_at=each.manager_from,
            )
            for each in sheets
        ),
        sheets=tuple(
            each for each in sheets if reader.may_read(each, now) and asked in (None, (each.level, each.name))
        ),
    )


def attribution_answer(model: RevenueModel, wanted: RevenueWanted) -> AttributionAnswer:
    """Attribution as values."""
    return AttributionAnswer(
        credit=model.credit(wanted.by),
        lead_sources=model.sources("lead_source"),
        touched=model.sources(wanted.by),
        recoveries=model.recoveries(),
    )
