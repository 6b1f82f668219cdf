"""Door: events, alerts and plays as the log has them -> what ended risk episodes (`streams.revenue.recoveries`)."""

from __future__ import annotations

from collections.abc import Iterable

from streams.alerts.alert import Alert
from streams.plays.event import PlayEvent
from streams.revenue.recoveries import Recoveries
from streams.revenue.recovery import Run
from streams.revenue.seen import Seen

#: Of what happened at one instant, events come first, then the alerts that they caused, then the plays of these.
_EVENT, _ALERT, _PLAY = range(3)


def recoveries_of(seen: Iterable[Seen], alerts: Iterable[Alert], plays: Iterable[PlayEvent]) -> Recoveries:
    """What ended risk episodes; each of the three in its own order, which is kept where instants are equal.

    Instants are those of the partitions' clocks. Messages may come twice: the second one says nothing new.
    """
    found = Recoveries()
    told: list[tuple[int, int, Seen | Alert | PlayEvent]] = [
        *((each.at, _EVENT, each) for each in seen),
        *((each.at, _ALERT, each) for each in alerts),
        *((each.at, _PLAY, each) for each in plays),
    ]
    for _, _, each in sorted(told, key=lambda one: one[:2]):
        hear(found, each)
    return found


def hear(found: Recoveries, said: Seen | Alert | PlayEvent) -> None:
    """Take in an event, a message of an alert, or what happened to a play."""
    if isinstance(said, Seen):
        found.see(said)
    elif isinstance(said, Alert):
        found.tell(said.opportunity, tuple(each.rule for each in said.reasons), said.at)
    elif said.happened == "started" and said.rule:
        found.call(said.opportunity, said.rule, Run(said.play, said.version, said.arm == "held_out"))
