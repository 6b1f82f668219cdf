"""Whatever is written to `deal.activity`: it ends in the dead letters with its origin, and the stream goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kafka import KafkaProducer

from streams.admin.reading import Record
from streams.replay.partitioner import partition_of
from streams.runtime.deadletter import DETAIL, OFFSET, PARTITION, REASON, TOPIC
from streams.state.opportunity import Opportunity
from tests.integration.conftest import own_prefix
from tests.integration.product.conftest import Product, environment, eventually
from tests.reliability.workers import Nursery

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "good-1",
    "source": "/crm",
    "type": "deal.created.v1",
    "subject": "opp-1",
    "time": "2026-03-02T09:00:00Z",
    "data": {"name": "A deal", "amount": "1000", "currency": "EUR"},
}


def event(**changes: Any) -> bytes:
    """The good event with some attributes changed; one that is None is left out."""
    return json.dumps({name: value for name, value in {**GOOD, **changes}.items() if value is not None}).encode()


HOME = partition_of(b"opp-1", b"", 4)
AMOUNT = {"type": "deal.amount_changed.v1", "id": "bad-amount", "time": "2026-03-02T10:00:00Z"}
BAD: dict[str, tuple[str, bytes | None]] = {
    "not JSON": ("not_json", b"{this is no JSON"),
    "not an object": ("wrong_type", b'["an", "array"]'),
    "wrong type of a field": ("wrong_type", event(id=17)),
    "wrong type of data": ("wrong_type", event(data={"name": ["no", "text"]})),
    "unknown type": ("unknown_type", event(type="deal.exploded.v1")),
    "missing id": ("missing_field", event(id=None)),
    "missing opportunity": ("missing_opportunity", event(subject=None)),
    "time of long ago": ("absurd_time", event(time="0001-01-01T00:00:00Z")),
    "time of far ahead": ("absurd_time", event(time="2999-01-01T00:00:00Z")),
    "time that is none": ("invalid_value", event(time="yesterday")),
    "two megabytes": ("too_large", event(data={"name": "x" * 2_000_000})),
    "no value": ("null_value", None),
    "invalid UTF-8": ("not_utf8", event().replace(b"A deal", b"\xff\xfe\xc3(")),
    "NaN as an amount": ("not_json", event(**AMOUNT, data={"amount": 1}).replace(b'"amount": 1', b'"amount": NaN')),
    "NaN in words": ("invalid_value", event(**AMOUNT, data={"amount": "NaN"})),
    "negative amount": ("invalid_value", event(**AMOUNT, data={"amount": "-5"})),
    "known id with other content": ("conflicting_duplicate", event(data={"name": "Another deal"})),
    "later than the bound": ("late", event(id="too-late", time="2026-02-01T09:00:00Z")),
    "key of another deal": ("key_mismatch", event(id="elsewhere", subject="opp-2")),
}


class Fed(NamedTuple):
    """A product that was fed a good event, every bad one, and a good one; and what it had made of them then."""

    product: Product
    offsets: dict[str, int]
    letters: list[Record]
    facts: Opportunity


@pytest.fixture(scope="module")
def fed(
    request: pytest.FixtureRequest, kafka: str, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> Iterator[Fed]:
    """Return a product that has handled all of it."""
    folder = tmp_path_factory.mktemp("fed")
    with own_prefix(request.fixturenames) as prefix, environment(kafka, prefix, folder, nursery) as product:
        product.start_worker()
        producer = KafkaProducer(bootstrap_servers=product.bootstrap, max_request_size=8_000_000)
        topic = f"{product.prefix}deal.activity"

        def send(value: bytes | None) -> int:
            return int(producer.send(topic, key=b"opp-1", value=value, partition=HOME).get(30).offset)

        send(event())
        offsets = {name: send(value) for name, (_, value) in BAD.items()}
        send(event(type="deal.won.v1", id="good-2", time="2026-03-03T09:00:00Z", data={}))
        producer.close()
        eventually(lambda: len(product.records("deal.activity.dlq")) >= len(BAD), 90)
        eventually(lambda: "opp-1" in product.deals() and product.deals()["opp-1"].facts.status == "won", 60)
        yield Fed(product, offsets, product.records("deal.activity.dlq"), product.deals()["opp-1"].facts)


def test_every_kind_of_bad_input_becomes_a_dead_letter_and_the_stream_goes_on(fed: Fed) -> None:
    """Each bad record is kept byte for byte with its reason and origin; the events around it are folded."""
    letters = {}
    for record in fed.letters:
        headers = {name: value.decode() for name, value in record.headers.items()}
        letters[int(headers[OFFSET])] = (record, headers)

    assert sorted(fed.offsets.values()) == sorted(letters)
    for name, (reason, value) in BAD.items():
        record, headers = letters[fed.offsets[name]]
        assert (reason, value, b"opp-1") == (headers[REASON], record.value, record.key), name
        assert (f"{fed.product.prefix}deal.activity", str(HOME)) == (headers[TOPIC], headers[PARTITION]), name
        assert headers[DETAIL], name
    assert (2, "A deal", "1000") == (fed.facts.events, fed.facts.name, fed.facts.amount)


def test_a_repaired_dead_letter_is_sent_back_once(fed: Fed, tmp_path: Path) -> None:
    """`dlq list` gives the letters, a person repairs one, `dlq replay` sends it back; a second time it is a repeat."""
    product = fed.product
    listed = product.run("dlq", "list", "--reason", "invalid_value", "--json").stdout
    letters = [json.loads(line) for line in listed.splitlines()]
    [letter] = [each for each in letters if '"-5"' in each.get("value", "")]
    letter["value"] = letter["value"].replace('"-5"', '"5000"')
    repaired = tmp_path / "repaired.jsonl"
    repaired.write_text(json.dumps(letter) + "\n")

    product.run("dlq", "replay", repaired)
    eventually(lambda: product.deals()["opp-1"].facts.amount == "5000", 60)
    events = product.deals()["opp-1"].facts.events
    product.run("dlq", "replay", repaired)

    eventually(lambda: product.waiting() == 0, 60)
    assert events == product.deals()["opp-1"].facts.events == 3
