"""What rules share in saying what they found: the title of an alert and its evidence, in words and numbers."""

from __future__ import annotations

from streams.alerts.alert import Driver
from streams.alerts.view import View
from streams.alerts.words import day

#: A title and the evidence for it, both for a person.
Words = tuple[str, tuple[Driver, ...]]


def last_contact(view: View) -> Driver:
    """When somebody of the buyer was last heard, how, and in which event."""
    facts = view.facts
    if facts.last_contact_at is None:
        return Driver("no contact with the buyer yet")
    kind = facts.last_contact_kind.replace("_", " ")
    return Driver(f"last contact {day(facts.last_contact_at)} ({kind}, event {facts.last_contact_id})")


def close_day(view: View) -> str:
    """Name the planned close as the seller does; `close_due` is the midnight after it, which may be another day."""
    return view.facts.close_date[:10]


def local_day(view: View, at: int) -> str:
    """The calendar day of an instant where the deal's owner is."""
    return view.calendar.local(at).date().isoformat()
