"""A measurement laid on knots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hats import CONSTANT, encode, slot_names, slots
from models.schema import FEATURES, INDEX, NAMES, PHASES, Vector, fingerprint
from tests.strategies import law


def _vector(**values: float | None) -> Vector:
    return tuple(values.get(name, 0.0 if name in ("phase", "weekday") else None) for name in NAMES)


def test_a_value_on_a_knot_stands_on_it_alone() -> None:
    """The weight of the knot is one; there is no neighbour."""
    encoded = encode(_vector(contacts=3.0))
    assert {name: weight for name, weight in encoded.items() if name.startswith("contacts@")} == {
        "contacts@3": 1.0,
        "contacts@3|0": 1.0,
    }


def test_a_value_between_knots_is_shared() -> None:
    """Nearer knots weigh more, main curve and phase curve alike."""
    encoded = encode(_vector(phase=2.0, contacts=12.0))
    assert {name: weight for name, weight in encoded.items() if name.startswith("contacts@")} == pytest.approx(
        {"contacts@11": 0.75, "contacts@11|2": 0.75, "contacts@15": 0.25, "contacts@15|2": 0.25}
    )


@pytest.mark.parametrize(("value", "slot"), [(-5.0, "contacts@0"), (999.0, "contacts@50"), (None, "contacts@never")])
def test_values_beyond_the_knots_stand_on_the_last_one(value: float | None, slot: str) -> None:
    """The curve is flat outside, and what is unknown has a slot of its own."""
    encoded = encode(_vector(contacts=value))
    assert {name for name in encoded if name.startswith("contacts@")} == {slot, f"{slot}|0"}
    assert encoded[slot] == 1.0


def test_categories_have_nothing_in_between() -> None:
    """Half a weekday does not exist; a rank above the ladder is its top."""
    assert encode(_vector(weekday=2.5))["weekday@2"] == 1.0
    assert encode(_vector(position=42.0))["position@10"] == 1.0


def test_the_phase_is_not_crossed_with_itself() -> None:
    """A phase has its own slot, and no other feature's slot is forgotten."""
    encoded = encode(_vector(phase=3.0))
    assert {name for name in encoded if name.startswith("phase@")} == {"phase@3"}
    assert encoded[CONSTANT] == 1.0
    assert len(encoded) == 1 + 2 * (len(FEATURES) - 1) + 1


@law(100)
@given(st.lists(st.none() | st.floats(-100, 1_000), min_size=len(FEATURES), max_size=len(FEATURES)), st.integers(0, 3))
def test_the_weights_of_a_feature_sum_to_one(values: list[float | None], phase: int) -> None:
    """Whatever the value, each feature stands on its curve with its whole weight, on at most two neighbours."""
    values[INDEX["phase"]] = float(phase)
    totals = [0.0] * len(FEATURES)
    stands = [0] * len(FEATURES)
    for index, _, _, weight in slots(tuple(values)):
        totals[index] += weight
        stands[index] += 1
        assert 0.0 <= weight <= 1.0
    assert totals == pytest.approx([1.0] * len(FEATURES))
    assert set(stands) <= {1, 2}


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_every_slot_has_a_name_of_its_own(phase: int) -> None:
    """No two knots share a slot, within a phase and over all phases."""
    names = [name for pair in slot_names(phase) for name in pair if name]
    assert len(names) == len(set(names))
    assert sum(len(feature.knots) + 1 for feature in FEATURES) == sum(1 for _ in slot_names(phase))


def test_knots_rise() -> None:
    """A curve needs its knots in order."""
    for feature in FEATURES:
        assert list(feature.knots) == sorted(set(feature.knots))


def test_the_fingerprint_of_the_features_is_stable() -> None:
    """The same list has the same name in every process: weights of another list are refused by it."""
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 12
