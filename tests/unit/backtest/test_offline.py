"""The rival: LightGBM, which learns what was known at the first of the month, and answers that month."""

from __future__ import annotations

import builtins
import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from models.schema import Vector
from streams.backtest.errors import LibraryAbsent
from streams.backtest.offline import answer, fits, load, month_start, tabulate
from streams.backtest.plot import load as load_plot
from streams.backtest.predictions import Prediction
from streams.labels.outcome import INACTIVITY
from streams.state.opportunity import DAY
from tests.unit.cli.samples import needs_lightgbm


def at(month: int, day: int) -> int:
    """Return the beginning of a day of 2024, in milliseconds."""
    return int(datetime(2024, month, day, tzinfo=UTC).timestamp() * 1000)


def signal_of(row: Prediction) -> float:
    """What tells the outcome."""
    assert row.vector is not None
    return row.vector.numbers[0] or 0.0


def rows(deals: int = 400, word: bool = False) -> list[Prediction]:
    """Return predictions from January to March, with an outcome after a week that one measurement tells."""
    chance = np.random.default_rng(2)
    found = []
    for number in range(deals):
        signal = float(chance.random())
        label = bool(chance.random() < signal)
        when = at(1, 1) + int(chance.integers(0, 90)) * DAY
        words = ("red" if signal > 0.5 else "blue",) if word else ()
        vector = Vector((signal, None, float(chance.random())), words)
        found.append(Prediction(f"opp-{number}", when, INACTIVITY, 7.0, 0.5, label, 1.0, 1.0, vector))
    return found


def test_a_month_is_answered_by_what_was_due_before_it() -> None:
    """Not by what was asked before it: that has no outcome yet."""
    given = rows()
    todo = fits(given, given)
    assert [len(each.learned) for each in todo] == [sum(row.due <= at(month, 1) for row in given) for month in (2, 3)]
    for each in todo:
        months = {month_start(given[position].as_of) for position in each.asked}
        assert len(months) == 1
        assert max(row.as_of + 7 * DAY for row in each.learned) <= months.pop()


@needs_lightgbm
def test_the_future_cannot_change_an_answer() -> None:
    """Turning around every outcome that fell due later gives the same probabilities."""
    given = rows()
    other = [row._replace(label=not row.label) if row.due > at(2, 1) else row for row in given]
    february = [row for row in given if row.as_of < at(3, 1)]
    assert answer(february, fits(given, february)) == answer(february, fits(other, february))


@needs_lightgbm
def test_what_it_could_learn_it_says_and_nothing_else() -> None:
    """January has no past; later months follow the signal, the same each time; the bar moves by months."""
    given, told = rows(800), list[int]()
    said = answer(given, fits(given, given), told.append)
    assert said == answer(given, fits(given, given))
    assert told == [1, 2]
    assert [row.as_of < at(2, 1) for row in given] == [each is None for each in said]
    high = [each for row, each in zip(given, said, strict=True) if each is not None and signal_of(row) > 0.8]
    low = [each for row, each in zip(given, said, strict=True) if each is not None and signal_of(row) < 0.2]
    assert np.mean(high) > np.mean(low) + 0.3


@needs_lightgbm
def test_one_outcome_teaches_nothing() -> None:
    """A month whose past holds one kind of outcome is not answered."""
    given = [row._replace(label=True) for row in rows(50)]
    assert fits(given, given) == []
    assert answer(given, []) == [None] * 50


@needs_lightgbm
def test_words_are_categories_and_what_is_not_known_is_no_number() -> None:
    """Codes come from what is learned; a word that was not there is unknown, as None is."""
    learned, asked, words = tabulate([(1.0, "b", None), (2.0, "a", 3.0)], [(None, "c", 1.0), (4.0, "b", None)])
    assert words == [1]
    assert learned[:, 1].tolist() == [1.0, 0.0]
    assert np.isnan(learned[0, 2])
    assert np.isnan(asked[0, :2]).all()
    assert asked[1].tolist()[:2] == [4.0, 1.0]
    given = rows(800, word=True)
    assert any(each is not None for each in answer(given, fits(given, given)))


@pytest.mark.parametrize(
    ("loader", "library", "extra"), [(load, "lightgbm", "compare"), (load_plot, "matplotlib", "plot")]
)
def test_a_library_that_is_not_there_is_named_with_its_command(
    loader: Any, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Extras are optional."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(LibraryAbsent, match=f"uv sync --extra {extra}.*pip install {library}"):
        loader()


def test_a_system_without_openmp_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """LightGBM's wheel brings no libgomp; loading it is what fails."""
    found = builtins.__import__

    def importing(name: str, *given: Any, **named: Any) -> Any:
        if name == "lightgbm":
            raise OSError("libgomp.so.1: cannot open shared object file")
        return found(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(LibraryAbsent, match="libgomp1 on Debian"):
        load()
