"""Law: nothing that happens after a prediction can change it."""

from __future__ import annotations

import pytest

from streams.alerts.rules.dates import Slipping
from streams.alerts.rules.silence import GoingQuiet
from streams.backtest.run import Result, run
from streams.events.contract import encode
from streams.events.envelope import Event
from tests.builders import APPENDED_AT, a_clock, a_loss, a_market, a_policy, ms

_MARKET = a_market(deals=24, days=50)
#: So that a model that has seen few deals, and says little, has alerts, too.
_POLICY = a_policy(GoingQuiet(min_cases=30, probability=0.3, lift=0.3), Slipping(min_cases=30, lift=0.3))


def _run(events: list[Event]) -> Result:
    return run([encode(event) for event in events], _POLICY, APPENDED_AT, partitions=3)


def _predictions(result: Result, before: float) -> dict[tuple[str, int, str], float]:
    rows = result.predictions.rows
    return {(row.opportunity, row.as_of, row.target): row.probability for row in rows if row.as_of < ms(before)}


def _alerts(result: Result, before: float) -> set[str]:
    return {repr(alert) for alert in result.alerts if alert.at < ms(before)}


@pytest.fixture(scope="module")
def lived() -> Result:
    """The market as it was."""
    return _run(_MARKET)


def test_the_market_teaches_something(lived: Result) -> None:
    """The log of these tests has predictions that moved away from the prior, and alerts of models and of rules."""
    said = {round(row.probability, 3) for row in lived.predictions.rows if row.target == "inactivity"}
    assert len(said) > 50
    assert {"going_quiet", "silent", "slipping"} <= {alert.rule for alert in lived.alerts}
    assert {True, False} == {row.label for row in lived.predictions.rows}


@pytest.mark.parametrize("cut", [20, 33.3, 41])
def test_a_log_that_ends_earlier_says_the_same_until_then(lived: Result, cut: float) -> None:
    """Cutting the future off changes no prediction and no alert of before."""
    past = [event for event in _MARKET if event.time.timestamp() * 1000 < ms(cut)]
    shorter = _run([*past, a_clock(cut)])  # time came as far, so what falls due on the way is told
    judged = _predictions(shorter, cut)
    assert judged
    assert judged == {key: said for key, said in _predictions(lived, cut).items() if key in judged}
    assert _alerts(shorter, cut) == _alerts(lived, cut)


@pytest.mark.parametrize("cut", [20, 33.3, 41])
def test_another_future_says_the_same_until_then(lived: Result, cut: float) -> None:
    """Turning every later label around changes no prediction and no alert of before."""
    past = [event for event in _MARKET if event.time.timestamp() * 1000 < ms(cut)]
    ends = [a_loss(cut + number / 1000, subject=f"opp-{number}") for number in range(24)]
    other = _run([*past, *ends, *a_future(cut)])
    assert _alerts(other, cut) == _alerts(lived, cut)
    ours, theirs = _predictions(lived, cut), _predictions(other, cut)
    assert len(ours.keys() & theirs.keys()) > 100
    assert {key: ours[key] for key in ours.keys() & theirs.keys()} == {
        key: theirs[key] for key in ours.keys() & theirs.keys()
    }


def a_future(cut: float) -> list[Event]:
    """Another market that begins where the first one is cut off."""
    return [event for event in a_market(deals=10, days=60, seed=99) if event.time.timestamp() * 1000 > ms(cut + 0.1)]
