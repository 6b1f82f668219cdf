"""What an event changes about a deal's stays in its stages: one began, one ended, or one was told wrong before.

The theory. The stays of a deal follow from its events in order, so two states of a deal differ in what their events
tell. An event that comes in order is compared with the facts before it. One that was sorted into the past may have cut
an old stay in two, or undone a loss: both histories of the recent events are told from the same beginning, and the
difference is what the learner hears. So every stay is counted once, whatever the order of arrival.

A deal that is deleted or merged has no outcome: the stay that it was in is taken back, and so is the end of one that is
merged after it closed. A reopening takes back the end that is none, and the stay goes on as if it had not ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from models.dwell import End, Stay
from streams.events.contract import AnyEvent
from streams.state.apply import apply
from streams.state.memory import DealState
from streams.state.opportunity import DAY, Opportunity

Told = tuple[Stay, int]


def changed_stays(before: DealState | None, after: DealState, event: AnyEvent, timezone: str) -> tuple[Told, ...]:
    """Return the stays that are to be counted (1) or taken back (-1) after `event` led from one state to the other.

    `timezone` is the tenant's. An open stay is one without an end; where it ends, it is taken back and the ended one
    is counted.
    """
    if before is None:
        return tuple(_step(Opportunity(id=after.facts.id), after.facts))
    if not before.recent or _place(before.recent[-1]) < _place(event):
        return tuple(_step(before.facts, after.facts))
    base = before.facts if before.base is None else before.base
    net: Counter[Stay] = Counter()
    for stay, times in _tell(base, sorted((*before.recent, event), key=_place), timezone):
        net[stay] += times
    for stay, times in _tell(base, before.recent, timezone):
        net[stay] -= times
    return tuple((stay, times) for stay, times in net.items() if times)


def _tell(facts: Opportunity, events: Iterable[AnyEvent], timezone: str) -> Iterator[Told]:
    for event in events:
        following = apply(facts, event, timezone)
        yield from _step(facts, following)
        facts = following


class _Standing(NamedTuple):
    stage: str
    position: int | None
    entered: int

    def going(self) -> Stay:
        return Stay(self.stage, self.position, self.entered // DAY)

    def ended(self, at: int, end: End, to: str = "") -> Stay:
        return Stay(self.stage, self.position, self.entered // DAY, max(at - self.entered, 0) / DAY, end, to)


def _step(before: Opportunity, after: Opportunity) -> Iterator[Told]:
    old = _standing(before) if before.is_open else None
    new = _standing(after) if after.is_open else None
    if old == new and before.status == after.status:
        return
    if old is not None:
        yield old.going(), -1
        if new is not None and new.stage != old.stage:
            back = old.position is not None and new.position is not None and new.position < old.position
            yield old.ended(new.entered, "back" if back else "forward", new.stage), 1
    if new is not None:
        yield new.going(), 1
    if before.status == "open" and (closed := _closed(after)) is not None:
        yield closed, 1
    elif after.status in ("open", "merged") and (closed := _closed(before)) is not None and closed.days:
        # One of no days may be a stage that was entered after the end, which was told of another one.
        yield closed, -1


def _closed(facts: Opportunity) -> Stay | None:
    """The stay that the end of the deal ended; none for a deal that nobody saw before its end."""
    end, standing = _outcome(facts), _standing(facts)
    at = facts.closed_at or 0
    if end is None or standing.entered > at or (not standing.stage and standing.entered == at):
        return None
    return standing.ended(at, end)


def _standing(facts: Opportunity) -> _Standing:
    """The stay that a deal is in, or was in when it closed; a deal without stages is in one without a name."""
    entered = facts.stage_entered_at
    return _Standing(facts.stage, facts.position, facts.born_at if entered is None else entered)


def _outcome(facts: Opportunity) -> End | None:
    status = facts.deleted_from if facts.status == "deleted" and facts.deleted_from != "open" else facts.status
    if status == "won":
        return "won"
    if status == "lost":
        return "no_decision" if facts.no_decision else "lost"
    return None


def _place(event: AnyEvent) -> tuple[object, str, str]:
    return event.time, event.id, event.source
