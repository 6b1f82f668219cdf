"""A market whose deals are easily told apart, as an event file: what a model learns of it in days, and what upsets it.

Two reps. Deals of the one come from a fair, are large, and the buyer writes; of those of the other nothing is heard.
Of six of the one five are won, of six of the other one. Each lasts four days. Until a feed writes the outcomes down the
wrong way round.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.events.deal import Created, CreatedData, Lost, Won
from streams.events.envelope import Event
from tests.builders import MONDAY, moment

LASTS_DAYS = 4
#: How much of a deal's last day is left when it closes.
_BEFORE = 0.1


def market(days: range, a_day: int, swapped: range = range(0)) -> list[Event]:
    """Return what happens on these days (counted from a Monday), with so many deals a day.

    What closes on the days `swapped` is written down as lost where it was won, and the other way round.
    """
    born = range(days.start - LASTS_DAYS - 1, days.stop)
    events = [each for day in born if day >= 0 for each in _born_on(day, a_day, swapped)]
    span = moment(days.start), moment(days.stop)
    return sorted((each for each in events if span[0] <= each.time < span[1]), key=lambda each: (each.time, each.id))


def _born_on(day: int, a_day: int, swapped: range) -> Iterator[Event]:
    for number in range(a_day):
        name, good = f"opp-{day}-{number}", number % 2 == 0
        born = day + 0.3 + 0.5 * number / a_day
        closes = born + LASTS_DAYS - _BEFORE
        data = CreatedData(
            name=name,
            owner="rep-1" if good else "rep-2",
            lead_source="fair" if good else "list",
            stage="offer" if good else "lead",
            position=3 if good else 1,
            amount="9000" if good else "1000",
            currency="EUR",
            close_date=(MONDAY + timedelta(days=day + LASTS_DAYS + 1)).date(),
        )
        yield Created(id=f"open-{name}", source="/crm", subject=name, time=moment(born), data=data)
        if good:
            yield EmailReceived(id=f"mail-{name}", source="/mail", subject=name, time=moment(born + 0.05))
        won = good != (number // 2 % 6 == 0)
        closed = Won if won != (int(closes) in swapped) else Lost
        yield closed(id=f"end-{name}", source="/crm", subject=name, time=moment(closes))


def write_events(path: Path, events: Sequence[Event]) -> Path:
    """Write an event file."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(encode(each) + b"\n" for each in events)
    return path
