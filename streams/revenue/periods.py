"""Fiscal time: the months, quarters and years that a company counts its money in.

A fiscal year is called by the calendar year in which it ends, as most companies do: with a year that starts in
February, `FY2027` runs from 2026-02-01 to 2027-01-31, and `FY2027-Q1` is its first quarter.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

Grain = Literal["month", "quarter", "year"]
#: Months that a period of a grain has.
MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
#: The grains that a period of a grain is made of, the coarsest first.
FINER: dict[Grain, tuple[Grain, ...]] = {"month": (), "quarter": ("month",), "year": ("quarter", "month")}
_A_YEAR = 12
_NAME = re.compile(r"FY(\d{4})(?:-(?:Q([1-4])|M(0[1-9]|1[0-2])))?")


class Period(Struct, frozen=True, order=True, gc=False):
    """The days from `start` to the one before `end`."""

    start: date
    end: date
    name: str

    def __contains__(self, day: date | None) -> bool:
        """Whether a day is one of the period's; no day is in none."""
        return day is not None and self.start <= day < self.end

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days


class FiscalCalendar(Struct, frozen=True, gc=False):
    """The calendar of a company whose fiscal year begins on the first of a month."""

    starts: Annotated[int, Meta(ge=1, le=12)] = 1

    def period(self, day: date, grain: Grain = "quarter") -> Period:
        """The period of a grain that a day lies in.

        Raises `ValueError` in the first and the last year of the calendar, where a period could not be written.
        """
        months = MONTHS[grain]
        since = (day.year * _A_YEAR + day.month - self.starts) // months * months
        return self._period(since, grain)

    def named(self, name: str) -> Period:
        """The period of a name as `FY2027`, `FY2027-Q1` or `FY2027-M01` (its first month); raises `ValueError`."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} is no period: FY2027, FY2027-Q1 or FY2027-M01 are")
        try:
            return self._named(*found.groups())
        except ValueError:
            raise ValueError(f"{name} is beyond the calendar, which has the years 1 to 9999") from None

    def _named(self, year: str, quarter: str | None, month: str | None) -> Period:
        first = (int(year) - (self.starts > 1)) * _A_YEAR
        if quarter is not None:
            return self._period(first + (int(quarter) - 1) * MONTHS["quarter"], "quarter")
        if month is not None:
            return self._period(first + int(month) - 1, "month")
        return self._period(first, "year")

    def following(self, period: Period, count: int = 1) -> Period:
        """The period `count` after this one, of the same grain; before it where `count` is negative."""
        grain = self.grain(period)
        months = (period.start.year * _A_YEAR + period.start.month - self.starts) + count * MONTHS[grain]
        return self._period(months, grain)

    def grain(self, period: Period) -> Grain:
        """Whether it is a month, a quarter or a year."""
        return "quarter" if "-Q" in period.name else "month" if "-M" in period.name else "year"

    def parts(self, period: Period, grain: Grain) -> tuple[Period, ...]:
        """The periods of a finer grain that a period is made of, or itself where it is of that grain."""
        found = [self.period(period.start, grain)]
        while found[-1].end < period.end:
            found.append(self.following(found[-1]))
        return tuple(found)

    def same_day(self, day: date, period: Period, other: Period) -> date:
        """The day that is as far from the end of `other` as `day` is from that of `period`.

        The end is what people work towards: ten days before it, ten days before it are compared. A day of the period is
        held within `other`, which may be a day or two shorter; one before the period is before the other, too.
        """
        found = other.end - (period.end - day)
        return max(found, other.start) if day >= period.start else min(found, other.start - timedelta(days=1))

    def _period(self, since: int, grain: Grain) -> Period:
        """The period that begins `since` months after the fiscal year 0 began."""
        start, end = self._first(since), self._first(since + MONTHS[grain])
        year, month = divmod(since, _A_YEAR)
        name = f"FY{year + (self.starts > 1):04d}"
        if grain == "quarter":
            name += f"-Q{month // MONTHS['quarter'] + 1}"
        elif grain == "month":
            name += f"-M{month + 1:02d}"
        return Period(start, end, name)

    def _first(self, since: int) -> date:
        year, month = divmod(since + self.starts - 1, _A_YEAR)
        return date(year, month + 1, 1)
