"""`dealwatch forecast`: the versions of the forecast side by side, and how each has come out."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.forecast_adjust import adjust
from streams.cli.onrecord import AsOf, CompanyFile, EventFile, Json, RulesFile
from streams.cli.plain import plain_app
from streams.cli.session import settings_of
from streams.revenue.company import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from streams.backtest.forecast_report import ForecastReport
    from streams.revenue.company import Company

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")

#: Those that count deals one by one; a manager's figure is of none.
_Version = Literal[
    "closed",
    "commit",
    "most_likely",
    "best_case",
    "pipeline",
    "stage_weighted",
    "category_weighted",
    "model",
    "pace",
    "shared_pace",
    "simulated",
    "blend",
]

app = plain_app()
app.command()(adjust)


@app.callback(invoke_without_command=True)
def forecast(
    ctx: typer.Context,
    events: EventFile = None,
    period: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="FY2027, FY2027-Q1 or FY2027-M01 [this quarter].")
    ] = None,
    as_of: AsOf = None,
    by: Annotated[Level | None, typer.Option(help="The units that are told one by one [company].")] = None,
    deals: Annotated[
        _Version | None, typer.Option(help="Instead: the deals that this version counts, each with its amount.")
    ] = None,
    company: CompanyFile = None,
    rules: RulesFile = None,
    backtest: Annotated[
        Path | None,
        typer.Option(
            "--backtest", metavar="EVENTS", help="Event file to forecast again, day by day, and judge; - is input."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="MONTH", help="With --backtest: judge what was said when this month began, and each after."
        ),
    ] = None,
    grain: Annotated[
        Literal["month", "quarter", "year"] | None,
        typer.Option(help="With --backtest: the periods that are forecast [quarter]."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --backtest: put the tables into this page, where it has a place."),
    ] = None,
    json: Json = False,
) -> None:
    """Forecast what will be won in a period, in every version side by side, and tell how each came out before.

    With P10, P50 and P90 where a version gives them, what the default rests on, which deals two versions differ by,
    what managers said and why, deals that nobody could count, and the record of each version and of everybody who
    forecast, from weekly locks. All is by what was on record then. docs/forecast.md explains the versions.

    With --backtest an event file is forecast again, day by day, and every version is judged by what came: a forecast
    sees what was on record when its day began, and nothing later. `dealwatch forecast adjust` says a figure of one's
    own.

    For example:
      dealwatch forecast
      dealwatch forecast --by team --period FY2027-Q1
      dealwatch forecast --deals commit --by rep
      dealwatch forecast --events events.jsonl.gz --as-of 2026-03-31 --json
      dealwatch forecast --backtest events.jsonl.gz --since 2025-07
      dealwatch forecast --backtest crm.jsonl.gz --since 2017-07 --company company.toml --write docs/forecast.md
    """
    if ctx.invoked_subcommand is not None:
        return
    again = {"--since": since, "--grain": grain, "--write": write}
    now = {"--events": events, "--period": period, "--as-of": as_of, "--by": by, "--deals": deals}
    if backtest is None:
        from streams.cli.forecast_live import tell

        _only(again, "it goes with --backtest EVENTS, which judges forecasts of an event file")
        tell(ctx, events, period, by or "company", as_of, company, rules, deals=deals, json=json)
        return
    _only(now, "it does not go with --backtest, which forecasts its file again day by day")
    if since is None:
        raise typer.BadParameter("say from which month on to judge, as --since 2025-07", param_hint="--since")
    files = {name: str(path) for name, path in (("company", company), ("rules", rules)) if path is not None}
    _judge(ctx, files, backtest, _month(since), grain or "quarter", write, json=json)


def _only(options: Mapping[str, object], problem: str) -> None:
    """Refuse options that are of the other kind of question."""
    for name, value in options.items():
        if value is not None:
            raise typer.BadParameter(problem, param_hint=name)


def _judge(
    ctx: typer.Context,
    files: dict[str, str],
    backtest: Path,
    since: date,
    grain: Literal["month", "quarter", "year"],
    write: Path | None,
    *,
    json: bool,
) -> None:
    from streams.cli.forecast_view import as_page, show
    from streams.cli.placed import place
    from streams.cli.screen import print_document
    from streams.config.company import company_of

    mark = f"forecast {backtest.name}"
    if write is not None:
        place(write, mark, None)  # a page without the place must not be found out at the end
    found = _judged(backtest, since, company_of(settings_of(ctx, **files)), grain)
    if write is not None:
        place(write, mark, as_page(found, backtest.name))
    if json:
        print_document(found)
    else:
        show(found)


def _month(text: str) -> date:
    """The first day of a month; raises `typer.BadParameter`."""
    from datetime import date

    wanted = f"{text}-01" if _MONTH.fullmatch(text.strip()) else text
    try:
        return date.fromisoformat(wanted.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no month; write it as 2026-03", param_hint="--since") from None


def _judged(events: Path, since: date, company: Company, grain: Literal["month", "quarter", "year"]) -> ForecastReport:
    from streams.backtest.forecast import prepare, read, try_out
    from streams.backtest.forecast_report import report
    from streams.cli.screen import progress
    from streams.connectors.eventfile import read_lines, with_events

    now = int(time.time() * 1000)
    history = read(with_events(read_lines(events), str(events), now), now, company.timezone)
    ready = prepare(history, company, since, grain)
    with progress("days", len(ready.days)) as advance:
        trial = try_out(ready, advance)
    return report(history, trial, company.rates.currency)
