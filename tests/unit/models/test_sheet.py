"""Many measurements at once are what each of them is alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.hats import encode, words_of
from models.schema import NAMES, Vector
from models.sheet import sheet_of
from tests.strategies import law, vectors


def _rows(measured: list[Vector], words: set[str], by_phase: tuple[str, ...] = NAMES) -> list[dict[str, float]]:
    sheet = sheet_of(measured, words, by_phase)
    rows: list[dict[str, float]] = []
    for row in range(len(measured)):
        part = slice(sheet.rows.indptr[row], sheet.rows.indptr[row + 1])
        columns, values = sheet.rows.indices[part].tolist(), sheet.rows.data[part].tolist()
        rows.append({sheet.slots[column]: value for column, value in zip(columns, values, strict=True)})
    return rows


@law(60)
@given(st.lists(vectors(), min_size=1, max_size=6), st.integers(0, 3))
def test_a_sheet_holds_the_encoding_of_every_measurement(measured: list[Vector], every: int) -> None:
    """To the last bit, with the same words left out."""
    spoken = sorted({slot for vector in measured for slot in words_of(vector)})
    words = set(spoken[:: every + 1])
    assert _rows(measured, words) == [encode(vector, words) for vector in measured]


@law(30)
@given(vectors())
def test_features_that_are_the_same_in_every_phase_have_the_main_curve_only(vector: Vector) -> None:
    """Nothing else is left out."""
    whole = encode(vector, ())
    expected = {slot: weight for slot, weight in whole.items() if "|" not in slot or slot.startswith("age@")}
    assert _rows([vector], set(), ("age",)) == [expected]


def test_no_measurement_is_an_empty_sheet() -> None:
    """A day without cases has no rows."""
    assert sheet_of([], (), NAMES).rows.shape == (0, 0)
