"""One broker with doors and one nursery of workers for all tests of this folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import jars, stopped_in_any_case
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

__all__ = ["jars"]


@pytest.fixture(autouse=True)
def _silence() -> None:
    """Let aiokafka say nothing of what is done to it: thousands of lines."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Return a process that forks workers."""
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Stage]:
    """Return a broker that tests may kill; each leaves it running."""
    with stopped_in_any_case(tmp_path_factory.mktemp("stage")) as directory:
        made = Stage(directory, jars)
        made.start()
        yield made
