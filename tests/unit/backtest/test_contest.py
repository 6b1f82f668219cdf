"""The contest: every candidate is asked and taught as the product's learner is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import nan

import pytest

from models.candidates.candidate import Day, Question, Terms
from models.candidates.roster import DEFAULT, ROSTER, Entry
from streams.alerts.policy import Policy
from streams.backtest.contest import Clocked, Log, NoProbability, horizon_days, play
from streams.backtest.run import Result, run
from streams.backtest.standings import Bounds, compare
from streams.events.contract import encode
from streams.labels.lesson import Answered, Asked, Lesson
from streams.labels.outcome import INACTIVITY, SLIPPAGE, TARGETS
from streams.state.opportunity import DAY
from tests.builders import APPENDED_AT, a_market, a_vector

Played = tuple[Log, Result]


@pytest.fixture(scope="module")
def played() -> Played:
    """Return the lessons of a small market, and what the product said and learned."""
    lessons: list[Lesson] = []
    lines = [encode(event) for event in a_market(deals=14, days=32)]
    result = run(lines, Policy(), APPENDED_AT, partitions=3, listen=lessons.append)
    return Log(lessons, result.deals), result


@contextmanager
def silent(name: str, total: int) -> Iterator[object]:
    """Show nothing."""
    yield [].append


def clocked(entry: Entry) -> dict[str, Clocked]:
    """Return a candidate for each target that is judged."""
    targets: tuple[str, ...] = (INACTIVITY, SLIPPAGE)
    return {each: Clocked(each, entry.make(Terms(each, 14), 2), entry.ranks) for each in targets}


class Spy:
    """Says what is easy to recognise, and writes down what it is asked and taught."""

    def __init__(self, says: float = 0.25) -> None:
        self.heard: list[tuple[str, object]] = []
        self.says = says

    def learn(self, day: Day) -> None:
        self.heard.append(("day", day))

    def predict(self, question: Question) -> float:
        self.heard.append(("question", question))
        return self.says

    def size(self) -> int:
        return 0


def test_no_candidate_sees_an_answer_before_it_is_due(played: Played) -> None:
    """When a question of a day is asked, all answers due on days before were taught, and none that is due later."""
    log, _ = played
    spy = Spy()
    play(log, {INACTIVITY: Clocked(INACTIVITY, spy)})
    asked = {(each.opportunity, each.vector): each for each in log.lessons if isinstance(each, Asked)}
    due_of: dict[tuple[str, int], int] = {}
    for each in log.lessons:
        if isinstance(each, Answered) and each.target == INACTIVITY:
            due_of |= {(each.opportunity, step): each.due for step in range(each.first, each.last + 1)}
    taught: set[tuple[str, int]] = set()
    for what, heard in spy.heard:
        if isinstance(heard, Day):
            for case in heard.cases:
                if case.target == INACTIVITY:
                    taught.add((case.deal, asked[case.deal, case.vector].step))
            continue
        assert isinstance(heard, Question), what
        today = asked[heard.deal, heard.vector].at // DAY
        assert taught == {question for question, due in due_of.items() if due // DAY < today}
    assert len(taught) > 50


def test_the_days_are_those_that_the_product_learned(played: Played) -> None:
    """Cases of all targets, in the product's order; what the candidate had said itself stands in its own."""
    log, _ = played
    spy = Spy()
    play(log, {INACTIVITY: Clocked(INACTIVITY, spy)})
    cases = [case for _, heard in spy.heard if isinstance(heard, Day) for case in heard.cases]
    assert {case.target for case in cases} == set(TARGETS)
    assert {case.predicted for case in cases if case.target == INACTIVITY} == {0.25}
    assert 0.25 not in {case.predicted for case in cases if case.target == SLIPPAGE}


def test_the_default_says_what_the_product_said(played: Played) -> None:
    """To the last bit, on every row: it is the product that stands in the table."""
    log, result = played
    both = clocked(ROSTER[0])
    assert ROSTER[0].name == DEFAULT
    assert sorted(play(log, both)) == sorted(row for row in result.predictions.rows if row.target in both)
    assert len({row.probability for row in result.predictions.rows}) > 50


@pytest.mark.parametrize("entry", ROSTER, ids=lambda entry: entry.name)
def test_every_candidate_repeats_itself_on_the_same_rows(entry: Entry, played: Played) -> None:
    """The same log gives the same bits, and the rows are those of the product."""
    log, result = played

    rows = play(log, both := clocked(entry))
    assert rows == play(log, clocked(entry))
    assert all((each.candidate.size() or 0) >= 0 for each in both.values())
    assert [row[:4] for row in rows] == [row[:4] for row in result.predictions.rows if row.target in both]


def test_a_candidate_that_fails_is_named_and_the_others_go_on(played: Played) -> None:
    """Whatever it is that it raises, and also where it says what is no probability."""

    def broken(terms: Terms, every: int) -> Spy:
        raise RuntimeError("no such forest")

    entries = [Entry("broken", "", broken), Entry("lost", "", lambda *_: Spy(nan)), Entry("spy", "", lambda *_: Spy())]
    *_, last = compare(played[0], entries, [INACTIVITY], Bounds(), 1, silent)  # type: ignore[arg-type]
    found = last[INACTIVITY]
    failed = {each.name: each.failed for each in found.standings}
    assert failed["broken"] == "RuntimeError: no such forest"
    assert failed["lost"] is not None and failed["lost"].startswith("NoProbability: said nan")
    assert failed["spy"] is None
    assert found.cases > 0


def test_only_a_ranking_may_leave_the_bounds_of_a_probability() -> None:
    """A rule counts days."""
    question = Question("opp-1", a_vector())
    assert Clocked(INACTIVITY, Spy(7.0), ranks=True).predict(question) == 7.0
    with pytest.raises(NoProbability):
        Clocked(INACTIVITY, Spy(7.0)).predict(question)


def test_a_ranking_has_no_figures_of_probabilities(played: Played) -> None:
    """The rule is judged as the backtest judges it."""
    rule = next(each for each in ROSTER if each.ranks)
    (last,) = compare(played[0], [rule], [INACTIVITY], Bounds(), 1, silent)  # type: ignore[arg-type]
    found = last[INACTIVITY].standings[0]
    assert found.roc_auc is not None and found.learn_us is not None
    assert (found.brier, found.log_loss, found.ece) == (None, None, None)


def test_slow_ones_learn_one_of_so_many_and_say_so(played: Played) -> None:
    """Only those; all rows are judged all the same."""
    names = ("base-rate", "arf")
    entries = [each for each in ROSTER if each.name in names]
    so_far = list(compare(played[0], entries, [INACTIVITY], Bounds(), 3, silent))  # type: ignore[arg-type]
    thinned = [{each.name: each.every for each in found[INACTIVITY].standings} for found in so_far]
    assert thinned == [{"arf": 3}, {"arf": 3, "base-rate": 1}], "what is done is told before the next one begins"


def test_the_horizon_is_that_of_the_log(played: Played) -> None:
    """A source may have its own; what the first answered question has is told to all."""
    assert horizon_days(played[0].lessons) == 14
    seven: list[Lesson] = [
        Asked("opp-1", 1, DAY, a_vector(), {INACTIVITY: 0.5}),
        Answered("opp-1", INACTIVITY, 1, 1, 8 * DAY, True),
    ]
    assert horizon_days(seven) == 7
