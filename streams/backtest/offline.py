"""A rival that nobody can run live: LightGBM, trained anew every month on all outcomes known by then.

It is given what the online models are given, the product's own measurements, and may look at the whole past as often as
it likes. At the first instant of each calendar month (UTC) it is trained on every prediction whose outcome fell due
before, and answers the questions asked in that month. Only rows that it could answer are compared.

Parameters are those of the published figures on the loan applications: 200 trees, rate 0.03, 15 leaves, at least 100
rows a leaf; one thread and fixed seeds, so that it says the same each time. Numbers are given as they are, None as
not-a-number, words as categories; a word that was not there to learn from is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from models.evaluation import Array
from streams.backtest.errors import LibraryAbsent
from streams.backtest.predictions import Prediction
from streams.events.envelope import moment_of

TREES = 200
_PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 1,
    "verbosity": -1,
}


class Fit:
    """One month of one target: what to learn from, and which rows to answer."""

    def __init__(self, target: str, learned: list[Prediction], asked: list[int]) -> None:
        """Hold the rows to learn from, and the positions of those to answer."""
        self.target = target
        self.learned = learned
        self.asked = asked


def load() -> Any:
    """Import LightGBM; raises `LibraryAbsent` with the command that installs it."""
    try:
        import lightgbm
    except ImportError as error:
        raise LibraryAbsent(
            "--compare needs LightGBM, which is not installed; `uv sync --extra compare` installs it here, "
            "`pip install lightgbm` elsewhere"
        ) from error
    except OSError as error:
        raise LibraryAbsent(
            f"LightGBM is installed but does not load ({error}); it needs the OpenMP library of the system: libgomp1 "
            "on Debian and Ubuntu, libomp with Homebrew"
        ) from error
    return lightgbm


def fits(known: Sequence[Prediction], asked: Sequence[Prediction]) -> list[Fit]:
    """Return the months in which there is something to answer and both outcomes to learn from.

    `known` is everything that may be learned once it is due, `asked` what is to be answered, by position.
    """
    months: dict[tuple[str, int], list[int]] = {}
    for position, row in enumerate(asked):
        months.setdefault((row.target, month_start(row.as_of)), []).append(position)
    found: list[Fit] = []
    for (target, start), positions in sorted(months.items()):
        learned = [row for row in known if row.target == target and row.due <= start]
        if len({row.label for row in learned}) == 2:
            found.append(Fit(target, learned, positions))
    return found


def answer(
    asked: Sequence[Prediction], todo: Sequence[Fit], progress: Callable[[int], None] | None = None
) -> list[float | None]:
    """Return the rival's probability for each row, none where it could not say any."""
    lightgbm = load()
    said: list[float | None] = [None] * len(asked)
    for done, fit in enumerate(todo, start=1):
        rows = [_measured(asked[position]) for position in fit.asked]
        learned, questions, words = tabulate([_measured(row) for row in fit.learned], rows)
        labels = np.array([row.label for row in fit.learned], dtype=np.float64)
        data = lightgbm.Dataset(learned, labels, categorical_feature=words, params=_PARAMETERS)
        booster = lightgbm.train(_PARAMETERS, data, num_boost_round=TREES)
        for position, probability in zip(fit.asked, booster.predict(questions, num_threads=1), strict=True):
            said[position] = float(probability)
        if progress is not None:
            progress(done)
    return said


def tabulate(learned: Sequence[Sequence[object]], asked: Sequence[Sequence[object]]) -> tuple[Array, Array, list[int]]:
    """Return two tables of numbers, and which of their columns are codes of words.

    None and words that `learned` does not have are not-a-number.
    """
    width = len(learned[0])
    vocabularies: dict[int, dict[object, float]] = {}
    for column in range(width):
        words = sorted({row[column] for row in learned if isinstance(row[column], str)})  # type: ignore[type-var]
        if words:
            vocabularies[column] = {word: float(code) for code, word in enumerate(words)}

    def numbers(rows: Sequence[Sequence[object]]) -> Array:
        table = np.full((len(rows), width), np.nan)
        for column in range(width):
            codes = vocabularies.get(column)
            for line, row in enumerate(rows):
                value = row[column]
                if isinstance(value, str):
                    table[line, column] = np.nan if codes is None else codes.get(value, np.nan)
                elif value is not None:
                    table[line, column] = value
        return table

    return numbers(learned), numbers(asked), sorted(vocabularies)


def month_start(at: int) -> int:
    """The first instant of an instant's calendar month (UTC), in milliseconds."""
    moment = moment_of(at)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp() * 1000)


def _measured(row: Prediction) -> Sequence[object]:
    assert row.vector is not None, "the backtest was not asked to keep what was measured"
    return (*row.vector.numbers, *row.vector.words)
