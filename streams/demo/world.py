"""Doors of the demo: `generate` and `play`. A world is a seed, a first day and settings; everything follows from them.

Every deal is told from a seed of its own and every day is the merge of the deals that are alive on it. So a day n
can be played without the days before: only deals young enough to be alive are told again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from streams.demo.arrivals import Arrivals
from streams.demo.calendar import DAY_MS, EPOCH_DAY
from streams.demo.faults import deliver
from streams.demo.marketing import LEAD_DAYS
from streams.demo.outages import Outages, control_lines, outage_truth
from streams.demo.people import Organisation
from streams.demo.settings import WorldSettings
from streams.demo.story import Arrival, tell
from streams.demo.truth import DealTruth, FaultTruth, MarketingTruth, OutageTruth, Truth, WorldTruth
from streams.events.envelope import millis

#: Days that a delivery may lie behind the end of its deal: the longest fault or outage, and a holiday at the start.
_AFTERMATH_DAYS = 20


class Line(NamedTuple):
    """One record as a feed delivers it: when (milliseconds UTC), under which key, and its bytes.

    The key is the opportunity id. Control events (heartbeats, gaps) have none: the sender gives them to all partitions.
    """

    at: int
    key: bytes | None
    value: bytes


@dataclass(slots=True)
class Day:
    """One day of the world: its lines in order of delivery, and what became true on it."""

    number: int
    begins: int
    lines: list[Line]
    opened: list[DealTruth]
    faults: list[FaultTruth]
    outages: list[OutageTruth]
    marketing: list[MarketingTruth]

    def truths(self) -> list[Truth]:
        """Return the truths of the day: deals opened, what marketing did to them, outages begun, faults delivered."""
        return [*self.opened, *self.marketing, *self.outages, *self.faults]


class World:
    """A sales organisation from a first day on. Nothing is generated before it is asked for."""

    def __init__(self, seed: int, start: datetime, settings: WorldSettings | None = None) -> None:
        """Found the organisation; day 0 begins at the midnight (UTC) of `start`, which must be aware."""
        if start.tzinfo is None:
            raise ValueError("start must be an aware datetime, e.g. datetime(2026, 1, 5, tzinfo=UTC)")
        self.seed = seed
        self.settings = settings or WorldSettings()
        self.start = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.organisation = Organisation(seed, self.settings)

    @property
    def origin(self) -> int:
        """The first instant of day 0, in milliseconds."""
        return millis(self.start)

    @property
    def first_day(self) -> int:
        """The ordinal of the date of day 0."""
        return EPOCH_DAY + self.origin // DAY_MS


def generate(world: World, deals: int, days: int) -> Iterator[Line]:
    """Yield all lines of `days` days in which `deals` deals come in (settings.deals_per_day is ignored).

    One that comes in on a public holiday is opened on the next working day, or on the last one before the end.
    """
    for day in generated_days(world, deals, days):
        yield from day.lines


def play(world: World, from_day: int = 0) -> Iterator[Line]:
    """Yield lines for ever, beginning with day `from_day`: the same ones as after playing the days before it."""
    for day in played_days(world, from_day):
        yield from day.lines


def generated_days(world: World, deals: int, days: int) -> Iterator[Day]:
    """Yield the days of `generate`, each with its truth."""
    if deals < 0 or days < 0:
        raise ValueError("deals and days must not be negative")
    arrivals = Arrivals.exactly(world.organisation, world.first_day, deals, days)
    return islice(_turn(Book(world, arrivals, 0)), days)


def played_days(world: World, from_day: int = 0) -> Iterator[Day]:
    """Yield the days of `play`, each with its truth."""
    if from_day < 0:
        raise ValueError("from_day must not be negative")
    arrivals = Arrivals(world.organisation, world.first_day, world.settings.deals_per_day)
    return _turn(Book(world, arrivals, from_day))


def world_truth(world: World, deals: int | None = None, days: int | None = None) -> WorldTruth:
    """Return the first line of a truth file: what the world was generated from."""
    return WorldTruth(seed=world.seed, start=world.start, settings=world.settings, deals=deals, days=days)


def _turn(book: Book) -> Iterator[Day]:
    while True:
        yield book.turn()


@dataclass(slots=True)
class _Pages:
    """What is known already of a day to come."""

    lines: list[Line] = field(default_factory=list)
    opened: list[DealTruth] = field(default_factory=list)
    faults: list[FaultTruth] = field(default_factory=list)
    marketing: list[MarketingTruth] = field(default_factory=list)


class Book:
    """The days to come of the deals told so far: as much as the open deals have still to say."""

    def __init__(self, world: World, arrivals: Arrivals, from_day: int) -> None:
        """Tell every deal that may have something to say on or after `from_day`."""
        self.world = world
        self.day = from_day
        self._outages = Outages(world.organisation, world.origin)
        self._pages: defaultdict[int, _Pages] = defaultdict(_Pages)
        self._arrivals = arrivals.days()
        # A deal's touches come before it is opened, so deals are told some days ahead.
        for number, arrived in enumerate(islice(self._arrivals, from_day + LEAD_DAYS)):
            if number >= from_day - world.settings.longest_life_days - _AFTERMATH_DAYS:
                self._tell(arrived)

    @property
    def pending(self) -> int:
        """Lines that are known but not yet due."""
        return sum(len(pages.lines) for pages in self._pages.values())

    def turn(self) -> Day:
        """Return the next day."""
        self._tell(next(self._arrivals))
        number, self.day = self.day, self.day + 1
        pages = self._pages.pop(number, None) or _Pages()
        pages.lines += [Line(at, None, value) for at, value in control_lines(self._outages, number)]
        # Sorting is stable and deals are told in order of their numbers, so equal instants keep one order everywhere.
        pages.lines.sort(key=itemgetter(0))
        pages.faults.sort(key=_instant)
        return Day(
            number=number,
            begins=self.world.origin + number * DAY_MS,
            lines=pages.lines,
            opened=pages.opened,
            faults=pages.faults,
            outages=[outage_truth(each) for each in self._outages.began(number)],
            marketing=pages.marketing,
        )

    def _tell(self, arrived: list[Arrival]) -> None:
        for arrival in arrived:
            story = tell(self.world.organisation, arrival)
            key = story.deal.opportunity.encode()
            opened = self._day(millis(story.truth.created))
            if opened >= self.day:
                self._pages[opened].opened.append(story.truth)
                if story.marketing is not None:
                    self._pages[opened].marketing.append(story.marketing)
            for at, value, fault in deliver(self.world.organisation, story, self._outages):
                day = self._day(at)
                if day < self.day:
                    continue
                pages = self._pages[day]
                if value is not None:
                    pages.lines.append(Line(at, key, value))
                if fault is not None:
                    pages.faults.append(fault)

    def _day(self, at: int) -> int:
        return (at - self.world.origin) // DAY_MS


def _instant(fault: FaultTruth) -> datetime:
    return fault.at
