"""What is usual: histograms of spans, their quantiles, and their limits."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.norms import EDGES, MAX_NAMES, Norms, Spans, observe_gap, observe_stay
from tests.strategies import law


def _spans(*days: float) -> Spans:
    spans = Spans()
    for each in days:
        spans = spans.plus(each)
    return spans


def test_nothing_seen_has_no_quantile() -> None:
    """Zero stands for "nothing is known"; callers ask how many were seen first."""
    assert Spans().quantile(0.9) == 0.0


def test_spans_fall_into_bins() -> None:
    """An edge belongs to the bin that begins there; the last bin is open."""
    spans = _spans(0.0, 0.25, 0.3, 179.9, 180.0, 9_999.0)
    assert spans.counts[:2] == (1, 2)
    assert spans.counts[-2:] == (1, 2)
    assert spans.total == 6 == sum(spans.counts)


def test_quantiles_are_interpolated_within_a_bin() -> None:
    """Ten spans between 2 and 3 days: the median is in the middle of the bin."""
    spans = _spans(*[2.5] * 10)
    assert (spans.quantile(0.5), spans.quantile(0.9), spans.quantile(1.0)) == pytest.approx((2.5, 2.9, 3.0))
    mixed = _spans(*[0.1] * 5, *[4.5] * 5)
    assert (mixed.quantile(0.5), mixed.quantile(0.75)) == pytest.approx((0.25, 4.5))


def test_the_open_bin_has_a_finite_quantile() -> None:
    """Spans without an upper edge are read as at most twice the last one."""
    assert _spans(500.0).quantile(1.0) == 2 * EDGES[-1]


@law(100)
@given(st.lists(st.floats(0, 400), min_size=1, max_size=40), st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bin_of_the_true_one(days: list[float], share: float) -> None:
    """The histogram is never off by more than the bin; order makes no difference; quantiles rise with the share."""
    spans = _spans(*days)
    assert spans == _spans(*reversed(days))
    true = sorted(days)[ceil(share * len(days)) - 1]
    left = max(edge for edge in EDGES if edge <= true)
    right = min((edge for edge in EDGES if edge > true), default=2 * EDGES[-1])
    assert left - 1e-9 <= spans.quantile(share) <= right + 1e-9
    assert spans.quantile(share) <= spans.quantile(1.0)


def test_a_gap_counts_for_stage_owner_and_all() -> None:
    """One gap, three norms; a deal without stage or owner counts for all deals only."""
    norms = observe_gap(observe_gap(Norms(), "offer", "rep-1", 2.5), "", "", 4.5)
    assert (norms.gaps.total, set(norms.stage_gaps), set(norms.owner_gaps)) == (2, {"offer"}, {"rep-1"})
    assert norms.stays.total == 0


def test_a_stay_counts_for_its_stage() -> None:
    """Stays and gaps are kept apart."""
    norms = observe_stay(Norms(), "offer", 2.5)
    assert (norms.stays.total, norms.stage_stays["offer"].total, norms.gaps.total) == (1, 1, 0)


def test_invented_names_do_not_grow_the_norms_without_end() -> None:
    """Beyond so many names new ones are left out, known ones still counted."""
    full = Norms(owner_gaps={f"rep-{number}": Spans() for number in range(MAX_NAMES)})
    norms = observe_gap(full, "offer", "one-too-many", 1.0)
    assert len(norms.owner_gaps) == MAX_NAMES
    assert observe_gap(norms, "offer", "rep-7", 1.0).owner_gaps["rep-7"].total == 1
    assert norms.gaps.total == 1


def test_observing_leaves_the_old_norms_alone() -> None:
    """A snapshot that was published does not change afterwards."""
    before = observe_gap(Norms(), "offer", "rep-1", 1.0)
    observe_gap(before, "offer", "rep-1", 1.0)
    assert before.stage_gaps["offer"].total == 1
