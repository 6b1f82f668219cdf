"""Fixtures for tests against a real Kafka: our own broker in a temporary directory, or the one named by `BROKER`."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from streams.broker.fetch import fetch
from streams.broker.jars import jar_directory, shipped_lock, verified_class_path
from streams.broker.server import Broker
from streams.broker.start import start

PROJECT = Path(__file__).parents[2]
BROKER_VARIABLE = "BROKER"

# Waits for the end of its input, which comes when the tests end, in whatever way: a time limit that exits on the spot
# and `kill -9` run no teardown, and would leave a Java process behind.
STOP_WHEN_INPUT_ENDS = """
import sys
from pathlib import Path
from streams.broker.stop import stop
sys.stdin.read()
stop(Path(sys.argv[1]))
"""


@contextmanager
def stopped_in_any_case(directory: Path) -> Iterator[Path]:
    """Stop the broker of `directory` afterwards, if one runs, even if this process does not live to see it."""
    command = [sys.executable, "-c", STOP_WHEN_INPUT_ENDS, str(directory)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=PROJECT, start_new_session=True)
    try:
        yield directory
    finally:
        guard.communicate(timeout=60)
        # The logs stay for whoever looks into a failure; the data could be gigabytes.
        shutil.rmtree(directory / "data", ignore_errors=True)
    assert guard.returncode == 0


@pytest.fixture(scope="session")
def jars() -> Path:
    """Return the project's jar cache, filled; all tests share it: a download once, not once per run."""
    directory = jar_directory(PROJECT)
    verified_class_path(shipped_lock(), directory, fetch)
    return directory


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Broker]:
    """Return our own broker, shared by all tests of the session; they must leave it running."""
    with stopped_in_any_case(tmp_path_factory.mktemp("kafka")) as directory:
        yield start(directory, jars=jars)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """Return the bootstrap address of a real Kafka: the one named by `BROKER`, else our own."""
    existing = os.environ.get(BROKER_VARIABLE)
    if existing:
        return existing
    own: Broker = request.getfixturevalue("own_broker")
    return own.bootstrap


@contextmanager
def own_prefix(used: Sequence[str]) -> Iterator[str]:
    """Give a prefix for topics and groups that nobody else has; on a broker that stays, its topics are deleted.

    `used` names the fixtures around: without `kafka` among them there are no topics.
    """
    prefix = f"t{uuid.uuid4().hex[:12]}."
    yield prefix
    existing = os.environ.get(BROKER_VARIABLE)
    if existing and "kafka" in used:
        admin = KafkaAdminClient(bootstrap_servers=existing)
        leftovers = [topic for topic in admin.list_topics() if topic.startswith(prefix)]
        if leftovers:
            admin.delete_topics(leftovers)
        admin.close()


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return a prefix that no other test has."""
    with own_prefix(request.fixturenames) as prefix:
        yield prefix


@pytest.fixture
def broker_directory(tmp_path: Path) -> Iterator[Path]:
    """Return a directory for a broker of the test's own, to be started, killed and moved at will.

    Its name holds what breaks careless code: a space, a comma (Kafka's list separator), a character beyond Latin-1.
    """
    with stopped_in_any_case(tmp_path / "Kafka, größte→") as directory:
        yield directory
