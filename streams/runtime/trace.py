"""What the programs tell of their work as traces: slices of records, checkpoints, and an alert's way to a person.

There is no span for an event: that would cost more than the event. A slice of a partition is one span, told after it
was handled, so nothing happens while it is. An alert carries the `traceparent` of the slice that made it; who decides
and who sends go on with it. It is in headers and in memory only, so states, ids and replays know nothing of traces;
what a program reads back from its states after a restart begins a new one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from time import perf_counter, time_ns
from typing import Any, Generic, TypeVar

from mode import Service

from streams.channels.outcome import Outcome
from streams.engine.task import MakeTask, Outgoing, Record, Task
from streams.notify.delivery import Delivery
from streams.telemetry.emit import Metrics
from streams.telemetry.logs import OURS, PLACE
from streams.telemetry.tracing import LINKS, TRACEPARENT, Done, Tracing, ids_of, traceparent_in

#: How many alerts and messages a program knows the traces of; older ones begin a new one.
REMEMBERED = 10_000
#: Most names of alerts that a span says.
_NAMED = 16
_ALERT_ID = "alert_id"
Headers = Sequence[tuple[str, bytes]]
K = TypeVar("K")
V = TypeVar("V")
NS_PER_S = 1_000_000_000
logger = logging.getLogger(f"{OURS}.traces")


class _Lately(Generic[K, V]):
    """What is known by its name, of the last `REMEMBERED` names."""

    def __init__(self) -> None:
        self._known: OrderedDict[K, V] = OrderedDict()

    def put(self, name: K, value: V) -> None:
        self._known[name] = value
        self._known.move_to_end(name)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def get(self, name: K) -> V | None:
        return self._known.get(name)


class Follower:
    """Tells of the slices and checkpoints of a program; `said` are the topics of its messages to follow."""

    def __init__(self, tracing: Tracing, role: str, group: str, said: Collection[str] = ()) -> None:
        """Tell through `tracing` for the program `role`, whose consumer group is `group`."""
        self._tracing = tracing
        self._common = {"dealwatch.role": role, "messaging.system": "kafka", "messaging.consumer.group.name": group}
        self._said = frozenset(said)
        self._since: list[str] = []
        self._deals: _Lately[bytes, str] = _Lately()

    def on_slice(self, records: Sequence[Record], began: int, handled: int, sent: Sequence[Outgoing]) -> Headers:
        """Tell that `records` were handled from `began` to `handled` and led to what is `sent`.

        Returns the headers for the messages to follow; none where the slice is not traced.
        """
        said = [each for each in sent if each.topic in self._said]
        about = dict.fromkeys(each.key for each in said)
        came = [(each.key, found) for each in records if each.headers and (found := traceparent_in(each.headers))]
        for key, found in came:
            if key is not None:
                self._deals.put(key, found)
        # First those of the deals that the messages are about: an alert follows its last event by days.
        ours = (self._deals.get(key) for key in about if key is not None)
        links = list(dict.fromkeys([*filter(None, ours), *(found for _, found in came)]))
        ended = time_ns()
        traceparent = self._tracing.tell(
            Done(
                f"process {records[0].topic}",
                began,
                ended,
                "consumer",
                {**self._common, **_span_of(records), **_alerts_in(said)},
                links=links,
                wanted=bool(said or links),
            ),
            (Done("handle", began, handled), Done("encode", handled, ended)),
        )
        if not traceparent:
            return ()
        if len(self._since) < LINKS:
            self._since.append(traceparent)
        if logger.isEnabledFor(logging.DEBUG):
            first = records[0]
            place = {"topic": first.topic, "partition": first.partition, "offset": first.offset}
            logger.debug("%d records handled", len(records), extra={**place, **ids_of(traceparent)})
        return ((TRACEPARENT, traceparent.encode()),)

    def on_failure(self, records: Sequence[Record], began: int, failure: Exception) -> None:
        """Tell that a slice failed, and let the log line that says so name the trace."""
        traceparent = self._tracing.tell(
            Done(
                f"process {records[0].topic}",
                began,
                time_ns(),
                "consumer",
                {**self._common, **_span_of(records)},
                wanted=True,
                failure=type(failure).__name__,
            )
        )
        setattr(failure, PLACE, {**getattr(failure, PLACE, {}), **ids_of(traceparent)})

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """Tell that a checkpoint is complete, with the slices since the one before that are traced."""
        links, self._since = self._since, []
        ended = time_ns()
        what = {"dealwatch.checkpoint.offsets": n_offsets, "dealwatch.checkpoint.states": n_states}
        began = ended - int(seconds * NS_PER_S)
        self._tracing.tell(
            Done("checkpoint", began, ended, "internal", {**self._common, **what}, links=links, wanted=bool(links))
        )

    def marked(self, sent: Iterable[Outgoing], headers: Headers) -> list[Outgoing]:
        """Return what is sent, with `headers` on the messages to follow."""
        return [each._replace(headers=(*each.headers, *headers)) if each.topic in self._said else each for each in sent]

    def follow(self, make: MakeTask) -> MakeTask:
        """Make the tasks that `make` makes such that their slices are told of."""
        return lambda number, store: FollowedTask(make(number, store), self)


class LastSpans(Service):
    """Lets the last spans go when the program ends."""

    abstract = False

    def __init__(self, tracing: Tracing, **kwargs: Any) -> None:
        """Close `tracing` in the end."""
        self._tracing = tracing
        super().__init__(**kwargs)

    async def on_stop(self) -> None:
        """Send what is left."""
        await asyncio.to_thread(self._tracing.close)


class FollowedTask:
    """A task whose slices are told of. Does nothing else: what it says and remembers is what the task does."""

    def __init__(self, task: Task, follower: Follower) -> None:
        """Be `task`, followed."""
        self._task = task
        self._follower = follower
        self._slice: tuple[Sequence[Record], int, int] | None = None
        self.ready = task.ready
        self.dirty = task.dirty
        self.resume_offset = task.resume_offset
        self.look = task.look

    def process(self, records: Sequence[Record], start: int) -> int:
        """Let the task handle the records, and note when."""
        began, clock = time_ns(), perf_counter()
        try:
            upto = self._task.process(records, start)
        except Exception as failure:
            self._follower.on_failure(records[start:], began, failure)
            raise
        if upto > start:
            self._slice = (records[start:upto], began, began + int((perf_counter() - clock) * NS_PER_S))
        return upto

    def outbox(self) -> list[Outgoing]:
        """What the task wants sent; messages to follow say from where they come."""
        sent = self._task.outbox()
        if self._slice is None:
            return sent
        (records, began, handled), self._slice = self._slice, None
        headers = self._follower.on_slice(records, began, handled, sent)
        return self._follower.marked(sent, headers) if headers else sent


class FollowedMetrics:
    """The engine's observer where there are traces: the metrics, and who tells of checkpoints."""

    def __init__(self, metrics: Metrics, follower: Follower, tracing: Tracing) -> None:
        """Tell both."""
        self._metrics = metrics
        self._follower = follower
        self._tracing = tracing
        self.on_batch = metrics.on_batch
        self.on_lag = metrics.on_lag
        self.on_rebalance = metrics.on_rebalance
        self.on_recovered = metrics.on_recovered
        self.on_mended = metrics.on_mended

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """A checkpoint is complete."""
        self._metrics.on_commit(seconds, n_offsets, n_states)
        self._follower.on_commit(seconds, n_offsets, n_states)

    def on_size(self, partition: int, n_bytes: int) -> None:
        """A partition's size, about once a second: the time to count spans, too."""
        self._metrics.on_size(partition, n_bytes)
        self._metrics.spans(self._tracing.outcomes)


class Trails:
    """The traces of what passes through a program by a name of its own: alerts, messages to people."""

    def __init__(self, tracing: Tracing, role: str) -> None:
        """Go on with traces through `tracing`, in the program `role`."""
        self._tracing = tracing
        self._common = {"dealwatch.role": role}
        self._known: _Lately[str, tuple[str, int]] = _Lately()

    def heard(self, name: str, headers: Headers) -> None:
        """Remember with which trace something came."""
        traceparent = traceparent_in(headers) if headers else ""
        if traceparent:
            self._known.put(name, (traceparent, time_ns()))

    def decided(self, delivery: Delivery, topic: str) -> Headers:
        """Tell that a message was decided; return its headers. Of a digest, which is about many, all are linked."""
        now = time_ns()
        about = [delivery.notice.id] if delivery.notice is not None else [line.id for line in delivery.lines]
        found = [known for name in about if (known := self._known.get(name)) is not None]
        alone = delivery.notice is not None and bool(found)
        parent, since = found[0] if alone else ("", now)
        traceparent = self._tracing.tell(
            Done(
                f"decide {topic}",
                since,
                now,
                "producer",
                {**self._common, **_message(delivery), "dealwatch.alert.ids": about[:_NAMED]},
                parent=parent,
                links=() if alone else [each for each, _ in found],
                wanted=True,
            )
        )
        return ((TRACEPARENT, traceparent.encode()),) if traceparent else ()

    def attempted(self, delivery: Delivery, began: int, outcome: Outcome) -> Mapping[str, str]:
        """Tell of an attempt to send a message that began then; return what a log line says of its trace."""
        parent, _ = self._known.get(delivery.id) or ("", 0)
        kind, reason = outcome.kind, outcome.reason
        traceparent = self._tracing.tell(
            Done(
                "send message",
                began,
                time_ns(),
                "client",
                {**self._common, **_message(delivery), "dealwatch.outcome": kind, "dealwatch.reason": reason},
                parent=parent,
                wanted=True,
                failure="" if kind == "sent" else reason,
            )
        )
        return ids_of(traceparent)


def _span_of(records: Sequence[Record]) -> dict[str, str | int]:
    """Where in the log records stand, in the words of OpenTelemetry's conventions for messaging."""
    first, last = records[0], records[-1]
    return {
        "messaging.operation.type": "process",
        "messaging.destination.name": first.topic,
        "messaging.destination.partition.id": str(first.partition),
        "messaging.kafka.offset": first.offset,
        "dealwatch.offset.last": last.offset,
        "messaging.batch.message_count": len(records),
    }


def _alerts_in(said: Iterable[Outgoing]) -> dict[str, Sequence[str]]:
    found = dict.fromkeys(value.decode() for each in said for name, value in each.headers if name == _ALERT_ID)
    return {"dealwatch.alert.ids": list(found)[:_NAMED]} if found else {}


def _message(delivery: Delivery) -> dict[str, str]:
    return {
        "dealwatch.message.id": delivery.id,
        "dealwatch.message.kind": delivery.kind,
        "dealwatch.channel": delivery.channel,
    }
