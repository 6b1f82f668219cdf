"""`dealwatch forecast` on what is on record: made, told, and held beside what was said before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from streams.cli.onrecord import as_of, asked, nothing, period_of, story, warn_of_currencies

if TYPE_CHECKING:
    from streams.cli.onrecord import Asked
    from streams.revenue.company import Level
    from streams.revenue.forecast import Forecast
    from streams.revenue.periods import Period
    from streams.revenue.said import Said


def tell(
    ctx: typer.Context,
    events: Path | None,
    period: str | None,
    by: Level,
    as_of: str | None,
    company: Path | None,
    rules: Path | None,
    *,
    deals: str | None = None,
    json: bool,
) -> None:
    """Print the forecast of a period as of an instant, or the deals of a version of it, for people or as JSON."""
    from streams.cli.forecast_deals import show_deals
    from streams.cli.forecast_told import show
    from streams.cli.screen import print_document
    from streams.revenue.answer import answer, deals_of

    who = asked(ctx, company, rules, as_of)
    said, made = _made(who, events, period, by)
    if deals is not None:
        if deals not in made.versions:
            raise typer.BadParameter(f"there is no {deals}: no earlier period to go by", param_hint="--deals")
        show_deals(deals, who.company.rates.currency, deals_of(made, deals, by, who.company), json=json)
        return
    found = answer(said, made, by)
    if json:
        print_document(found)
    else:
        show(found)


def _made(who: Asked, events: Path | None, name: str | None, by: Level) -> tuple[Said, Forecast]:
    from streams.events.control import ForecastAdjusted
    from streams.revenue.book import Book
    from streams.revenue.rollup import adjustment_of
    from streams.revenue.said import Said
    from streams.revenue.seen import Seen
    from streams.revenue.version import cut_of

    book, figures = Book(who.company), []
    with story(who, events) as told:
        for each in told:
            if isinstance(each, Seen):
                if (move := each.move(who.company.timezone)) is not None:
                    book.add(move)
            elif isinstance(each.event, ForecastAdjusted):
                figures.append(adjustment_of(each.event, each.at))
    if not book.moves:
        raise nothing(who)
    warn_of_currencies(who, (each.after for each in book.moves))
    at = as_of(who, told) + 1
    period = _ahead(who, name, at)
    said = Said(book, grain=who.company.calendar.grain(period), adjustments=figures)
    known = book.known_at(at)
    _make_up(said, period, at)
    return said, said.make(period, known, cut_of(by))


def _ahead(who: Asked, name: str | None, at: int) -> Period:
    """The period that is asked for; raises `typer.BadParameter` for one that is over."""
    period = period_of(who, name, at)
    if period.end <= who.company.day(at):
        raise typer.BadParameter(
            f"{period.name} is over by then; --as-of a day before {period.end} tells what was said of it",
            param_hint="--period",
        )
    return period


def _make_up(said: Said, period: Period, at: int) -> None:
    """Say what was to be said each week until now: the record, of which the weights are made."""
    from streams.cli.screen import err, note, progress, seldom

    due = [(each, day) for each, day in said.due(said.book.company.day(at)) if each.start < period.end]
    say = seldom(note)
    with progress("weeks of the record", len(due)) as advance:
        for done, (each, day) in enumerate(due, start=1):
            said.say(each, day)
            advance(done)
            if not err().is_terminal:
                say(f"making up the record: {done} of {len(due)} weeks")
