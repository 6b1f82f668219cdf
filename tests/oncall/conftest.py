"""One Kafka and one Prometheus in a hurry for all tests of this folder; an environment for each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import jars, own_prefix, stopped_in_any_case
from tests.integration.product.conftest import environment
from tests.oncall.hurry import write_hurried
from tests.oncall.prometheus import Prometheus
from tests.oncall.watched import Watched
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

__all__ = ["jars"]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Return a process that forks programs."""
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Stage]:
    """Return a broker with doors."""
    with stopped_in_any_case(tmp_path_factory.mktemp("stage")) as directory:
        made = Stage(directory, jars)
        made.start()
        yield made


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Return a Prometheus with the product's rules in a hurry."""
    if shutil.which("prometheus") is None:
        pytest.skip("needs Prometheus (Debian's package `prometheus`)")
    folder = tmp_path_factory.mktemp("prometheus")
    with Prometheus(folder, write_hurried(folder)) as made:
        yield made


@pytest.fixture
def watched(stage: Stage, prometheus: Prometheus, nursery: Nursery, tmp_path: Path) -> Iterator[Watched]:
    """Return an environment of the test's own that Prometheus watches."""
    with (
        own_prefix(()) as prefix,
        environment(stage.bootstrap, prefix, tmp_path) as product,
        Watched(product, prometheus, nursery) as made,
    ):
        yield made
