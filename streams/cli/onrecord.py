"""What questions about all deals share: where they are read, as of when, and whose company it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from streams.cli.session import bootstrap_of, settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from streams.config.settings import Settings
    from streams.revenue.company import Company
    from streams.revenue.periods import Period
    from streams.revenue.seen import Story

EventFile = Annotated[
    Path | None,
    typer.Option("--events", metavar="FILE", help="Read this event file instead of Kafka's log; - is input."),
]
AsOf = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="As it was on record then: 2026-03-01, 2026-03-01T09:30Z or 3d [the end]."),
]
CompanyFile = Annotated[
    Path | None, typer.Option("--company", metavar="FILE", help="The company's currency, fiscal year and regions.")
]
RulesFile = Annotated[Path | None, typer.Option("--rules", metavar="FILE", help="The rules file that has the teams.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Asked(NamedTuple):
    """Who asks, as of when: `until` in milliseconds, none for all there is."""

    settings: Settings
    company: Company
    until: int | None


def asked(ctx: typer.Context, company: Path | None, rules: Path | None, as_of: str | None) -> Asked:
    """Read the settings, the company, and the instant; raises what is wrong with them."""
    from streams.cli.moments import instant
    from streams.config.company import company_of

    files = {name: str(path) for name, path in (("company", company), ("rules", rules)) if path is not None}
    settings = settings_of(ctx, **files)
    until = None if as_of is None else instant(as_of, int(time.time() * 1000))
    return Asked(settings, company_of(settings), until)


@contextmanager
def story(who: Asked, events: Path | None) -> Iterator[Iterator[Story]]:
    """Give what was seen of all deals and what was announced, in order, from a file or Kafka's log, with progress."""
    from streams.admin.onrecord import read_seen
    from streams.cli.screen import counting, progress
    from streams.config.topics import plan
    from streams.connectors.eventfile import read_lines, with_events
    from streams.replay.sight import read_story

    zone = who.settings.timezone
    if events is not None:
        now = int(time.time() * 1000)
        with progress("events", None) as advance:
            lines = with_events(read_lines(events), str(events), now)
            yield _counted(read_story(lines, now, zone, who.until), advance)
        return
    bootstrap, topic = bootstrap_of(who.settings), plan(who.settings).activity.name
    with counting("reading") as tell:
        yield read_seen(bootstrap, topic, zone, who.until, lambda done, total: tell(topic, done, total))


def period_of(who: Asked, name: str | None, at: int) -> Period:
    """The fiscal period of a name, or the quarter that an instant lies in; raises `typer.BadParameter`."""
    calendar = who.company.calendar
    if name is None:
        return calendar.period(who.company.day(at))
    try:
        return calendar.named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--period") from None


def nothing(who: Asked) -> NotFound:
    """What is said where no deal was on record."""
    then = "" if who.until is None else " by then"
    return NotFound(f"no deal was on record{then}; name a later --as-of, or an event file with --events")


def _counted(told: Iterator[Story], advance: Callable[[int], None]) -> Iterator[Story]:
    for number, each in enumerate(told, start=1):
        if number % 1_000 == 0:
            advance(number)
        yield each
