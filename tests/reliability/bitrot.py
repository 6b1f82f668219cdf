"""Bytes that change, and files that are cut off, where states lie (S17): in Kafka's changelog, in a worker's RocksDB.

A byte is changed under the running broker, which reads its files as they are, and changed back afterwards. What is read
then is read as the engine reads it: aiokafka's consumer with the engine's eye on it, and a `PartitionStore`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.admin.client import admin as speaking_as_admin
from streams.broker.server import Layout
from streams.engine.damage import notice_misplaced_batches
from streams.engine.errors import EngineError, RecoveryFailed, StoreFailed
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.rocks import RocksShelf
from streams.engine.store import PartitionStore, Standing
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.episodes import finish, under_load
from tests.reliability.verifier import Verdict

HEADER_BYTES = 61
"""Of a batch. Kafka's checksum begins behind the first 21."""
HEADER_SHARE = 0.5
"""Of the positions: where a wrong byte does the most, and where chance alone would hardly ever put it."""
STANDS_STILL_S = 1.0
TRUNCATED_SHARE = 0.3

REFUSED, SAME, SILENT = "refused", "no difference", "SILENTLY OTHERWISE"
STILL = "no answer"
"""Of the broker, which does not find its way through its own file: a worker says `Stuck`."""
ANEW, OLDER = "read anew", "as of before"
"""Of a store: nothing of it is used; or what the last batches said is missing, and is read again."""
LINES = 1_500
GROWS_FOR_S = 2.0
STORE_BATCHES, STORE_KEYS, STORE_STATE_BYTES = 40, 400, 500
Standings = dict[int, dict[bytes, bytes]]
"""States by the changelog position at which they are right."""


# -- the changelog


def batch_starts(log: bytes) -> list[int]:
    """Return where the batches of a log segment begin."""
    starts, at = [], 0
    while at < len(log):
        starts.append(at)
        at += 12 + int.from_bytes(log[at + 8 : at + 12], "big")
    return starts


def positions(log: bytes, many: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield bytes of a log segment and the bit to change in each; many of them are in the headers of batches."""
    chance, starts = Random(seed), batch_starts(log)
    for _ in range(many):
        header = chance.random() < HEADER_SHARE
        at = chance.choice(starts) + chance.randrange(HEADER_BYTES) if header else chance.randrange(len(log))
        yield at, 1 << chance.randrange(8)


@contextmanager
def flipped(file: Path, at: int, bit: int) -> Iterator[None]:
    """Change a bit of a byte as long as the block lasts."""
    with file.open("r+b", buffering=0) as handle:
        [right] = os.pread(handle.fileno(), 1, at)
        os.pwrite(handle.fileno(), bytes([right ^ bit]), at)
        try:
            yield
        finally:
            os.pwrite(handle.fileno(), bytes([right]), at)


async def read_states(bootstrap: str, topic: str, partition: int) -> tuple[dict[bytes, bytes], int]:
    """Read a changelog to its end; return its states, and where it ends. Raises TimeoutError where nothing comes."""
    notice_misplaced_batches()
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", fetch_max_wait_ms=100)
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, 0)
        end = (await consumer.end_offsets([place]))[place]
        store = PartitionStore(MemoryShelf(Plain()))
        position = 0
        async with asyncio.timeout(STANDS_STILL_S):
            while position < end:
                records = (await consumer.getmany(place, timeout_ms=100)).get(place, [])
                position = await consumer.position(place)
                store.load(records, position)
        # As recovery does.
        if position > (await consumer.end_offsets([place]))[place]:
            raise RecoveryFailed("behind the end")
        return dict(store.items()), position
    finally:
        await consumer.stop()


async def changelog_positions(bootstrap: str, topic: str, file: Path, many: int, seed: int) -> Counter[str]:
    """Change one byte at so many positions of a changelog's first segment, partition 0; count what came of it."""
    right = await read_states(bootstrap, topic, 0)
    outcomes: Counter[str] = Counter()
    for at, bit in positions(file.read_bytes(), many, seed):
        with flipped(file, at, bit):
            try:
                outcomes[SAME if await read_states(bootstrap, topic, 0) == right else SILENT] += 1
            except TimeoutError:
                outcomes[STILL] += 1
            except (KafkaError, EngineError):
                outcomes[REFUSED] += 1
    assert await read_states(bootstrap, topic, 0) == right
    return outcomes


async def written_changelog(arena: Arena) -> tuple[str, Path]:
    """Let a worker write a changelog, and leave; return the topic, and the file of its partition 0."""
    await load.fill(arena.stage.bootstrap, arena.topics.plan.activity.name, arena.seed, count=LINES)
    arena.learner()
    arena.fill(arena.seat("one", 0, always={"DEALWATCH_COMMIT_INTERVAL_SECONDS": "0.05"}))
    await arena.rest()
    await arena.stop()
    topic = arena.topics.plan.state.name
    return topic, Layout.of(arena.stage.directory).data / f"{topic}-0" / f"{0:020d}.log"


async def rebuilt(arena: Arena) -> Verdict:
    """Throw away what was made of the events, as one does when `deal.state` is damaged, and let it be made anew."""
    await written_changelog(arena)
    plan, topics = arena.topics.plan, arena.topics
    with speaking_as_admin(arena.stage.bootstrap) as client:
        client.delete_topics([each.name for each in (plan.state, plan.examples, plan.learner, plan.models)])
        client.delete_groups([topics.group, topics.learners])
    await topics.make()
    arena.learner()
    arena.fill(arena.seat("again", 1))
    return await finish(arena)


# -- a store on disk


def store_as_killed(folder: Path, seed: int) -> tuple[Path, Standings]:
    """Return the files of a store whose worker was killed, and what it knew at each position."""
    chance = Random(seed)
    shelf = RocksShelf(folder / "living", "changelog")
    states: dict[bytes, bytes] = {}
    standings: Standings = {0: {}}
    for number in range(1, STORE_BATCHES + 1):
        changes = {
            f"opp-{chance.randrange(STORE_KEYS)}".encode(): chance.randbytes(STORE_STATE_BYTES) for _ in range(50)
        }
        states = states | changes
        standings[number] = states
        shelf.write(changes, Standing(number, number))
        if number == STORE_BATCHES - 5:
            shelf._db.flush()  # most of it in a table, the rest in the log
    left = folder / "left"
    shutil.copytree(folder / "living", left)
    shelf.close()
    return left, standings


def store_positions(folder: Path, many: int, seed: int) -> Counter[str]:
    """Damage one file of a store, so many times; count what came of it when it was opened and read."""
    left, standings = store_as_killed(folder, seed)
    chance = Random(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(many):
        damaged = folder / "damaged"
        shutil.copytree(left, damaged)
        spoil(damaged, chance)
        outcomes[_opened(damaged, standings)] += 1
        shutil.rmtree(damaged, ignore_errors=True)
    return outcomes


def spoil(store: Path, chance: Random) -> None:
    """Change a bit of one of a store's files, or cut it off."""
    files = sorted(file for file in store.rglob("*") if file.is_file() and file.stat().st_size)
    file = chance.choice(files)
    content = bytearray(file.read_bytes())
    at = chance.randrange(len(content))
    if chance.random() < TRUNCATED_SHARE:
        del content[at:]
    else:
        content[at] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def _opened(directory: Path, standings: Standings) -> str:
    shelf = RocksShelf(directory, "changelog")
    try:
        at = shelf.standing.position if shelf.standing is not None else 0
        found = dict(shelf.items())
        got = {key: value for key in standings[STORE_BATCHES] if (value := shelf.get(key)) is not None}
    except StoreFailed:
        # And never again: the next start finds nothing, and reads the changelog.
        again = RocksShelf(directory, "changelog")
        anew = again.standing is None and not dict(again.items())
        again.close()
        return REFUSED if anew else SILENT
    finally:
        shelf.close()
    if not found == got == standings[at]:
        return SILENT
    return ANEW if not at else SAME if at == STORE_BATCHES else OLDER


async def damaged_worker_store(arena: Arena, chance: Random, rounds: int) -> Verdict:
    """Kill a worker with `store=rocksdb` under load, damage its files, and start it again, so many times."""
    seat = arena.seat("one", 0, static=True, always={"DEALWATCH_STORE": "rocksdb"})
    arena.learner()
    async with under_load(arena):
        for number in range(rounds):
            arena.fill(seat)
            await arena.ready(seat)  # damage may end one life for each store
            await asyncio.sleep(GROWS_FOR_S)
            # In order and by force in turn: what was flushed lies in tables, what was not in RocksDB's log.
            await arena.leave(seat, signal.SIGKILL if number % 2 else signal.SIGTERM)
            stores = sorted(each.parent for each in (arena.folder / "one").rglob("CURRENT"))
            assert stores, "no store on disk"
            for store in stores:
                _flip_in_table(store, chance) if number % 2 == 0 else spoil(store, chance)
        arena.fill(seat)
    return await finish(arena)


def _flip_in_table(store: Path, chance: Random) -> None:
    """Change a bit among the states of a table."""
    for file in store.glob("*.sst"):
        content = bytearray(file.read_bytes())
        content[chance.randrange(len(content) // 2)] ^= 1
        file.write_bytes(content)
