"""What the learner remembers survives a crash anywhere within a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ballots import UNIT, Vote
from models.checkpoint import CheckpointRefused
from models.schema import fingerprint
from models.snapshot import decode_models
from streams.labels.lesson import (
    Answered,
    Asked,
    EpochReached,
    Handling,
    Heard,
    Pinned,
    Resumed,
    TakenBack,
    VotesChanged,
    decode_lesson,
    encode_lesson,
)
from streams.labels.outcome import INACTIVITY, WIN, Target
from streams.runtime.learn import LEARNER_KEY, LearnTask
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_clock, a_market, a_second_thought, a_vector
from tests.strategies import law
from tests.unit.runtime.schooling import Told, a_task, kept_after, models_of


def in_order(lessons: Iterable[Heard]) -> list[Told]:
    """Records of these lessons, one after the other."""
    return [Told(encode_lesson(each), offset=number) for number, each in enumerate(lessons)]


@cache
def told() -> list[Heard]:
    """What is told of a small market; made when a test first asks, since every process of a run imports every file."""
    lessons: list[Heard] = list(Timeline().tell(*a_second_thought(a_market(deals=6, days=30)), a_clock(50)).lessons)
    assert any(isinstance(each, TakenBack) for each in lessons)
    return lessons


@cache
def plain() -> list[Told]:
    """These lessons as records."""
    return in_order(told())


def whole(lessons: Sequence[Told]) -> dict[bytes | None, bytes | None]:
    """What a learner says that nobody disturbs."""
    task = a_task({})
    task.process(lessons, 0)
    return models_of(task.outbox())


@cache
def undisturbed() -> dict[bytes | None, bytes | None]:
    """What the learner says of them."""
    return whole(plain())


@cache
def handled() -> list[Told]:
    """The same lessons with pins among them: set, replaced, resumed, set again, and refused."""
    days = {models.epoch: models for value in undisturbed().values() for models in [decode_models(value or b"")]}
    first = min(days)
    lessons: list[Heard] = list(told())

    def put(share: float, *handlings: Handling | VotesChanged) -> None:
        place = round(len(told()) * share)
        lessons[place:place] = handlings

    def a_pin(target: Target, day: int, features: str = fingerprint()) -> Pinned:
        return Pinned(target, day, "mara", "odd", features, days[first + day].targets[target])

    put(0.9, a_pin(WIN, 4), a_pin(INACTIVITY, 3, "000000000000"))
    put(0.8, Resumed(INACTIVITY, 9, "tom", ""))
    put(0.6, a_pin(INACTIVITY, 12), Resumed(WIN, 8, "tom", ""))
    for share, by, times in ((0.9, "ann", -1), (0.7, "bob", 1), (0.5, "ann", 1)):
        lesson = next(each for each in told()[round(len(told()) * share) :] if isinstance(each, Asked))
        vote = Vote("silent", "", by, lesson.at // DAY, False, UNIT)
        put(share, VotesChanged("opp-1", lesson.at, round(share * 10), ((vote, times),)))
    put(0.4, a_pin(INACTIVITY, 3), a_pin(WIN, 3))
    return in_order(lessons)


@cache
def undisturbed_by_crashes() -> dict[bytes | None, bytes | None]:
    """What the learner says of the lessons with pins among them."""
    return whole(handled())


@law(8)
@given(
    st.deferred(lambda: st.lists(st.integers(0, len(handled())), min_size=2, max_size=4).map(sorted)),
    st.integers(0, 10_000),
    st.integers(0, 40),
)
def test_a_crash_within_a_checkpoint_changes_no_model(checkpoints: list[int], cut: int, again: int) -> None:
    """Of the last checkpoint any beginning may have been written; lessons since the one before come again.

    Pins are among them.
    """
    states: dict[bytes, bytes] = {}
    published: dict[bytes | None, bytes | None] = {}
    task, done = a_task(states), 0
    committed = 0
    for number, end in enumerate(checkpoints):
        task.process(handled()[done:end], 0)
        published |= models_of(task.outbox())
        done = end
        written = task.dirty()
        last = number == len(checkpoints) - 1
        states = kept_after(states, written[: cut % (len(written) + 1)] if last else written)
        if not last:
            committed = end
    restarted = a_task(states)
    restarted.process(handled()[max(committed - again, 0) :], 0)
    published |= models_of(restarted.outbox())
    assert published == undisturbed_by_crashes()


def test_parts_that_were_half_written_leave_those_before_them_whole() -> None:
    """Wherever the writing of the learner itself was cut short, all models come out as undisturbed."""
    half, most = len(plain()) // 2, len(plain()) * 3 // 4
    task = a_task({})
    task.process(plain()[:half], 0)
    states = kept_after({}, task.dirty())
    task.process(plain()[half:most], 0)
    published = models_of(task.outbox())
    written = task.dirty()
    own = [index for index, (key, _) in enumerate(written) if key.startswith(b"~")]
    for cut in range(own[0], own[-1] + 2):
        restarted = a_task(kept_after(states, written[:cut]))
        restarted.process(plain()[half:], 0)
        assert published | models_of(restarted.outbox()) == undisturbed()


def test_pins_survive_a_crash_at_every_record_of_a_checkpoint() -> None:
    """A checkpoint in which a pin is set, replaced or resumed may end after any of its records."""
    handlings = [
        number for number, each in enumerate(handled()) if b'"pinned"' in each.value or b'"resumed"' in each.value
    ]
    assert len(handlings) == 7
    for begin in handlings[1::2]:
        task = a_task({})
        task.process(handled()[:begin], 0)
        states = kept_after({}, task.dirty())
        task.process(handled()[begin : begin + 1], 0)
        published = models_of(task.outbox())
        written = task.dirty()
        for cut in range(len(written) + 1):
            restarted = a_task(kept_after(states, written[:cut]))
            restarted.process(handled()[begin:], 0)
            assert published | models_of(restarted.outbox()) == undisturbed_by_crashes()


def test_weights_that_are_not_pinned_any_more_are_forgotten() -> None:
    """What a crash left of them, too."""
    task = a_task({})
    task.process(handled()[: len(handled()) // 2], 0)
    written = task.dirty()
    states = kept_after({}, written)
    pins = [key for key in states if key.startswith(b"~pin|")]
    assert len(pins) == 2
    assert [key for key, _ in written].index(LEARNER_KEY) > max(
        [key for key, _ in written].index(each) for each in pins
    )
    stray = pins[0] + b"0"
    restarted = a_task({**states, stray: states[pins[0]].replace(b"-", b"-0", 1)})
    restarted.process(handled()[len(handled()) // 2 :], 0)
    states = kept_after({**states, stray: b""}, restarted.dirty())
    assert len([key for key in states if key.startswith(b"~pin|")]) == 1


def test_a_checkpoint_without_the_weights_that_are_pinned_is_refused() -> None:
    """They are on deal.examples for some weeks only: what is lost is said, not passed over."""
    task = a_task({})
    task.process(handled()[: len(handled()) // 2], 0)
    states = {key: value for key, value in task.dirty() if value is not None and not key.startswith(b"~pin|")}
    with pytest.raises(CheckpointRefused, match="the weights pinned as inactivity-"):
        a_task(states)


def test_models_say_up_to_which_record_was_heard() -> None:
    """It is the one that closed the day: what is behind it was not known."""
    for key, value in undisturbed().items():
        models = decode_models(value or b"")
        assert models.offset is not None and key == f"models-{models.epoch}".encode()
        closing = decode_lesson(plain()[models.offset].value)
        assert isinstance(closing, EpochReached) and closing.epoch >= models.epoch


def test_a_checkpoint_between_two_days_writes_no_array_again() -> None:
    """They are megabytes, and change when a day is learned."""
    task = a_task({})
    task.process(plain()[: len(plain()) // 2], 0)
    assert any(key.startswith(b"~part|") for key, _ in task.dirty())
    asked = next(each for each in plain()[len(plain()) // 2 :] if b'"asked"' in each.value)
    task.process([asked], 0)
    assert [key for key, _ in task.dirty() if key.startswith(b"~")] == [LEARNER_KEY]


def test_a_checkpoint_with_a_part_missing_is_refused() -> None:
    """And not begun anew in silence: what was learned is worth a look."""
    task = a_task({})
    task.process(plain(), 0)
    states = {key: value for key, value in task.dirty() if value is not None}
    part = max(key for key in states if key.startswith(b"~part|"))
    del states[part]
    with pytest.raises(CheckpointRefused, match="missing, first ~part"):
        a_task(states)


def test_a_restart_within_a_day_knows_the_open_deals_of_the_whole_day() -> None:
    """Those that were asked about before it, too, and those that are gone since."""
    day, deals = 20_000, range(40)
    asked = [
        Asked(f"opp-{number}", step, (day + step - 1) * DAY + number, a_vector(number / 2), {INACTIVITY: 0.2})
        for step in (1, 2, 3)
        for number in deals
    ]
    answers = [
        Answered(f"opp-{number}", INACTIVITY, step, step, (day + step - 1) * DAY + number, label)
        for step in (1, 2, 3)
        for number in deals
        for label in [None if step == 3 and number % 2 else number > 20]
    ]
    promises = [EpochReached(0, 1, day + number, day + number) for number in range(4)]
    told = in_order([promises[0], *asked, *answers, *promises[1:]])
    undisturbed = whole(told)
    last = decode_models(undisturbed[f"models-{day + 3}".encode()] or b"")
    assert len(last.targets[INACTIVITY].quantiles) == 21
    for cut in (50, 100, len(told) - 3, len(told) - 1):
        task = a_task({})
        task.process(told[:cut], 0)
        published = models_of(task.outbox())
        restarted = a_task(kept_after({}, task.dirty()))
        restarted.process(told[cut:], 0)
        assert published | models_of(restarted.outbox()) == undisturbed


def test_a_checkpoint_from_before_labels_were_taken_back_is_read() -> None:
    """Its questions have fewer fields and its record another schema: nothing was ever taken back."""
    task = a_task({})
    lessons = plain()
    task.process(lessons[: len(lessons) // 2], 0)
    published = models_of(task.outbox())
    states: dict[bytes, bytes] = {}
    for key, value in task.dirty():
        if value is None:
            continue
        if key == LEARNER_KEY:
            value = value.replace(b'"schema":4', b'"schema":3')
        elif not key.startswith(b"~"):
            at, vector, predicted, answers, withdrawn, *later = msgspec.json.decode(value)
            assert later == [[], {}] or any(later)
            value = msgspec.json.encode([at, vector, predicted, answers, withdrawn, *(later if any(later) else [])])
        states[key] = value
    restarted = a_task(states)
    restarted.process(lessons[len(lessons) // 2 :], 0)
    assert published | models_of(restarted.outbox()) == undisturbed()


def test_how_many_questions_wait_is_known_as_soon_as_the_learner_is_back() -> None:
    """Not only from the next lesson on, which may be hours away."""
    task = a_task({})
    task.process(plain()[: len(plain()) // 2], 0)
    waiting = _waiting(task)
    assert waiting > 0
    assert _waiting(a_task(kept_after({}, task.dirty()))) == waiting


def _waiting(task: LearnTask) -> float:
    found = task._metrics.registry.get_sample_value("dealwatch_questions_waiting", {"role": "learn"})
    assert found is not None
    return found
