"""What is said where Kafka hides a topic's settings, or does not let them be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from streams.admin import provision
from streams.admin.errors import AccessDenied, KafkaRefused
from streams.admin.provision import apply, check, configure
from streams.config.topics import Topic

TOPIC = Topic("prod.deal.state", 1, {"cleanup.policy": "compact"})


class Admin:
    """kafka-python's client of a Kafka that shows these settings, and says this to a change."""

    def __init__(self, shown: Mapping[str, str], said: str = "OK") -> None:
        """Show and say."""
        self.shown, self.said = shown, said

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        """Every topic is there."""
        return [{"error_code": 0, "name": each, "partitions": [{"replica_nodes": [1]}]} for each in names]

    def describe_configs(self, *_: object, **__: object) -> dict[str, Any]:
        """Without the right: nothing, and no error."""
        return {"topic": {TOPIC.name: {name: {"value": value} for name, value in self.shown.items()}}}

    def alter_configs(self, *_: object, **__: object) -> dict[str, Any]:
        """Errors are text."""
        return {"topic": {TOPIC.name: self.said}}


@pytest.mark.parametrize("command", [check, apply])
def test_settings_that_may_not_be_seen_are_refused_in_words(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """kafka-python leaves out the error and the settings."""

    @contextmanager
    def blind(_: object) -> Iterator[Admin]:
        yield Admin({})

    monkeypatch.setattr(provision, "admin", blind)
    with pytest.raises(AccessDenied, match=r"no right to see the settings of topics \(DESCRIBE_CONFIGS on prod.deal"):
        command("kafka:9092", [TOPIC])


def test_a_change_that_is_refused_is_said_at_once() -> None:
    """And not that Kafka has accepted it."""
    said = "TopicAuthorizationFailedError: Topic authorization failed."
    with pytest.raises(AccessDenied, match=r"ALTER_CONFIGS on prod.deal.state"):
        configure(Admin({"cleanup.policy": "delete"}, said), TOPIC.name, TOPIC.configs)
    with pytest.raises(KafkaRefused, match="InvalidConfig"):
        configure(Admin({"cleanup.policy": "delete"}, "InvalidConfigurationError: no"), TOPIC.name, TOPIC.configs)
    configure(Admin(TOPIC.configs), TOPIC.name, TOPIC.configs)
