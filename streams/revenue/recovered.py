"""Door: events, alerts and plays as the log has them -> what ended risk episodes (`streams.revenue.recoveries`)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np

from streams.alerts.alert import Alert
from streams.plays.event import PlayEvent
from streams.revenue.recoveries import Recoveries, RecoveryReport
from streams.revenue.recovery import Happening, Run, happening_of
from streams.revenue.seen import Seen
from streams.state.opportunity import DAY

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
        found.tell(said.opportunity, rules_of(said), said.at)
    elif (called := call_of(said)) is not None:
        found.call(said.opportunity, *called)


def rules_of(alert: Alert) -> tuple[str, ...]:
    """The rules whose reasons an alert has."""
    return tuple(each.rule for each in alert.reasons)


def call_of(played: PlayEvent) -> tuple[str, Run] | None:
    """The rule whose reason called for a play, and the play; none where that is not what happened to it."""
    if played.happened != "started" or not played.rule:
        return None
    return played.rule, Run(played.play, played.version, played.arm == "held_out")


#: What comes on three topics in whatever order is put into that of time; so much later nothing is waited for any more.
SETTLES = 7 * DAY
_What = Happening | tuple[str, ...] | tuple[str, Run]


class Recovering:
    """What ended risk episodes, kept current from three topics that are read side by side.

    Until it is old enough, everything waits, as five whole numbers; what a report says of it is worked out anew each
    time. So it makes no difference which topic was ahead, as long as none is by more than `SETTLES`; where a message
    comes later than that, it counts when it comes.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._found = Recoveries()
        self._at, self._happened_at = array("q"), array("q")
        self._sort, self._deal, self._what = array("b"), array("q"), array("q")
        self._deals: dict[str, int] = {}
        self._whats: dict[_What, int] = {}

    def __len__(self) -> int:
        """How much waits."""
        return len(self._at)

    def see(self, seen: Seen) -> None:
        """Take in an event of a deal; most are nothing to an episode."""
        what = happening_of(seen)
        was_open = seen.before is None or seen.before.is_open
        if what.contact or what.touch or was_open != what.is_open:
            self._wait(seen.at, _EVENT, seen.after.id, what, seen.event.at)

    def hear(self, alert: Alert) -> None:
        """Take in one message of an alert."""
        self._wait(alert.at, _ALERT, alert.opportunity, rules_of(alert), alert.at)

    def play(self, event: PlayEvent) -> None:
        """Take in what happened to a run of a play."""
        if (called := call_of(event)) is not None:
            self._wait(event.at, _PLAY, event.opportunity, called, event.at)

    def report(self, at: int) -> RecoveryReport:
        """What ended risk episodes as of an instant (milliseconds) at or after all that was seen."""
        order = np.lexsort((np.frombuffer(self._sort, np.int8), np.frombuffer(self._at, np.int64))).tolist()
        old = bisect_left(order, at - SETTLES, key=self._at.__getitem__)
        deals, whats = list(self._deals), list(self._whats)
        for place in order[:old]:
            self._take(self._found, place, deals, whats)
        ahead = self._found.copy()
        for place in order[old:]:
            self._take(ahead, place, deals, whats)
        self._keep(order[old:], deals)
        return ahead.report()

    def _wait(self, at: int, sort: int, deal: str, what: _What, happened_at: int) -> None:
        self._at.append(at)
        self._sort.append(sort)
        self._deal.append(self._deals.setdefault(deal, len(self._deals)))
        self._what.append(self._whats.setdefault(what, len(self._whats)))
        self._happened_at.append(happened_at)

    def _take(self, found: Recoveries, place: int, deals: Sequence[str], whats: Sequence[_What]) -> None:
        deal, what, at = deals[self._deal[place]], whats[self._what[place]], self._happened_at[place]
        if isinstance(what, Happening):
            found.happen(deal, what, at)
        elif self._sort[place] == _ALERT:
            found.tell(deal, cast("tuple[str, ...]", what), at)
        else:
            found.call(deal, *cast("tuple[str, Run]", what))

    def _keep(self, order: Sequence[int], deals: Sequence[str]) -> None:
        """Let only these wait, in their order, and forget the numbers of deals that do not."""
        for name in ("_at", "_sort", "_what", "_happened_at"):
            known = getattr(self, name)
            setattr(self, name, array(known.typecode, [known[place] for place in order]))
        names = [deals[self._deal[place]] for place in order]
        self._deals = {}
        self._deal = array("q", [self._deals.setdefault(name, len(self._deals)) for name in names])
