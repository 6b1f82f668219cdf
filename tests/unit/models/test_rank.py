"""A rank beside a probability: how many of 100 open deals have a lower one."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.learn import Learner
from models.rank import LEAST_DEALS, MOST_DEALS, STEPS, quantiles_of, rank_of, ranked
from models.scorer import Scorer
from models.snapshot import decode_models, encode_models
from tests.builders import a_vector, some_moving_models
from tests.strategies import law

_CHANCES = st.lists(st.floats(0.0, 1.0), min_size=LEAST_DEALS, max_size=300)


@pytest.mark.parametrize("deals", [LEAST_DEALS, 100, 101, 1_000])
def test_a_rank_counts_the_deals_that_are_lower(deals: int) -> None:
    """Of deals that are spread evenly it is their place, whatever their number; it never says all hundred."""
    said = [number / deals for number in range(deals)]
    Random(1).shuffle(said)
    quantiles = quantiles_of(said)
    assert len(quantiles) == STEPS + 1
    assert [rank_of(each, quantiles) for each in (0.0, 0.9999, 1.0)] == [0, 99, 99]
    for part in (0.1, 0.25, 0.5, 0.77):
        rank = rank_of(part, quantiles)
        assert rank is not None and abs(rank - 100 * part) <= 1 + 100 / deals


def test_without_enough_deals_there_is_no_rank() -> None:
    """Nor where they are nearly all alike: a hair would make a first of a last."""
    assert quantiles_of([number / 100 for number in range(LEAST_DEALS - 1)]) == ()
    assert quantiles_of([0.3] * 200) == ()
    assert quantiles_of([0.1, *([0.3] * 200), 0.9]) == ()
    assert rank_of(0.5, ()) is None


def test_of_deals_that_are_alike_none_is_higher() -> None:
    """Higher means higher: who says what many say stands above those below them only, up to five places."""
    quantiles = quantiles_of([*([0.1] * 50), *([0.6] * 50)])
    assert (rank_of(0.1, quantiles), rank_of(0.05, quantiles), rank_of(0.7, quantiles)) == (0, 0, 99)
    narrow = quantiles_of([0.5 + number / 1000 for number in range(30)])
    assert (rank_of(0.0, narrow), rank_of(1.0, narrow)) == (0, 99)
    rank = rank_of(0.6, quantiles)
    assert rank is not None and 50 <= rank <= 55


@law(100)
@given(_CHANCES, st.lists(st.floats(0.0, 1.0), min_size=2, max_size=9))
def test_ranks_go_as_the_probabilities_go(said: list[float], asked: list[float]) -> None:
    """They never fall where the probability rises, and are within five places of the count."""
    quantiles = quantiles_of(said)
    assert list(quantiles) == sorted(quantiles)
    ranks = [rank_of(each, quantiles) for each in sorted(asked)]
    if not quantiles:
        assert set(ranks) == {None}
        return
    for each, rank in zip(sorted(asked), ranks, strict=True):
        lower = sum(other < each for other in said) / len(said)
        assert rank is not None and 0 <= rank <= 99
        assert abs(rank / 100 - lower) <= 1 / STEPS + 1 / (len(said) - 1) + 0.011
    assert ranks == sorted(each for each in ranks if each is not None)


def test_models_carry_what_they_say_of_the_open_deals() -> None:
    """Of each target by itself, in the snapshot, to the last bit; with fewer deals than needed nothing."""
    models = some_moving_models()
    deals = [a_vector(number / 3, contacts=float(number % 7)) for number in range(60)]
    found = ranked(models, deals)
    scorer = Scorer(models)
    for name, weights in found.targets.items():
        assert weights.quantiles == quantiles_of([scorer.probabilities(each)[name] for each in deals])
    assert len({each.quantiles for each in found.targets.values()}) > 1
    assert decode_models(encode_models(found)) == found
    few = ranked(found, deals[: LEAST_DEALS - 1])
    assert {each.quantiles for each in few.targets.values()} == {()}


def test_of_very_many_deals_some_are_asked() -> None:
    """It is bounded what a day costs, and the quantiles are about the same."""
    models = some_moving_models()
    deals = [a_vector(float(number % 97) / 3) for number in range(97)]
    many = (deals * (MOST_DEALS // 97 + 2))[: MOST_DEALS + 1]
    for name, weights in ranked(models, many).targets.items():
        assert weights.quantiles == pytest.approx(ranked(models, deals).targets[name].quantiles, abs=0.05)


def test_a_learner_that_knows_nothing_ranks_nobody() -> None:
    """It says the usual rate of all."""
    deals = [a_vector(float(number)) for number in range(100)]
    assert {each.quantiles for each in ranked(Learner().publish(1), deals).targets.values()} == {()}
