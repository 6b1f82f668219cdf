"""The states of a changelog from outside: reading them as their owner would, writing some while it has no owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from streams.access.kafka import Address
from streams.admin.client import REQUEST_SECONDS, producer, speaking_to
from streams.admin.reading import read_topic
from streams.engine.store import term_headers, term_of


class States(NamedTuple):
    """The latest state of each key of a partition, and the highest term that an owner of it has had."""

    latest: dict[bytes, bytes]
    term: int


def read_states(bootstrap: Address, topic: str, partition: int) -> States:
    """Fold a partition of a changelog; what a former owner wrote after its successor began is left out."""
    latest: dict[bytes, bytes] = {}
    highest = 0
    for record in read_topic(bootstrap, topic, [partition]):
        term = term_of(list(record.headers.items()))
        if record.key is None or term < highest:
            continue
        highest = term
        if record.value is None:
            latest.pop(record.key, None)
        else:
            latest[record.key] = record.value
    return States(latest, highest)


def write_states(
    bootstrap: Address,
    topic: str,
    partition: int,
    states: Sequence[tuple[bytes, bytes | None]],
    after: int,
    check: Callable[[], None],
) -> None:
    """Write states in order, as an owner whose term is later than `after`.

    All but the last are acknowledged before `check` is called, which raises where the last one must not be written.
    """
    headers = list(term_headers(((after >> 32) + 1) << 32))

    def send(client: Any, some: Sequence[tuple[bytes, bytes | None]]) -> None:
        with speaking_to(bootstrap):
            sent = [client.send(topic, value, key, headers=headers, partition=partition) for key, value in some]
            for each in sent:
                each.get(3 * REQUEST_SECONDS)

    with producer(bootstrap) as client:
        send(client, states[:-1])
        check()
        send(client, states[-1:])


def append_to(bootstrap: Address, topic: str, key: bytes, value: bytes, partition: int = 0) -> None:
    """Append one record, and wait until every replica has it."""
    with producer(bootstrap) as client, speaking_to(bootstrap):
        client.send(topic, value, key, partition=partition).get(3 * REQUEST_SECONDS)
