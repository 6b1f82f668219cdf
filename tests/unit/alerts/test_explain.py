"""A risk in the words of a sales manager: a few drivers that add up, what is usual, and what would help."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.norms import Norms, observe_gap
from models.schema import NAMES
from models.snapshot import Weights
from streams.alerts.drivers import GROUP_OF, GROUPS
from streams.alerts.explain import explain, headline
from streams.alerts.policy import Policy
from streams.alerts.view import View
from streams.alerts.whatif import LEAST, what_if
from streams.labels.outcome import INACTIVITY, SLIPPAGE, WIN
from tests.builders import Timeline, a_call, a_close_date, a_message, a_proposal, a_reply, an_opportunity, ms

RATES = (0.1, 0.2, 0.3, 0.4)


def a_view(day: float = 12.0, norms: Norms | None = None) -> View:
    """A deal that talked, got a proposal and has been silent since day 3."""
    told = Timeline().tell(
        an_opportunity(),
        a_close_date(0.1, closes=20),
        a_call(1, contacts=("kim",)),
        a_proposal(2),
        a_reply(3),
        a_message(4),
    )
    return View(told.facts(), ms(day), {}, norms or Norms(), Policy(), {}, {})


def a_model(target: str = INACTIVITY, **weights: float) -> Weights:
    """A model with these weights, slots spelled with `_at_` for their sign."""
    slots = {slot.replace("_at_", "@").replace("_is_", "="): weight for slot, weight in weights.items()}
    return Weights(target, f"{target}-7", 321, 0.25, RATES, {"level": 0.1, **slots}, {})


def test_every_feature_and_word_belongs_to_one_driver() -> None:
    """So that their shares are those of all, once."""
    taken = [name for group in GROUPS for name in group.features]
    assert sorted(taken) == sorted(NAMES)
    assert [GROUPS[index].name for index in GROUP_OF] == [
        next(group.name for group in GROUPS if name in group.features) for name in NAMES
    ]


def test_drivers_are_named_by_their_strongest_feature_the_strongest_first() -> None:
    """In whatever direction; a feature nearly as strong is named beside it, one that pulls the other way is not."""
    model = a_model(since_contact_at_9=1.0, since_event_at_7=0.6, last_gap_at_2=-0.9, proposals_at_1=-2.0)
    said = explain(a_view(), model)
    first, second = said.drivers[:2]
    assert (first.feature, first.text, first.log_odds) == ("proposal", "1 proposal sent", -2.0)
    assert second.feature == "silence"
    assert second.text.startswith("9 days since the last contact; ")
    assert second.log_odds == pytest.approx(1.0 - 0.9 + 0.6 * 0.5)
    assert {driver.log_odds for driver in said.drivers[2:]} == {0.0}
    assert len(said.drivers) == len(GROUPS)


def test_what_is_usual_stands_beside_the_silence() -> None:
    """From the deal's own gaps, its stage, its owner and all deals."""
    norms = Norms()
    for _ in range(50):
        norms = observe_gap(norms, "", "", 4.0)
    said = explain(a_view(norms=norms), a_model(since_contact_at_9=1.0))
    assert said.drivers[0].text.startswith("9 days since the last contact; 9 of 10 gaps end within ")
    assert said.drivers[0].text.endswith("(from this deal and all deals)")


def test_the_rate_of_comparable_deals_stands_beside_that_of_all() -> None:
    """Comparable are those of the same phase."""
    said = explain(a_view(), a_model())
    assert (said.comparable, said.comparable_rate, said.base_rate) == ("proposal answered", 0.4, 0.25)
    assert (said.target, said.cases, said.model_version) == (INACTIVITY, 321, "inactivity-7")
    assert headline(said) == "52 % (25 % is usual)"


def test_a_rank_stands_beside_the_probability() -> None:
    """Among the open deals that the model knows; without them nothing is said of it."""
    model = replace(a_model(), quantiles=tuple(step / 40 for step in range(21)))
    said = explain(a_view(), model)
    assert (said.rank, headline(said)) == (99, "52 % (25 % is usual; higher than 99 of 100 open deals)")
    assert explain(a_view(), replace(model, quantiles=tuple(step / 20 for step in range(21)))).rank == 52
    assert explain(a_view(), a_model()).rank is None


def test_what_would_help_most_is_the_event_after_which_the_risk_is_lowest() -> None:
    """The deal is measured as it would be after it."""
    said = explain(a_view(), a_model(since_contact_at_9=2.0, since_contact_at_0=-1.0, meeting_in_at_7=-0.5))
    assert said.what_if is not None
    assert said.what_if.text == "a call with the buyer"
    assert said.what_if.probability < 0.35 < 0.85 < said.probability
    assert said.what_if.helps == pytest.approx(said.probability - said.what_if.probability)
    planned = explain(a_view(), a_model(meeting_in_at_7=-2.0))
    assert planned.what_if is not None
    assert planned.what_if.text == "a meeting planned for next week"


def test_a_later_close_date_helps_against_slipping_only() -> None:
    """Nobody calls a buyer back by moving a date."""
    weights = {"to_close_at_30": -2.0, "to_close_at_45": -2.0}
    slipping = explain(a_view(), a_model(SLIPPAGE, **weights)).what_if
    assert slipping is not None
    assert slipping.text == "a close date 30 days later"
    assert explain(a_view(), a_model(INACTIVITY, **weights)).what_if is None


def test_to_win_a_higher_probability_helps() -> None:
    """And a lower one elsewhere."""
    view = a_view()
    facts, now = view.facts, view.now
    chances = {
        target: what_if(facts, now, "UTC", target, lambda vector: 0.2 + 0.05 * float(vector.value("contacts") or 0))
        for target in (WIN, INACTIVITY)
    }
    assert chances[WIN] is not None
    assert chances[INACTIVITY] is None


def test_nothing_is_proposed_that_changes_hardly_anything() -> None:
    """A sentence for a percent or two would be noise."""
    view = a_view()
    small = what_if(
        view.facts, view.now, "UTC", WIN, lambda vector: 0.5 + 0.9 * LEAST * (vector.value("since_contact") == 0.0)
    )
    assert small is None
