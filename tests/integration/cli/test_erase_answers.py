"""Erasing from answers of revenue on the real thing: what was said stays; all else that names it goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.admin.client import producer
from streams.admin.reading import Record, read_topic
from streams.admin.states import read_states
from streams.config.topics import Topic
from streams.engine.store import term_headers
from streams.revenue.answers import Answer, ForecastTold, Said, decode_answer, encode_answer, key_of, topic_of
from tests.answered import answered
from tests.integration.admin.staging import Stage
from tests.integration.cli.conftest import Dealwatch

pytestmark = pytest.mark.kafka

REP = "rep-de-01"


@pytest.fixture
def told(stage: Stage) -> Stage:
    """An environment with a year's answers, the forecast's as of an owner of the third term."""
    headers = list(term_headers(3 << 32))
    with producer(stage.bootstrap) as client:
        for each in answered():
            topic: Topic = getattr(stage.topics, topic_of(each))
            of = headers if topic_of(each) == "forecast" else []
            client.send(topic.name, encode_answer(each), key_of(each), headers=of, partition=0)
        client.flush(30)
    return stage


def records(stage: Stage) -> list[Record]:
    """All that is on the four topics."""
    topics = stage.topics
    names = [each.name for each in (topics.forecast, topics.pipeline, topics.coaching, topics.attribution)]
    return [record for name in names for record in read_topic(stage.bootstrap, name)]


def naming(stage: Stage, name: str) -> int:
    """How many records have a name anywhere."""
    return sum(name.encode() in (each.key or b"") + (each.value or b"") for each in records(stage))


def without(name: str) -> dict[bytes, Answer]:
    """The answers that do not name it, by their keys."""
    return {key_of(each): each for each in answered() if name.encode() not in key_of(each) + encode_answer(each)}


def test_a_person_is_gone_and_what_was_said_is_said_by_a_stand_in(
    told: Stage, dealwatch: Dealwatch, tmp_path: Path
) -> None:
    """In keys, too; the owner of the changelog who comes next finds it as if an owner had written it."""
    shown = json.loads(dealwatch("erase", REP, "--person", "--json", *told.words).stdout)
    assert {each["topic"].removeprefix(told.settings.prefix) for each in shown["topics"] if each["mention"]} == {
        *("deal.forecast", "deal.pipeline", "deal.coaching")
    }
    said = [each for each in answered() if isinstance(each, Said) and REP in str(each)]
    words = ("--person", "--yes", "--stand-in", "somebody", "--data", tmp_path)
    result = dealwatch("erase", REP, *words, *told.words)
    assert result.exit_code == 0, result.output
    assert "nothing is left" in result.stdout and naming(told, REP) == 0
    moved = [decode_answer(encode_answer(each).replace(REP.encode(), b"somebody")) for each in said]
    found = {each.key: decode_answer(each.value or b"") for each in records(told)}
    assert found == without(REP) | {key_of(each): each for each in moved}
    states = read_states(told.bootstrap, told.topics.forecast.name, 0)
    assert states.term == 4 << 32
    assert {key_of(each) for each in moved} <= states.latest.keys()
    again = dealwatch("erase", REP, "--person", "--check", *told.words)
    assert again.exit_code == 0, again.output


def test_a_deal_is_gone_and_what_was_said_stays(told: Stage, dealwatch: Dealwatch, tmp_path: Path) -> None:
    """No lock names a deal, so each is there as it was; so is every answer that does not name it."""
    forecasts = (each for each in answered() if isinstance(each, ForecastTold))
    deal = next(each.deal for one in forecasts for why in one.differences for each in why.named)
    assert naming(told, deal) > 1
    assert dealwatch("erase", deal, "--check", *told.words).exit_code == 1
    result = dealwatch("erase", deal, "--yes", "--data", tmp_path, *told.words)
    assert result.exit_code == 0, result.output
    assert {each.key: decode_answer(each.value or b"") for each in records(told)} == without(deal)
    assert {key_of(each) for each in answered() if isinstance(each, Said)} <= without(deal).keys()
