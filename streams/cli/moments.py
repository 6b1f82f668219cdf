"""Dates and times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from streams.events.envelope import MILLISECOND, millis

if TYPE_CHECKING:
    from streams.admin.modellog import Day

_AGO = re.compile(r"([0-9]+)\s*(m|h|d|w)")
_LATEST = re.compile(r"latest(?:-([0-9]{1,4}))?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant(text: str, now: int) -> int:
    """Read `2026-03-01`, `2026-03-01T09:30Z` or `3d` as milliseconds; without an offset it is UTC.

    `3d` is 3 days before `now` (milliseconds). Raises `typer.BadParameter`.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) // MILLISECOND
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; write 2026-03-01, 2026-03-01T09:30Z, or 3d for 3 days ago"
        ) from None
    return millis(found if found.tzinfo else found.replace(tzinfo=UTC))


def day(text: str) -> int:
    """Read a calendar date as the milliseconds of its beginning in UTC; raises `typer.BadParameter`."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-03-01") from None
    return millis(datetime(found.year, found.month, found.day, tzinfo=UTC))


def model_day(text: str) -> Day:
    """Read a day of models: `2026-03-01`, `latest`, or `latest-7` for 7 days before; raises `typer.BadParameter`."""
    from streams.admin.modellog import Day

    if (latest := _LATEST.fullmatch(text.strip())) is not None:
        return Day(back=int(latest[1] or 0))
    try:
        return Day((date.fromisoformat(text.strip()) - date(1970, 1, 1)).days)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write 2026-03-01, latest, or latest-7") from None
