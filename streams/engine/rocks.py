"""States on disk: RocksDB, one database for each partition, for states that are larger than memory.

States and standing are written in one batch, so the database is at every moment the fold of a prefix of the changelog,
also after `kill -9`. (After a power cut the last batches may be missing; then it is the fold of a shorter prefix.)
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import cast

import msgspec
from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch

from streams.engine.errors import RecoveryFailed
from streams.engine.store import Standing
from streams.engine.task import Gist, no_gist

MIB = 1024 * 1024
#: Set explicitly: Faust's own table would take 2 GiB of cache and three memtables of 64 MiB for each partition.
BLOCK_CACHE_BYTES = 8 * MIB
MEMTABLE_BYTES = 8 * MIB
MEMTABLES = 2
OPEN_FILES = 256
BLOOM_BITS = 10
LOCK_PATIENCE_S = 5.0
"""How long to wait for another process that still holds the database."""
WRITE_CHUNK = 5_000
"""Changes in one batch while a changelog is read; a checkpoint of ours is one batch, however large."""

_META = b"m"
_STATE = b"s"


class Meta(msgspec.Struct, frozen=True):
    """What the database says of itself."""

    belongs_to: str
    live: int
    standing: Standing | None


class RocksShelf:
    """A `Shelf` in a RocksDB database of its own."""

    def __init__(self, directory: Path, belongs_to: str, gist: Gist = no_gist) -> None:
        """Open or create the database in `directory`.

        What is there already is used if it says that it belongs to `belongs_to` (the changelog, and whatever else can
        be told of it), and thrown away otherwise, as it is when it cannot be read. Raises RecoveryFailed if another
        process holds it.
        """
        self._directory = directory
        self._belongs_to = belongs_to
        self.gist = gist
        self._live = 0
        self.standing: Standing | None = None
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open()
        self._take_up()

    def _open(self) -> Rdict:
        deadline = monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                return Rdict(str(self._directory), options=_options())
            except Exception as exc:
                if "lock" not in str(exc).lower():
                    # Damaged: the changelog has everything that was in it.
                    shutil.rmtree(self._directory, ignore_errors=True)
                    return Rdict(str(self._directory), options=_options())
                if monotonic() > deadline:
                    raise RecoveryFailed(
                        f"another process holds {self._directory}: give each worker a state_dir of its own"
                    ) from exc
                sleep(0.1)

    def _take_up(self) -> None:
        try:
            raw = self._db.get(_META)
            meta = None if raw is None else msgspec.json.decode(cast(bytes, raw), type=Meta)
        except Exception:
            meta = None
        if meta is None or meta.belongs_to != self._belongs_to:
            self.clear()
            return
        self._live = meta.live
        self.standing = meta.standing

    def get(self, key: bytes) -> bytes | None:
        """Return a state."""
        return cast("bytes | None", self._db.get(_STATE + key))

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return all states, in the order of their keys."""
        for key, value in self._db.items(from_key=_STATE):
            yield cast(bytes, key)[1:], cast(bytes, value)

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the gists of all states, made on the way: the disk is what takes the time."""
        gist = self.gist
        for key, value in self.items():
            yield key, gist(key, value)

    def __len__(self) -> int:
        """How many there are."""
        return self._live

    def write(self, states: Mapping[bytes, bytes | None], standing: Standing | None) -> None:
        """Take changes and the new standing, in one batch."""
        batch = WriteBatch(raw_mode=True)
        live = self._live
        for key, value in states.items():
            stored = _STATE + key
            known = stored in self._db
            if value is not None:
                batch.put(stored, value)
                live += not known
            elif known:
                batch.delete(stored)
                live -= 1
        batch.put(_META, msgspec.json.encode(Meta(self._belongs_to, live, standing)))
        self._db.write(batch)
        self._live, self.standing = live, standing

    def clear(self) -> None:
        """Forget everything, also on disk."""
        self._db.close()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._db = Rdict(str(self._directory), options=_options())
        self._live = 0
        self.standing = None

    def close(self) -> None:
        """Flush and close; the database stays for the next time."""
        self._db.close()


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(MEMTABLE_BYTES)
    options.set_max_write_buffer_number(MEMTABLES)
    options.set_max_open_files(OPEN_FILES)
    options.set_max_background_jobs(min(2, os.cpu_count() or 1))
    options.set_compression_type(DBCompressionType.lz4())
    options.set_keep_log_file_num(2)
    table = BlockBasedOptions()
    table.set_block_cache(Cache(BLOCK_CACHE_BYTES))
    table.set_cache_index_and_filter_blocks(True)
    table.set_bloom_filter(BLOOM_BITS, False)
    options.set_block_based_table_factory(table)
    return options
