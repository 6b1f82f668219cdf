"""The Faust table of an engine program: it names the changelog, so that Faust deals it out beside the source."""

from collections.abc import Iterable
from typing import Any, NoReturn

import faust
from faust.stores.base import Store
from faust.types import TP, EventT
from faust.types.stores import StoreT


class NoStore(Store[bytes, bytes]):
    """Faust's view of our states: none. They are in `store.Stores`, one for each partition."""

    def __post_init__(self) -> None:
        """Hold nothing."""
        self.data: dict[bytes, bytes] = {}

    def persisted_offset(self, tp: TP) -> int | None:
        """Return None: `recovery` decides by itself what must be read."""
        return None

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]], to_key: Any, to_value: Any) -> None:
        """Do nothing: records arrive through recovery, and Faust flushes buffers that are always empty."""

    def reset_state(self) -> None:
        """Do nothing: there is nothing."""

    async def backup_partition(self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Do nothing: the changelog is the copy."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the copy."""


class EngineTable(faust.Table[bytes, bytes]):
    """A table written by the checkpoint alone: once for each changed key and commit, and always acknowledged."""

    def _new_store(self) -> StoreT[bytes, bytes]:
        return NoStore(
            "engine://", self.app, self, table_name=self.name, key_type=bytes, value_type=bytes, loop=self.loop
        )

    def on_key_set(self, key: Any, value: Any) -> NoReturn:
        """Refuse. Raises TypeError."""
        raise TypeError("states are written by the checkpoint: return them from Task.dirty()")

    def on_key_del(self, key: Any) -> NoReturn:
        """Refuse. Raises TypeError."""
        raise TypeError("states are written by the checkpoint: return (key, None) from Task.dirty()")
