"""`dealwatch forecast`: the versions of the forecast side by side, and how each has come out."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.session import settings_of

if TYPE_CHECKING:
    from datetime import date

    from streams.backtest.forecast_report import ForecastReport
    from streams.revenue.company import Company

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def forecast(
    ctx: typer.Context,
    backtest: Annotated[
        Path,
        typer.Option(
            "--backtest", metavar="EVENTS", help="Event file to forecast again, day by day, and judge; - is input."
        ),
    ],
    since: Annotated[
        str, typer.Option(metavar="MONTH", help="Judge what was said at the beginning of this month and each after it.")
    ],
    company: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The company's currency, fiscal year and regions [company.toml]."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The rules file that has the teams [rules.toml].")
    ] = None,
    grain: Annotated[
        Literal["month", "quarter", "year"], typer.Option(help="The periods that are forecast.")
    ] = "quarter",
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put the tables into this page, where it has a place for the log."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Forecast again what was won in each period of an event file, in every version, and judge them by what came.

    A forecast sees what was on record when its day began, what was learned until then, and how forecasts of earlier
    periods had come out. Judged are the first days of months, of each rep, team, region and the company; the blend
    earns its weights from forecasts that are locked each week. docs/forecast.md explains the versions.

    For example:
      dealwatch forecast --backtest events.jsonl.gz --since 2025-07
      dealwatch forecast --backtest crm.jsonl.gz --since 2017-07 --company company.toml --write docs/forecast.md
    """
    from streams.cli.forecast_view import as_page, show
    from streams.cli.placed import place
    from streams.cli.screen import print_document
    from streams.config.company import company_of

    first = _month(since)
    mark = f"forecast {backtest.name}"
    if write is not None:
        place(write, mark, None)  # a page without the place must not be found out at the end
    files = {name: str(path) for name, path in (("company", company), ("rules", rules)) if path is not None}
    found = _judged(backtest, first, company_of(settings_of(ctx, **files)), grain)
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
