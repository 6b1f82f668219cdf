"""A Prometheus in a hurry for each file of this folder; an environment for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import own_prefix
from tests.integration.product.conftest import environment
from tests.oncall.hurry import write_hurried
from tests.oncall.prometheus import Prometheus
from tests.oncall.watched import Watched
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Return a Prometheus with the product's rules in a hurry; it scrapes and evaluates every second until it ends."""
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
