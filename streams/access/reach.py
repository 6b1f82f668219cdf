"""Whether a connection comes about to the addresses of a Kafka, and in which way it does not."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Literal

from streams.access.kafka import Kafka

#: Seconds for a connection to show that somebody is there.
PROBE_SECONDS = 2.0

Reach = Literal["open", "closed", "unknown", "silent"]


def reach(address: str) -> Reach:
    """Whether somebody listens (open), the port is closed, the host's name is unknown, or nothing comes back."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PROBE_SECONDS).close()
    except socket.gaierror:
        return "unknown"
    except ConnectionRefusedError:
        return "closed"
    except (OSError, ValueError):
        return "silent"
    return "open"


def unreachable(kafka: Kafka, waited: str) -> str:
    """Say why no Kafka answers at its addresses, and after a semicolon what to do; `waited` says for how long."""
    return in_words(kafka, waited, {address: reach(address) for address in kafka.servers})


def in_words(kafka: Kafka, waited: str, by_address: Mapping[str, Reach]) -> str:
    """Say the same where it is known what is at each of its addresses."""
    found = set(by_address.values())
    if "open" in found:
        return (
            f"something listens at {kafka}, but no Kafka answers {waited}: it may be busy, or be no Kafka; check "
            "the address, and try again"
        )
    start = ", or start one with `dealwatch broker start`" if kafka.embedded else ""
    if found == {"unknown"}:
        hosts = ", ".join(each.rpartition(":")[0] for each in kafka.servers)
        return (
            f"no Kafka answers at {kafka}: this machine knows no address for the name {hosts}; check how it is "
            "written, and that DNS answers here"
        )
    if found == {"closed"}:
        return f"no Kafka answers at {kafka} {waited}: nobody listens there; check the port and that it runs{start}"
    return f"no Kafka answers at {kafka} {waited}; check the address, that it runs, and what is between{start}"
