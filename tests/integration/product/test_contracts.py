"""Every record of every public topic of a real Kafka is what the documents for consumers say, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from streams.admin.deadletters import letter_of
from streams.admin.reading import Record
from streams.alerts.alert import Transition
from streams.config.settings import load
from streams.config.topics import plan
from streams.contracts.registry import PUBLIC
from tests.contracts.documented import Documented
from tests.contracts.played import play
from tests.integration.conftest import own_prefix
from tests.integration.product.conftest import Product, environment

PLAN = plan(load(prefix="", partitions=4))
TOPICS = [getattr(PLAN, each.role).name for each in PUBLIC]


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Return a product through which an organisation was played."""
    with (
        own_prefix(request.fixturenames) as prefix,
        environment(kafka, prefix, tmp_path_factory.mktemp("played")) as product,
    ):
        play(product)
        yield product


@pytest.fixture(scope="module")
def records(played: Product) -> dict[str, list[Record]]:
    """Return every record of every public topic."""
    return {topic: played.records(topic) for topic in TOPICS}


def test_every_record_is_what_the_documents_say(records: dict[str, list[Record]]) -> None:
    """Key, headers and value of each are those of exactly one message of its topic, and every message came.

    What others wrote to the source and is no event is a dead letter, and nothing else is excused.
    """
    documented = Documented()
    letters = [letter_of(each) for each in records[PLAN.dead.name]]
    refused = {(each.partition, each.offset) for each in letters if each.topic.endswith(PLAN.activity.name)}
    excused: list[tuple[int, int]] = []
    problems: list[str] = []
    for topic in TOPICS:
        for record in records[topic]:
            found = documented.check(topic, record)
            if found and topic == PLAN.activity.name and (record.partition, record.offset) in refused:
                excused.append((record.partition, record.offset))
            else:
                problems += found

    assert problems == []
    seen = {topic: sum(documented.checked[topic].values()) for topic in TOPICS}
    assert min(seen.values()) > 0
    assert seen[PLAN.activity.name] + len(excused) == len(records[PLAN.activity.name])
    assert 0 < len(excused) < len(refused)
    print(f"checked: {seen}, and {len(excused)} that are no events")
    never = {topic: sorted({*names} - documented.checked[topic].keys()) for topic, names in documented.names().items()}
    assert {topic: names for topic, names in never.items() if names} == {}


def test_every_transition_of_an_alert_was_there_to_be_checked(records: dict[str, list[Record]]) -> None:
    """What consumers must be ready for came from the product itself, not from a list."""
    came = {each.headers["transition"].decode() for each in records[PLAN.alerts.name]}
    assert {*get_args(Transition)} - came == set()
