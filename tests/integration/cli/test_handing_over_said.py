"""What forecasts said each week is handed to an environment that is rebuilt, as long as nobody says anything there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from kafka import KafkaConsumer

from streams.admin.answers import Standing, carry_said, standing_of
from streams.admin.generation import Environment
from streams.admin.lag import members
from streams.admin.states import States, read_states, write_states
from streams.config.topics import plan
from streams.errors import TopicsWrong
from streams.revenue.answers import ForecastTold, Said, encode_answer, key_of
from tests.answered import TODAY, answered
from tests.integration.admin.staging import Stage
from tests.integration.cli.conftest import Dealwatch
from tests.integration.product.conftest import eventually

pytestmark = pytest.mark.kafka


@cache
def said() -> dict[bytes, bytes]:
    """What forecasts said each week, as records."""
    return {key_of(each): encode_answer(each) for each in answered() if isinstance(each, Said)}


@cache
def told() -> dict[bytes, bytes]:
    """The forecasts of today, as records."""
    return {key_of(each): encode_answer(each) for each in answered() if isinstance(each, ForecastTold)}


def states_of(stage: Stage) -> States:
    """What is on its `deal.forecast`."""
    return read_states(stage.bootstrap, stage.topics.forecast.name, 0)


def write(stage: Stage, states: dict[bytes, bytes]) -> None:
    """Write as an owner."""
    write_states(
        stage.bootstrap, stage.topics.forecast.name, 0, list(states.items()), states_of(stage).term, lambda: None
    )


@contextmanager
def at_work(stage: Stage) -> Iterator[None]:
    """Somebody works in the group of its revenue."""
    group = Environment(stage.settings).group("revenue")
    consumer = KafkaConsumer(stage.topics.generation.name, bootstrap_servers=stage.bootstrap, group_id=group)
    try:
        eventually(lambda: consumer.poll(100) is not None and bool(members(stage.bootstrap, group)), 30)
        yield
    finally:
        consumer.close()


def test_what_was_said_is_handed_over_and_nothing_else(kafka: str, topic_prefix: str) -> None:
    """Under a later term than any before; a lock of its own stays, one that both said is the other's."""
    old, new = Stage(kafka, topic_prefix), Stage(kafka, f"{topic_prefix}v2.")
    environments = Environment(old.settings), Environment(new.settings)
    assert carry_said(kafka, *environments) == 0
    write(old, said() | told())
    both, mine = next(iter(said())), b"said|FY2025-Q4|2025-11-20|company|"
    write(new, {both: b"{}", mine: b"{}"})
    before = states_of(new).term
    assert carry_said(kafka, *environments) == len(said())
    after = states_of(new)
    assert after.latest == said() | {mine: b"{}"} and after.term > before
    assert carry_said(kafka, *environments) == 0 and states_of(new).term == after.term
    assert standing_of(kafka, old.topics) == Standing(_at(), 0)
    assert standing_of(kafka, new.topics) is None


def _at() -> int:
    return next(each.at for each in answered() if isinstance(each, ForecastTold) and each.day == TODAY)


def test_where_somebody_says_something_himself_nothing_is_handed_over(kafka: str, topic_prefix: str) -> None:
    """Only the owner of a changelog may write there; an environment of a version without it says nothing."""
    old, new = Stage(kafka, topic_prefix), Stage(kafka, f"{topic_prefix}v2.")
    write(old, said())
    with at_work(new):
        assert carry_said(kafka, Environment(old.settings), Environment(new.settings)) is None
    assert states_of(new).latest == {}
    nowhere = Environment(old.settings.model_copy(update={"prefix": f"{topic_prefix}v0."}))
    assert carry_said(kafka, nowhere, Environment(new.settings)) == 0
    assert carry_said(kafka, Environment(old.settings), nowhere) == 0


def test_a_rebuild_begins_with_what_was_said(kafka: str, topic_prefix: str, dealwatch: Dealwatch) -> None:
    """`rebuild start` hands it over before a program of the new environment begins, and once."""
    old = Stage(kafka, topic_prefix)
    write(old, said() | told())
    new = f"{topic_prefix}v2."
    done = dealwatch(*old.words, "rebuild", "start", new, "--no-follow", "--patience", "0")
    assert done.exit_code == 0, done.output
    assert f"{len(said())} records of what forecasts said each week are handed over" in done.output
    settings = old.settings.model_copy(update={"prefix": new})
    assert read_states(kafka, plan(settings).forecast.name, 0).latest == said()
    again = dealwatch(*old.words, "rebuild", "start", new, "--no-follow", "--patience", "0")
    assert again.exit_code == 0 and "handed over" not in again.output
    dropped = dealwatch(*old.words, "rebuild", "drop", new, "--yes")
    assert dropped.exit_code == 0, dropped.output
    with pytest.raises(TopicsWrong):
        read_states(kafka, plan(settings).forecast.name, 0)
