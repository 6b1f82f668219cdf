"""Answers of revenue are what the documents for consumers say: key, headers and value of every kind of them."""

from __future__ import annotations

import pytest

from streams.admin.reading import Record
from streams.config.settings import load
from streams.config.topics import Topic, plan
from streams.engine.store import term_headers
from streams.revenue.answers import Answer, decode_answer, encode_answer, key_of, topic_of
from tests.answered import answered
from tests.contracts.documented import Documented

TOPICS = plan(load(prefix=""))


def topic_named(answer: Answer) -> str:
    """The name of the topic that an answer is on."""
    found: Topic = getattr(TOPICS, topic_of(answer))
    return found.name


def record(answer: Answer) -> Record:
    """The record of an answer: a changelog's has the term of its owner."""
    headers = dict(term_headers(1 << 32)) if topic_of(answer) == "forecast" else {}
    return Record(0, 0, 0, key_of(answer), encode_answer(answer), headers)


@pytest.fixture(scope="module")
def documented() -> Documented:
    """The documents as a judge of records."""
    return Documented()


def test_every_answer_is_one_message_of_its_topic_and_every_message_came(documented: Documented) -> None:
    """No field beyond what is documented; and each comes back as it was written."""
    assert [problem for each in answered() for problem in documented.check(topic_named(each), record(each))] == []
    assert all(decode_answer(encode_answer(each)) == each for each in answered())
    for topic in {topic_named(each) for each in answered()}:
        messages = {name for name in documented.names()[topic] if not name.endswith("_gone")}
        assert documented.checked[topic].keys() >= messages


def test_any_key_of_a_topic_may_end(documented: Documented) -> None:
    """A tombstone is a message of its own; a key of another topic ends nothing here."""
    for each in answered():
        assert documented.check(topic_named(each), record(each)._replace(value=None)) == []
        elsewhere = "deal.pipeline" if topic_of(each) != "pipeline" else "deal.coaching"
        assert documented.check(elsewhere, record(each)._replace(value=None, headers={})) != []


def test_an_answer_under_the_key_of_another_kind_is_noticed(documented: Documented) -> None:
    """What is locked is told from what is kept current by its key, too."""
    said = next(each for each in answered() if key_of(each).startswith(b"said"))
    forecast = next(each for each in answered() if key_of(each).startswith(b"forecast"))
    assert documented.check("deal.forecast", record(said)._replace(key=key_of(forecast))) != []
    assert documented.check("deal.forecast", record(said)._replace(headers={})) != []
