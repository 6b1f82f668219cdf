"""Answers of revenue to a year of a generated organisation: every kind of them, made by what makes them in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from models.closing import Closings
from models.dwell import ENDS
from streams.demo.world import World, generate
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.revenue.accuracy import record
from streams.revenue.answers import (
    NAMED,
    WRONG_DATES_NAMED,
    Answer,
    BucketTold,
    Came,
    CohortTold,
    CoverageTold,
    CreditTold,
    ForecastTold,
    MatrixTold,
    PipelineTold,
    Said,
    SheetTold,
    Slipped,
    SourcesTold,
    VersionScore,
    said_of,
)
from streams.revenue.attribution import attribute
from streams.revenue.book import Book
from streams.revenue.closedates import wrong_dates
from streams.revenue.coaching import sheets_of, team_sheets_of
from streams.revenue.cohorts import cohorts, velocities
from streams.revenue.company import Company, Level, Unit
from streams.revenue.coverage import coverage
from streams.revenue.difference import difference
from streams.revenue.edits import batches, edits
from streams.revenue.forecast import Forecast, figures, forecast, locked
from streams.revenue.ledger import Ledger
from streams.revenue.logbook import Logbook
from streams.revenue.matrix import matrix_of
from streams.revenue.money import Rates
from streams.revenue.periods import Period
from streams.revenue.record import between, on_record
from streams.revenue.rollup import Adjustment
from streams.revenue.seen import Seen
from streams.revenue.sources import rank_sources
from streams.revenue.stays import dwell_of, stays
from streams.revenue.version import CLOSED, COMMIT, SIMULATED
from streams.revenue.waterfall import View, waterfalls
from streams.state.opportunity import DAY
from tests.seeing import seen
from tests.selling import always

TEAMS = {f"rep-{code}-{number:02d}": f"team-{code}" for code in ("de", "uk", "us", "fr") for number in range(1, 10)}
Q4 = "FY2025-Q4"
COMPANY = Company(
    timezone="Europe/Berlin",
    rates=Rates(
        "EUR",
        {name: ((date(2025, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))},
    ),
    teams=TEAMS,
    regions={"team-de": "emea", "team-uk": "emea", "team-fr": "emea"},
    quotas={Q4: {Unit(): Decimal(900000), Unit("rep", "rep-de-01"): Decimal(90000)}},
)
TODAY = date(2025, 11, 20)
BEFORE = date(2025, 11, 13)
LEVELS: tuple[Level, ...] = ("company", "region", "team", "rep")


class Told:
    """A year's events, as revenue sees them, and the answers to it."""

    def __init__(self) -> None:
        """Let the year happen, until today begins."""
        self.at = COMPANY.instant(TODAY)
        self.period: Period = COMPANY.calendar.named(Q4)
        self.seen: list[Seen] = [each for each in seen(_events(), COMPANY.timezone) if each.at < self.at]
        self.moves = [move for each in self.seen if (move := each.move(COMPANY.timezone)) is not None]
        self.logbook, self.ledger = Logbook(COMPANY), Ledger(COMPANY)
        for each in self.seen:
            self.logbook.see(each)
            self.ledger.see(each)
        self.book = Book(COMPANY, self.moves)

    def forecast(self, day: date) -> Forecast:
        """What was said on a day, by models that give every deal a fifth; the manager of Germany says more."""
        said = Adjustment(
            at=COMPANY.instant(BEFORE) - 1,
            by="boss-de",
            period=Q4,
            unit=Unit("team", "team-de"),
            cents=50_000_000,
            reason="rep-de-01 has the tender",
        )
        return forecast(self.book, self.period, self.book.known(day), always(0.2), said=[said])

    def said(self) -> list[Said]:
        """What was locked a week ago."""
        made = self.forecast(BEFORE)
        return [each for level in LEVELS for each in said_of(locked(made, level, COMPANY))]

    def forecasts(self) -> Iterator[ForecastTold]:
        """What every version says now."""
        made, said = self.forecast(TODAY), self.said()
        came = {(Q4, each.unit): each.closed for each in said}
        for level in LEVELS:
            for unit, row in figures(made, level, COMPANY).items():
                mine = tuple(each for each in said if each.unit == unit)
                judged = record((lock for each in mine for lock in each.locks()), came, lambda lock: lock)
                yield ForecastTold(
                    at=self.at,
                    day=TODAY,
                    unit=unit,
                    period=self.period,
                    currency="EUR",
                    open=len(made.known.open),
                    won=next(each.cents for each in row if each.version == CLOSED),
                    figures=row,
                    differences=(difference(made, unit, SIMULATED, COMMIT, COMPANY),),
                    adjustment=made.adjustments.get(unit),
                    course=mine,
                    scores=tuple(VersionScore(version=by.version, score=of, by=by.by) for by, of in judged.items()),
                    came=(Came(low=0.2, high=0.4, deals=12, expected=2.4, won=3),) if unit == Unit() else (),
                    earlier=tuple(each.name for each in made.earlier),
                    unvalued=len(made.unvalued),
                    undated=len(made.undated),
                    waiting=0,
                )

    def pipelines(self) -> Iterator[PipelineTold]:
        """How the quarter's pipeline came to be."""
        since = COMPANY.instant(self.period.start)
        opening, moved = list(on_record(self.moves, since).values()), list(between(self.moves, since, self.at))
        facts = {each.after.id: each.after for each in self.seen}
        closings = Closings(dwell_of(stays(self.moves, self.at), self.at), self.at // DAY)
        wrong = wrong_dates(facts.values(), self.at, closings, COMPANY.timezone)
        for level in LEVELS:
            covered = coverage(self.moves, COMPANY, level, self.period, self.at)
            speeds = velocities(self.moves, COMPANY, level, self.at)
            found = waterfalls(opening, moved, level, View(period=self.period), COMPANY, since, self.at)
            for unit, water in found.items():
                of, whole = covered.get(unit), unit == Unit()
                yield PipelineTold(
                    at=self.at,
                    since=since,
                    unit=unit,
                    period=self.period,
                    currency="EUR",
                    start=water.start.amount,
                    start_deals=water.start.deals,
                    buckets=tuple(
                        BucketTold(
                            reason=reason,
                            amount=each.amount,
                            times=each.times,
                            deals=len(each.shares),
                            named=each.shares[:NAMED],
                        )
                        for reason, each in water.buckets.items()
                    ),
                    end=water.end.amount,
                    end_deals=water.end.deals,
                    unvalued=len(water.end.unvalued),
                    coverage=None
                    if of is None
                    else CoverageTold(
                        quota=of.quota,
                        won=of.won,
                        missing=of.missing,
                        ratio=of.ratio,
                        needed=of.needed,
                        rests_on=of.deals,
                        periods=tuple(each.period for each in of.past),
                    ),
                    velocity=speeds.get(unit),
                    slipped=tuple(
                        Slipped(deal=each.id, days=each.pushed_ms // DAY, pushes=each.pushes, pulls=each.pulls)
                        for each in facts.values()
                        if each.pushes and COMPANY.teams.get(each.owner) in ("", unit.name)
                    )[:NAMED],
                    faults={"over": sum(each.fault == "over" for each in wrong)},
                    wrong_dates=tuple(wrong[:WRONG_DATES_NAMED]) if whole else (),
                    cohorts=tuple(self._cohorts()) if whole else (),
                    batches=tuple(batches(edits(self.seen), least=2)) if whole else (),
                )

    def _cohorts(self) -> Iterator[CohortTold]:
        for each in cohorts(self.moves, COMPANY, "company", self.at):
            ends = each.ends
            yield CohortTold(
                stage=each.stage,
                period=each.period,
                stays=ends.stays,
                going=ends.going,
                ends={end: ends.at_last(end) for end in ENDS},
                median_days=None,
            )

    def all(self) -> list[Answer]:
        """Every answer, those of each topic together."""
        sheets = [*team_sheets_of(self.logbook, self.at), *sheets_of(self.logbook, self.at)]
        journeys = list(self.ledger.wholes())
        at_risk = sorted(each.id for each in journeys)[::7]
        return [
            *self.said(),
            *self.forecasts(),
            *self.pipelines(),
            MatrixTold(at=self.at, matrix=matrix_of(self.logbook, self.at), accounts_left_out=0),
            *(SheetTold(at=self.at, sheet=each) for each in sheets),
            CreditTold(at=self.at, attribution=attribute(self.ledger)),
            *(
                SourcesTold(
                    at=self.at,
                    what=what,
                    currency="EUR",
                    sources=tuple(rank_sources(journeys, COMPANY, self.at, at_risk, what)),
                )
                for what in ("lead_source", "channel", "campaign")
            ),
        ]


@cache
def answered() -> tuple[Answer, ...]:
    """All answers to that year."""
    return tuple(Told().all())


def _events() -> Iterator[Event]:
    world = World(seed=11, start=datetime(2025, 1, 1, tzinfo=UTC))
    for line in generate(world, deals=60, days=330):
        event = decode(line.value, None, line.at)
        if not isinstance(event, Rejection) and event.subject:
            yield event
