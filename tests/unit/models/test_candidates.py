"""The ideas behind the candidates, each by itself."""

from __future__ import annotations

from math import isfinite, log

import pytest
from hypothesis import given

from models.candidates.candidate import Candidate, Day, Question, Terms
from models.candidates.coded import MAYBE_UNKNOWN, NEVER, Words, numbers_of
from models.candidates.gap import SurpriseLine, SurpriseTable, longer, surprise
from models.candidates.hazard import Hazards, stood_still
from models.candidates.plain import BaseRate, DaysSinceContact
from models.candidates.pool import Pool
from models.candidates.river_linear import Binned
from models.candidates.roster import ROSTER
from models.case import Case
from models.norms import Norms, Spans, observe_gap
from models.schema import FEATURES, Vector
from models.vocabulary import ADMITTED_AFTER
from tests.builders import a_vector
from tests.strategies import vectors

TERMS = Terms("inactivity", 7)


def _case(vector: Vector, label: bool, deal: str = "opp-1") -> Case:
    return Case("inactivity", deal, vector, label, 0.5)


def _taught(candidate: Candidate, *days: list[Case], norms: Norms | None = None) -> Candidate:
    for cases in days:
        candidate.learn(Day(cases, norms or Norms()))
    return candidate


def _days_of_gaps(*days: float) -> Norms:
    norms = Norms()
    for each in days:
        norms = observe_gap(norms, "offer", "rep", each)
    return norms


@given(vectors())
def test_coded_numbers_are_whole(vector: Vector) -> None:
    """Whatever is unknown is `NEVER` and has its indicator where it may be; nothing is missing or not-a-number."""
    coded = numbers_of(vector)
    assert len(coded) == len(FEATURES) + len(MAYBE_UNKNOWN)
    assert all(isfinite(value) for value in coded.values())
    for name in MAYBE_UNKNOWN:
        assert (coded[f"{name}?"] == 1.0) == (vector.value(name) is None)


def test_what_may_be_unknown_are_features() -> None:
    """A feature that is renamed must be renamed here."""
    assert set(MAYBE_UNKNOWN) <= {feature.name for feature in FEATURES}
    assert numbers_of(a_vector())["since_contact"] == NEVER


def test_words_count_once_several_deals_said_them() -> None:
    """As in the product; before, a word is none."""
    words = Words()
    spoken = a_vector(owner="ann")
    assert words.one_hot(spoken) == {}
    assert words.nominal(spoken)["owner"] == ""
    words.meet(Day([_case(spoken, True, f"opp-{deal}") for deal in range(ADMITTED_AFTER)], Norms()))
    assert words.one_hot(spoken)["owner=ann"] == 1.0
    assert words.nominal(spoken)["owner"] == "ann"


def test_the_base_rate_is_that_of_what_was_learned() -> None:
    """One case's worth of belief is soon outweighed; cases of other targets do not count."""
    learned = _taught(BaseRate(TERMS), [_case(a_vector(), True), Case("slippage", "opp-1", a_vector(), False)])
    assert learned.predict(Question("opp-1", a_vector())) == pytest.approx(1.2 / 2)


def test_silence_is_the_age_where_nobody_ever_spoke() -> None:
    """The rule of the backtest."""
    assert DaysSinceContact().predict(Question("opp-1", a_vector(age=9.0, since_contact=None))) == 9.0
    assert DaysSinceContact().predict(Question("opp-1", a_vector(age=9.0, since_contact=2.0))) == 2.0


def test_longer_spans_are_rarer() -> None:
    """The chance falls with the days, from nearly one to nearly none, and takes a share of the bin it falls into."""
    spans = Spans()
    for days in (0.1, 1.2, 2.5, 3.5, 9.5, 200.0):
        spans = spans.plus(days)
    chances = [longer(spans, days) for days in (0.0, 0.25, 1.5, 2.5, 3.5, 7.0, 45.0, 400.0)]
    assert chances == sorted(chances, reverse=True)
    assert longer(spans, 2.5) == pytest.approx((3.5 + 0.5) / 7)
    assert 0.0 < chances[-1] < 0.1 and chances[0] > 0.9


def test_a_silence_is_the_more_surprising_the_shorter_gaps_have_been() -> None:
    """The deal's own habits, and those of its stage and owner, both count."""
    short, long = _days_of_gaps(*[1.2] * 20), _days_of_gaps(*[20.0] * 20)

    def surprised(norms: Norms, mean_gap: float | None) -> float:
        vector = a_vector(since_contact=5.0, contacts=6.0, mean_gap=mean_gap, stage="offer", owner="rep")
        return surprise(Question("opp-1", vector), norms)

    assert surprised(short, None) > surprised(long, None)
    assert surprised(long, 1.0) > surprised(long, 10.0)
    assert surprised(Norms(), None) == pytest.approx(5.0 / 7.0)


@pytest.mark.parametrize("kind", [SurpriseTable, SurpriseLine])
def test_what_a_surprise_means_is_learned(kind: type[SurpriseTable] | type[SurpriseLine]) -> None:
    """Where long silences go on and short ones end, the probability rises with the surprise."""
    long, short = a_vector(since_contact=30.0), a_vector(since_contact=0.5)
    learned = _taught(kind(TERMS), *[[_case(long, True), _case(short, False)] * 10] * 5)
    assert learned.predict(Question("a", long)) > 0.6
    assert learned.predict(Question("a", short)) < 0.4


def test_standing_still_makes_a_deal_older() -> None:
    """Days go on, days until something run out, counts of the last days empty, the week turns."""
    before = a_vector(
        age=3.0, since_contact=1.0, since_reply=None, stage_age=2.0, to_close=5.0, meeting_in=1.5, weekday=6.0,
        contacts=4.0, contacts_2d=2.0, contacts_7d=3.0,
    )  # fmt: skip
    after = stood_still(before, 2)
    moved = {"age": 5.0, "since_contact": 3.0, "since_reply": None, "stage_age": 4.0, "to_close": 3.0}
    moved |= {"meeting_in": None, "weekday": 1.0, "contacts": 4.0, "contacts_2d": 0.0, "contacts_7d": 3.0}
    assert {name: after.value(name) for name in moved} == moved
    assert stood_still(before, 0) == before


def test_a_day_with_a_contact_is_learned_from_the_question_after_it() -> None:
    """Deals that are called every day are hardly silent for a week; deals that are lost untouched are."""
    hazards = Hazards(TERMS)
    called, lost = a_vector(age=1.0, contacts=0.0, phase=1.0), a_vector(age=1.0, contacts=0.0, phase=0.0)
    following = a_vector(age=2.0, contacts=1.0, phase=1.0)
    for deal in range(30):
        hazards.predict(Question(f"called-{deal}", called))
        hazards.predict(Question(f"called-{deal}", following))
        hazards.predict(Question(f"lost-{deal}", lost))
    cases = [_case(called, False, f"called-{deal}") for deal in range(30)]
    cases += [_case(lost, True, f"lost-{deal}") for deal in range(30)]
    _taught(hazards, *[cases] * 5)
    assert hazards.predict(Question("a", called)) < 0.2
    assert hazards.predict(Question("b", lost)) > 0.6


class _Says:
    def __init__(self, says: float) -> None:
        self.says = says

    def learn(self, day: Day) -> None:
        """Learn nothing."""

    def predict(self, question: Question) -> float:
        return self.says

    def size(self) -> int:
        return 1


def test_a_pool_follows_the_expert_who_was_right_and_can_turn() -> None:
    """Weights follow the losses of what was said; the other one keeps a share, and comes back when it is right."""
    right, wrong = _Says(0.9), _Says(0.1)
    pool = Pool("inactivity", [right, wrong])
    question = Question("opp-1", a_vector())
    assert pool.predict(question) == pytest.approx(0.5)
    for _ in range(30):
        pool.predict(question)
        pool.learn(Day([_case(question.vector, True)], Norms()))
    assert pool.weights[0] > 0.7 and sum(pool.weights) == pytest.approx(1.0)
    for _ in range(30):
        pool.predict(question)
        pool.learn(Day([_case(question.vector, False)], Norms()))
    assert pool.weights[1] > 0.7
    assert pool.size() == 2


def test_an_expert_is_weighed_by_what_it_said_when_it_was_asked() -> None:
    """What it would say by now is not what it is held to."""
    turning = _Says(0.1)
    pool = Pool("inactivity", [turning, _Says(0.5)])
    question = Question("opp-1", a_vector())
    pool.predict(question)
    turning.says = 0.99
    pool.learn(Day([_case(question.vector, True)], Norms()))
    assert pool.weights[0] < 0.5
    assert log(pool.weights[1] / pool.weights[0]) == pytest.approx(0.1 * log(0.5 / 0.1), rel=0.1)


def test_bins_follow_what_is_seen() -> None:
    """Values far apart fall into different bins once there are quantiles; unknown has its own bin."""
    binned = Binned((("phase", "age"),))
    vectors_seen = [a_vector(age=float(age), phase=1.0, since_contact=None) for age in range(100)]
    binned.meet(Day([], Norms()), vectors_seen)
    young, old = binned.code(vectors_seen[2]), binned.code(vectors_seen[97])
    assert "age@0" in young and "age@11" in old
    assert "phase@1&age@11" in old
    assert "since_contact@never" in young


def test_everybody_has_a_name_of_his_own() -> None:
    """Names are how candidates are chosen."""
    assert len({entry.name for entry in ROSTER}) == len(ROSTER)
