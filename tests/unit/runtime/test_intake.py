"""Handing an action in from the worker's own page: one connection however many ask, and a clear word where none is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import pytest
from aiokafka.errors import KafkaConnectionError
from msgspec.structs import replace

from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.task import Outgoing
from streams.errors import BrokerUnreachable
from streams.events.action import AcknowledgedData, AlertAcknowledged
from streams.events.contract import encode
from streams.events.envelope import Event, moment_of
from streams.runtime import intake
from streams.runtime.intake import ActionIntake, take_in
from tests.builders import a_figure, a_rejection, a_stage, ms

EVENT = AlertAcknowledged(
    id="page-1",
    source="/page",
    subject="opp-1",
    time=moment_of(0),
    actor="ann",
    data=AcknowledgedData(alert="al-" + "0" * 20),
)


class Producer:
    """A client that takes a moment to connect, or cannot."""

    made: ClassVar[list[Producer]] = []
    away: ClassVar[bool] = False

    def __init__(self, **_options: Any) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.stopped = False
        self.made.append(self)

    async def start(self) -> None:
        await asyncio.sleep(0.01)
        if self.away:
            raise KafkaConnectionError("nobody there")

    async def send_and_wait(self, topic: str, value: bytes, key: bytes) -> None:
        self.sent.append((topic, key, value))

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def producers(monkeypatch: pytest.MonkeyPatch) -> list[Producer]:
    """The clients that were made."""
    monkeypatch.setattr(intake, "AIOKafkaProducer", Producer)
    monkeypatch.setattr(Producer, "made", [])
    return Producer.made


def _submit(times: int) -> list[BaseException | None]:
    async def submit() -> list[BaseException | None]:
        desk = ActionIntake("127.0.0.1:1", "group", plan(load()), lambda _outcome: None)
        return await asyncio.gather(*(desk.submit(EVENT) for _ in range(times)), return_exceptions=True)

    return asyncio.run(submit())


def test_those_that_ask_at_once_share_one_connection(producers: list[Producer]) -> None:
    """A second one would be left open for ever."""
    assert _submit(3) == [None] * 3
    (producer,) = producers
    assert producer.sent == [("deal.alert-actions", b"opp-1", encode(EVENT))] * 3


def test_a_kafka_that_is_away_is_said_in_our_own_words(
    producers: list[Producer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the page need not know of Kafka; and nothing half connected stays."""
    monkeypatch.setattr(Producer, "away", True)
    (error,) = _submit(1)
    assert isinstance(error, BrokerUnreachable)
    assert [each.stopped for each in producers] == [True]


class _Record(NamedTuple):
    """A record of `deal.alert-actions`."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = ms(1)
    headers: Sequence[tuple[str, bytes]] = ()


def _given_in(event: Event) -> Outgoing:
    topics = plan(load())
    [out] = take_in(_Record(topics.actions.name, event.subject.encode(), encode(event)), topics, 4)
    return out


def test_a_change_is_let_in_where_it_accepts_a_proposed_update_and_no_other() -> None:
    """What a person answers comes in here; what the CRM says has a way of its own."""
    topics, update = plan(load()), "up-" + "0" * 20
    stage = a_stage(1, "Proposal", 4)
    accepted = replace(stage, actor="ann", data=replace(stage.data, update=update))
    assert _given_in(accepted).topic == _given_in(a_rejection(1, update)).topic == topics.activity.name
    assert _given_in(stage).topic == topics.dead.name
    assert _given_in(replace(accepted, actor="")).topic == topics.dead.name


def test_a_managers_figure_goes_to_every_partition_as_it_is() -> None:
    """Without a key, byte for byte; one that nobody said is refused once."""
    topics = plan(load())
    value = encode(a_figure(1, "1000.00"))
    headers = ((b"traceparent".decode(), b"00"),)
    record = _Record(topics.actions.name, None, value, headers=headers)
    assert take_in(record, topics, 3) == [
        Outgoing(topics.activity.name, None, value, headers, each) for each in range(3)
    ]
    [refused] = take_in(record._replace(value=value.replace(b'"actor":"mia",', b"")), topics, 3)
    assert refused.topic == topics.dead.name
    [wrong] = take_in(record._replace(value=value.replace(b'"north"', b'""')), topics, 3)
    assert wrong.topic == topics.dead.name
