"""The engine with one of its safeguards taken out. Each of these is a hole that real stream processors have had."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from streams.engine import store, tenure
from streams.engine.checkpoint import Checkpoint
from streams.engine.errors import ChangelogIntruded, TaskFailed
from streams.engine.lastwords import LastWords
from streams.engine.mender import Mending
from streams.engine.outbox import Outbox
from streams.engine.partition import Partition
from streams.engine.store import PartitionStore, Standing, State
from streams.engine.task import Outgoing
from streams.engine.tenure import Tenure
from tests.simulation.worker import Worker
from tests.simulation.world import Theme


class _Hasty(Checkpoint):
    async def _write(self, states: Mapping[Partition, Sequence[State]]) -> None:
        self._unawaited = asyncio.get_running_loop().create_task(super()._write(states))


class _WithoutOutbox(Checkpoint):
    async def _run(self, partitions: Sequence[Partition]) -> None:
        class Settled:
            async def settle(self, timeout_s: float) -> None:
                pass

        self._outbox = Settled()
        await super()._run(partitions)


class _Deaf(Outbox):
    def _fail(self, failure: BaseException) -> None:
        self._room.set()


class _Careless(Tenure):
    async def release(self) -> None:
        self.pump.close()
        self.give_up()


class _Indifferent(Mending):
    async def look(self) -> int:
        return 0


def _step_over(patch: pytest.MonkeyPatch) -> type[Worker]:
    def may_commit(self: Partition) -> int | None:
        return self.handled + 1 if self.backlog else _may_commit(self)

    _may_commit = Partition.may_commit
    patch.setattr(Partition, "may_commit", may_commit)
    return Worker


def _take_exceptions_for_success(patch: pytest.MonkeyPatch) -> type[Worker]:
    def process(self: Partition) -> int:
        try:
            return _process(self)
        except TaskFailed:
            self.broken = False
            return len(self._slice)

    _process = Partition._process
    patch.setattr(Partition, "_process", process)
    return Worker


def _go_on_in_the_old_term(patch: pytest.MonkeyPatch) -> type[Worker]:
    patch.setattr(Tenure, "resting", lambda self, number, _generation: self._resting.get(number))
    return Worker


def _keep_what_others_worked_on(patch: pytest.MonkeyPatch) -> type[Worker]:
    # In a new term it would be right again with its first checkpoint, and wrong only if it died in the midst of that.
    patch.setattr(tenure, "may_go_on", lambda *_: True)
    return _go_on_in_the_old_term(patch)


def _write_the_shelf_first(patch: pytest.MonkeyPatch) -> type[Worker]:
    def cut(self: PartitionStore, states: Sequence[State]) -> Sequence[State]:
        known = self._shelf.standing
        assert known is not None
        self._shelf.write(dict(states), Standing(known.position + len(states), known.written_ms, self.term))
        return _cut(self, states)

    _cut = PartitionStore.cut
    patch.setattr(PartitionStore, "cut", cut)
    return Worker


def _believe_zombies(patch: pytest.MonkeyPatch) -> type[Worker]:
    patch.setattr(store, "term_of", lambda _headers: 0)
    return Worker


def _overlook_zombies(patch: pytest.MonkeyPatch) -> type[Worker]:
    def settle(self: PartitionStore, first: int, end: int, now_ms: int) -> None:
        try:
            _settle(self, first, end, now_ms)
        except ChangelogIntruded:
            self._overlay = {}

    _settle = PartitionStore.settle
    patch.setattr(PartitionStore, "settle", settle)
    return Worker


def _say_over_ones_own(patch: pytest.MonkeyPatch) -> type[Worker]:
    def signed(self: LastWords, number: int, record: Outgoing) -> Outgoing:
        found = _signed(self, number, record)
        self._tenures[number].in_flight.clear()
        return found

    _signed = LastWords._signed
    patch.setattr(LastWords, "_signed", signed)
    return Worker


def _replace(**parts: Any) -> Callable[[pytest.MonkeyPatch], type[Worker]]:
    return lambda _patch: type("FaultyWorker", (Worker,), parts)


#: What is wrong, in which schedules it shows, and how to make a worker that is wrong in that way.
FAULTS: Mapping[str, tuple[Sequence[Theme], Callable[[pytest.MonkeyPatch], type[Worker]]]] = {
    "commit before the changelog has acknowledged": (["crashes"], _replace(checkpoint_class=_Hasty)),
    "commit before the outbox is acknowledged": (["crashes"], _replace(checkpoint_class=_WithoutOutbox)),
    "swallow a failed delivery": (["rough"], _replace(outbox_class=_Deaf)),
    "no checkpoint before partitions are revoked": (["calm"], _replace(tenure_class=_Careless)),
    "step over a record that is not handled": (["crashes"], _step_over),
    "take an exception for success": (["rough"], _take_exceptions_for_success),
    "keep a partition that somebody else has worked on, as before": (["zombies"], _keep_what_others_worked_on),
    "write the disk before the changelog has acknowledged": (["crashes"], _write_the_shelf_first),
    "believe the states of a zombie": (["zombies"], _believe_zombies),
    "commit although a zombie wrote in between": (["zombies"], _overlook_zombies),
    "leave the last word to a zombie": (["zombies"], _replace(mending_class=_Indifferent)),
    "mend over what is in flight": (["zombies"], _say_over_ones_own),
    "go on in the term of before": (["zombies"], _go_on_in_the_old_term),
}
