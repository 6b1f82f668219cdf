"""Everything that is kept for one opportunity: the value of the `deal.state` topic.

facts     the deal as known now
base      the deal as it was before `recent` (none where nothing is recent: then it equals facts)
recent    events younger than the lateness bound, in the order of event time: what a late event is sorted into
offset    offset of the last record folded in: records up to it are replays
seen      what was delivered: 8 bytes an event (6 of the id's hash, 2 of the content's), latest last
watch     questions and alerts
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from streams.events.contract import AnyEvent
from streams.state.opportunity import Opportunity
from streams.state.watch import Watch


class DealState(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The state of one opportunity."""

    facts: Opportunity
    base: Opportunity | None = None
    recent: tuple[AnyEvent, ...] = ()
    offset: int = -1
    seen: bytes = b""
    watch: Watch


class Mark(NamedTuple):
    """What a partition must know of a deal that it does not have before it: events seen, and when it falls due."""

    events: int
    due: int | None


def mark_of(state: DealState) -> Mark:
    """Return the mark of a deal."""
    return Mark(state.facts.events, state.watch.due)
