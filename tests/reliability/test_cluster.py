"""Three brokers with three replicas: leaders that die (S8), and too few replicas in sync (S9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.cluster import MORTAL, Cluster
from tests.reliability.replicas import leaders_and_replicas

pytestmark = pytest.mark.kafka


@pytest.fixture
def cluster(tmp_path: Path, jars: Path) -> Iterator[Cluster]:
    """Return three brokers that the test may kill."""
    made = Cluster(tmp_path, jars)
    try:
        made.begin()
        yield made
    finally:
        made.end()


def test_leaders_die_and_replicas_run_short_without_loss_or_false_success(cluster: Cluster, tmp_path: Path) -> None:
    """Each mortal broker is killed and comes back; then both are gone: nothing is committed until they are back."""
    leaders_and_replicas(cluster, tmp_path, deaths=len(MORTAL), shortages=1, seed=8)
