"""One deal as it was at an instant, from the records of its partition: the very core, fed with less.

What a partition makes of a deal depends on the deal's own events, on time, on feeds and rules, and on the models of
each day; of other deals it depends only on how far they moved the clock. So those are heard as time, and nothing else
of them is handled. Before the first event of the deal not even time passes step by step: the partition is set up as a
checkpoint of that moment would have it.

What was known at an instant is what lay in the log before the first record that moved the clock beyond it. An event
that happened before and was heard later is not in it: nobody knew of it then.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.effects import Publish
from streams.events.contract import encode
from streams.events.control import PLACED, ClockAdvanced, is_control
from streams.events.decode import decode
from streams.events.envelope import moment_of
from streams.events.rejection import Rejection
from streams.partition import ModelShelf, Partition, Record
from streams.state.feeds import Feed, PartitionState, hear
from streams.state.memory import DealState


class Rebuilt(Struct, frozen=True, kw_only=True):
    """A deal as it was known at an instant.

    `state` is its last state, none where nothing of it was known yet; `forgotten_at` says when it was forgotten, none
    where it was not. `now` is how far time had come in its partition (milliseconds): the instant itself, or less where
    the log ends before it. `alerts` are the transitions that were said, in order. `first_offset` is of the first record
    that was an event of the deal, none where there was none.
    """

    state: DealState | None
    forgotten_at: int | None
    now: int | None
    alerts: list[Alert]
    first_offset: int | None


def rebuild(
    records: Iterable[Record],
    opportunity: str,
    at: int,
    policy: Policy,
    shelf: ModelShelf,
    *,
    number: int,
    partitions: int,
) -> Rebuilt:
    """Fold the records of partition `number` of `partitions`, from the first one on, up to the instant `at` (ms).

    `shelf` must have models for every epoch: nobody waits here.
    """
    story = _Story(opportunity, Partition(number, partitions, policy, shelf))
    for record in records:
        event = decode(record.value, record.key, record.timestamp)
        if isinstance(event, Rejection):
            continue
        if isinstance(event, PLACED):
            story.take(record)
            continue
        if event.at > at:  # whoever hears this knows more than was known then
            story.pass_to(at, record.offset)
            break
        if event.subject == opportunity and not is_control(event):
            story.begin(record)
            story.take(record)
        elif is_control(event) and story.begun:
            story.take(record)
        else:
            if is_control(event):
                story.feeds = hear(story.feeds, event)
            story.pass_to(event.at, record.offset)
    return story.told()


class _Tick(Struct, frozen=True):
    """A record that says how late it is, in place of one that says more."""

    offset: int
    timestamp: int
    value: bytes
    key: None = None


class _Story:
    """One deal's way through its partition; before it begins, what the partition hears is only noted."""

    def __init__(self, opportunity: str, partition: Partition) -> None:
        self.begun = False
        self.feeds: dict[str, Feed] = {}
        self._opportunity = opportunity
        self._partition = partition
        self._clock: int | None = None
        self._first: int | None = None
        self._last: DealState | None = None
        self._forgotten_at: int | None = None
        self._alerts: list[Alert] = []

    def begin(self, record: Record) -> None:
        """Set the partition up as it was before the first event of the deal."""
        if self.begun:
            return
        self.begun, self._first = True, record.offset
        rules = self._partition.rules.data
        before = PartitionState(clock=self._clock, offset=record.offset - 1, feeds=self.feeds, rules=rules)
        self._partition.resume(before)

    def take(self, record: Record) -> None:
        """Let the partition handle a record."""
        handled = self._partition.handle(record)
        assert handled, "the shelf has gaps"
        self._alerts += [effect.alert for effect, _ in self._partition.drain() if isinstance(effect, Publish)]
        state = self._partition.deals.get(self._opportunity)
        if state is not None:
            self._last, self._forgotten_at = state, None
        elif self._last is not None and self._forgotten_at is None:
            self._forgotten_at = self._partition.clock

    def pass_to(self, at: int, offset: int) -> None:
        """Let time come to `at`, if it has not; the record at `offset` says so."""
        if not self.begun:
            self._clock = at if self._clock is None else max(self._clock, at)
        elif (clock := self._partition.clock) is None or clock < at:
            self.take(_Tick(offset, at, encode(ClockAdvanced(id=f"clock-{at}", source="/rebuild", time=moment_of(at)))))

    def told(self) -> Rebuilt:
        """Return what came of it."""
        return Rebuilt(
            state=self._last,
            forgotten_at=self._forgotten_at,
            now=self._partition.clock if self.begun else self._clock,
            alerts=self._alerts,
            first_offset=self._first,
        )
