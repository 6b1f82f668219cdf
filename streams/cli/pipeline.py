"""`dealwatch pipeline`: questions about all deals that are planned, won and lost; each has a module `pipeline_*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.onrecord import AsOf, CompanyFile, EventFile, Json, PracticeFile, RulesFile, asked
from streams.revenue.company import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

Show = Literal["waterfall", "cohorts", "velocity", "dates", "edits"]
#: What each of them may be narrowed by, and why not by the others.
_TAKES: Mapping[Show, tuple[str, ...]] = {
    "waterfall": ("--period", "--since"),
    "cohorts": ("--since",),
    "velocity": (),
    "dates": ("--period",),
    "edits": ("--since", "--practice"),
}
_WHY_NOT: Mapping[tuple[Show, str], str] = {
    ("cohorts", "--period"): "a cohort is what entered a stage in a quarter, whatever its planned close",
    ("velocity", "--period"): "velocity is of all open deals, whatever their planned close",
    ("velocity", "--since"): "velocity always looks back a year",
    ("dates", "--since"): "dates are as they stand, and have no beginning",
    ("edits", "--period"): "edits are counted by when they were made; name their beginning with --since",
}


def pipeline(
    ctx: typer.Context,
    events: EventFile = None,
    show: Annotated[
        Show,
        typer.Option(
            help="waterfall: what changed it; cohorts: how stages are left; velocity: what it yields a day; dates: "
            "planned closes that cannot be right; edits: those made in batches, or just before somebody looks."
        ),
    ] = "waterfall",
    period: Annotated[
        str | None,
        typer.Option(
            metavar="PERIOD",
            help="Planned closes: FY2027, FY2027-Q1, FY2027-M01, or all [waterfall: this quarter; dates: all].",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Where it begins [waterfall: the period's first day, of one to come this quarter's; cohorts: the "
            "quarter of a year before; edits: the quarter before].",
        ),
    ] = None,
    as_of: AsOf = None,
    by: Annotated[Level, typer.Option(help="The units to part it by.")] = "company",
    company: CompanyFile = None,
    rules: RulesFile = None,
    practice: PracticeFile = None,
    json: Json = False,
) -> None:
    """Tell what the pipeline was worth, what changed it, and what it is worth; the sums balance to the cent.

    A waterfall of the open deals that are planned to close in a period, from one instant to another, with one line a
    reason and the deals that weigh most in it; the open value against what is missing to the quota, and how much was
    needed of it at the same distance before; the deals whose close slipped most. Or, with --show: how deals leave each
    stage, by the quarter in which they entered it; what a day yields; which planned closes cannot be right, and what to
    plan instead; what was edited in batches. All is by what was on record: what was said in March stays what was said
    in March. docs/revenue.md has the definitions.

    For example:
      dealwatch pipeline
      dealwatch pipeline --by team --period FY2027-Q1
      dealwatch pipeline --show dates --by rep
      dealwatch pipeline --show cohorts --since 2025-01-01 --events events.jsonl.gz
      dealwatch pipeline --events events.jsonl.gz --as-of 2026-03-31 --since 2026-01-01 --period all
    """
    _refuse(show, {"--period": period, "--since": since, "--practice": practice})
    who = asked(ctx, company, rules, as_of, practice)
    match show:
        case "waterfall":
            from streams.cli.pipeline_waterfall import show_waterfall

            show_waterfall(who, events, by, period, since, json)
        case "cohorts":
            from streams.cli.pipeline_cohorts import show_cohorts

            show_cohorts(who, events, by, since, json)
        case "velocity":
            from streams.cli.pipeline_velocity import show_velocity

            show_velocity(who, events, by, json)
        case "dates":
            from streams.cli.pipeline_dates import show_dates

            show_dates(who, events, by, period, json)
        case "edits":
            from streams.cli.pipeline_edits import show_edits

            show_edits(who, events, by, since, json)


def _refuse(show: Show, given: Mapping[str, object]) -> None:
    """End the command where it is narrowed by what says nothing about what is asked; raises `typer.BadParameter`."""
    for option, value in given.items():
        if value is not None and option not in _TAKES[show]:
            why = _WHY_NOT.get((show, option), "only edits go by a forecast call")
            raise typer.BadParameter(f"not with --show {show}: {why}", param_hint=option)
