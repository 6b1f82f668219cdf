"""An environment on the real Kafka."""

import pytest

from tests.integration.admin.staging import Stage


@pytest.fixture
def stage(kafka: str, topic_prefix: str) -> Stage:
    """Return an environment of its own, with topics."""
    return Stage(kafka, topic_prefix)
