"""`dealwatch pipeline --show cohorts`: how deals leave each stage, by the quarter in which they entered it."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from streams.cli.onrecord import begins, read_moves

if TYPE_CHECKING:
    from pathlib import Path

    from streams.cli.onrecord import Asked
    from streams.revenue.cohorts import Cohort
    from streams.revenue.company import Level

#: How far back cohorts are shown where no beginning is named, in days.
_BACK = 365
#: Stays below which chances say nothing, on the screen; JSON has them all, with their number.
_FEW = 10
#: The age at which cohorts of any age can be compared, in days.
_AGE = 30


def show_cohorts(who: Asked, events: Path | None, by: Level, since: str | None, json: bool) -> None:
    """Print how the stays in each stage ended, or go on, by the fiscal quarter in which they began."""
    from streams.cli.screen import print_document
    from streams.revenue.cohorts import cohorts

    told = read_moves(who, events)
    back = who.company.calendar.period(who.company.day(told.at) - timedelta(days=_BACK))
    start = begins(who, since, back.start, told.at)
    found = cohorts(told.moves, who.company, by, told.end, since=start)
    if json:
        print_document({"since": start, "at": told.at, "cohorts": [_document(each) for each in found]})
    else:
        _show(found, start, told.at)


def _document(cohort: Cohort) -> dict[str, Any]:
    ends = cohort.ends
    return {
        "unit": cohort.unit,
        "stage": cohort.stage,
        "rank": cohort.rank,
        "period": cohort.period,
        "stays": ends.stays,
        "going": ends.going,
        "chances": {**{end: ends.at_last(end) for end in ends.of}, "going": ends.open},
        "known_days": ends.known,
        "median_days": ends.median,
        "curve": {"days": ends.days, "at_risk": ends.at_risk, "of": ends.of},
    }


def _show(found: list[Cohort], since: int, at: int) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table, when
    from streams.cli.units import called

    console = out()
    if not found:
        console.print(Text(f"no deal entered a stage from {when(since)} to {when(at)} UTC; name an earlier --since"))
        return
    heads = ("moved on", "won", "lost", "no decision", "back", "still in", "median days", f"by day {_AGE}")
    for unit, of in groupby(found, key=lambda each: each.unit):
        console.print(
            Text(f"{clean(called(unit))}: stays that began from {when(since)} on, as known at {when(at)} UTC")
        )
        rows = [_row(each) for each in of]
        console.print(
            table(("stage", "entered", "stays", *heads), rows, right=("stays", *heads), whole=("stage", "entered"))
        )
        console.print()
    age = f"By day {_AGE}: moved on or won by then, at which cohorts of any age compare."
    console.print(
        Text(
            "Chances are by the age of the cohort's oldest stay, with those that are still in the stage at risk; the "
            f"median is of leaving it, whichever way. {age} Of fewer than {_FEW} stays nothing is said."
        )
    )


def _row(cohort: Cohort) -> tuple[str, ...]:
    from streams.cli.units import percent, whole_days

    ends = cohort.ends
    known = (cohort.stage or "(none)", cohort.period, f"{ends.stays:,}")
    if ends.stays < _FEW:
        return (*known, "too few", *("",) * 7)
    chances = [ends.at_last(end) for end in ("forward", "won", "lost", "no_decision", "back")]
    of_age = ends.by("forward", _AGE) + ends.by("won", _AGE) if ends.known >= _AGE or not ends.going else None
    return (*known, *map(percent, (*chances, ends.open)), whole_days(ends.median), percent(of_age))
