"""Door of room 2: (state, event, now) -> state.

The rule of this file: **the facts depend on the set of events, not on the order in which they arrived.** Events
younger than the lateness bound are kept, sorted by (time, id); older ones are summed up in `base`. An event in order
is applied to the facts; one out of order is sorted in and the recent ones are applied again to `base`. Since nothing
older than the bound is admitted, nothing can ever belong before `base`: any order of the same events ends in the same
facts.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from streams.events.contract import AnyEvent
from streams.events.envelope import Event
from streams.state.admit import LATENESS, remember
from streams.state.apply import apply
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity
from streams.state.watch import Watch

Recent = tuple[AnyEvent, ...]


class Arrival(Struct, frozen=True, gc=False):
    """How an event reached us: its fingerprint, its record's offset, and the partition's time (milliseconds)."""

    mark: bytes
    offset: int
    now: int


def fold(state: DealState | None, event: AnyEvent, arrival: Arrival, timezone: str, horizon_days: int) -> DealState:
    """Return the state after a fresh event.

    `timezone` is the tenant's; `horizon_days` the inactivity horizon of a deal first seen with this event.
    """
    mark, offset, now = arrival.mark, arrival.offset, arrival.now
    if state is None:
        empty = Opportunity(id=event.subject)
        watch = Watch(origin=event.at, horizon_days=horizon_days)
        facts = apply(empty, event, timezone)
        return DealState(facts=facts, base=empty, recent=(event,), offset=offset, seen=mark, watch=watch)
    base = state.facts if state.base is None else state.base
    if not state.recent or _place(state.recent[-1]) < _place(event):
        recent: Recent = (*state.recent, event)
        facts = apply(state.facts, event, timezone)
    else:
        recent = tuple(sorted((*state.recent, event), key=_place))
        facts = base
        for each in recent:
            facts = apply(facts, each, timezone)
    base, recent = _settle(base, recent, facts, now, timezone)
    return DealState(
        facts=facts,
        base=base if recent else None,
        recent=recent,
        offset=offset,
        seen=remember(state.seen, mark),
        watch=state.watch,
    )


def settle(state: DealState, now: int, timezone: str) -> DealState:
    """Return the state with events beyond the lateness bound summed up: same facts, less memory."""
    if not state.recent or state.base is None:
        return state
    base, recent = _settle(state.base, state.recent, state.facts, now, timezone)
    if len(recent) == len(state.recent):
        return state
    return DealState(
        facts=state.facts,
        base=base if recent else None,
        recent=recent,
        offset=state.offset,
        seen=state.seen,
        watch=state.watch,
    )


def _settle(
    base: Opportunity, recent: Recent, facts: Opportunity, now: int, timezone: str
) -> tuple[Opportunity, Recent]:
    """Sum up what is beyond the bound; `facts` are what `base` becomes with all of `recent`."""
    bound = now - LATENESS
    if recent[0].at >= bound:
        return base, recent
    if recent[-1].at < bound:
        return facts, ()
    old = 0
    while recent[old].at < bound:
        base = apply(base, recent[old], timezone)
        old += 1
    return base, recent[old:]


def _place(event: Event) -> tuple[datetime, str, str]:
    """Order of events in a deal: by time, then by id, so that ties are broken the same way everywhere."""
    return event.time, event.id, event.source
