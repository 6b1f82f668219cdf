"""The Markov chain: removal effects against worked examples."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.jointly import by_markov
from streams.revenue.markov import NOTHING, START, WON, Step, collapsed, removal_effects, steps
from streams.revenue.tables import Tables
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


#: From each state to a, b, c, won or nothing.
CHAIN = {
    START: (0.5, 0.3, 0.2, 0.0, 0.0),
    "a": (0.0, 0.3, 0.2, 0.2, 0.3),
    "b": (0.1, 0.0, 0.2, 0.4, 0.3),
    "c": (0.1, 0.1, 0.0, 0.1, 0.7),
}


def test_intervals_of_shares_hold_the_truth_as_often_as_they_say() -> None:
    """40 samples of 300 walks of a known chain: 120 intervals of 95 %, of which 107 to 119 hold their share."""
    states = ("a", "b", "c", WON, NOTHING)
    chances = {
        (source, target): round(p * 1_000)
        for source, row in CHAIN.items()
        for target, p in zip(states, row, strict=True)
    }
    effects = removal_effects({step: count for step, count in chances.items() if count})
    truth = {name: effect / sum(effects.values()) for name, effect in effects.items()}
    draws = np.random.default_rng(8)
    hits = []
    for _ in range(40):
        tables = Tables()
        for _ in range(300):
            walk = [START]
            while walk[-1] in CHAIN:
                walk.append(states[draws.choice(5, p=CHAIN[walk[-1]])])
            end = "won" if walk[-1] == WON else "lost"
            tables.steps.update(steps(walk[1:-1], end == "won"))
            tables.walks[collapsed(walk[1:-1]), end == "won"] += 1
            tables.counts.update({end: 1, **({"valued": 1, "cents": 1, "touched_cents": 1} if end == "won" else {})})
            tables.timing.update({(name, end): 1 for name in set(walk[1:-1])})
        shares = {row.name: row.share for row in by_markov(tables, {})}
        hits += [(found := shares[name]) is not None and found.low <= truth[name] <= found.high for name in truth]

    assert len(hits) == 120
    assert 107 <= sum(hits) <= 119
