"""What is usual for a deal: its own habits, its stage's, its owner's, by evidence."""

from __future__ import annotations

from math import log

import pytest

from models.norms import Norms, observe_gap, observe_stay
from streams.alerts.policy import Policy
from streams.alerts.usual import usual_gap, usual_stay
from streams.alerts.view import View
from streams.state.opportunity import Opportunity
from tests.builders import ms

_P90 = -log(0.1)


def _view(norms: Norms | None = None, **facts: object) -> View:
    known = Opportunity(id="opp-1", stage="offer", owner="rep-1", **facts)  # type: ignore[arg-type]
    return View(known, ms(30), {}, norms or Norms(), Policy(), {}, {})


def _gaps(stage: str, owner: str, days: float, number: int, norms: Norms | None = None) -> Norms:
    norms = norms or Norms()
    for _ in range(number):
        norms = observe_gap(norms, stage, owner, days)
    return norms


def test_with_nothing_learned_the_default_counts() -> None:
    """Nine days, as the literature says."""
    usual = usual_gap(_view())
    assert (usual.days, usual.words) == (9.0, "9 of 10 gaps end within 9 days (from a default)")


def test_own_gaps_are_blended_with_the_default() -> None:
    """Three own gaps of two days weigh three, the default weighs four."""
    usual = usual_gap(_view(contacts=4, first_contact_at=ms(0), last_contact_at=ms(6)))
    assert usual.days == pytest.approx((3 * 2 * _P90 + 4 * 9.0) / 7)
    assert usual.words.endswith("(from this deal and a default)")


def test_many_own_gaps_outweigh_everybody_elses() -> None:
    """A deal with a long history is judged by it: that is shrinkage towards the norm."""
    few = usual_gap(_view(contacts=2, first_contact_at=ms(0), last_contact_at=ms(1))).days
    many = usual_gap(_view(contacts=41, first_contact_at=ms(0), last_contact_at=ms(40))).days
    assert abs(many - _P90) < abs(few - _P90) / 3
    assert _P90 < many < few < 9.0


def test_stage_and_owner_come_before_all_deals() -> None:
    """At most two norms are used: the stage's and the owner's where both are known."""
    usual = usual_gap(_view(_gaps("offer", "rep-1", 2.5, 20)))
    assert usual.words.endswith("(from its stage and its owner)")
    assert 2 < usual.days < 3
    usual = usual_gap(_view(_gaps("demo", "rep-1", 2.5, 20)))
    assert usual.words.endswith("(from its owner and all deals)")
    usual = usual_gap(_view(_gaps("demo", "rep-9", 2.5, 20)))
    assert usual.words.endswith("(from all deals)")


def test_norms_with_few_spans_do_not_count_yet() -> None:
    """Nineteen gaps are not enough."""
    assert usual_gap(_view(_gaps("offer", "rep-1", 2.5, 19))).words.endswith("(from a default)")


def test_all_sources_are_named() -> None:
    """The sentence says where the number comes from."""
    view = _view(_gaps("offer", "rep-1", 2.5, 20), contacts=3, first_contact_at=ms(0), last_contact_at=ms(2))
    assert usual_gap(view).words.endswith("(from this deal, its stage and its owner)")


def test_one_contact_is_no_rhythm() -> None:
    """A gap needs two contacts."""
    assert usual_gap(_view(contacts=1, first_contact_at=ms(1), last_contact_at=ms(1))).days == 9.0


def test_a_usual_stay_is_the_median_of_the_stage() -> None:
    """Half of the deals left it within so many days; before enough are known, a default."""
    norms = Norms()
    for days in [4.5] * 10 + [20.0] * 10:
        norms = observe_stay(norms, "offer", days)
    assert (
        usual_stay(_view(norms)).days,
        usual_stay(_view(norms)).words,
    ) == (5.0, "half of 20 deals left it within 5 days")
    assert (usual_stay(_view()).days, usual_stay(_view()).words) == (21.0, "21 days is the default")
