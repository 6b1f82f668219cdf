"""What questions about all deals share: where they are read, as of when, and whose company it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from streams.cli.session import bootstrap_of, settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from datetime import date

    from streams.config.settings import Settings
    from streams.replay.sight import Telling
    from streams.revenue.company import Company
    from streams.revenue.ledger import Ledger
    from streams.revenue.periods import Period
    from streams.revenue.position import Move, Position
    from streams.revenue.seen import Seen
    from streams.revenue.settled import Terms

#: Fiscal periods and days to propose must still fit into the calendar.
_LATEST = "9000-01-01"

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
PracticeFile = Annotated[
    Path | None,
    typer.Option("--practice", metavar="FILE", help="How the company sells: ladder, managers, deadlines, call."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Asked(NamedTuple):
    """Who asks, as of when: `until` in milliseconds, none for all there is."""

    settings: Settings
    company: Company
    until: int | None


class Told(NamedTuple):
    """How all deals moved, and as of when that is: `at`, in milliseconds, is as far as time came on record."""

    moves: list[Move]
    at: int

    @property
    def end(self) -> int:
        """The instant before which everything is on record."""
        return self.at + 1


def asked(
    ctx: typer.Context, company: Path | None, rules: Path | None, as_of: str | None, practice: Path | None = None
) -> Asked:
    """Read the settings, the company, and the instant; raises what is wrong with them."""
    from streams.cli.moments import instant
    from streams.config.company import company_of

    named = (("company", company), ("rules", rules), ("practice", practice))
    settings = settings_of(ctx, **{name: str(path) for name, path in named if path is not None})
    until = None if as_of is None else instant(as_of, int(time.time() * 1000))
    if until is not None and until >= instant(_LATEST, 0):
        raise typer.BadParameter(f"{as_of} is too far ahead; name a day before {_LATEST}", param_hint="--as-of")
    return Asked(settings, company_of(settings), until)


@contextmanager
def story(who: Asked, events: Path | None) -> Iterator[Telling]:
    """Give what was seen of all deals and what was announced, in order, from a file or Kafka's log, with progress."""
    from streams.admin.onrecord import read_seen
    from streams.cli.screen import counting, progress
    from streams.config.topics import plan
    from streams.connectors.eventfile import read_lines, with_events
    from streams.replay.sight import read_story

    zone = who.company.timezone  # a planned close is a day of the same zone that it is told in
    if events is not None:
        now = int(time.time() * 1000)
        with progress("events", None) as advance:
            lines = with_events(read_lines(events), str(events), now)
            yield read_story(_counted(lines, advance), now, zone, who.until)
        return
    bootstrap, topic = bootstrap_of(who.settings), plan(who.settings).activity.name
    with (
        counting("reading") as tell,
        read_seen(bootstrap, topic, zone, who.until, lambda done, total: tell(topic, done, total)) as told,
    ):
        yield told


def as_of(who: Asked, told: Telling) -> int:
    """Return as of when what was told is (milliseconds): the time that is asked for, or else as far as time came.

    Raises `NotFound` where nothing was told.
    """
    if told.at is None:
        raise nothing(who)
    return told.at if who.until is None else who.until


def read_moves(who: Asked, events: Path | None, also: Callable[[Seen], object] = lambda _: None) -> Told:
    """Read how all deals moved, and let `also` have each event that was seen; raises `NotFound` where there is none."""
    moves = []
    with story(who, events) as told:
        for each in told.deals:
            also(each)
            if (move := each.move(who.company.timezone)) is not None:
                moves.append(move)
    if not moves:
        raise nothing(who)
    warn_of_currencies(who, (each.after for each in moves))
    return Told(moves, as_of(who, told))


def read_ledger(who: Asked, events: Path | None, terms: Terms | None = None) -> tuple[Ledger, int]:
    """Read the journeys of all deals, and as of when that is (milliseconds); raises `NotFound` where there is none."""
    from streams.revenue.ledger import Ledger

    ledger = Ledger(who.company, terms)
    with story(who, events) as told:
        for seen in told.deals:
            ledger.see(seen)
    if not ledger.journeys:
        raise nothing(who)
    warn_of_currencies(who, (each.position for each in ledger.journeys.values() if each.position is not None))
    return ledger, as_of(who, told)


def warn_of_currencies(who: Asked, positions: Iterable[Position]) -> None:
    """Say that amounts of several currencies are added up as if they were one: sums of them are no sums of money."""
    from streams.cli.screen import clean, note

    if mixed := who.company.mixed(positions):
        note(
            f"warning: amounts are in {clean(', '.join(mixed))}, and are added up as if they were one; a company file "
            "that names the currency and the rates (--company) converts them"
        )


def begins(who: Asked, since: str | None, otherwise: date, at: int) -> int:
    """The instant at which what is asked about begins, `otherwise` the first one of a day; raises `BadParameter`."""
    from streams.cli.moments import instant

    start = who.company.instant(otherwise) if since is None else instant(since, at)
    if start > at:
        raise typer.BadParameter("it would begin after it ends; name an earlier one", param_hint="--since")
    return start


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


def _counted(lines: Iterable[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    for number, each in enumerate(lines, start=1):
        if number % 1_000 == 0:
            advance(number)
        yield each
