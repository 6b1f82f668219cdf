"""The Markov chain: removal effects against worked examples."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.markov import START, WON, Step, collapsed, removal_effects, steps
from tests.strategies import law


def table(*walks: tuple[str, bool]) -> Counter[Step]:
    """The steps of walks, written as `abc`, and whether they were won."""
    return Counter(step for channels, won in walks for step in steps(channels, won))


def test_removal_effects_are_those_of_the_worked_example() -> None:
    """Three walks: a b c won, a lost, b c lost. The chain wins one in three; without a one in six, without b or c none.

    From the start a (2/3) or b (1/3); from a to b or to nothing (1/2 each); b to c; c to won or to nothing (1/2 each).
    """
    effects = removal_effects(table(("abc", True), ("a", False), ("bc", False)))

    assert effects == pytest.approx({"a": 0.5, "b": 1.0, "c": 1.0})


def test_staying_where_one_is_changes_nothing() -> None:
    """Four webinars in a row are one visit."""
    assert collapsed("aaabba") == ("a", "b", "a")
    assert steps("aab", True) == [(START, "a"), ("a", "b"), ("b", WON)]


def test_nothing_won_and_nothing_walked_have_no_effect() -> None:
    """No division by nothing."""
    assert removal_effects({}) == {}
    assert removal_effects(table(("ab", False))) == {"a": 0.0, "b": 0.0}


def _by_removing(transitions: Counter[Step], channel: str) -> float:
    """The chance to win of the chain where every step into a channel leads to nothing, walked step by step."""
    states = sorted({each for step in transitions for each in step} - {WON})
    totals = Counter[str]()
    for (source, _), count in transitions.items():
        totals[source] += count
    chance = dict.fromkeys(states, 0.0) | {WON: 1.0}
    for _ in range(4_000):
        chance |= {
            source: sum(
                count / totals[source] * (0.0 if target == channel else chance[target])
                for (from_, target), count in transitions.items()
                if from_ == source
            )
            for source in totals
        }
    return chance[START]


@law(25)
@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=4), st.booleans()), min_size=1, max_size=8))
def test_one_inverse_gives_what_removing_each_channel_gives(walks: list[tuple[str, bool]]) -> None:
    """The closed form is the definition."""
    transitions = table(*walks)
    whole = _by_removing(transitions, "")
    for channel, effect in removal_effects(transitions).items():
        expected = 0.0 if whole == 0 else 1 - _by_removing(transitions, channel) / whole
        assert np.isclose(effect, expected, atol=1e-6)
