"""From events to deliveries: the usual delay of each feed, and everything that goes wrong on the way.

At most one fault befalls an event. Each is recorded with the delivery it explains, so that whoever counts duplicates,
dead letters and delays can be checked to the last one.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from streams.demo.calendar import MINUTE_MS
from streams.demo.outages import HOUR_MS, Outages
from streams.demo.people import Organisation
from streams.demo.spoiling import spoil
from streams.demo.story import Story
from streams.demo.truth import Fault, FaultTruth
from streams.events.contract import encode
from streams.events.envelope import Event, millis, moment_of

#: Least and most milliseconds from an event to its delivery, by feed.
_LAG_MS = {"/crm": (200, 4_000), "/mail": (2_000, 80_000), "/calendar": (1_000, 40_000), "/marketing": (5_000, 100_000)}


class Delivery(NamedTuple):
    """What arrives at `at` (milliseconds), and the fault it shows where it shows one; no value where it was lost."""

    at: int
    value: bytes | None
    fault: FaultTruth | None


def deliver(organisation: Organisation, story: Story, outages: Outages) -> list[Delivery]:
    """Return every delivery of a deal's events, in no particular order."""
    rng = organisation.stream("feeds", story.deal.number)
    settings = organisation.settings
    duplicate = settings.duplicate_rate
    late = duplicate + settings.late_rate
    disorder = late + settings.out_of_order_rate
    malformed = disorder + settings.malformed_rate
    deliveries: list[Delivery] = []
    latest = dict.fromkeys(_LAG_MS, 0)
    for event in story.events:
        source, luck = event.source, rng.random()
        least, most = _LAG_MS[source]
        # A feed keeps the order of one deal's events unless a fault disturbs it.
        at = max(latest[source], millis(event.time) + least + int(rng.random() * (most - least)))
        latest[source] = at
        value = encode(event)
        outage = outages.at(source, at)
        if outage is not None:
            deliveries.append(
                Delivery(at, None, _fault("lost", event, at))
                if outage.lossy
                else _delayed("held", event, value, at, outage.delivered(at))
            )
        elif luck >= malformed:
            deliveries.append(Delivery(at, value, None))
        elif luck < duplicate:
            deliveries += _twice(rng, event, value, at, outages)
        elif luck < late:
            hours = rng.uniform(*settings.late_hours)
            deliveries.append(_postponed("late", event, value, at, int(hours * HOUR_MS), outages))
        elif luck < disorder:
            minutes = rng.uniform(*settings.out_of_order_minutes)
            deliveries.append(_postponed("out_of_order", event, value, at, int(minutes * MINUTE_MS), outages))
        else:
            deliveries += _broken(rng, event, value, at, outages)
    return deliveries


def _postponed(fault: Fault, event: Event, value: bytes, at: int, delay: int, outages: Outages) -> Delivery:
    """Deliver later, unless the feed is down by then: what has two reasons to be late is hard to account for."""
    if outages.at(event.source, at + delay) is not None:
        return Delivery(at, value, None)
    return _delayed(fault, event, value, at, at + delay)


def _delayed(fault: Fault, event: Event, value: bytes, due: int, at: int) -> Delivery:
    return Delivery(at, value, _fault(fault, event, at, delay_ms=at - due))


def _twice(rng: Random, event: Event, value: bytes, at: int, outages: Outages) -> list[Delivery]:
    """Deliver the same bytes again: mostly a retry within seconds, sometimes hours or a day later."""
    luck = rng.random()
    delay = 500 + int(rng.random() * 30_000)
    if luck > 0.95:
        delay = int(rng.uniform(20, 30) * HOUR_MS)
    elif luck > 0.7:
        delay = int(rng.uniform(5, 300) * MINUTE_MS)
    once = Delivery(at, value, None)
    if outages.at(event.source, at + delay) is not None:
        return [once]
    return [once, Delivery(at + delay, value, _fault("duplicate", event, at + delay, delay_ms=delay))]


def _broken(rng: Random, event: Event, value: bytes, at: int, outages: Outages) -> list[Delivery]:
    """Deliver a broken copy a moment after the good one, as a confused retry would."""
    broken, kind, reason = spoil(rng, event, value)
    again = at + 100 + int(rng.random() * 20_000)
    once = Delivery(at, value, None)
    if outages.at(event.source, again) is not None:
        return [once]
    fault = _fault("malformed", event, again, detail=kind, reason=reason.value)
    return [once, Delivery(again, broken, fault)]


def _fault(fault: Fault, event: Event, at: int, *, delay_ms: int = 0, detail: str = "", reason: str = "") -> FaultTruth:
    return FaultTruth(
        fault=fault,
        at=moment_of(at),
        source=event.source,
        opportunity=event.subject,
        event=event.id,
        delay_ms=delay_ms,
        detail=detail,
        reason=reason,
    )
