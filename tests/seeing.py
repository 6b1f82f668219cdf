"""Events as revenue sees them: admitted, folded, each beside what was on record before and after it. For tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from streams.events.contract import AnyEvent
from streams.events.control import is_control
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.revenue.seen import Seen
from streams.state.admit import Admission, admit, fingerprint
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState

HORIZON_DAYS = 14


def seen_in(lines: Iterable[tuple[int, bytes]], timezone: str = "UTC") -> Iterator[Seen]:
    """Read encoded events with the instants at which they arrive, as one partition takes them in."""
    yield from seen_of(_decoded(lines), timezone)


def seen_of(events: Iterable[AnyEvent], timezone: str = "UTC") -> Iterator[Seen]:
    """Take typed events in, in the order in which they come."""
    states: dict[str, DealState] = {}
    clock, offsets = 0, count()
    for event in events:
        clock, offset, mark = max(clock, event.at), next(offsets), fingerprint(event)
        before = states.get(event.subject)
        if is_control(event) or admit(before, mark, event.at, offset, clock) is not Admission.FRESH:
            continue
        after = fold(before, event, Arrival(mark, offset, clock), timezone, HORIZON_DAYS)
        states[event.subject] = after
        yield Seen(clock, offset, event, None if before is None else before.facts, after.facts)


def _decoded(lines: Iterable[tuple[int, bytes]]) -> Iterator[AnyEvent]:
    for at, value in lines:
        event = decode(value, None, at)
        if not isinstance(event, Rejection):
            yield event
