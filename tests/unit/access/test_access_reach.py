"""Why no connection comes about, and what to do about it."""

from __future__ import annotations

import socket

import pytest

from streams.access.kafka import Access, Kafka
from streams.access.reach import unreachable

WAITED = "(waited 8 s)"


@pytest.fixture
def closed() -> str:
    """Return an address at which nobody listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


def test_a_closed_port_and_a_name_without_an_address_are_different_sentences(closed: str) -> None:
    """The one is a Kafka that does not run, the other a slip or DNS."""
    assert "nobody listens there" in unreachable(Kafka(closed), WAITED)
    unknown = unreachable(Kafka("no-such-host.invalid:9092"), WAITED)
    assert "knows no address for the name no-such-host.invalid;" in unknown and "DNS" in unknown
    both = unreachable(Kafka(f"no-such-host.invalid:9092,{closed}"), WAITED)
    assert both.startswith(f"no Kafka answers at no-such-host.invalid:9092,{closed} {WAITED}; check the address")


def test_who_listens_without_answering_is_said_even_if_another_address_is_closed(closed: str) -> None:
    """It may be busy."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = unreachable(Kafka(f"{closed},127.0.0.1:{listening.getsockname()[1]}"), WAITED)
    assert found.startswith("something listens at")


def test_an_address_that_swallows_everything_is_no_closed_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall, or a machine that is off."""

    def swallow(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("streams.access.reach.socket.create_connection", swallow)
    assert "what is between" in unreachable(Kafka("10.0.0.1:9092"), WAITED)


def test_starting_ones_own_is_advised_only_where_no_kafka_was_named(closed: str) -> None:
    """Whoever names a Kafka wants that one."""
    assert "dealwatch broker start" in unreachable(Kafka(closed, embedded=True), WAITED)
    assert "broker start" not in unreachable(Kafka(closed), WAITED)
    assert "broker start" not in unreachable(Kafka(closed, Access("SASL_SSL")), WAITED)
