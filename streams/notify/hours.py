"""When an owner may be disturbed: working days, working hours and quiet hours, in the owner's own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

from msgspec import Struct

#: Days in which an open hour must come; a calendar without a working day for longer is no calendar.
_HORIZON_DAYS = 60
_DAY_MINUTES = 24 * 60


class Calendar(Protocol):
    """The working days of a place."""

    def is_working(self, day: date) -> bool:
        """Whether people work there on that day."""


class Weekdays:
    """The same days of every week, holidays or not."""

    def __init__(self, days: frozenset[int] = frozenset(range(5))) -> None:
        """Work on these days, Monday is 0; Monday to Friday where none are given."""
        self._days = days

    def is_working(self, day: date) -> bool:
        """Whether it is one of the days."""
        return day.weekday() in self._days


class Span(Struct, frozen=True):
    """A part of each day, in minutes since midnight by the clock on the wall; `end` is not in it.

    It may pass midnight: then `end` is below `start`.
    """

    start: int
    end: int

    def has(self, minute: int) -> bool:
        """Whether a minute of the day lies in it."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


class WorkingTime:
    """The open hours of an owner: on working days, within working hours, outside of quiet hours.

    Days are ordinals as of `date.toordinal`, instants milliseconds since 1970 UTC. A day's round is at the beginning of
    the working hours.
    """

    def __init__(
        self, zone: tzinfo, calendar: Calendar, working: Span, quiet: tuple[Span, ...] = (), digest: int | None = None
    ) -> None:
        """Work within `working`; the digest comes at minute `digest` of the day, with the round where none is given."""
        self._zone = zone
        self._calendar = calendar
        self._working = working
        self._quiet = quiet
        self._digest = working.start if digest is None else digest

    def day_of(self, now: int) -> int:
        """The owner's day at an instant."""
        return self._local(now).toordinal()

    def is_open(self, now: int) -> bool:
        """Whether the owner may be disturbed."""
        local = self._local(now)
        minute = local.hour * 60 + local.minute
        return (
            self._calendar.is_working(local.date())
            and self._working.has(minute)
            and not any(span.has(minute) for span in self._quiet)
        )

    def next_open(self, now: int) -> int:
        """The earliest instant from `now` on at which the owner may be disturbed."""
        if self.is_open(now):
            return now
        first = self.day_of(now)
        for day in range(first, first + _HORIZON_DAYS):
            for minute in self._openings():
                at = self._instant(day, minute)
                if at >= now and self.is_open(at):
                    return at
        return self._instant(first + _HORIZON_DAYS, self._working.start)

    def round_of(self, day: int) -> int:
        """When the round of a day is."""
        return self._instant(day, self._working.start)

    def digest_of(self, day: int) -> int:
        """When the digest of a day is."""
        return self._instant(day, self._digest)

    def working_day_after(self, day: int, number: int = 1) -> int:
        """The working day that comes `number` working days after a day."""
        for later in range(day + 1, day + _HORIZON_DAYS * max(number, 1)):
            number -= self._calendar.is_working(date.fromordinal(later))
            if number == 0:
                return later
        return day + _HORIZON_DAYS

    def _openings(self) -> Iterator[int]:
        """The minutes of a day at which open hours may begin, in order."""
        ends = {span.end % _DAY_MINUTES for span in self._quiet}
        yield from sorted({self._working.start, *(end for end in ends if self._working.has(end))})

    def _local(self, now: int) -> datetime:
        return datetime.fromtimestamp(now / 1000, UTC).astimezone(self._zone)

    def _instant(self, day: int, minute: int) -> int:
        midnight = datetime.combine(date.fromordinal(day), datetime.min.time(), self._zone)
        return int((midnight + timedelta(minutes=minute)).timestamp() * 1000)
