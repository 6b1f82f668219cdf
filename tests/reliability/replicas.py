"""Three brokers with three replicas each: leaders that die (S8), and too few replicas in sync (S9)."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from kafka.admin import KafkaAdminClient

from streams.admin.client import retried
from tests.integration.engine.conftest import Arena
from tests.integration.product.conftest import eventually
from tests.reliability.cluster import MORTAL, Cluster

OFFSETS = "__consumer_offsets"
PARTITIONS = 4
PATIENCE_S = 60.0
STILL_S = 2.0
RECORDS, MORE, MOST = 4_000, 1_000, 8_000


class Replicated(Arena):
    """The arena of the engine's counting program, with topics as the cluster's defaults make them."""

    def create_topics(self, partitions: int = PARTITIONS) -> None:
        """Create the source, its changelog and the announcements, with three replicas each."""
        self.partitions = partitions
        compacted = {"cleanup.policy": "compact"}
        counts = {"source": partitions, "changelog": partitions, "alerts": 2}
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.split(","))
        topics = {
            self.prefix + name: {"num_partitions": count, "replication_factor": 3, "configs": compacted}
            for name, count in counts.items()
        }
        admin.create_topics(topics, wait_for_metadata=True)
        admin.close()

    def in_sync(self) -> bool:
        """Whether all three replicas of every partition are in sync: whichever two die now, the third can lead."""
        return self._replicas_in_sync() == {3}

    def alone(self) -> bool:
        """Whether the leader knows everywhere that it is alone: until then a write of before the deaths may succeed."""
        return max(self._replicas_in_sync()) <= 1

    def _replicas_in_sync(self) -> set[int]:
        names = [*(self.prefix + name for name in ("source", "changelog", "alerts")), OFFSETS]
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.split(","))
        try:
            described = admin.describe_topics(names)
        finally:
            admin.close()
        return {len(partition["isr_nodes"]) for topic in described for partition in topic["partitions"]}

    def committed(self) -> dict[int, int]:
        """Return the committed offsets; the coordinator may just be moving."""
        return retried(super().committed)


def leaders_and_replicas(cluster: Cluster, folder: Path, *, deaths: int, shortages: int, seed: int) -> None:
    """Kill mortal brokers one by one, then both at once: nothing is committed until they are back, nothing is lost."""
    arena = Replicated(cluster.bootstrap, "cluster.", folder)
    chance = Random(seed)
    sent = RECORDS
    try:
        arena.create_topics()
        arena.fill(RECORDS)
        worker = arena.worker("one", delay_s=0.001)
        worker.wait_for("first", count=PARTITIONS, patience_s=PATIENCE_S)
        nodes = [*MORTAL, *(chance.choice(MORTAL) for _ in range(deaths - len(MORTAL)))]
        for node in nodes:
            eventually(lambda: retried(arena.in_sync), PATIENCE_S)
            cluster.kill(node)
            arena.fill(MORE, start=sent)
            sent += MORE
            cluster.start(node)
        for _ in range(shortages):
            arena.fill(MOST, start=sent)
            sent += MOST
            _run_short(cluster, arena)
        assert (arena.states(), arena.alerts()) == arena.truth()
        assert worker.code is None, "".join(worker.errors[-5:])
    finally:
        for each in arena.workers:
            if each.code is None:
                each.kill()


def _run_short(cluster: Cluster, arena: Replicated) -> None:
    eventually(lambda: retried(arena.in_sync), PATIENCE_S)
    # Asked before: on a busy machine the third replica may have fallen behind just now, and then nobody can say it.
    ends = sum(arena.ends().values())
    for node in MORTAL:
        cluster.kill(node)
    eventually(lambda: retried(arena.alone), PATIENCE_S)
    # A commit that three replicas had before the deaths may be told only now; one that goes on being made never stands.
    eventually(lambda: _stands(arena), PATIENCE_S)
    assert sum(arena.committed().values()) < ends, "offsets were committed with one replica of three, to the last"
    for node in MORTAL:
        cluster.start(node)
    arena.wait_until_committed(patience_s=PATIENCE_S)


def _stands(arena: Replicated) -> bool:
    before = arena.committed()
    time.sleep(STILL_S)
    return arena.committed() == before
