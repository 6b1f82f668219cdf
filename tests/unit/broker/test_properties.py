"""The broker's settings as text."""

import pytest

from streams.broker.properties import Ports, render, server_properties

PROPERTIES = server_properties(Ports(client=20001, controller=20002), log_directory="data")


def test_every_address_is_loopback() -> None:
    """Nothing the broker listens on, tells others or asks itself is reachable from outside."""
    addresses = [
        value for name, value in PROPERTIES.items() if "listeners" in name or name == "controller.quorum.voters"
    ]

    assert len(addresses) == 3
    assert all(part.count("127.0.0.1") == 1 for value in addresses for part in value.split(","))


def test_clients_are_sent_to_the_client_port() -> None:
    """What is advertised is where clients are listened for; the controller is not advertised."""
    assert PROPERTIES["advertised.listeners"] == "CLIENTS://127.0.0.1:20001"
    assert PROPERTIES["advertised.listeners"] in PROPERTIES["listeners"].split(",")


def test_nothing_waits_for_replicas() -> None:
    """Every replication factor and every minimum of replicas is one."""
    counts = {v for k, v in PROPERTIES.items() if k.endswith(("replication.factor", "min.isr", "insync.replicas"))}

    assert counts == {"1"}


def test_a_killed_broker_is_let_in_again_soon() -> None:
    """The controller waits for the session of the killed one to end; that must be a matter of seconds."""
    assert int(PROPERTIES["broker.session.timeout.ms"]) <= 2000
    assert int(PROPERTIES["broker.heartbeat.interval.ms"]) * 5 <= int(PROPERTIES["broker.session.timeout.ms"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("back\\slash", "back\\\\slash"),
        ("größe", "gr\\u00f6\\u00dfe"),
        ("→", "\\u2192"),
        ("🜚", "\\ud83d\\udf1a"),  # Java reads UTF-16 units
        ("tab\there", "tab\\u0009here"),
    ],
)
def test_values_survive_java_s_properties_format(value: str, text: str) -> None:
    """Backslashes and everything beyond ASCII are escaped as Java expects."""
    assert render({"name": value}) == f"name={text}\n"


def test_a_value_cannot_smuggle_in_a_second_setting() -> None:
    """A line break in a value is refused."""
    with pytest.raises(ValueError, match="span lines"):
        render({"name": "value\nauthorizer.class.name="})
