"""What is kept current for everybody, by key: forecasts, the pipeline, coaching and attribution, as values.

They are the records of `deal.forecast`, `deal.pipeline`, `deal.coaching` and `deal.attribution`, and all that the page
needs. Each says as of when it is (`at`, milliseconds of the events' own time). Amounts of the forecast are whole cents,
all others decimal strings, both in the company's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from streams.records import read_value
from streams.revenue.accuracy import Locked, Score
from streams.revenue.closedates import Fault, WrongDate
from streams.revenue.coaching import Sheet
from streams.revenue.cohorts import Velocity
from streams.revenue.company import Level, Unit
from streams.revenue.difference import Difference
from streams.revenue.edits import Batch
from streams.revenue.matrix import Matrix
from streams.revenue.periods import Period
from streams.revenue.reasons import Reason
from streams.revenue.recoveries import RecoveryReport
from streams.revenue.reliability import Came
from streams.revenue.rollup import Adjustment
from streams.revenue.sources import Source
from streams.revenue.told import Attribution
from streams.revenue.version import Figure
from streams.revenue.waterfall import Share

#: The units that answers are kept current of. Accounts are thousands: the commands answer for them.
KEPT_LEVELS: tuple[Level, ...] = ("company", "region", "team", "rep", "product", "lead_source")
#: Deals that are named under each heading; all others are counted.
NAMED = 5
WRONG_DATES_NAMED = 20
ACCOUNTS_NAMED = 200
#: Kinds of touches with the most credit, and versions of plays, the latest, that are told of recoveries.
KINDS_NAMED, PLAYS_NAMED = 60, 100
#: Sources of which the most was won, and of which the most is at risk, that are told of each kind.
SOURCES_NAMED = 150


class SaidVersion(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one version said; `low` and `high` are P10 and P90, by `width` times the spread that was simulated."""

    version: str
    cents: int
    low: int | None = None
    high: int | None = None
    width: float = 1.0
    by: str = ""


class Said(Struct, frozen=True, kw_only=True, tag_field="kind", tag="said"):
    """What every version said of a unit and a period on a day of the weekly lock. It is never written again."""

    period: str
    day: date
    unit: Unit
    closed: int
    versions: tuple[SaidVersion, ...]

    def locks(self) -> tuple[Locked, ...]:
        """The same as the record of forecasts wants it."""
        return tuple(
            Locked(
                period=self.period,
                day=self.day,
                unit=self.unit,
                version=each.version,
                cents=each.cents,
                closed=self.closed,
                low=each.low,
                high=each.high,
                width=each.width,
                by=each.by,
            )
            for each in self.versions
        )


class VersionScore(Struct, frozen=True, kw_only=True, gc=False):
    """How a version came out so far at the level of the unit; of one person where `by` names one."""

    version: str
    score: Score
    by: str = ""


class ForecastTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="forecast"):
    """The forecast of a unit for a period, all versions side by side.

    `course` is what was said of it on the days of the weekly lock in this period, `scores` how versions came out in
    periods that are over, `came` how the chances of deals did (the company's only). `open` deals are on record, of
    which `unvalued` have no value and `undated` no planned close. `waiting` says how many days are still to be locked:
    until there are none, the record is not whole. `mixed` are currencies that are added up as if they were one, since
    no company file names any (the company's forecast only). `people_left_out` records of people are not in `scores`,
    those with the fewest outcomes; they are told with their units.
    """

    at: int
    day: date
    unit: Unit
    period: Period
    currency: str
    open: int
    won: int
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    adjustment: Adjustment | None
    course: tuple[Said, ...]
    scores: tuple[VersionScore, ...]
    came: tuple[Came, ...]
    earlier: tuple[str, ...]
    unvalued: int
    undated: int
    waiting: int
    mixed: tuple[str, ...] = ()
    people_left_out: int = 0

    def figure(self, version: str) -> Figure | None:
        """What a version says; none where it was not made."""
        return next((each for each in self.figures if each.version == version), None)


class BucketTold(Struct, frozen=True, kw_only=True, gc=False):
    """What one reason changed: how much, how often, of how many deals, and the deals that most of it is of."""

    reason: Reason
    amount: Decimal
    times: int
    deals: int
    named: tuple[Share, ...]


class CoverageTold(Struct, frozen=True, kw_only=True, gc=False):
    """What there is for what is still missing, and what is needed of it; none where that cannot be said."""

    quota: Decimal | None
    won: Decimal
    missing: Decimal | None
    ratio: float | None
    needed: float | None
    #: Of how many deals, in which periods, the needed multiple was read.
    rests_on: int
    periods: tuple[str, ...]


class Slipped(Struct, frozen=True, kw_only=True, gc=False):
    """An open deal whose planned close moved: by how many days, pushed and pulled how often."""

    deal: str
    days: int
    pushes: int
    pulls: int


class CohortTold(Struct, frozen=True, kw_only=True, gc=False):
    """The stays in a stage that began in a period: the chance of each end within what is known, and what goes on."""

    stage: str
    period: str
    stays: int
    going: int
    ends: Mapping[str, float]
    median_days: float | None


class PipelineTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="pipeline"):
    """The pipeline of a unit that is planned for a period, from the instant `since` to `at`: start + changes = end.

    `cohorts` and `batches` are the company's only.
    """

    at: int
    since: int
    unit: Unit
    period: Period
    currency: str
    start: Decimal
    start_deals: int
    buckets: tuple[BucketTold, ...]
    end: Decimal
    end_deals: int
    unvalued: int
    coverage: CoverageTold | None
    velocity: Velocity | None
    slipped: tuple[Slipped, ...]
    faults: Mapping[Fault, int]
    wrong_dates: tuple[WrongDate, ...]
    cohorts: tuple[CohortTold, ...] = ()
    batches: tuple[Batch, ...] = ()


class MatrixTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="matrix"):
    """The relationship-process matrix of all teams; of its accounts those with the most deals (`ACCOUNTS_NAMED`)."""

    at: int
    matrix: Matrix
    accounts_left_out: int


class SheetTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="sheet"):
    """The sheet of a rep or a team for the week."""

    at: int
    sheet: Sheet


class CreditTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="credit"):
    """What channels, or campaigns, are credited with, by every model side by side."""

    at: int
    attribution: Attribution


class SourcesTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="sources"):
    """Lead sources, channels or campaigns: what was won, what is open and at risk; the most won first.

    Where they are many, those of which the most was won or is at risk; `left_out` says how many others there are.
    """

    at: int
    what: Literal["lead_source", "channel", "campaign"]
    currency: str
    sources: tuple[Source, ...]
    left_out: int = 0


class RecoveriesTold(Struct, frozen=True, kw_only=True, tag_field="kind", tag="recoveries"):
    """What ended risk episodes, by rule, by what the seller had done before, and by play.

    Of kinds of touches and of versions of plays the first are told; `left_out` says how many others there are.
    """

    at: int
    report: RecoveryReport
    left_out: int = 0


#: The topics of answers, by the names of their fields in `Topics`, each with what is on it.
Topic = Literal["forecast", "pipeline", "coaching", "attribution"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
OnForecast = ForecastTold | Said
OnPipeline = PipelineTold
OnCoaching = MatrixTold | SheetTold
OnAttribution = CreditTold | SourcesTold | RecoveriesTold
Answer = OnForecast | OnPipeline | OnCoaching | OnAttribution

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def topic_of(answer: Answer) -> Topic:
    """The topic that an answer is kept on."""
    match answer:
        case ForecastTold() | Said():
            return "forecast"
        case PipelineTold():
            return "pipeline"
        case MatrixTold() | SheetTold():
            return "coaching"
        case CreditTold() | SourcesTold() | RecoveriesTold():
            return "attribution"


def key_of(answer: Answer) -> bytes:
    """The key under which it is kept; the latest record of a key counts. A name stands last: it may have any form."""
    parts: tuple[str, ...]
    match answer:
        case ForecastTold(period=period, unit=unit) | PipelineTold(period=period, unit=unit):
            parts = (str(type(answer).__struct_config__.tag), period.name, unit.level, unit.name)
        case Said(period=name, day=day, unit=unit):
            parts = ("said", name, day.isoformat(), unit.level, unit.name)
        case MatrixTold():
            parts = ("matrix",)
        case SheetTold(sheet=sheet):
            parts = ("sheet", sheet.level, sheet.name)
        case CreditTold(attribution=attribution):
            parts = ("credit", attribution.by)
        case SourcesTold(what=what):
            parts = ("sources", what)
        case RecoveriesTold():
            parts = ("recoveries",)
    return "|".join(parts).encode()


def encode_answer(answer: Answer) -> bytes:
    """The bytes of a record; the same for equal answers."""
    return _encoder.encode(answer)


def decode_answer(value: bytes) -> Answer:
    """Read a record of one of the topics; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)


def said_of(locks: Iterable[Locked]) -> list[Said]:
    """What was locked, one value for each unit, period and day."""
    groups: dict[tuple[str, date, Unit], list[Locked]] = {}
    for each in locks:
        groups.setdefault((each.period, each.day, each.unit), []).append(each)
    return [
        Said(
            period=period,
            day=day,
            unit=unit,
            closed=of[0].closed,
            versions=tuple(
                SaidVersion(
                    version=each.version, cents=each.cents, low=each.low, high=each.high, width=each.width, by=each.by
                )
                for each in of
            ),
        )
        for (period, day, unit), of in groups.items()
    ]
