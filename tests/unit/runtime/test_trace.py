"""What is told of slices, checkpoints and messages; and that being told of changes nothing but headers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from streams.channels.outcome import SENT, Outcome
from streams.engine.errors import TaskFailed
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.partition import Partition, Stretch
from streams.engine.store import PartitionStore
from streams.engine.task import Outgoing, Record
from streams.notify.delivery import Delivery
from streams.notify.notice import Line, Notice
from streams.runtime.trace import REMEMBERED, Follower, Trails
from streams.telemetry.tracing import LINKS, TRACEPARENT, Done, ids_of
from tests.unit.engine.fakes import PlainRecord, PlainTask

ALERTS = "deal.alerts"
NOTICE = Notice(
    id="al-7",
    sequence=1,
    transition="opened",
    status="open",
    severity="info",
    rule="silent",
    opportunity="o",
    owner="rep-1",
    opened_at=0,
    at=0,
    title="t",
)


def a_store() -> PartitionStore:
    """An empty one."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    return store


def parent(number: int) -> str:
    """A traceparent of its own."""
    return f"00-{number + 1:032x}-{number + 1:016x}-01"


class Told:
    """Remembers what is told, and traces all of it, or what is wanted."""

    def __init__(self, everything: bool = True) -> None:
        self.done: list[tuple[Done, Sequence[Done]]] = []
        self.everything = everything

    def tell(self, done: Done, parts: Sequence[Done] = ()) -> str:
        """Remember it."""
        if not (self.everything or done.wanted or done.parent):
            return ""
        self.done.append((done, parts))
        trace = done.parent.split("-")[1] if done.parent else f"{1000 + len(self.done):032x}"
        return f"00-{trace}-{1000 + len(self.done):016x}-01"

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Nothing happens to it."""
        return {}

    def close(self) -> None:
        """Nothing is left."""


class SayingTask(PlainTask):
    """A task that says something with each slice."""

    def __init__(self, said: Sequence[Outgoing]) -> None:
        super().__init__()
        self.said = list(said)

    def outbox(self) -> list[Outgoing]:
        """Say it."""
        return list(self.said)


def handled(told: Told, records: Sequence[Record], said: Sequence[Outgoing]) -> list[Outgoing]:
    """What is sent after a followed task has handled records."""
    task = Follower(told, "track", "g", [ALERTS]).follow(lambda _number, _store: SayingTask(said))(0, a_store())
    assert task.process(records, 0) == len(records)
    return task.outbox()


def alert(key: bytes = b"opp-1") -> Outgoing:
    """An alert's message."""
    return Outgoing(ALERTS, key, b"{}", (("alert_id", b"al-1"), ("transition", b"opened")), 0)


def test_messages_to_follow_carry_the_trace_of_their_slice_and_are_otherwise_the_same() -> None:
    """Value, key and the other headers stay; what is not to be followed stays altogether."""
    lesson = Outgoing("deal.examples", b"opp-1", b"{}", (), 0, urgent=False)
    told = Told()

    first, second = handled(told, [PlainRecord(offset=7), PlainRecord(offset=9)], [alert(), lesson])

    assert second is lesson
    assert first._replace(headers=()) == alert()._replace(headers=()) and first.headers[:2] == alert().headers
    name, value = first.headers[2]
    assert name == TRACEPARENT and value.decode().startswith("00-")
    ((done, parts),) = told.done
    assert done.wanted and done.kind == "consumer" and [part.name for part in parts] == ["handle", "encode"]
    assert done.began <= parts[0].ended <= done.ended
    assert done.attributes["messaging.kafka.offset"] == 7 and done.attributes["dealwatch.offset.last"] == 9
    assert done.attributes["messaging.batch.message_count"] == 2
    assert done.attributes["dealwatch.alert.ids"] == ["al-1"]


def test_a_slice_that_is_not_traced_changes_nothing() -> None:
    """Not one header; and it is wanted only where it says something to follow, or continues a trace."""
    lesson = Outgoing("deal.examples", b"opp-1", b"{}", (), 0)
    told = Told(everything=False)
    assert handled(told, [PlainRecord()], [lesson]) == [lesson] and not told.done
    handled(told, [PlainRecord(headers=[(TRACEPARENT, parent(1).encode())])], [lesson])
    assert [done.links for done, _ in told.done] == [[parent(1)]]


def test_links_are_bounded_and_begin_with_the_records_that_alerts_are_about() -> None:
    """Of a thousand records with a trace some are linked: first those with the alert's deal."""
    records = [
        PlainRecord(offset=n, key=f"opp-{n}".encode(), headers=[(TRACEPARENT, parent(n).encode())]) for n in range(100)
    ]
    told = Told()
    handled(told, records, [alert(b"opp-77")])
    links = told.done[0][0].links
    assert links[0] == parent(77) and set(links) == {parent(n) for n in range(100)} and LINKS < 100


def test_an_alert_that_a_deadline_makes_is_linked_to_the_last_event_of_its_deal() -> None:
    """The event was handled days ago, in another slice; one of another deal has nothing to do with it."""
    told = Told(everything=False)
    task = Follower(told, "track", "g", [ALERTS]).follow(lambda _number, _store: SayingTask([]))(0, a_store())
    came = [(b"opp-1", parent(1)), (b"opp-1", parent(2)), (b"opp-2", parent(3))]
    task.process([PlainRecord(key=key, headers=[(TRACEPARENT, trace.encode())]) for key, trace in came], 0)
    task.outbox()
    task._task.said = [alert(b"opp-1")]  # type: ignore[attr-defined]  # the task that was given
    task.process([PlainRecord(key=None)], 0)
    task.outbox()
    assert [done.links for done, _ in told.done] == [[parent(1), parent(2), parent(3)], [parent(2)]]


def test_a_failure_is_told_and_its_log_line_names_the_trace_and_the_record() -> None:
    """What the engine raises has both: the record from the engine, the trace from its cause."""
    told = Told()

    def fail(_records: Sequence[Record], _start: int) -> int:
        raise ValueError("somebody's name")

    task = Follower(told, "track", "g").follow(lambda _number, _store: PlainTask(fail))(3, a_store())
    partition = Partition(3, task, 5, a_store())
    partition.extend(Stretch(5, [PlainRecord(offset=5)], 6))

    with pytest.raises(TaskFailed) as caught:
        partition.step(0.01, 10)

    assert caught.value.place == {"topic": "source", "partition": 3, "offset": 5}
    assert set(getattr(caught.value.__cause__, "place")) == {"trace_id", "span_id"}  # noqa: B009
    assert told.done[0][0].failure == "ValueError", "not what it says, which may be anything"


def test_a_checkpoint_links_the_traced_slices_since_the_one_before() -> None:
    """Each once."""
    told = Told()
    follower = Follower(told, "track", "g", [ALERTS])
    task = follower.follow(lambda _number, _store: SayingTask([alert()]))(0, a_store())
    for _ in range(2):
        task.process([PlainRecord()], 0)
        task.outbox()
    follower.on_commit(0.25, 1, 2)
    follower.on_commit(0.25, 1, 2)
    commits = [done for done, _ in told.done if done.name == "checkpoint"]
    assert [len(done.links) for done in commits] == [2, 0] and [done.wanted for done in commits] == [True, False]
    assert commits[0].ended - commits[0].began == 250_000_000


def test_a_traced_slice_is_a_line_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    """So that one comes from the trace to the lines around it; above DEBUG there is none for a slice."""
    with caplog.at_level(logging.INFO, "dealwatch"):
        handled(Told(), [PlainRecord(offset=4)], [])
    assert not caplog.records
    with caplog.at_level(logging.DEBUG, "dealwatch"):
        handled(Told(), [PlainRecord(offset=4)], [])
    said: Any = caplog.records[0]
    assert (said.topic, said.partition, said.offset) == ("source", 0, 4) and len(said.trace_id) == 32


def message(**told: Any) -> Delivery:
    """A message to a person."""
    return Delivery(id="dn-1", kind="digest", channel="chat", owner="o", at=0, **told)


def test_a_message_goes_on_with_the_trace_of_its_alert_and_an_attempt_with_that_of_the_message() -> None:
    """From program to program by the header alone."""
    allot, send = Trails(Told(), "allot"), Trails(Told(), "send")
    allot.heard("al-7", [(TRACEPARENT, parent(7).encode())])
    headers = allot.decided(message(notice=NOTICE), "deal.notifications")
    send.heard("dn-1", headers)
    ids = send.attempted(message(), 0, Outcome("later", "http_503", "away"))
    assert dict(headers)[TRACEPARENT].decode().split("-")[1] == ids["trace_id"] == ids_of(parent(7))["trace_id"]
    assert ids_of(parent(7))["span_id"] != ids["span_id"]


def test_a_digest_links_the_traces_of_its_alerts_and_one_that_nobody_knows_begins_anew() -> None:
    """A digest is about many; and after a restart nobody remembers where a message came from."""
    told = Told()
    trails = Trails(told, "allot")
    for number in range(3):
        trails.heard(f"al-{number}", [(TRACEPARENT, parent(number).encode())])
    lines = tuple(Line(id=f"al-{n}", severity="info", opportunity="o", title="t", how="info") for n in range(4))
    trails.decided(message(lines=lines), "deal.notifications")
    trails.attempted(message(), 0, SENT)
    digest, attempt = (done for done, _ in told.done)
    assert digest.parent == attempt.parent == "" and list(digest.links) == [parent(n) for n in range(3)]
    assert attempt.failure == "" and attempt.attributes["dealwatch.outcome"] == "sent"


def test_what_is_remembered_is_bounded() -> None:
    """The oldest goes first."""
    told = Told()
    trails = Trails(told, "send")
    for number in range(REMEMBERED + 5):
        trails.heard(f"dn-{number}", [(TRACEPARENT, parent(number).encode())])
    known = [number for number in range(REMEMBERED + 5) if trails._known.get(f"dn-{number}")]
    assert known == list(range(5, REMEMBERED + 5))
