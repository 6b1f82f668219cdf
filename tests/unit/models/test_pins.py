"""Pins: which weights are said, what is noticed, and what the learner makes of cases it did not speak of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from msgspec.structs import replace

from models.case import Case
from models.hats import CONSTANT
from models.learn import Learner
from models.pins import KNOWN_AGAIN, Hand, Pins
from models.schema import fingerprint
from models.score import probability
from models.snapshot import ModelSet, Weights
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.labels.lesson import Answered, Asked, EpochReached, Heard, Pinned, Resumed
from streams.labels.outcome import Target
from streams.state.opportunity import DAY
from tests.builders import TARGETS, a_vector

TARGET: Target = "inactivity"
_DEALS = 12


def a_pin(weights: Weights, at: int = 1, features: str | None = None) -> Pinned:
    """Somebody pins weights."""
    return Pinned(TARGET, at, "mara", "odd", features or fingerprint(), weights)


def a_day(epoch: int, label: bool = True, said: float = 0.2) -> Iterator[Heard]:
    """Deals are asked about, answered on the same day, and the day ends."""
    for number in range(_DEALS):
        name = f"opp-{number}"
        yield Asked(name, epoch, epoch * DAY, a_vector(float(number % 3)), {TARGET: said})
        yield Answered(name, TARGET, epoch, epoch, epoch * DAY + 1, label)
    yield EpochReached(0, 1, epoch + 1, epoch + 1)


def a_rich_day(epoch: int) -> Iterator[Heard]:
    """A day of so many deals, half of which go silent, that from then on nearly all that is said was learned."""
    for number in range(400):
        name = f"opp-rich-{number}"
        yield Asked(name, epoch, epoch * DAY, a_vector(float(number % 3)), {TARGET: 0.2})
        yield Answered(name, TARGET, epoch, epoch, epoch * DAY + 1, number % 2 == 0)
    yield EpochReached(0, 1, epoch + 1, epoch + 1)


class School:
    """A classroom and a learner, and every day's models."""

    def __init__(self) -> None:
        """Begin on day 0."""
        self.classroom, self.learner = Classroom(), Learner()
        self.days: dict[int, ModelSet] = {}
        self.hear([EpochReached(0, 1, 0, 0)])

    def hear(self, lessons: Iterable[Heard]) -> ModelSet:
        """Take in lessons; return the newest models."""
        for lesson in lessons:
            for models in on_lesson(self.classroom, self.learner, lesson):
                self.days[models.epoch] = models
        return self.days[max(self.days)]


@pytest.fixture
def school() -> School:
    """After two days."""
    school = School()
    school.hear([*a_day(0), *a_day(1)])
    return school


def test_a_pin_counts_from_the_next_epoch_on_and_says_so(school: School) -> None:
    """The weights are those of the day they were taken from, under their own version; the other targets go on."""
    good = school.days[1].targets[TARGET]
    assert school.hear([a_pin(good)]).targets[TARGET].pin is None
    models = school.hear(a_day(2))
    said = models.targets[TARGET]
    assert (said.version, said.weights, said.base_rate, said.trained) == (
        "inactivity-1",
        good.weights,
        good.base_rate,
        good.trained,
    )
    assert said.pin is not None and (said.pin.since, said.pin.by, said.pin.reason) == (3, "mara", "odd")
    [notice] = models.notices
    assert (notice.target, notice.kind, notice.version, notice.before) == (
        TARGET,
        "pinned",
        "inactivity-1",
        "inactivity-2",
    )
    assert "mara: odd" in notice.text
    assert {"inactivity-1", *(f"{each}-3" for each in TARGETS if each != TARGET)} == {
        each.version for each in models.targets.values()
    }
    assert school.hear(a_day(3)).notices == ()


def test_what_is_learned_is_said_again_when_it_is_resumed(school: School) -> None:
    """The learner went on meanwhile: its weights, but for the level, are those of a learner that nobody touched."""
    untouched = School()
    untouched.hear([*a_day(0), *a_day(1)])
    lessons = [lesson for epoch in range(2, 6) for lesson in a_day(epoch, label=epoch % 2 == 0, said=0.5)]
    plain = untouched.hear([*lessons, *a_day(6)]).targets[TARGET]
    school.hear([a_pin(school.days[1].targets[TARGET]), *lessons])
    models = school.hear([Resumed(TARGET, 2, "tom", "well again"), *a_day(6)])
    assert models.targets[TARGET].version == "inactivity-7"
    assert models.targets[TARGET].pin is None
    own = models.targets[TARGET].weights
    assert {slot for slot in own if own[slot] != plain.weights[slot]} <= {CONSTANT}
    [notice] = models.notices
    assert (notice.kind, notice.version, notice.before) == ("resumed", "inactivity-7", "inactivity-1")
    assert school.hear(a_day(7)).notices == ()


def test_a_learner_does_not_take_the_mistakes_of_pinned_weights_for_its_own(school: School) -> None:
    """They say 1 % of what always happens: the learner's level stays where its own words put it."""
    silly = replace(school.days[1].targets[TARGET], weights={CONSTANT: -4.6})
    school.hear([a_pin(silly)])
    school.hear(a_rich_day(2))
    for epoch in range(3, 30):
        school.hear(a_day(epoch, said=0.01))
    own = school.learner.publish(30).targets[TARGET]
    foreign = School()
    foreign.hear(a_rich_day(0))
    for epoch in range(1, 30):
        foreign.hear(a_day(epoch, said=0.01))
    fooled = foreign.learner.publish(30).targets[TARGET]
    assert fooled.weights[CONSTANT] - own.weights[CONSTANT] > 0.5


def test_quality_is_that_of_what_was_said_and_both_are_judged_beside(school: School) -> None:
    """Pinned weights that say nonsense look bad in the published figure, and worse than what is learned beside."""
    silly = replace(school.days[1].targets[TARGET], weights={CONSTANT: -4.6})
    school.hear([a_pin(silly)])
    for epoch in range(2, 8):
        models = school.hear(a_day(epoch, said=0.2 if epoch == 2 else 0.01))
    said = models.targets[TARGET]
    assert said.pin is not None
    assert said.pin.held.cases == said.pin.learned.cases == 5 * _DEALS
    assert said.pin.held.log_loss == pytest.approx(4.6, abs=0.05)
    assert said.pin.learned.log_loss < 0.5
    assert said.quality.cases == 8 * _DEALS
    assert said.quality.log_loss > 2.5


def test_what_was_heard_once_changes_nothing_again(school: School) -> None:
    """A pin that was resumed does not come back because its record comes again."""
    pinned, resumed = a_pin(school.days[1].targets[TARGET]), Resumed(TARGET, 2, "tom", "")
    school.hear([pinned])
    school.hear(a_day(2))
    school.hear([resumed, pinned, resumed])
    models = school.hear(a_day(3))
    assert (models.targets[TARGET].pin, [each.kind for each in models.notices]) == (None, ["resumed"])
    school.hear([pinned])
    assert school.hear(a_day(4)).targets[TARGET].pin is None


def test_only_so_many_lessons_are_known_again() -> None:
    """What is kept of them does not grow for ever."""
    pins = Pins()
    for number in range(KNOWN_AGAIN + 9):
        pins.resume(Hand(TARGET, number, "tom", ""))
    assert len(pins.state().known) == KNOWN_AGAIN


def test_a_pin_that_is_taken_back_before_it_counts_leaves_no_trace(school: School) -> None:
    """Neither in the models nor in their notices."""
    school.hear([a_pin(school.days[1].targets[TARGET]), Resumed(TARGET, 2, "tom", "")])
    models = school.hear(a_day(2))
    assert (models.targets[TARGET].version, models.notices) == ("inactivity-3", ())


def test_another_pin_takes_the_place_of_the_first(school: School) -> None:
    """With a notice that names both, and only its weights are kept."""
    school.hear([a_pin(school.days[1].targets[TARGET])])
    school.hear(a_day(2))
    models = school.hear([a_pin(school.days[2].targets[TARGET], at=2), *a_day(3)])
    assert [(each.version, each.before) for each in models.notices] == [("inactivity-2", "inactivity-1")]
    assert list(school.classroom.pins.weights) == ["inactivity-2"]


@pytest.mark.parametrize(
    ("change", "features", "why"),
    [
        ({}, "000000000000", "are for other features (000000000000"),
        ({"target": "win"}, None, "are those of win"),
        ({"weights": {CONSTANT: float("inf")}}, None, "is no number"),
    ],
)
def test_weights_that_cannot_be_said_here_are_refused(
    change: dict[str, object], features: str | None, why: str, school: School
) -> None:
    """With a notice that says why; nothing is pinned."""
    models = school.hear([a_pin(replace(school.days[1].targets[TARGET], **change), features=features), *a_day(2)])
    [notice] = models.notices
    assert (notice.kind, notice.version, notice.before) == ("refused", "inactivity-2", "inactivity-2")
    assert why in notice.text
    assert models.targets[TARGET].pin is None


def test_a_case_was_said_by_whoever_spoke_when_it_was_asked(school: School) -> None:
    """Days before the pin and after the resumption are the learner's own; those between are not."""
    school.hear([a_pin(school.days[1].targets[TARGET]), *a_day(2), *a_day(3), Resumed(TARGET, 2, "tom", ""), *a_day(4)])
    pins = school.classroom.pins
    assert [epoch for epoch in range(8) if pins.spoke(TARGET, epoch)] == [3, 4]
    assert not pins.spoke("win", 3)


def test_pinned_weights_score_as_they_did_on_their_day(school: School) -> None:
    """To the last bit, whatever was learned since."""
    vector = a_vector(2.0)
    before = probability(school.days[2].targets[TARGET], vector)
    school.hear([a_pin(school.days[2].targets[TARGET])])
    for epoch in range(2, 6):
        models = school.hear(a_day(epoch, label=False))
    assert probability(models.targets[TARGET], vector) == before


def test_a_case_of_its_own_is_learned_as_before() -> None:
    """The mark alone makes the difference, and only for what is said beside the weights: the level."""
    own, foreign = Learner(), Learner()
    for learner in (own, foreign):
        learner.learn([Case(TARGET, f"opp-{number}", a_vector(1.0), number % 2 == 0) for number in range(400)])
        learner.publish(0)
    case = Case(TARGET, "opp-1", a_vector(1.0), True, 0.01)
    own.learn([case])
    foreign.learn([replace(case, foreign=True)])
    here, there = own.publish(1).targets[TARGET], foreign.publish(1).targets[TARGET]
    assert {slot for slot in here.weights if here.weights[slot] != there.weights[slot]} == {CONSTANT}
