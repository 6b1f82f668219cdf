"""The Faust table of an engine program: a changelog and the place recovery fills, without a copy of the states."""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, cast

import faust
from faust.stores.base import Store
from faust.types import TP, EventT
from faust.types.stores import StoreT

from streams.engine.errors import RecoveryFailed
from streams.engine.task import Record


class PartitionStore(Store[bytes, bytes]):
    """What recovery has read of each partition's changelog, until the partition's task takes it over.

    The states live in the tasks, decoded; holding their bytes too would double the memory. So a partition is in here
    from the first changelog record to `take`, and nothing of a partition stays behind when it goes to another worker.
    Nothing is kept on disk either: every recovery reads the whole changelog (`persisted_offset` is always None).
    """

    def __post_init__(self) -> None:
        """Start with no partition."""
        self.data: dict[bytes, bytes] = {}
        self._loading: dict[int, dict[bytes, bytes]] = {}

    def load(self, partition: int, records: Sequence[Record]) -> None:
        """Fold changelog records in: the last one of a key counts, a tombstone removes it. Raises RecoveryFailed."""
        states = self._loading.setdefault(partition, {})
        for record in records:
            key, value = record.key, record.value
            if key is None:
                raise RecoveryFailed(f"{record.topic}/{partition} has a record without a key at offset {record.offset}")
            if value is None:
                states.pop(key, None)
            else:
                states[key] = value

    def take(self, partition: int) -> dict[bytes, bytes]:
        """Hand over the live states of a partition and forget them."""
        return self._loading.pop(partition, {})

    def forget(self) -> None:
        """Drop what was read: the partitions have been dealt anew."""
        self._loading.clear()

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None: nothing outlives the assignment."""
        return None

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]], to_key: Any, to_value: Any) -> None:
        """Do nothing: records arrive through `load`, and Faust flushes buffers that are always empty."""

    def reset_state(self) -> None:
        """Do nothing: there is no local state."""

    async def backup_partition(self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Do nothing: the changelog is the copy."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the copy."""


class EngineTable(faust.Table[bytes, bytes]):
    """A table written by the checkpoint alone: once for each changed key and commit, and always acknowledged."""

    def _new_store(self) -> StoreT[bytes, bytes]:
        return PartitionStore(
            "engine://", self.app, self, table_name=self.name, key_type=bytes, value_type=bytes, loop=self.loop
        )

    @property
    def store(self) -> PartitionStore:
        """The store, by its own type."""
        return cast(PartitionStore, self.data)

    def on_key_set(self, key: Any, value: Any) -> NoReturn:
        """Refuse. Raises TypeError."""
        raise TypeError("states are written by the checkpoint: return them from Task.dirty()")

    def on_key_del(self, key: Any) -> NoReturn:
        """Refuse. Raises TypeError."""
        raise TypeError("states are written by the checkpoint: return (key, None) from Task.dirty()")
