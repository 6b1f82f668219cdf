"""A program on the engine that dies between any two steps of a checkpoint, without Kafka: its log, states and outbox.

The order is the engine's (`streams/engine/checkpoint.py`): cut, outbox acknowledged, states, offsets. What was put into
the outbox may be written although the program dies; of the states any first part may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from streams.engine.task import Outgoing, StateStore, Task


class Said(NamedTuple):
    """A record of a log."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Shelf:
    """The states as the changelog has them, with those on their way for the task to read."""

    def __init__(self, states: dict[bytes, bytes]) -> None:
        """Hold these."""
        self.states = dict(states)

    def get(self, key: bytes) -> bytes | None:
        return self.states.get(key)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """In the order of keys, as the store on disk has them, and not in that in which they were first written."""
        return iter(sorted(self.states.items()))

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(())

    def __len__(self) -> int:
        return len(self.states)


@dataclass
class Program:
    """What outlives a process: the log, the states, the offset, and everything that was written."""

    make: Callable[[StateStore], Task]
    chance: Random
    log: list[Said] = field(default_factory=list)
    states: dict[bytes, bytes] = field(default_factory=dict)
    committed: int = 0
    written: list[Outgoing] = field(default_factory=list)
    crashes: int = 0
    _task: Task | None = None
    _handled: int = 0
    _pending: list[Outgoing] = field(default_factory=list)

    def start(self) -> Task:
        """Begin, or begin again, from what is in Kafka."""
        task = self.make(Shelf(self.states))
        for _ in task.ready() or ():
            pass
        self._task, self._handled, self._pending = task, self.committed, []
        return task

    @property
    def task(self) -> Task:
        """The task of the process that runs."""
        return self._task or self.start()

    def append(self, value: bytes, timestamp: int, headers: tuple[tuple[str, bytes], ...] = ()) -> None:
        """Write a record to its source."""
        self.log.append(Said("source", 0, len(self.log), timestamp, b"k", value, headers))

    def step(self, now: int, crash: bool) -> None:
        """Handle what is there, look at the clock, take a checkpoint; with `crash` die somewhere in it."""
        task = self.task
        dies_at = self.chance.randrange(6) if crash else 99
        if self._handled < len(self.log):
            end = self.chance.randint(self._handled + 1, len(self.log))
            task.process(self.log[self._handled : end], 0)
            self._handled = end
            self._pending += task.outbox()
        if dies_at == 0:
            return self._die()
        task.look(now, self._handled == len(self.log))
        self._pending += task.outbox()
        if dies_at == 1:
            return self._die()
        offset, changed, out = self._handled, list(task.dirty()), self._pending
        self._pending = []
        if dies_at == 2:
            self.written += out[: self.chance.randint(0, len(out))]
            return self._die()
        self.written += out
        if dies_at == 3:
            self._write(changed[: self.chance.randint(0, len(changed))])
            return self._die()
        self._write(changed)
        if dies_at == 4:
            return self._die()
        self.committed = offset
        return self._die() if dies_at == 5 else None

    def advance(self, end: int, now: int, written: int | None = None) -> None:
        """Handle the log up to an offset and take a checkpoint; with `written` die in it, after so many states."""
        task = self.task
        task.process(self.log[self._handled : end], 0)
        task.look(now, end == len(self.log))
        self.written += task.outbox()
        changed = list(task.dirty())
        self._write(changed[:written])
        self._handled = end
        if written is None:
            self.committed = end
        else:
            self._die()

    def _write(self, states: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in states:
            if value is None:
                self.states.pop(key, None)
            else:
                self.states[key] = value

    def _die(self) -> None:
        self.crashes += 1
        self._task = None
