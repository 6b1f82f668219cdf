"""Warnings judged by what came of the spells in which they were given."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backtest.spells import Spell
from streams.backtest.warned import Course, Daily
from streams.state.opportunity import DAY
from tests.strategies import law


@st.composite
def courses(draw: st.DrawFn) -> list[Spell]:
    """Draw spells of two deals, one after the other, some with a pause between; days as instants."""
    found = []
    for name in ("a", "b"):
        at = draw(st.integers(0, 3))
        for _ in range(draw(st.integers(0, 5))):
            start = at + draw(st.integers(0, 2))
            at = start + draw(st.integers(1, 8))
            found.append(
                Spell(name, start * DAY, at * DAY, (start + draw(st.integers(1, 8))) * DAY, draw(st.booleans()))
            )
    return found


_SIGNALS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40).map(lambda day: day * DAY)), max_size=20)


def spell_of(spells: list[Spell], name: str, at: int) -> Spell | None:
    """Look through all of them; of two that meet at an instant the later one has it."""
    return next(
        (each for each in reversed(spells) if each.opportunity == name and each.start <= at <= each.until), None
    )


@law(300)
@given(courses(), _SIGNALS)
def test_signals_are_judged_as_by_hand(spells: list[Spell], signals: list[tuple[str, int]]) -> None:
    """Precision, recall, told and lead follow from the earliest signal in each spell."""
    course = Course(spells, share=2.0)
    found = course.judge(course.first_signals(signals))
    first: dict[Spell, int] = {}
    for name, at in signals:
        spell = spell_of(spells, name, at)
        if spell is not None:
            first[spell] = min(at, first.get(spell, at))
    early = [each for each, at in first.items() if at < each.due]
    right = [each for each in early if each.happened]
    happened = [each for each in spells if each.happened]
    assert (found.warned, found.right) == (len(early), len(right))
    assert found.precision == (len(right) / len(early) if early else None)
    assert found.recall == (len(right) / len(happened) if happened else None)
    assert found.told == (sum(each in first for each in happened) / len(happened) if happened else None)
    assert found.lead_days == (median((each.due - first[each]) / DAY for each in right) if right else None)
    assert found.per_owner_week == len(first) / 2


@law(200)
@given(courses(), st.integers(0, 8))
def test_a_rule_of_days_is_the_signal_at_that_moment(spells: list[Spell], days: int) -> None:
    """It speaks where the spell goes on for so long: the same as if somebody had sent that signal."""
    course = Course(spells, 1.0)
    expected = [each.start + days * DAY if each.start + days * DAY <= each.until else np.inf for each in spells]
    assert course.after_start(days).tolist() == expected
    before = [max(each.due - days * DAY, each.start) for each in spells]
    shown = [at if at <= each.until else np.inf for at, each in zip(before, spells, strict=True)]
    assert course.before_due(days).tolist() == shown


_SAID = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.integers(0, 40).map(lambda day: day * DAY), st.sampled_from([0.1, 0.3, 0.5, 0.9])
    ),
    max_size=30,
)


@law(300)
@given(courses(), _SAID, st.floats(0, 1))
def test_the_threshold_of_a_precision_is_the_lowest_that_has_it(
    spells: list[Spell], said: list[tuple[str, int, float]], precision: float
) -> None:
    """Trying every threshold finds no lower one; where none is as precise there is none."""
    course = Course(spells, 1.0)
    daily = Daily(course, said)
    good = []
    for threshold in (0.1, 0.3, 0.5, 0.9):
        figures = daily.at(threshold).figures
        if figures.precision is not None and figures.precision >= precision:
            good.append((threshold, figures))
    found = daily.as_precise_as(precision)
    if not good:
        assert found is None
    else:
        assert found is not None
        assert found.figures.precision is not None
        assert found.figures.precision >= precision
        assert found.figures.warned == good[0][1].warned
        assert found.threshold >= good[0][0]


def test_a_warning_by_hand() -> None:
    """Two silences of ten days' horizon: one warned of three days ahead, one told of too late."""
    spells = [Spell("a", 0, 12 * DAY, 10 * DAY, True), Spell("b", 0, 30 * DAY, 10 * DAY, True)]
    course = Course(spells, share=4.0)
    found = course.judge(course.first_signals([("a", 7 * DAY), ("a", 9 * DAY), ("b", 10 * DAY), ("c", 0)]))
    assert (found.warned, found.right, found.precision, found.recall, found.told) == (1, 1, 1.0, 0.5, 1.0)
    assert found.lead_days == pytest.approx(3.0)
    assert found.per_owner_week == 0.5


def test_nothing_to_judge_has_no_figures() -> None:
    """No spell, no share."""
    course = Course([], 1.0)
    found = course.judge(course.first_signals([("a", 0)]))
    assert (found.warned, found.precision, found.recall, found.told, found.lead_days) == (0, None, None, None, None)
    assert Daily(course, [("a", 0, 0.5)]).as_precise_as(0.5) is None
