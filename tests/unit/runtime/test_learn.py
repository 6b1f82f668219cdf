"""What the learner remembers survives a crash anywhere within a checkpoint."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checkpoint import CheckpointRefused
from models.snapshot import decode_models
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.engine.task import Outgoing
from streams.labels.lesson import EpochReached, decode_lesson, encode_lesson
from streams.runtime.learn import LEARNER_KEY, LearnTask
from streams.telemetry.emit import Metrics
from tests.builders import Timeline, a_clock, a_market
from tests.strategies import law

TOPICS = plan(load(broker="localhost:9092", partitions=1))


class Lesson(NamedTuple):
    """A record of deal.examples."""

    value: bytes
    topic: str = TOPICS.examples.name
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


LESSONS = [
    Lesson(encode_lesson(each), offset=number)
    for number, each in enumerate(Timeline().tell(*a_market(deals=6, days=30), a_clock(50)).lessons)
]


def a_task(states: dict[bytes, bytes]) -> LearnTask:
    """A task that goes on from what a changelog holds."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    store.cut(list(states.items()))
    task = LearnTask(store, TOPICS, Metrics())
    list(task.ready())
    return task


def models_of(records: list[Outgoing]) -> dict[bytes | None, bytes | None]:
    """The models among what was published."""
    return {record.key: record.value for record in records if record.topic == TOPICS.models.name}


def whole() -> dict[bytes | None, bytes | None]:
    """What a learner says that nobody disturbs."""
    task = a_task({})
    task.process(LESSONS, 0)
    return models_of(task.outbox())


UNDISTURBED = whole()


@law(8)
@given(
    st.lists(st.integers(0, len(LESSONS)), min_size=2, max_size=4).map(sorted),
    st.integers(0, 10_000),
    st.integers(0, 40),
)
def test_a_crash_within_a_checkpoint_changes_no_model(checkpoints: list[int], cut: int, again: int) -> None:
    """Of the last checkpoint any beginning may have been written; lessons since the one before come again."""
    states: dict[bytes, bytes] = {}
    published: dict[bytes | None, bytes | None] = {}
    task, handled = a_task(states), 0
    committed = 0
    for number, end in enumerate(checkpoints):
        task.process(LESSONS[handled:end], 0)
        published |= models_of(task.outbox())
        handled = end
        written = task.dirty()
        last = number == len(checkpoints) - 1
        states = kept_after(states, written[: cut % (len(written) + 1)] if last else written)
        if not last:
            committed = end
    restarted = a_task(states)
    restarted.process(LESSONS[max(committed - again, 0) :], 0)
    published |= models_of(restarted.outbox())
    assert published == UNDISTURBED


def kept_after(states: dict[bytes, bytes], written: list[tuple[bytes, bytes | None]]) -> dict[bytes, bytes]:
    """What the changelog holds after some records."""
    after = dict(states)
    for key, value in written:
        if value is None:
            after.pop(key, None)
        else:
            after[key] = value
    return after


def test_parts_that_were_half_written_leave_those_before_them_whole() -> None:
    """Wherever the writing of the learner itself was cut short, all models come out as undisturbed."""
    half, most = len(LESSONS) // 2, len(LESSONS) * 3 // 4
    task = a_task({})
    task.process(LESSONS[:half], 0)
    states = kept_after({}, task.dirty())
    task.process(LESSONS[half:most], 0)
    published = models_of(task.outbox())
    written = task.dirty()
    own = [index for index, (key, _) in enumerate(written) if key.startswith(b"~")]
    for cut in range(own[0], own[-1] + 2):
        restarted = a_task(kept_after(states, written[:cut]))
        restarted.process(LESSONS[half:], 0)
        assert published | models_of(restarted.outbox()) == UNDISTURBED


def test_models_say_up_to_which_record_was_heard() -> None:
    """It is the one that closed the day: what is behind it was not known."""
    for key, value in UNDISTURBED.items():
        models = decode_models(value or b"")
        assert models.offset is not None and key == f"models-{models.epoch}".encode()
        closing = decode_lesson(LESSONS[models.offset].value)
        assert isinstance(closing, EpochReached) and closing.epoch >= models.epoch


def test_a_checkpoint_between_two_days_writes_no_array_again() -> None:
    """They are megabytes, and change when a day is learned."""
    task = a_task({})
    task.process(LESSONS[: len(LESSONS) // 2], 0)
    assert any(key.startswith(b"~part|") for key, _ in task.dirty())
    asked = next(each for each in LESSONS[len(LESSONS) // 2 :] if b'"asked"' in each.value)
    task.process([asked], 0)
    assert [key for key, _ in task.dirty() if key.startswith(b"~")] == [LEARNER_KEY]


def test_a_checkpoint_with_a_part_missing_is_refused() -> None:
    """And not begun anew in silence: what was learned is worth a look."""
    task = a_task({})
    task.process(LESSONS, 0)
    states = {key: value for key, value in task.dirty() if value is not None}
    part = max(key for key in states if key.startswith(b"~part|"))
    del states[part]
    with pytest.raises(CheckpointRefused, match="missing, first ~part"):
        a_task(states)
