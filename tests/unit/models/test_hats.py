"""A measurement laid on knots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hats import CONSTANT, encode, knots_in_phase, main_slots, phase_slots, slots, split_word
from models.schema import FEATURES, NAMES, PHASES, WORDS, fingerprint
from tests.builders import a_vector
from tests.strategies import law


def test_a_value_on_a_knot_stands_on_it_alone() -> None:
    """The weight of the knot is one; there is no neighbour."""
    encoded = encode(a_vector(contacts=4.0))
    assert {name: weight for name, weight in encoded.items() if name.startswith("contacts@")} == {
        "contacts@4": 1.0,
        "contacts@4|0": 1.0,
    }


def test_a_value_between_knots_is_shared() -> None:
    """Nearer knots weigh more; the curve of the phase has its knots further apart."""
    encoded = encode(a_vector(phase=2.0, contacts=12.0))
    assert {name: weight for name, weight in encoded.items() if name.startswith("contacts@")} == pytest.approx(
        {"contacts@11": 0.75, "contacts@15": 0.25, "contacts@11|2": 13 / 14, "contacts@25|2": 1 / 14}
    )


@pytest.mark.parametrize(("value", "slot"), [(-5.0, "contacts@0"), (999.0, "contacts@50"), (None, "contacts@never")])
def test_values_beyond_the_knots_stand_on_the_last_one(value: float | None, slot: str) -> None:
    """The curve is flat outside, and what is unknown has a slot of its own."""
    encoded = encode(a_vector(contacts=value))
    assert {name for name in encoded if name.startswith("contacts@")} == {slot, f"{slot}|0"}
    assert encoded[slot] == 1.0


def test_categories_have_nothing_in_between() -> None:
    """Half a weekday does not exist; a rank above the ladder is its top."""
    assert encode(a_vector(weekday=2.5))["weekday@2"] == 1.0
    assert encode(a_vector(position=42.0))["position@10"] == 1.0


def test_the_phase_is_not_crossed_with_itself() -> None:
    """A phase has its own slot, and no other feature's slot is forgotten."""
    encoded = encode(a_vector(phase=3.0))
    assert {name for name in encoded if name.startswith("phase@")} == {"phase@3"}
    assert encoded[CONSTANT] == 1.0
    assert len(encoded) == 1 + 2 * (len(FEATURES) - 1) + 1 + len(WORDS)


def test_a_word_has_a_slot_for_each_text() -> None:
    """Where a word counts; what is not among the words that count adds nothing."""
    vector = a_vector(stage="offer", owner="ann=bob", next_step="")
    assert {"stage=offer", "owner=ann=bob", "next_step="} <= encode(vector).keys()
    assert [slot for slot in encode(vector, {"stage=offer"}) if split_word(slot)] == ["stage=offer"]
    assert split_word("owner=ann=bob") == (NAMES.index("owner") - len(FEATURES), "ann=bob")
    assert split_word("amount@4|2") is None
    assert split_word("horoscope=leo") is None


@law(100)
@given(st.lists(st.none() | st.floats(-100, 1_000), min_size=len(FEATURES), max_size=len(FEATURES)), st.integers(0, 3))
def test_the_weights_of_a_curve_sum_to_one(values: list[float | None], phase: int) -> None:
    """Whatever the value, it stands on each of its curves with its whole weight, on at most two neighbours."""
    named = dict(zip(NAMES, values, strict=False)) | {"phase": float(phase)}
    totals: dict[tuple[int, bool], float] = {}
    stands: dict[tuple[int, bool], int] = {}
    for index, slot, weight in slots(a_vector(**named)):
        curve = (index, "|" in slot)
        totals[curve] = totals.get(curve, 0.0) + weight
        stands[curve] = stands.get(curve, 0) + 1
        assert 0.0 <= weight <= 1.0
    assert len(totals) == 2 * len(FEATURES) - 1 + len(WORDS)
    assert list(totals.values()) == pytest.approx([1.0] * len(totals))
    assert set(stands.values()) <= {1, 2}


def test_every_slot_has_a_name_of_its_own() -> None:
    """No two knots share a slot, within a phase and over all phases."""
    names = [slot for feature in FEATURES for slot in main_slots(feature)]
    names += [slot for feature in FEATURES for phase in range(len(PHASES)) for slot in phase_slots(feature, phase)]
    assert len(names) == len(set(names))


def test_a_phase_has_knots_of_the_main_curve() -> None:
    """So that both curves together are straight between two knots of the main one."""
    for feature in FEATURES:
        knots = knots_in_phase(feature)
        assert set(knots) <= set(feature.knots)
        assert (knots[0], knots[-1]) == (feature.knots[0], feature.knots[-1])


def test_knots_rise() -> None:
    """A curve needs its knots in order."""
    for feature in FEATURES:
        assert list(feature.knots) == sorted(set(feature.knots))


def test_the_fingerprint_of_the_features_is_stable() -> None:
    """The same list has the same name in every process: weights of another list are refused by it."""
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 12
