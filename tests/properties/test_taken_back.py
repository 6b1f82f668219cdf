"""Laws: a label that was taken back is as if it had not been learned, and what stays is what the facts say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.case import Case
from models.checkpoint import pack_learner, unpack_learner
from models.learn import Learner
from models.schema import Vector
from models.score import probability
from streams.events import deal
from streams.events.envelope import Event
from streams.labels.classroom import Classroom
from streams.labels.lesson import EpochReached, Lesson
from streams.labels.outcome import WIN
from streams.state.opportunity import Opportunity
from tests.builders import Timeline, a_clock, a_loss, a_reopening, a_vector, a_win, an_opportunity
from tests.strategies import Faults, faults, histories, law

_MOVES = (
    *(deal.Created, deal.Won, deal.Lost, deal.Reopened, deal.MergedInto, deal.Deleted, deal.Restored),
    *(deal.CloseDateChanged, deal.AmountChanged),
)
_END = a_clock(50)


@st.composite
def troubled_histories(draw: st.DrawFn) -> Faults:
    """A history of deals that close and are reopened, as it was delivered."""
    history: list[Event] = draw(histories(kinds=_MOVES, most=16))
    return draw(faults(history))


def _days(lessons: Iterable[Lesson], times: int = 1) -> list[list[Case]]:
    """The cases by day, where every lesson is heard so often."""
    classroom = Classroom()
    days: list[list[Case]] = []
    for lesson in lessons:
        for _ in range(times):
            classroom.hear(lesson)
        while (epoch := classroom.ready()) is not None:
            days.append(list(classroom.close(epoch)))
    return days


def _expected(facts: Opportunity) -> set[bool]:
    """The labels that may have been learned of a deal and not taken back."""
    return {facts.status == "won"} if facts.status in ("won", "lost") else set()


@law(120)
@given(troubled_histories())
def test_in_the_end_the_labels_are_what_the_facts_say(delivered: Faults) -> None:
    """Each question of a closed deal has one label, that of its close; an open deal, or one that is gone, has none."""
    timeline = Timeline().tell(*delivered.values, _END)
    net: Counter[tuple[str, int | None, bool]] = Counter()
    for cases in _days(timeline.lessons):
        for case in cases:
            if case.target == WIN:
                net[case.deal, case.asked, case.label] += 1 if case.taken_back is None else -1
    assert set(net.values()) <= {0, 1}
    left = {key for key, times in net.items() if times}
    assert len({key[:2] for key in left}) == len(left)
    for name, _, label in left:
        assert label in _expected(timeline.facts(name))


@law(60)
@given(troubled_histories(), st.integers(2, 3))
def test_lessons_that_come_again_change_nothing(delivered: Faults, times: int) -> None:
    """One by one, or from any place on: what was heard is known again."""
    lessons = Timeline().tell(*delivered.values, _END).lessons
    expected = _days(lessons)
    assert _days(lessons, times) == expected
    for cut in range(0, len(lessons), max(len(lessons) // 4, 1)):
        again = [*lessons[:cut], *(each for each in lessons[:cut] if not isinstance(each, EpochReached))]
        assert _days([*again, *lessons[cut:]]) == expected


@law(60)
@given(troubled_histories())
def test_it_makes_no_difference_how_far_the_learner_was(delivered: Faults) -> None:
    """Lessons that are all there before the first day closes teach the same, day by day."""
    lessons = Timeline().tell(*delivered.values, _END).lessons
    promises = [each for each in lessons if isinstance(each, EpochReached)]
    others = [each for each in lessons if not isinstance(each, EpochReached)]
    late = [*promises[:1], *others, *promises[1:]]
    assert _days(late) == _days(lessons)


def _vector(random: Random) -> Vector:
    return a_vector(
        random.uniform(0, 12),
        age=random.uniform(0, 60),
        contacts=float(random.randrange(20)),
        weekday=float(random.randrange(7)),
        phase=float(random.randrange(4)),
    )


def _a_deal(random: Random, name: str) -> list[Case]:
    label = random.random() < 0.45
    return [Case(WIN, name, _vector(random), label, None, day) for day in range(5)]


def _said(learner: Learner, vectors: Sequence[Vector]) -> np.ndarray:
    model = learner.publish(1).targets[WIN]
    return np.array([probability(model, each) for each in vectors])


@law(12)
@given(st.integers(0, 10**6), st.integers(20, 40), st.integers(1, 3), st.integers(0, 10))
def test_a_case_taken_back_is_nearly_never_learned(seed: int, before: int, taken: int, between: int) -> None:
    """Of what some deals among many moved, not a fifth is left, also where others were learned in between."""
    random = Random(seed)
    never, once, back = Learner(), Learner(), Learner()
    for first in range(0, before, 10):
        cases = [case for number in range(10) for case in _a_deal(random, f"before-{first + number}")]
        for learner in (never, once, back):
            learner.learn(cases)
    gone = [case for number in range(taken) for case in _a_deal(random, f"taken-{number}")]
    for learner in (once, back):
        learner.learn(gone)
    cases = [case for number in range(between) for case in _a_deal(random, f"between-{number}")]
    for learner in (never, once, back):
        learner.learn(cases)
    back.learn([replace(case, taken_back=7) for case in gone])
    vectors = [_vector(random) for _ in range(50)]
    expected = _said(never, vectors)
    moved = np.abs(_said(once, vectors) - expected).mean()
    assert np.abs(_said(back, vectors) - expected).mean() < 0.2 * moved + 1e-4
    published, wanted = back.publish(1).targets[WIN], never.publish(1).targets[WIN]
    assert (published.trained, published.base_rate, published.rates) == (wanted.trained, wanted.base_rate, wanted.rates)


@law(8)
@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans())
def test_a_restart_before_a_case_is_taken_back_changes_no_bit(seed: int, taken: int, later: bool) -> None:
    """What a checkpoint kept goes on as what lived through, and stays learnable."""
    random = Random(seed)
    lived = Learner()
    gone = [case for number in range(taken) for case in _a_deal(random, f"taken-{number}")]
    lived.learn(gone)
    if later:
        lived.learn(_a_deal(random, "later"))
    restarted = Learner(unpack_learner(pack_learner(lived.state())))
    new = [replace(case, taken_back=7) for case in gone]
    for learner in (lived, restarted):
        learner.learn([*new, *_a_deal(Random(seed + 1), "new")])
        learner.learn(_a_deal(Random(seed + 2), "newer"))
    assert pack_learner(lived.state()) == pack_learner(restarted.state())
    assert np.all(np.isfinite(_said(lived, [_vector(random) for _ in range(20)])))


def test_there_is_something_to_take_back() -> None:
    """The laws are not about nothing: a reopened deal teaches, takes back, and teaches again."""
    timeline = Timeline().tell(an_opportunity(0.5), a_win(3.7), a_reopening(6.7), a_loss(9.7), _END)
    wins = [case for cases in _days(timeline.lessons) for case in cases if case.target == WIN]
    told = [(case.label, case.taken_back is None) for case in wins]
    assert Counter(told) == {(True, True): 3, (True, False): 3, (False, True): 4}
