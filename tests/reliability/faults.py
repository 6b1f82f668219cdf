"""What a worker under test does wrong, or what befalls it: switches in the environment, and only in test code.

Everything is put in at the ports between the engine's parts (the writer, the offsets, the task), not inside of them.

A *fault point* (`RELIABILITY_POINT`, `…_TURN`, `…_DEED`) kills or stops the process the n-th time that it is about to
do, or has just done, one of the three things of the engine's theory: send an alert, write states, commit offsets.

A *mutant* (`RELIABILITY_MUTANT`) puts one of the holes back through which plain Faust loses data.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from streams import bootstrap
from streams.engine.checkpoint import Checkpoint
from streams.engine.engine import Engine
from streams.engine.errors import TaskFailed
from streams.engine.partition import Partition
from streams.engine.producer import BatchWriter, Delivery, Writable
from streams.engine.task import Record
from streams.engine.tenure import Tenure
from streams.events.contract import AnyEvent
from streams.partition import Partition as Core
from streams.partition import Record as CoreRecord
from streams.runtime.track import TrackTask

POINT, TURN, DEED = "RELIABILITY_POINT", "RELIABILITY_TURN", "RELIABILITY_DEED"
MUTANT = "RELIABILITY_MUTANT"
STUCK = "RELIABILITY_STUCK_S"
"""Seconds without progress after which a worker ends itself; the product says 300."""
STUMBLE = "RELIABILITY_STUMBLE"
"""A file: while it does not exist, the worker's core raises once, at its hundredth record, and makes it."""

FORGETS = "RELIABILITY_FORGETS"
"""The id of an event that the core takes in and makes nothing of: a bug that no book has an entry for."""

FULL_DISK = "RELIABILITY_FULL_DISK"
"""The process can write no file beyond so many bytes; with 0 not even its log."""

CLOCK = "RELIABILITY_CLOCK_S"
"""Two numbers of seconds by which the process's wall clock is wrong: at first, and after some seconds."""
JUMPS_AFTER_S = 4.0

POINTS = tuple(f"{side} {what}" for what in ("send", "states", "commit") for side in ("before", "after"))
DEEDS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
STUMBLE_AT = 100
LATE_WRITE_S = 0.3
NOWHERE = SimpleNamespace(offset=-1)
"""What a record's acknowledgement says that was never given."""


def install() -> None:
    """Do what the environment asks for. Call it before the worker is built."""
    if seconds := os.environ.get(STUCK):
        bootstrap._STUCK_TIMEOUT_S = float(seconds)
    if mutant := os.environ.get(MUTANT):
        MUTANTS[mutant]()
    if point := os.environ.get(POINT):
        _arm(point, int(os.environ.get(TURN, "1")), DEEDS[os.environ.get(DEED, "kill")])
    if most_bytes := os.environ.get(FULL_DISK):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), int(most_bytes)))
    if seconds := os.environ.get(CLOCK):
        _set_clock(*map(float, seconds.split(",")))
    if file := os.environ.get(STUMBLE):
        _stumble_once(Path(file))
    if event := os.environ.get(FORGETS):
        _forget(event)


# -- fault points


def _arm(point: str, turn: int, deed: signal.Signals) -> None:
    side, what = point.split()
    left = turn

    def reached(which: str) -> None:
        nonlocal left
        if which == side:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), deed)

    if what == "commit":
        commit = Engine.commit

        async def committed(self: Engine, offsets: Mapping[int, int]) -> None:
            # Committing what is committed is how a worker asks whether it still owns its partitions.
            if all(offsets.get(each.number, each.committed) == each.committed for each in self.pump.partitions):
                await commit(self, offsets)
                return
            reached("before")
            await commit(self, offsets)
            reached("after")

        Engine.commit = committed  # type: ignore[method-assign]
        return
    ending = {"send": "deal.alerts", "states": "deal.state"}[what]
    send = BatchWriter.send

    async def sent(self: BatchWriter, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        if not topic.endswith(ending):
            return await send(self, topic, partition, records)
        reached("before")
        deliveries = await send(self, topic, partition, records)
        if side == "after":
            await asyncio.wait([delivery.ack for delivery in deliveries])
            reached("after")
        return deliveries

    BatchWriter.send = sent  # type: ignore[method-assign]


def _set_clock(first_s: float, later_s: float) -> None:
    right, began = time.time, time.monotonic()

    def wrong() -> float:
        return right() + (first_s if time.monotonic() - began < JUMPS_AFTER_S else later_s)

    time.time = wrong
    for name, module in tuple(sys.modules.items()):
        if name.startswith("streams.") and getattr(module, "time", None) is right:
            module.time = wrong  # type: ignore[attr-defined]  # it has, as was just seen


def _stumble_once(file: Path) -> None:
    process = TrackTask.process
    handled = 0

    def stumbled(self: TrackTask, records: Sequence[Record], start: int) -> int:
        nonlocal handled
        handled += len(records) - start
        if handled >= STUMBLE_AT and not file.exists():
            file.touch()
            raise ValueError("a fault that passes")
        return process(self, records, start)

    TrackTask.process = stumbled  # type: ignore[method-assign]


def _forget(name: str) -> None:
    take_in = Core._take_in

    def forgetful(self: Core, event: AnyEvent, record: CoreRecord) -> None:
        if event.id != name:
            take_in(self, event, record)

    Core._take_in = forgetful  # type: ignore[method-assign]


# -- the holes of plain Faust, by their numbers in issue 4


def _commit_before_acknowledged() -> None:
    """L1: states count as written while they are still on their way."""
    write = Checkpoint._write
    late: set[asyncio.Task[Any]] = set()

    async def written(self: Checkpoint, states: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(LATE_WRITE_S)
            await write(self, states)

        late.add(asyncio.ensure_future(later()))

    Checkpoint._write = written  # type: ignore[method-assign]


def _swallow_failed_deliveries() -> None:
    """L2: a record that Kafka refused counts as delivered."""
    send = BatchWriter.send

    async def swallowed(ack: asyncio.Future[Any]) -> Any:
        await asyncio.wait([ack])
        return NOWHERE if ack.exception() else ack.result()

    async def sent(self: BatchWriter, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        deliveries = await send(self, topic, partition, records)
        return [Delivery(asyncio.ensure_future(swallowed(each.ack)), each.n) for each in deliveries]

    BatchWriter.send = sent  # type: ignore[method-assign]


def _no_checkpoint_before_revoke() -> None:
    """L3: what was done since the last commit is forgotten when partitions are taken away."""

    async def released(self: Tenure) -> None:
        self.pump.close()
        self.give_up()

    Tenure.release = released  # type: ignore[method-assign]


def _commit_what_is_not_handled() -> None:
    """L5: the committed offset steps over records that wait to be handled."""

    def may_commit(self: Partition) -> int | None:
        return self.fetched if self.fetched > self.committed else None

    Partition.may_commit = may_commit  # type: ignore[method-assign]


def _an_exception_counts_as_handled() -> None:
    """L6: records whose handling raised are passed over."""
    process = Partition._process

    def processed(self: Partition) -> int:
        try:
            return process(self)
        except TaskFailed:
            self.broken = False
            return len(self._slice)

    Partition._process = processed  # type: ignore[method-assign]


MUTANTS = {
    "L1": _commit_before_acknowledged,
    "L2": _swallow_failed_deliveries,
    "L3": _no_checkpoint_before_revoke,
    "L5": _commit_what_is_not_handled,
    "L6": _an_exception_counts_as_handled,
}
