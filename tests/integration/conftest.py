"""Fixtures for tests against a real Kafka: our own broker in a temporary directory, or the one named by `BROKER`."""

import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from streams.broker.server import Broker
from tests.brokers import stopped_in_any_case

PROJECT = Path(__file__).parents[2]
BROKER_VARIABLE = "BROKER"


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
