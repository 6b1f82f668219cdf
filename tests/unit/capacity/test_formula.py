"""The language of formulas: arithmetic, three functions, nothing else."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streams.capacity.demand
import streams.capacity.formula
import streams.capacity.wording
from streams.capacity.demand import DemandWrong, number, seconds, size
from streams.capacity.formula import FormulaWrong, evaluate


@pytest.mark.parametrize(
    "formula",
    [
        "a ** 2",
        "__import__('os')",
        "a.b",
        "a[0]",
        "lambda: 1",
        "abs(a)",
        "'text'",
        "a if a else 1",
        "a +",
        "-a",
    ],
)
def test_what_is_not_in_the_language_is_refused(formula: str) -> None:
    """Nothing of Python but arithmetic gets through, and nothing is run."""
    with pytest.raises(FormulaWrong):
        evaluate(formula, {"a": 1.0})


def test_a_name_that_is_not_there_is_named() -> None:
    """Whoever writes a formula sees which."""
    with pytest.raises(FormulaWrong, match="wrokers"):
        evaluate("2 * wrokers", {"workers": 1.0})


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(1, 1e9))
def test_formulas_are_arithmetic(a: float, b: float, c: float) -> None:
    """With the precedence that people expect."""
    values = {"a": a, "b": b, "c": c}
    assert evaluate("a + b * c - b / c", values) == a + b * c - b / c
    assert evaluate("min(a, max(b, c))", values) == min(a, max(b, c))


@pytest.mark.parametrize("module", [streams.capacity.formula, streams.capacity.demand, streams.capacity.wording])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    """They are what the documentation shows."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "many", "2X", "-5", "1e6", "1..5", "1,00", "0x10", "nan", "inf"])
def test_what_is_no_number_is_refused_with_an_example(text: str) -> None:
    """Also what Python alone would take for one."""
    for read in (number, size, seconds):
        with pytest.raises(DemandWrong, match="as in"):
            read(text)


@given(st.integers(0, 10**12))
def test_numbers_are_read_as_they_are_printed(whole: int) -> None:
    """With or without separators."""
    assert number(str(whole)) == number(f"{whole:,}") == number(f"{whole:_}") == float(whole)
