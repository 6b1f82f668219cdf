"""Many measurements laid on knots at once: the rows that a learner learns from, a column a slot.

The same hats as `models.hats.encode` gives for one measurement, to the last bit, at a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from models.hats import CONSTANT, PHASES, knots_in_phase, main_slots, phase_slots, split_word
from models.schema import FEATURES, INDEX, NAMES, WORDS, Feature, Vector

_PHASE = INDEX["phase"]


class Sheet(NamedTuple):
    """Measurements as a `scipy.sparse.csr_array` of float64, a row each, and the slots that its columns stand for."""

    slots: tuple[str, ...]
    rows: Any


class _Curve(NamedTuple):
    """A curve's knots, what lies between them, whether it is a category's, and its first column.

    Its slot for "never" comes after the knots.
    """

    feature: int
    knots: NDArray[np.float64]
    widths: NDArray[np.float64]
    categorical: bool
    column: int


def sheet_of(vectors: Sequence[Vector], words: Iterable[str], by_phase: Container[str]) -> Sheet:
    """Lay measurements on knots.

    Only features in `by_phase` have a curve in each phase besides the main one; only words (as slots) in `words` count.
    """
    if not vectors:
        return Sheet((), sparse.csr_array((0, 0)))
    numbers = np.array([vector.numbers for vector in vectors], dtype=np.float64)  # None becomes not-a-number
    phase_of = np.nan_to_num(numbers[:, _PHASE]).astype(np.intp)
    everywhere = np.arange(len(vectors))
    parts = [_Part(everywhere, np.zeros(len(vectors), dtype=np.intp), np.ones(len(vectors)))]
    for curve in _MAIN:
        parts += _stand(curve, numbers[:, curve.feature], everywhere)
    for phase in np.unique(phase_of):
        there = np.flatnonzero(phase_of == phase)
        for curve in _IN_PHASE[phase]:
            if NAMES[curve.feature] in by_phase:
                parts += _stand(curve, numbers[there, curve.feature], there)
    names, spoken = _spoken(vectors, words)
    parts.append(spoken)
    return _assembled(parts, names, len(vectors))


class _Part(NamedTuple):
    """Entries of the matrix: rows, columns, values."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: NDArray[np.float64]


def _stand(curve: _Curve, values: NDArray[np.float64], rows: NDArray[np.intp]) -> list[_Part]:
    """Where values stand on a curve: on the knot to the left and on the one to the right, or on "never"."""
    knots, last = curve.knots, len(curve.knots) - 1
    place = knots.searchsorted(values, side="right")
    left = np.maximum(place - 1, 0)
    columns = curve.column + np.where(np.isnan(values), last + 1, left)
    if curve.categorical:
        return [_Part(rows, columns, np.ones(len(rows)))]
    between = np.flatnonzero((place > 0) & (place <= last))  # what is not a number comes after the last knot
    at = left[between]
    share = np.zeros(len(rows))
    share[between] = (values[between] - knots[at]) / curve.widths[at]
    shared = np.flatnonzero(share > 0.0)
    return [
        _Part(rows, columns, 1.0 - share),
        _Part(rows[shared], columns[shared] + 1, share[shared]),
    ]


def _spoken(vectors: Sequence[Vector], words: Iterable[str]) -> tuple[list[str], _Part]:
    """The columns of the words that are met, behind those of the curves, and the entries."""
    known: list[dict[str, str]] = [{} for _ in WORDS]
    for slot in words:
        if (found := split_word(slot)) is not None:
            known[found[0]][found[1]] = slot
    columns: dict[str, int] = {}
    rows: list[int] = []
    at: list[int] = []
    for row, vector in enumerate(vectors):
        for of_kind, text in zip(known, vector.words, strict=True):
            if (word := of_kind.get(text)) is not None:
                rows.append(row)
                at.append(columns.setdefault(word, len(_SLOTS) + len(columns)))
    part = _Part(np.array(rows, dtype=np.intp), np.array(at, dtype=np.intp), np.ones(len(rows)))
    return list(columns), part


def _assembled(parts: Sequence[_Part], words: Sequence[str], height: int) -> Sheet:
    rows = np.concatenate([part.rows for part in parts])
    values = np.concatenate([part.values for part in parts])
    used, columns = np.unique(np.concatenate([part.columns for part in parts]), return_inverse=True)
    names = (*_SLOTS, *words)
    matrix = sparse.csr_array((values, (rows, columns)), shape=(height, len(used)))
    return Sheet(tuple(names[column] for column in used), matrix)


_SLOTS: list[str] = [CONSTANT]


def _laid(index: int, feature: Feature, knots: tuple[float, ...], slots: list[str]) -> _Curve:
    curve = _Curve(index, np.array(knots), np.diff(knots), feature.categorical, len(_SLOTS))
    _SLOTS.extend(slots)
    return curve


_MAIN = [_laid(index, feature, feature.knots, main_slots(feature)) for index, feature in enumerate(FEATURES)]
_IN_PHASE = [
    [
        _laid(index, feature, knots_in_phase(feature), slots)
        for index, feature in enumerate(FEATURES)
        if (slots := phase_slots(feature, phase))
    ]
    for phase in range(PHASES)
]
