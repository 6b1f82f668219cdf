"""How stays end that have not all ended: held against another way to work it out, and what a library says."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dwell import ENDS, End
from streams.revenue.incidence import incidence
from streams.revenue.position import Position
from streams.revenue.stays import Stay
from tests.strategies import law

Told = list[tuple[int, End | None]]
TOLD = st.lists(st.tuples(st.integers(0, 12), st.none() | st.sampled_from(ENDS)), min_size=1, max_size=25)


def stays(told: Told) -> list[Stay]:
    """Stays of so many days that ended so, or go on."""
    return [Stay(position=Position(id=""), stage="offer", entered=0, days=float(day), end=end) for day, end in told]


def redistributed(told: Told) -> dict[tuple[End, int], Fraction]:
    """Efron's way (1967): what goes on hands its weight to all that were seen for longer, in equal parts."""
    weights = [Fraction(1, len(told))] * len(told)
    order = sorted(range(len(told)), key=lambda place: (told[place][0], told[place][1] is None))
    for rank, place in enumerate(order):
        longer = order[rank + 1 :]
        if told[place][1] is None and longer:
            for other in longer:
                weights[other] += weights[place] / len(longer)
            weights[place] = Fraction(0)
    found: dict[tuple[End, int], Fraction] = {}
    for (day, end), weight in zip(told, weights, strict=True):
        if end is not None:
            for later in range(day, 14):
                found[end, later] = found.get((end, later), Fraction(0)) + weight
    return found


@law(150)
@given(TOLD)
def test_the_estimate_is_that_of_weights_handed_to_the_right(told: Told) -> None:
    """Two ways to the same numbers, one with fractions."""
    found, expected = incidence(stays(told)), redistributed(told)
    for day in range(14):
        for end in ENDS:
            assert found.by(end, day) == pytest.approx(float(expected.get((end, day), Fraction(0))), abs=1e-12)


@law(100)
@given(TOLD)
def test_all_ends_and_what_goes_on_are_everything(told: Told) -> None:
    """And nothing is ever taken back as time goes on."""
    found = incidence(stays(told))
    assert sum(found.at_last(end) for end in ENDS) + found.open == pytest.approx(1.0)
    assert (found.stays, found.going) == (len(told), sum(end is None for _, end in told))
    for end in ENDS:
        assert list(found.of[end]) == sorted(found.of[end])


def test_without_anything_that_goes_on_it_is_the_plain_share() -> None:
    """Three of four moved on, within 2, 5 and 9 days; the median is that of the ends."""
    found = incidence(stays([(2, "forward"), (5, "forward"), (7, "lost"), (9, "forward")]))
    assert [found.by("forward", day) for day in (1.9, 2, 5, 100)] == pytest.approx([0, 0.25, 0.5, 0.75])
    assert found.at_last("lost") == pytest.approx(0.25)
    assert found.median == 5


def test_a_young_cohort_is_not_taken_for_a_bad_one() -> None:
    """Half are won at 10 days, the others lost at 30; most are too young to tell, and the plain share says 1 of 10."""
    old: Told = [(10, "won"), (30, "lost")] * 10
    found = incidence(stays([*old, *[(5, None)] * 80]))
    assert found.at_last("won") == pytest.approx(0.5)
    assert found.going == 80


def test_the_numbers_are_those_of_lifelines() -> None:
    """`AalenJohansenFitter` of lifelines 0.30.3 on the same ten stays."""
    told: Told = [
        (1, "forward"), (2, None), (3, "won"), (4, "lost"), (5, None),
        (6, "forward"), (7, "no_decision"), (8, None), (9, "won"), (11, None),
    ]  # fmt: skip
    found = incidence(stays(told))
    expected: dict[End, list[float]] = {
        "forward": [0.1, 0.235, 0.235],
        "back": [0.0, 0.0, 0.0],
        "won": [0.1125, 0.1125, 0.315],
        "lost": [0.0, 0.1125, 0.1125],
        "no_decision": [0.0, 0.0, 0.135],
    }
    for end, numbers in expected.items():
        assert [found.by(end, day) for day in (3, 6, 9)] == pytest.approx(numbers, abs=1e-9)


def test_nothing_is_known_of_nothing() -> None:
    """No stays, or none that ended, are no reason to fail."""
    for told in ([], [(3, None)]):
        found = incidence(stays(told))  # type: ignore[arg-type]  # of an empty list
        assert (found.at_last("won"), found.median, found.open) == (0.0, None, 1.0)
