"""When connectors are down, and what they say of themselves: heartbeats while they run, a gap when they come back."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from streams.demo.calendar import DAY_MS, MINUTE_MS
from streams.demo.people import Organisation
from streams.demo.story import SOURCES
from streams.demo.truth import OutageTruth
from streams.events.contract import encode
from streams.events.control import ConnectorGap, ConnectorHeartbeat, GapData
from streams.events.envelope import moment_of

HOUR_MS = 3_600_000
#: At most one outage of a connector in each block of so many days; it begins early enough to end within the block.
BLOCK_DAYS = 30
#: What was held back arrives within so long after the return.
BURST_MS = 40 * MINUTE_MS
#: A heartbeat comes so long after the hour it speaks of: later than anything that was not delayed by a fault.
HEARTBEAT_LAG_MS = 3 * MINUTE_MS


class Outage(NamedTuple):
    """From `since` to `until` (milliseconds) the source delivers nothing; a lossy one never makes up for it."""

    source: str
    since: int
    until: int
    lossy: bool

    def delivered(self, at: int) -> int:
        """Return when something that was due at `at`, during the outage, arrives after it: the order is kept."""
        return self.until + MINUTE_MS + (at - self.since) * BURST_MS // (self.until - self.since)


class Outages:
    """The outages of every connector, drawn block by block from the seed; `origin` is the first midnight."""

    def __init__(self, organisation: Organisation, origin: int) -> None:
        """Keep the rates; nothing is drawn before it is asked for."""
        self.organisation = organisation
        self.origin = origin
        self._in_block = lru_cache(maxsize=256)(self._draw)

    def at(self, source: str, at: int) -> Outage | None:
        """Return the outage of the source in force at an instant, where there is one."""
        outage = self._in_block(source, (at - self.origin) // (BLOCK_DAYS * DAY_MS))
        return outage if outage is not None and outage.since <= at < outage.until else None

    def began(self, day: int) -> list[Outage]:
        """Return the outages that begin on day `day` of the world."""
        return [each for each in self._near(day) if self._day(each.since) == day]

    def ended(self, day: int) -> list[Outage]:
        """Return the outages that end on day `day` of the world."""
        return [each for each in self._near(day) if self._day(each.until) == day]

    def _near(self, day: int) -> list[Outage]:
        drawn = [self._in_block(source, day // BLOCK_DAYS) for source in SOURCES]
        return [each for each in drawn if each is not None]

    def _day(self, at: int) -> int:
        return (at - self.origin) // DAY_MS

    def _draw(self, source: str, block: int) -> Outage | None:
        settings = self.organisation.settings
        rng = self.organisation.stream("outage", source, block)
        if rng.random() >= settings.outages_per_year * BLOCK_DAYS / 365:
            return None
        length = int(rng.uniform(*settings.outage_hours) * HOUR_MS)
        latest = BLOCK_DAYS * DAY_MS - length - 3 * HOUR_MS
        since = self.origin + block * BLOCK_DAYS * DAY_MS + int(rng.random() * latest)
        # A CRM keeps its objects, so all of it can be read again later; the others may forget.
        lossy = rng.random() < settings.outage_lost_share and source != "/crm"
        return Outage(source, since, since + length, lossy)


def control_lines(outages: Outages, day: int) -> list[tuple[int, bytes]]:
    """Return (delivery, event) of every heartbeat and gap of a day of the world."""
    begins = outages.origin + day * DAY_MS
    lines = [(each.until, _gap(each)) for each in outages.ended(day)]
    minutes = outages.organisation.settings.heartbeat_minutes
    if minutes:
        step = minutes * MINUTE_MS
        # Aligned to the epoch, so that intervals that do not divide a day do not start anew at midnight.
        first = -(-(begins - HEARTBEAT_LAG_MS) // step) * step
        for moment in range(first, begins + DAY_MS - HEARTBEAT_LAG_MS, step):
            lines += _heartbeats(outages, moment)
    return lines


def _heartbeats(outages: Outages, moment: int) -> list[tuple[int, bytes]]:
    """Speak for every connector that is up and has nothing held back any more."""
    at = moment + HEARTBEAT_LAG_MS
    lines = []
    for source in SOURCES:
        if outages.at(source, at) is None and outages.at(source, at - BURST_MS - 2 * MINUTE_MS) is None:
            time = moment_of(moment)
            name = f"heartbeat-{source[1:]}-{time:%Y%m%dT%H%M}"
            lines.append((at, encode(ConnectorHeartbeat(id=name, source=source, time=time, origin="automation"))))
    return lines


def _gap(outage: Outage) -> bytes:
    until = moment_of(outage.until)
    data = GapData(since=moment_of(outage.since), until=until, reason="connector was down")
    name = f"gap-{outage.source[1:]}-{until:%Y%m%dT%H%M}"
    return encode(ConnectorGap(id=name, source=outage.source, time=until, origin="automation", data=data))


def outage_truth(outage: Outage) -> OutageTruth:
    """Return the outage as truth."""
    since, until = moment_of(outage.since), moment_of(outage.until)
    return OutageTruth(source=outage.source, since=since, until=until, lossy=outage.lossy)
