"""The long column of the scenario table, for what the chaos slices do not do: each as large as the minutes allow.

The numbers of the table are reached by a soak of `FULL_MINUTES`; a shorter one does its share of each.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from streams.broker.jars import jar_directory
from tests.reliability import disorder
from tests.reliability.arena import Arena
from tests.reliability.bitrot import (
    SILENT,
    changelog_positions,
    damaged_worker_store,
    store_positions,
    written_changelog,
)
from tests.reliability.clocks import wrong_clocks
from tests.reliability.cluster import MORTAL, Cluster
from tests.reliability.disks import full_disks
from tests.reliability.grown import added_partitions
from tests.reliability.hot import one_hot_deal
from tests.reliability.part import Episode, Part, Play, of_episode, told
from tests.reliability.replicas import leaders_and_replicas
from tests.reliability.restore import many_deals
from tests.reliability.stage import Stage
from tests.reliability.verifier import Difference, Verdict
from tests.reliability.workers import PROJECT, Nursery
from tests.reliability.wrong import poisoned

FULL_MINUTES = 400.0
DELIVERIES_PER_EVENT = 7
"""Of the troubles in `disorder`, and of the truth they are compared with."""
STORES = ("memory", "rocksdb")


def long_column(seed: int, minutes: float) -> Iterator[tuple[str, Play]]:
    """Yield the parts by name."""

    def share(full: int, least: int = 1) -> int:
        return max(least, min(full, round(full * minutes / FULL_MINUTES)))

    deaths, shortages = share(20, len(MORTAL)), share(10)
    yield f"{deaths} leaders die, replicas run short {shortages} times (S8, S9)", _replicas(seed, deaths, shortages)
    rounds = share(10, 3)
    yield f"wrong clocks, {rounds} rounds (S11)", of_episode(seed, _clocks(rounds))
    for store in STORES:
        rounds = share(5)
        yield f"full disks, {store}, {rounds} rounds (S12)", of_episode(seed, _full(store, rounds))
    wrong, large = share(200_000), share(50)
    yield f"{wrong} poisonous records, {large} far too large (S13, S14)", of_episode(seed, _poisoned(wrong, large))
    events = share(2_000_000) // DELIVERIES_PER_EVENT
    yield f"{events * DELIVERIES_PER_EVENT} deliveries in disorder (S15, S16)", _disordered(seed, events)
    positions = share(5_000, 50)
    yield f"a wrong byte in the changelog, {positions} times (S17)", _bits_of_changelog(seed, positions)
    yield f"a damaged file of a store, {positions} times (S17)", _bits_of_store(seed, positions)
    rounds = share(50)
    yield (
        f"a worker whose store is damaged, {rounds} rounds (S17)",
        of_episode(seed, lambda arena: damaged_worker_store(arena, Random(seed), rounds)),
    )
    for number in range(share(3)):
        yield f"partitions added, from 4 to {6 + 2 * number} (S19)", _grown(seed, 6 + 2 * number)
    for number in range(share(3)):
        yield f"one hot deal, time {number + 1} (S21)", of_episode(seed + number, one_hot_deal)
    deals = share(200_000, 1_000)
    for store in STORES:
        yield f"{deals} deals restored, {store} (S22)", _restored(seed, deals, store)


def _clocks(rounds: int) -> Episode:
    return lambda arena: wrong_clocks(arena, rounds)


def _full(store: str, rounds: int) -> Episode:
    return lambda arena: full_disks(arena, store, rounds)


def _poisoned(many: int, large: int) -> Episode:
    async def episode(arena: Arena) -> Verdict:
        _, verdict = await poisoned(arena, many, large)
        verdict.differences += [Difference("worker ended alone", words) for words in arena.ended_alone]
        return verdict

    return episode


def _replicas(seed: int, deaths: int, shortages: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        cluster = Cluster(folder, jar_directory(PROJECT))
        try:
            await asyncio.to_thread(cluster.begin)
            await asyncio.to_thread(
                leaders_and_replicas, cluster, folder, deaths=deaths, shortages=shortages, seed=seed
            )
        finally:
            await asyncio.to_thread(cluster.end)
        return told([])

    return play


def _disordered(seed: int, events: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        found = await asyncio.to_thread(disorder.differences, events, seed)
        return told([Difference(f"deals known otherwise: {name}", str(many)) for name, many in found.items() if many])

    return play


def _bits_of_changelog(seed: int, positions: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        async with Arena(stage, nursery, folder, seed=seed) as arena:
            topic, file = await written_changelog(arena)
            return _outcomes(await changelog_positions(stage.bootstrap, topic, file, positions, seed))

    return play


def _bits_of_store(seed: int, positions: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        return _outcomes(await asyncio.to_thread(store_positions, folder, positions, seed))

    return play


def _outcomes(found: Counter[str]) -> Part:
    silent = [Difference("damage that nobody noticed", f"{found[SILENT]} times")] if found[SILENT] else []
    return told(silent, ", ".join(f"{name}: {count}" for name, count in sorted(found.items())))


def _grown(seed: int, to: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        for also_the_changelog in (False, True):
            place = folder / f"changelog-{also_the_changelog}"
            place.mkdir()
            async with Arena(stage, nursery, place, seed=seed) as arena:
                await added_partitions(arena, to, also_the_changelog=also_the_changelog)
        return told([])

    return play


def _restored(seed: int, deals: int, store: str) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        async with Arena(stage, nursery, folder, seed=seed) as arena:
            took, verdict = await many_deals(arena, deals, store)
            return told(verdict.differences, f"restored and at work after {took:.1f} s")

    return play
