"""Three brokers with three replicas: leaders that die (S8), and too few replicas in sync (S9)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from streams.admin.client import retried
from tests.integration.engine.conftest import Arena
from tests.integration.product.conftest import eventually
from tests.reliability.cluster import Cluster

pytestmark = pytest.mark.kafka

PARTITIONS = 4
PATIENCE_S = 60.0
STILL_S = 2.0


@pytest.fixture
def cluster(tmp_path: Path, jars: Path) -> Iterator[Cluster]:
    """Return three brokers that the test may kill."""
    made = Cluster(tmp_path, jars)
    try:
        made.begin()
        yield made
    finally:
        made.end()


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
        admin = KafkaAdminClient(bootstrap_servers=self.kafka.split(","))
        try:
            described = admin.describe_topics([self.prefix + name for name in ("source", "changelog", "alerts")])
        finally:
            admin.close()
        return all(len(partition["isr_nodes"]) == 3 for topic in described for partition in topic["partitions"])

    def committed(self) -> dict[int, int]:
        """Return the committed offsets; the coordinator may just be moving."""
        return retried(super().committed)


def test_leaders_die_and_replicas_run_short_without_loss_or_false_success(cluster: Cluster, tmp_path: Path) -> None:
    """Each mortal broker is killed and comes back; then both are gone: nothing is committed until they are back."""
    arena = Replicated(cluster.bootstrap, "cluster.", tmp_path)
    try:
        arena.create_topics()
        arena.fill(4_000)
        worker = arena.worker("one", delay_s=0.001)
        worker.wait_for("first", count=PARTITIONS, patience_s=PATIENCE_S)
        for node in (2, 3):
            cluster.kill(node)
            arena.fill(1_000, start=2_000 + 1_000 * node)
            cluster.start(node)
        arena.fill(8_000, start=6_000)
        eventually(lambda: retried(arena.in_sync), PATIENCE_S)
        cluster.kill(2)
        cluster.kill(3)
        time.sleep(STILL_S)
        before = arena.committed()
        assert sum(before.values()) < sum(arena.ends().values()), "all was done before the replicas ran short"
        time.sleep(STILL_S)
        assert arena.committed() == before, "offsets were committed with one replica of three"
        cluster.start(2)
        cluster.start(3)
        arena.wait_until_committed(patience_s=PATIENCE_S)

        assert (arena.states(), arena.alerts()) == arena.truth()
        assert worker.process.poll() is None, "".join(worker.errors[-5:])
    finally:
        for each in arena.workers:
            if each.process.poll() is None:
                each.kill()
