"""Answers of revenue as Kafka has them: as of when they are, and what was said, handed to another environment.

What was said on the days of the weekly lock is the one thing of revenue that no log has. An environment that is rebuilt
begins with what was said in the one before, so that the record of forecasts goes on; from then on it says its own, as
the other one does. Only the program that owns a changelog may write to it: where one is at work nothing is handed over.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import DecodeError

from streams.access.kafka import Address
from streams.admin.generation import Environment, RebuildWrong
from streams.admin.lag import members
from streams.admin.states import States, read_states, write_states
from streams.config.topics import Topics
from streams.errors import TopicsWrong
from streams.revenue.answers import ForecastTold, decode_answer

#: The role in groups.
ROLE = "revenue"
#: How keys of locks begin, and those of forecasts; how those of the company end.
_SAID, _TOLD, _COMPANY = b"said|", b"forecast|", b"|company|"


class Standing(NamedTuple):
    """As of when the answers are (event time, milliseconds), and how many days are still to be locked."""

    at: int
    waiting: int


def standing_of(bootstrap: Address, topics: Topics) -> Standing | None:
    """Return how the company's latest forecast stands; none where there is none yet.

    A record that is none of ours is as if it were not there: the program writes over it.
    """
    kept = read_states(bootstrap, topics.forecast.name, 0).latest.items()
    read = (_forecast(value) for key, value in kept if key.startswith(_TOLD) and key.endswith(_COMPANY))
    whole = [each for each in read if each is not None]
    latest = max((each.at for each in whole), default=None)
    return None if latest is None else Standing(latest, max(each.waiting for each in whole if each.at == latest))


def _forecast(value: bytes) -> ForecastTold | None:
    try:
        found = decode_answer(value)
    except DecodeError:
        return None
    return found if isinstance(found, ForecastTold) else None


def carry_said(bootstrap: Address, source: Environment, target: Environment) -> int | None:
    """Let an environment have said what another one said; return how much of that was new to it.

    Of what both said the other's counts. None: nothing was handed over, since a program there is at work, which alone
    may write. Raises `RebuildWrong` where one begins meanwhile: what it said, or read, may lack something.
    """
    if _is_at_work(bootstrap, target):
        return None
    theirs, ours = _states(bootstrap, source), _states(bootstrap, target)
    if theirs is None or ours is None:
        return 0
    said = ((key, value) for key, value in theirs.latest.items() if key.startswith(_SAID))
    new: list[tuple[bytes, bytes | None]] = [(key, value) for key, value in said if ours.latest.get(key) != value]

    def check() -> None:
        if _is_at_work(bootstrap, target):
            raise RebuildWrong(
                f"a program began in {target.group(ROLE)} while it was handed what was said; stop it, and run this "
                "again"
            )

    if new:
        write_states(bootstrap, target.topics.forecast.name, 0, new, max(theirs.term, ours.term), check)
    return len(new)


def _is_at_work(bootstrap: Address, environment: Environment) -> bool:
    return bool(members(bootstrap, environment.group(ROLE)))


def _states(bootstrap: Address, environment: Environment) -> States | None:
    """What is on an environment's `deal.forecast`; none where it is of a version that has no such topic."""
    try:
        return read_states(bootstrap, environment.topics.forecast.name, 0)
    except TopicsWrong:
        return None
