"""Counting deals in a kilobyte."""

from __future__ import annotations

import pytest

from models.distinct import PLACES, DistinctDeals


@pytest.mark.parametrize("deals", [0, 1, 20, 500, 5_000, 20_000])
def test_different_deals_are_counted_within_a_few_percent(deals: int) -> None:
    """However often each is met."""
    met = DistinctDeals()
    for _ in range(3):
        met.meet(f"opp-{number}" for number in range(deals))
    assert met.count == pytest.approx(deals, rel=0.03, abs=0.5)


def test_more_deals_than_can_be_told_apart_are_many() -> None:
    """The count stops where all places are taken; it does not fall, and is no error."""
    met = DistinctDeals()
    met.meet(f"opp-{number}" for number in range(20 * PLACES))
    assert met.count > 5 * PLACES


def test_a_restart_goes_on_with_the_same_deals() -> None:
    """Met before the restart, met after it: one deal."""
    met = DistinctDeals()
    met.meet(["opp-1", "opp-2"])
    again = DistinctDeals(met.state())
    again.meet(["opp-2", "opp-3"])
    met.meet(["opp-3"])
    assert (again.state(), again.count) == (met.state(), met.count)


def test_bytes_of_another_length_are_refused() -> None:
    """They are no deals of ours."""
    with pytest.raises(ValueError, match="1024 bytes of deals were expected, not 3"):
        DistinctDeals(b"abc")
