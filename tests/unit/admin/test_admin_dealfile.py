"""One deal explained."""

import pytest
from msgspec.structs import replace

from models.snapshot import ModelSet
from streams.admin.dealfile import explained, suggestion, wanted_epochs
from streams.state.memory import DealState
from tests.builders import TARGETS, Timeline, a_call, a_close_date, an_opportunity, some_models


@pytest.fixture
def state() -> DealState:
    """Return a deal that was scored by the models of epoch 0."""
    timeline = Timeline(some_models(inactivity=0.3, slippage=0.6, win=0.4, cases=500))
    return timeline.tell(an_opportunity(0), a_close_date(0.1, 40), a_call(1)).until(3).deal()


def test_an_estimate_is_explained_by_the_models_that_made_it(state: DealState) -> None:
    """Level and drivers add up to the log-odds, and the probability is the one that was said."""
    models = some_models(inactivity=0.3, slippage=0.6, win=0.4, cases=500)
    assert wanted_epochs(state) == {0}
    risks, note = explained(state, {0: models, 7: some_models(inactivity=0.9)})
    assert note == ""
    assert set(risks) == set(TARGETS)
    for target, risk in risks.items():
        assert risk.probability == pytest.approx(state.watch.estimates[target].probability)
        assert risk.level + sum(each.log_odds or 0.0 for each in risk.drivers) == pytest.approx(risk.log_odds)


def test_the_newest_models_stand_in_for_those_that_are_gone(state: DealState) -> None:
    """The substitution is said."""
    other = some_models(inactivity=0.9)
    renamed = {name: replace(each, version=f"{name}-7") for name, each in other.targets.items()}
    risks, note = explained(state, {7: ModelSet(7, other.features, renamed, other.norms)})
    assert risks["inactivity"].model_version == "inactivity-7"
    assert any(f"{target}-0" in note for target in TARGETS)


def test_without_models_there_are_probabilities_only(state: DealState) -> None:
    """Nothing is made up."""
    risks, note = explained(state, {})
    assert risks == {}
    assert "without drivers" in note


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("opp-17", "did you mean opp-170, opp-171?"),
        ("OPP-170", "did you mean opp-170?"),
        ("op-171", "did you mean opp-171"),
        ("Acme", "ids look like lead-1, opp-170, opp-171"),
    ],
)
def test_an_unknown_id_is_answered_with_similar_ones(asked: str, said: str) -> None:
    """Longer ids that hold it, other spellings, or at least what ids look like."""
    assert suggestion(asked, ["opp-170", "opp-171", "lead-1"]).startswith(said)
