"""An arena for the engine: topics of a test's own, workers as processes, and the truth recomputed from the source."""

import asyncio
import json
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

from tests.integration.engine.counting import begin

PROJECT = Path(__file__).parents[3]
ANNOUNCE_EVERY = 10
PATIENCE_S = 30.0
#: Kafka's answers as long as the first groups on a broker, or those of a part of it, are only coming up.
_GROUPS_COMING_UP = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)


#: Imports the program's libraries once, and forks a worker for whoever asks: imports would be most of what most tests
#: have to do.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([begin.__module__])


class Worker:
    """A counting worker in a process of its own, and what it said on standard output."""

    def __init__(self, plan: dict[str, Any]) -> None:
        """Start it."""
        self.said: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self._news: queue.Queue[None] = queue.Queue()
        output, its_output = _FORKS.Pipe(duplex=False)
        errors, its_errors = _FORKS.Pipe(duplex=False)
        self.process = _FORKS.Process(target=begin, args=(plan, its_output, its_errors), daemon=True)
        self.process.start()
        its_output.close()
        its_errors.close()
        streams = ((output, self._hear), (errors, self.errors.append))
        self._listeners = [threading.Thread(target=self._read, args=each, daemon=True) for each in streams]
        for listener in self._listeners:
            listener.start()

    def _read(self, stream: Connection, keep: Callable[[str], None]) -> None:
        with stream, open(stream.fileno(), encoding="utf-8", errors="replace", closefd=False) as lines:
            for line in lines:
                keep(line)
                self._news.put(None)

    @property
    def code(self) -> int | None:
        """Its exit code (negative: the signal that ended it), none while it lives."""
        return self.process.exitcode

    def exit_code(self, patience_s: float = PATIENCE_S) -> int:
        """Wait until it ends, and all that it said is heard."""
        self.process.join(patience_s)
        assert self.code is not None, f"it has not ended within {patience_s} s"
        for listener in self._listeners:
            listener.join(patience_s)
        return self.code

    def _send(self, number: signal.Signals) -> None:
        if self.process.pid is not None and self.code is None:
            os.kill(self.process.pid, number)

    def _hear(self, line: str) -> None:
        self.said.append(json.loads(line))

    def heard(self, event: str) -> list[dict[str, Any]]:
        """Return what it said of this kind."""
        return [said for said in self.said if said["event"] == event]

    def wait_for(self, event: str, count: int = 1, patience_s: float = PATIENCE_S) -> list[dict[str, Any]]:
        """Wait until it said this so many times."""
        deadline = time.monotonic() + patience_s
        while len(self.heard(event)) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"no {event!r} within {patience_s} s; said {self.said[-5:]}, errors {self.errors[-5:]}"
            try:
                self._news.get(timeout=min(left, 0.5))
            except queue.Empty:
                assert self.code is None, f"exited {self.code}: {''.join(self.errors[-30:])}"
        return self.heard(event)

    def kill(self) -> None:
        """Kill it as nobody can prepare for."""
        self._send(signal.SIGKILL)
        self.exit_code()

    def freeze(self) -> None:
        """Stop it from doing anything, its heartbeats too."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it stood."""
        self._send(signal.SIGCONT)

    def recoveries(self, since: int = 0) -> dict[int, tuple[int, int]]:
        """Return for each partition how many states its last recovery had, and how many records it read.

        The first `since` recoveries do not count.
        """
        return {said["partition"]: (said["states"], said["read"]) for said in self.heard("recovered")[since:]}

    def terminate(self) -> tuple[int, float]:
        """Ask it to stop; return its exit code and how many seconds it took."""
        began = time.monotonic()
        self._send(signal.SIGTERM)
        return self.exit_code(), time.monotonic() - began


class Arena:
    """The topics of one test and everything one can ask about them."""

    def __init__(self, kafka: str, prefix: str, directory: Path) -> None:
        """Use the broker `kafka`; all topics begin with `prefix`."""
        self.kafka = kafka
        self.prefix = prefix
        self.directory = directory
        self.group = prefix + "counting"
        self.workers: list[Worker] = []
        self.partitions = 0

    def create_topics(self, partitions: int = 4) -> None:
        """Create the source with so many partitions, its changelog, the alerts and the side topic."""
        self.partitions = partitions
        compacted = {"cleanup.policy": "compact"}
        topics = {
            "source": (partitions, {}),
            "changelog": (partitions, compacted),
            "alerts": (2, compacted | {"max.message.bytes": "100000"}),
            "side": (1, compacted),
        }
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        admin.create_topics(
            {
                self.prefix + name: {"num_partitions": count, "replication_factor": 1, "configs": configs}
                for name, (count, configs) in topics.items()
            },
            wait_for_metadata=True,
        )
        admin.close()

    def recreate(self, topic: str) -> None:
        """Delete a compacted topic and create it anew, empty, under the same name."""
        name = self.prefix + topic
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        admin.delete_topics([name])
        deadline = time.monotonic() + PATIENCE_S
        while name in admin.list_topics():
            assert time.monotonic() < deadline, f"{name} cannot be deleted"
            time.sleep(0.1)
        configs = {"cleanup.policy": "compact"}
        new = {name: {"num_partitions": self.partitions, "replication_factor": 1, "configs": configs}}
        admin.create_topics(new, wait_for_metadata=True)
        admin.close()

    def put(self, topic: str, records: Sequence[tuple[int, bytes, bytes]], transaction: str | None = None) -> None:
        """Write (partition, key, value) records, in order within each partition; in a transaction that ends as told."""
        transactional_id = self.prefix + "writer" if transaction else None

        async def write() -> None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self.kafka, enable_idempotence=True, linger_ms=5, transactional_id=transactional_id
            )
            await producer.start()
            if transaction:
                await producer.begin_transaction()
            sent = [
                await producer.send(self.prefix + topic, value, key=key, partition=partition)
                for partition, key, value in records
            ]
            await asyncio.gather(*sent)
            if transaction == "commit":
                await producer.commit_transaction()
            elif transaction == "abort":
                await producer.abort_transaction()
            await producer.stop()

        asyncio.run(write())

    def fill(self, n: int, keys: int = 50, start: int = 0) -> None:
        """Write `n` numbers to the source, spread over all partitions and `keys` keys in each."""
        records = []
        for i in range(start, start + n):
            partition = i % self.partitions
            records.append((partition, b"%d-%d" % (partition, i // self.partitions % keys), b"%d" % (i % 7)))
        self.put("source", records)

    @contextmanager
    def trickling(self, every_s: float = 0.02, keys: int = 50) -> Iterator[None]:
        """Write a number to each partition of the source again and again, as long as the block lasts."""
        ended = threading.Event()

        async def write() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=self.kafka, enable_idempotence=True)
            await producer.start()
            for i in count():
                for partition in range(self.partitions):
                    key = b"%d-%d" % (partition, i % keys)
                    await producer.send(self.prefix + "source", b"%d" % (i % 7), key=key, partition=partition)
                await asyncio.sleep(every_s)
                if ended.is_set():
                    break
            await producer.stop()

        writer = threading.Thread(target=lambda: asyncio.run(write()))
        writer.start()
        try:
            yield
        finally:
            ended.set()
            writer.join()

    def worker(self, name: str = "w", **plan: Any) -> Worker:
        """Start a worker."""
        state_dir = self.directory / name
        worker = Worker({"broker": self.kafka, "prefix": self.prefix, "state_dir": str(state_dir), **plan})
        self.workers.append(worker)
        return worker

    def records(self, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
        """Return everything in a topic; in order within each partition."""

        async def read() -> list[ConsumerRecord[bytes, bytes]]:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, auto_offset_reset="earliest")
            await consumer.start()
            numbers = await consumer._client._wait_on_metadata(self.prefix + topic)
            tps = [TopicPartition(self.prefix + topic, number) for number in numbers]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            found: list[ConsumerRecord[bytes, bytes]] = []
            for tp in tps:
                while await consumer.position(tp) < ends[tp]:
                    for batch in (await consumer.getmany(timeout_ms=500)).values():
                        found += batch
            await consumer.stop()
            return found

        return asyncio.run(read())

    def truth(self) -> tuple[dict[bytes, tuple[int, int]], dict[bytes, bytes]]:
        """Return what the states and the announcements must be, counted from the source itself."""
        states: dict[bytes, tuple[int, int]] = {}
        alerts = {}
        for record in self.records("source"):
            n, total = states.get(record.key, (0, 0))
            n, total = n + 1, total + int(record.value)
            states[record.key] = n, total
            if n % ANNOUNCE_EVERY == 0:
                alerts[b"%s:%d" % (record.key, n)] = b"%d" % total
        return states, alerts

    def written(self) -> dict[int, int]:
        """Return how many records are in each partition of the changelog."""
        counts = Counter(record.partition for record in self.records("changelog"))
        return {number: counts[number] for number in range(self.partitions)}

    def states(self) -> dict[bytes, tuple[int, int]]:
        """Return the states that are in the changelog."""
        latest = {record.key: json.loads(record.value) for record in self.records("changelog")}
        return {key: (state["n"], state["total"]) for key, state in latest.items()}

    def alerts(self) -> dict[bytes, bytes]:
        """Return the announcements by id."""
        return {record.key: record.value for record in self.records("alerts")}

    def committed(self) -> dict[int, int]:
        """Return the committed offset of each partition of the source that has one."""
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        try:
            offsets = admin.list_group_offsets(self.group)
        except _GROUPS_COMING_UP:
            return {}
        finally:
            admin.close()
        return {tp.partition: offset.offset for tp, offset in offsets[self.group].items()}

    def ends(self) -> dict[int, int]:
        """Return the end of each partition of the source."""

        async def ask() -> dict[int, int]:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka)
            await consumer.start()
            tps = [TopicPartition(self.prefix + "source", number) for number in range(self.partitions)]
            ends = await consumer.end_offsets(tps)
            await consumer.stop()
            return {tp.partition: end for tp, end in ends.items()}

        return asyncio.run(ask())

    def wait_until_committed(self, offsets: dict[int, int] | None = None, patience_s: float = PATIENCE_S) -> None:
        """Wait until exactly these offsets are committed; by default all that is in the source now, or more."""
        wanted = self.ends() if offsets is None else offsets
        deadline = time.monotonic() + patience_s
        while (now := self.committed()) != wanted:
            if offsets is None and all(now.get(number, -1) >= end for number, end in wanted.items()):
                return
            assert time.monotonic() < deadline, f"committed {now}, not {wanted}; {self.complaints()}"
            time.sleep(0.1)

    def wait_until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < deadline, f"it did not come true within {patience_s} s"
            time.sleep(0.1)

    def complaints(self) -> str:
        """Return what the workers wrote to standard error."""
        return "\n".join("".join(worker.errors[-30:]) for worker in self.workers)


@pytest.fixture
def arena(kafka: str, topic_prefix: str, tmp_path: Path) -> Iterator[Arena]:
    """Return an arena whose workers are gone when the test is over."""
    arena = Arena(kafka, topic_prefix, tmp_path)
    yield arena
    for worker in arena.workers:
        if worker.code is None:
            worker.kill()
