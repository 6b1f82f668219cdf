"""States on disk: RocksDB, one database for each partition, for states that are larger than memory.

States and standing are written in one batch, so the database is at every moment the fold of a prefix of the changelog,
also after `kill -9`. (After a power cut the last batches may be missing; then it is the fold of a shorter prefix.)

What cannot be read back is thrown away, whole, and the worker ends: the changelog has everything that was in it, and
the next start reads it. RocksDB's checksums tell of flipped bits; the number of states, which is kept beside them, of
files that were cut off so that a database without them looks well.
"""

import os
import shutil
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from sys import maxsize
from time import monotonic, sleep
from typing import Any, cast

import msgspec
from mode import get_logger
from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch

from streams.engine.errors import RecoveryFailed, StoreFailed
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

MANIFEST_BLOCK_BYTES = 32 * 1024
MANIFEST_HEADER = struct.Struct("<IHB")
"""Of a record in the manifest: checksum, length, type."""
MANIFEST_TYPES = range(5)
"""What RocksDB 9 writes there. Of some other types it is not told that they are damage: it reads on for ever."""

_META = b"m"
_STATE = b"s"
_SIZES = ("rocksdb.estimate-live-data-size", "rocksdb.cur-size-all-mem-tables")

logger = get_logger(__name__)


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
        process holds it, StoreFailed if the disk takes no database.
        """
        self._directory = directory
        self._belongs_to = belongs_to
        self.gist = gist
        self._live = 0
        self._closed = False
        self.standing: Standing | None = None
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open()
        self._take_up()

    def _open(self) -> Rdict:
        if not manifest_ends(self._directory):
            logger.warning("%s is thrown away and read anew: its manifest is damaged", self._directory)
            return self._anew()
        deadline = monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                return Rdict(str(self._directory), options=_options())
            except Exception as exc:
                if "lock" not in str(exc).lower():
                    logger.warning("%s is thrown away and read anew: %s", self._directory, exc)
                    return self._anew()
                if monotonic() > deadline:
                    raise RecoveryFailed(
                        f"another process holds {self._directory}: give each worker a state_dir of its own"
                    ) from exc
                sleep(0.1)

    def _anew(self) -> Rdict:
        shutil.rmtree(self._directory, ignore_errors=True)
        try:
            return Rdict(str(self._directory), options=_options())
        except Exception as exc:
            raise StoreFailed(f"no states can be kept in {self._directory}; is there room on its disk? {exc}") from exc

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
        """Return a state. Raises StoreFailed where the database is damaged, after which it is gone."""
        try:
            return cast("bytes | None", self._db.get(_STATE + key))
        except Exception as exc:
            raise self._unreadable(exc) from exc

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return all states, in the order of their keys. Raises StoreFailed, as `get`, also where some are missing."""
        live, found = self._live, 0
        rows = iter(self._db.items(from_key=_STATE))
        try:
            while (row := self._next_of(rows)) is not None:
                found += 1
                yield row[0][1:], row[1]
            if found != live:
                raise self._unreadable(f"{found} states of {live} are there")
        finally:
            del rows  # the database is not closed as long as somebody could go on reading

    def _next_of(self, rows: Iterator[Any]) -> tuple[bytes, bytes] | None:
        try:
            return next(rows, None)
        except Exception as exc:
            raise self._unreadable(exc) from exc

    def _unreadable(self, why: object) -> StoreFailed:
        if self._closed:
            return StoreFailed(f"{self._directory} is closed")
        self.close()
        shutil.rmtree(self._directory, ignore_errors=True)
        return StoreFailed(
            f"the states in {self._directory} were damaged and are thrown away; the next start reads them from the "
            f"changelog: {why}"
        )

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the gists of all states, made on the way: the disk is what takes the time."""
        gist = self.gist
        for key, value in self.items():
            yield key, gist(key, value)

    def __len__(self) -> int:
        """How many there are."""
        return self._live

    @property
    def size(self) -> int:
        """About how many bytes are live in the files, and how many are in memory on their way there."""
        if self._closed:
            return 0
        try:
            return sum(self._db.property_int_value(name) or 0 for name in _SIZES)
        except Exception:  # a figure for people to look at: the next read finds out what it means that there is none
            return 0

    def write(self, states: Mapping[bytes, bytes | None], standing: Standing | None) -> None:
        """Take changes and the new standing, in one batch. Raises StoreFailed; then it has none of them."""
        batch = WriteBatch(raw_mode=True)
        live = self._live
        for key, value in states.items():
            stored = _STATE + key
            known = self._knows(stored)
            if value is not None:
                batch.put(stored, value)
                live += not known
            elif known:
                batch.delete(stored)
                live -= 1
        batch.put(_META, msgspec.json.encode(Meta(self._belongs_to, live, standing)))
        try:
            self._db.write(batch)
        except Exception as exc:
            raise StoreFailed(f"{self._directory} takes no more states; is there room on its disk? {exc}") from exc
        self._live, self.standing = live, standing

    def tidy(self, at_most: int = maxsize) -> bool:
        """Nothing to do: RocksDB does it by itself."""
        return False

    def _knows(self, stored: bytes) -> bool:
        try:
            return stored in self._db
        except Exception as exc:
            raise self._unreadable(exc) from exc

    def clear(self) -> None:
        """Forget everything, also on disk. Raises StoreFailed."""
        self._db.close()
        self._db = self._anew()
        self._live = 0
        self.standing = None

    def close(self) -> None:
        """Flush and close; the database stays for the next time."""
        if self._closed:
            return
        self._closed = True
        try:
            self._db.close()
        except Exception as exc:  # what is not flushed is in its log, or in the changelog
            logger.warning("%s was not closed in order: %s", self._directory, exc)


def manifest_ends(directory: Path) -> bool:
    """Whether RocksDB comes to an end with the manifests in `directory`; whether they are right it finds out itself."""
    for file in directory.glob("MANIFEST-*"):
        content = file.read_bytes()
        at = 0
        while at + MANIFEST_HEADER.size <= len(content):
            left = MANIFEST_BLOCK_BYTES - at % MANIFEST_BLOCK_BYTES
            if left < MANIFEST_HEADER.size:
                at += left
                continue
            _, length, kind = MANIFEST_HEADER.unpack_from(content, at)
            if kind not in MANIFEST_TYPES:
                return False
            at += MANIFEST_HEADER.size + length
    return True


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
