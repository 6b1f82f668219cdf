"""Events of deals as revenue sees them: each beside what was on record before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.events.envelope import Event
from streams.revenue.company import Company
from streams.revenue.ledger import Ledger
from streams.revenue.seen import Seen
from streams.revenue.settled import Terms
from streams.state.apply import apply
from streams.state.opportunity import Opportunity


def seen_of(events: Iterable[Event], timezone: str = "UTC") -> Iterator[Seen]:
    """Each event in the order given, which is that of time within each deal."""
    known: dict[str, Opportunity] = {}
    for offset, event in enumerate(events):
        before = known.get(event.subject)
        after = apply(before or Opportunity(id=event.subject), event, timezone)
        known[event.subject] = after
        yield Seen(event.at, offset, event, before, after)  # type: ignore[arg-type]


def a_ledger(events: Iterable[Event], company: Company | None = None, terms: Terms | None = None) -> Ledger:
    """The ledger after all of the events."""
    ledger = Ledger(company, terms)
    for seen in seen_of(events):
        ledger.see(seen)
    return ledger
