"""Events that the tests of this folder send: deals that open, that their reps push twice and so alarm, and emails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

from streams.events.activity import EmailReceived, EmailSent
from streams.events.deal import CloseDateChanged, CloseDateData, Created, CreatedData
from streams.events.envelope import Event

AGE_DAYS = 4


def now() -> datetime:
    """The time on the wall."""
    return datetime.fromtimestamp(time.time(), UTC)


def opened(number: int, at: datetime | None = None) -> Created:
    """A deal that opens."""
    data = CreatedData(name=f"Deal {number}", owner="rep-1", amount="1000", currency="EUR", close_date=_in_days(30))
    return Created(id=f"open-{number}", source="/crm", subject=f"opp-{number}", time=at or now(), data=data)


def grown(number: int) -> Created:
    """A deal that opened some days ago: of younger ones nothing is said."""
    return opened(number, now() - timedelta(days=AGE_DAYS))


def pushed(number: int) -> list[Event]:
    """The close date of a grown deal is pushed, and pushed again: an alert, at once."""
    return [
        CloseDateChanged(
            id=f"push-{number}-{days}",
            source="/crm",
            subject=f"opp-{number}",
            time=now(),
            data=CloseDateData(close_date=_in_days(days)),
        )
        for days in (60, 120)
    ]


def _in_days(days: int) -> date:
    return (now() + timedelta(days=days)).date()


def emails() -> Iterator[Event]:
    """Emails of the present to and from a few deals, without end."""
    for number in count():
        kind = EmailReceived if number % 2 else EmailSent
        subject, actor = f"opp-{number % 61}", f"rep-{number % 7}"
        yield kind(id=f"mail-{number}", source="/mail", subject=subject, time=now(), actor=actor)
