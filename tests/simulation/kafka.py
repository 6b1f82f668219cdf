"""A Kafka in memory, as far as the engine sees one: logs, committed offsets, a group. And a network in between.

Requests of one process to one place arrive in the order in which they were sent, each after a random time; so do the
answers. What a process sent before it died may still arrive, from some moment on nothing does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, Protocol

import msgspec

from streams.engine.errors import CommitFailed, OwnershipLost
from streams.engine.producer import Writable
from streams.engine.resume import Log
from streams.engine.store import term_of
from tests.simulation.truth import Count, Expected

SESSION_S = 3.0
REBALANCE_S = 2.0


class Broken(AssertionError):
    """An invariant does not hold."""


class Stored(NamedTuple):
    """A record in a log."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Sequence[tuple[str, bytes]]
    topic: str
    partition: int


class Acknowledged(NamedTuple):
    """Where a batch stands."""

    offset: int


class Process(Protocol):
    """A client, as far as the network knows it."""

    name: str
    loop: Any
    cut_off_at: float

    @property
    def answers(self) -> bool:
        """Whether it lives and is not stopped."""


class World(Protocol):
    """Time and chance."""

    now: float
    chance: Random

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after a while."""

    def at(self, place: str, process: Any) -> None:
        """Let a process be struck here, if that is planned. Raises Killed."""


@dataclass(slots=True)
class Changelog:
    """One partition of the changelog, and what it says to who reads it with an eye on the terms."""

    records: list[Stored] = field(default_factory=list)
    folds: list[dict[bytes, bytes]] = field(default_factory=lambda: [{}])
    highest: int = 0

    def append(self, record: Stored) -> None:
        """Add a record; `folds[n]` is the fold of the first n."""
        self.records.append(record)
        fold = self.folds[-1]
        term = term_of(record.headers)
        if term >= self.highest:
            assert record.key is not None and record.value is not None
            self.highest = term
            fold = fold | {record.key: record.value}
        self.folds.append(fold)

    def states(self) -> dict[bytes, Count]:
        """Return the states it holds."""
        return {key: msgspec.json.decode(value, type=Count) for key, value in self.folds[-1].items()}


@dataclass(slots=True)
class Troubles:
    """How likely the network and the broker misbehave, for each request."""

    refused: float = 0.0
    ack_lost: float = 0.0


class Kafka:
    """The broker."""

    def __init__(self, world: World, partitions: int, troubles: Troubles) -> None:
        """Begin empty."""
        self.world = world
        self.troubles = troubles
        self.source: list[list[Stored]] = [[] for _ in range(partitions)]
        self.expected = [Expected() for _ in range(partitions)]
        self.changelogs = [Changelog() for _ in range(partitions)]
        self.committed: dict[int, int] = {}
        self.said: list[bytes] = []
        self.said_once: set[bytes] = set()
        self.board: list[Stored] = []
        self.group = Group(self, partitions)
        self._arrivals: dict[tuple[str, str], float] = {}

    def produce_source(self, partition: int, key: bytes, value: int) -> None:
        """Append a record to the source."""
        log = self.source[partition]
        offset = len(log)
        log.append(Stored(offset, key, b"%d" % value, self.now_ms, (), "source", partition))
        self.expected[partition].append(offset, key, value)

    @property
    def now_ms(self) -> int:
        """The world's time in milliseconds."""
        return int(self.world.now * 1000)

    # -- the network

    def request(self, process: Process, place: str, serve: Callable[[], Any]) -> asyncio.Future[Any]:
        """Send a request; the future has what `serve` returns or raises when it arrives."""
        answer: asyncio.Future[Any] = process.loop.create_future()
        way = (process.name, place)
        at = max(self.world.now + self.world.chance.uniform(0.001, 0.05), self._arrivals.get(way, 0.0) + 1e-6)
        self._arrivals[way] = at
        self.world.later(at - self.world.now, lambda: self._arrive(process, place, serve, answer, at))
        return answer

    def _arrive(
        self, process: Process, place: str, serve: Callable[[], Any], answer: asyncio.Future[Any], at: float
    ) -> None:
        if at >= process.cut_off_at:
            return
        try:
            result, failure = serve(), None
        except (OwnershipLost, CommitFailed, RuntimeError) as exc:
            result, failure = None, exc
        if place.startswith("produce") and self.world.chance.random() < self.troubles.ack_lost:
            return

        def tell() -> None:
            if answer.done():
                return
            if failure is None:
                answer.set_result(result)
            else:
                answer.set_exception(failure)

        back = ("back " + process.name, place)
        at = max(self.world.now + self.world.chance.uniform(0.001, 0.05), self._arrivals.get(back, 0.0) + 1e-6)
        self._arrivals[back] = at
        self.world.later(at - self.world.now, lambda: process.loop.call_soon(tell))

    # -- what it serves

    def append(self, topic: str, partition: int, records: Sequence[Writable]) -> Acknowledged:
        """Take a batch."""
        if self.world.chance.random() < self.troubles.refused:
            raise RuntimeError("refused")
        if topic == "alerts":
            for record in records:
                assert record.key is not None
                self.said.append(record.key)
                self.said_once.add(record.key)
            return Acknowledged(0)
        if topic == "board":
            first = len(self.board)
            for offset, record in enumerate(records, first):
                stored = Stored(offset, record.key, record.value, self.now_ms, record.headers, topic, partition)
                self.board.append(stored)
            return Acknowledged(first)
        changelog = self.changelogs[partition]
        first = len(changelog.records)
        for offset, record in enumerate(records, first):
            stored = Stored(offset, record.key, record.value, self.now_ms, record.headers, topic, partition)
            changelog.append(stored)
        return Acknowledged(first)

    def commit(self, process: Process, generation: int, offsets: Mapping[int, int]) -> None:
        """Take offsets, and look whether all that follows from what is below them is there."""
        self.group.check(process, generation)
        for partition, offset in offsets.items():
            self.committed[partition] = offset
            states = self.changelogs[partition].states()
            if gaps := self.expected[partition].gaps(offset, states, self.said_once):
                raise Broken(f"{process.name} committed {offset} of partition {partition}: {gaps}")

    @property
    def shown(self) -> dict[bytes, bytes]:
        """Return what the board says to who reads the last record of each key."""
        last = {record.key: record.value for record in self.board if record.key is not None}
        return {key: value for key, value in last.items() if value is not None}

    @property
    def due(self) -> dict[bytes, bytes]:
        """Return what it must say in the end."""
        return {key: value for expected in self.expected for key, value in expected.board.items()}

    def describe(self, partition: int, written_ms: int) -> Log:
        """Return what recovery asks of a changelog."""
        records = self.changelogs[partition].records
        younger = next((record.offset for record in records if record.timestamp > written_ms), None)
        return Log(0, len(records), younger)


class Group:
    """The consumer group: eager rebalances, sessions, generations."""

    def __init__(self, kafka: Kafka, partitions: int) -> None:
        """Begin without members."""
        self._kafka = kafka
        self._partitions = partitions
        self.generation = 0
        self.members: dict[str, Process] = {}
        self.seen: dict[str, float] = {}
        self._joining: dict[str, Callable[[tuple[int, list[int]]], None]] = {}
        self._preparing = False
        self._round = 0

    def check(self, process: Process, generation: int) -> None:
        """Refuse who is no member of this generation."""
        if self.members.get(process.name) is not process or generation != self.generation:
            raise OwnershipLost(f"{process.name} of generation {generation}, which is {self.generation}")

    def heartbeat(self, process: Process, generation: int) -> str:
        """Say whether all is well."""
        self.check(process, generation)
        self.seen[process.name] = self._kafka.world.now
        return "rebalance" if self._preparing else "well"

    def join(self, process: Process, answer: Callable[[tuple[int, list[int]]], None]) -> None:
        """Take a member in at the next generation."""
        self.members[process.name] = process
        self.seen[process.name] = self._kafka.world.now
        self._joining[process.name] = answer
        self._prepare()
        if self._joining.keys() == self.members.keys():
            self._complete()

    def leave(self, name: str) -> None:
        """Let a member go."""
        if self.members.pop(name, None) is not None:
            self._joining.pop(name, None)
            self._prepare()
            if self.members and self._joining.keys() == self.members.keys():
                self._complete()

    def expire(self) -> None:
        """Throw out who was not heard of."""
        for name, seen in list(self.seen.items()):
            if name in self.members and name not in self._joining and self._kafka.world.now - seen > SESSION_S:
                self.leave(name)

    def _prepare(self) -> None:
        if not self._preparing:
            self._preparing = True
            self._round += 1
            this = self._round
            self._kafka.world.later(REBALANCE_S, lambda: self._give_up_waiting(this))

    def _give_up_waiting(self, round_: int) -> None:
        if self._preparing and round_ == self._round:
            for name in self.members.keys() - self._joining.keys():
                del self.members[name]
            self._complete()

    def _complete(self) -> None:
        self._preparing = False
        self.generation += 1
        joining, self._joining = self._joining, {}
        dealt: dict[str, list[int]] = {name: [] for name in joining}
        names = sorted(joining)
        turn = self._kafka.world.chance.randrange(2)
        for number in range(self._partitions):
            if names:
                dealt[names[(number + turn) % len(names)]].append(number)
        for name, answer in joining.items():
            answer((self.generation, dealt[name]))
