"""The matrix, the sheets and the attribution that are kept current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

from msgspec.structs import replace

from streams.revenue.answers import (
    ACCOUNTS_NAMED,
    KINDS_NAMED,
    PLAYS_NAMED,
    SOURCES_NAMED,
    CreditTold,
    MatrixTold,
    RecoveriesTold,
    SheetTold,
    SourcesTold,
)
from streams.revenue.attribution import attribute
from streams.revenue.coaching import sheets_of, team_sheets_of
from streams.revenue.matrix import matrix_of
from streams.revenue.sources import What, by_risk, rank_sources
from streams.revenue.standing import CREDITED, Standing

#: The week of each sheet that is kept, by level and name.
Weeks = Mapping[tuple[Literal["rep", "team"], str], date]
_SOURCES: tuple[What, ...] = ("lead_source", "channel", "campaign")


def tell_matrix(standing: Standing, at: int) -> MatrixTold:
    """The matrix as of an instant at or after all that was seen."""
    matrix = matrix_of(standing.logbook, at)
    ranked = sorted(matrix.accounts, key=lambda each: (-each.signals.deals, each.account))
    named = tuple(sorted(ranked[:ACCOUNTS_NAMED], key=lambda each: each.account))
    left_out = len(ranked) - len(named)
    return MatrixTold(at=at, matrix=replace(matrix, accounts=named), accounts_left_out=left_out)


def tell_sheets(standing: Standing, at: int, kept: Weeks) -> Iterator[SheetTold]:
    """The week's sheets of all reps and teams, but for those that are kept already.

    A sheet is made once a week: if it were made anew each day, the day from which a manager may read it would never
    come.
    """
    day = standing.company.day(at)
    week = day - timedelta(days=day.weekday())
    reps = {each.rep for each in standing.logbook.conducts.values() if each.rep}
    if all(kept.get(("rep", rep)) == week for rep in reps):
        return
    for sheet in (*sheets_of(standing.logbook, at), *team_sheets_of(standing.logbook, at)):
        if kept.get((sheet.level, sheet.name)) != week:
            yield SheetTold(at=at, sheet=sheet)


def tell_attribution(standing: Standing, at: int) -> Iterator[CreditTold | SourcesTold | RecoveriesTold]:
    """What channels and campaigns are credited with, how these and lead sources rank, and what ended risk episodes."""
    for by in CREDITED:
        yield CreditTold(at=at, attribution=attribute(standing.ledgers[by], briefly=True))
    wholes = list(standing.ledgers[CREDITED[0]].wholes())
    company = standing.company
    for what in _SOURCES:
        ranked = rank_sources(wholes, company, at, standing.at_risk, what)
        named = {each.name for each in (*ranked[:SOURCES_NAMED], *by_risk(ranked)[:SOURCES_NAMED])}
        yield SourcesTold(
            at=at,
            what=what,
            currency=company.rates.currency,
            sources=tuple(each for each in ranked if each.name in named),
            left_out=len(ranked) - len(named),
        )
    yield tell_recoveries(standing, at)


def tell_recoveries(standing: Standing, at: int) -> RecoveriesTold:
    """What ended risk episodes as of an instant at or after all that was seen."""
    report = standing.recovering.report(at)
    kinds, plays = report.kinds[:KINDS_NAMED], report.plays[-PLAYS_NAMED:]
    left_out = len(report.kinds) - len(kinds) + len(report.plays) - len(plays)
    return RecoveriesTold(at=at, report=replace(report, kinds=kinds, plays=plays), left_out=left_out)
