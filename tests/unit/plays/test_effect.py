"""What difference a play makes: counted by deal, in both arms in the same way, with an interval."""

from __future__ import annotations

from random import Random

import pytest

from models.interval import difference_of, share_of
from streams.plays.arm import run_id
from streams.plays.effect import FEW, Effect, Measure, judge_effect
from streams.plays.event import Happened, PlayEvent, event_id
from streams.state.opportunity import DAY


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
    ],
)
def test_the_interval_is_the_published_one(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe 1998, Table II, method 10."""
    found = difference_of(*counts)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_interval_of_a_share_is_wilsons() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17:857-872, method 3); none of none."""
    found = share_of(81, 263)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert share_of(0, 0) is None


def _told(deal: str, happened: Happened, day: float, *, held_out: bool = False, begun: float = 0, ends: float = 10,
          version: int = 1, rule: str = "silent") -> PlayEvent:  # fmt: skip
    run = run_id(deal, "re_engage", version, int(begun * DAY))
    return PlayEvent(
        id=event_id(run, happened, int(day * DAY)),
        run=run,
        happened=happened,
        opportunity=deal,
        play="re_engage",
        version=version,
        title="Re-engage",
        arm="held_out" if held_out else "played",
        at=int(day * DAY),
        started_at=int(begun * DAY),
        ends_at=int(ends * DAY),
        rule=rule,
    )


def _measure(effect: Effect, name: str) -> Measure:
    return next(each for each in effect.measures if each.name == name)


def test_of_each_deal_the_first_run_counts_and_repeats_count_once() -> None:
    """A second run after the cool-down is no second deal; a message that comes again is the same message."""
    first, success = _told("a", "started", 0), _told("a", "succeeded", 3)
    second = [_told("a", "started", 40, begun=40, ends=50), _told("a", "failed", 50, begun=40, ends=50)]
    [effect] = judge_effect([success, *second, first, first, success], {"a": "won"}, 60 * DAY)
    assert (effect.runs_played, effect.deals_played, effect.deals_held_out) == (2, 1, 0)
    measure = _measure(effect, "succeeded")
    assert (measure.played.deals, measure.played.hits) == (1, 1)
    assert (_measure(effect, "won").played.deals, _measure(effect, "won").played.hits) == (1, 1)
    assert measure.difference is None
    assert "too few" in measure.verdict


def test_what_cannot_be_known_yet_is_not_counted() -> None:
    """A run that goes on may still fail: even one that has worked counts once its time is over, as in the other arm."""
    told = [_told("a", "started", 0), _told("a", "succeeded", 3), _told("a", "replied", 3), _told("b", "started", 0)]
    young, grown, old = (judge_effect(told, {"a": "open", "b": "lost"}, day * DAY)[0] for day in (9, 10, 14))
    assert [_measure(each, "succeeded").played.deals for each in (young, grown, old)] == [0, 2, 2]
    assert [_measure(each, "replied").played.deals for each in (young, grown, old)] == [0, 0, 2]
    assert (_measure(old, "won").played.deals, _measure(old, "won").played.hits) == (1, 0)
    assert judge_effect(told, {}, 14 * DAY, since=DAY) == []


def test_only_runs_of_an_alert_have_a_reason_that_can_end_and_versions_are_told_apart() -> None:
    """A hold's run has none; another version is another play with other arms."""
    told = [_told("a", "started", 0, rule=""), _told("b", "started", 0, version=2)]
    effects = judge_effect(told, {}, 20 * DAY)
    assert [(each.version, _measure(each, "calmed").played.deals) for each in effects] == [(1, 0), (2, 1)]


@pytest.mark.parametrize(
    ("of_ten", "verdict"),
    [(7, "more where it is played"), (3, "no difference is shown"), (1, "less where it is played")],
)
def test_a_difference_that_is_there_is_found_and_none_is_made_up(of_ten: int, verdict: str) -> None:
    """1,000 deals, a fifth held out, of which 3 in 10 reply; of the others so many."""
    told = []
    for number in range(1_000):
        held_out = number % 5 == 0
        deal = f"opp-{number}"
        told.append(_told(deal, "started", 0, held_out=held_out))
        if number // 5 % 10 < (3 if held_out else of_ten):
            told.append(_told(deal, "replied", 4, held_out=held_out))
    [effect] = judge_effect(told, {}, 30 * DAY)
    measure = _measure(effect, "replied")
    assert (measure.played.deals, measure.held_out.deals) == (800, 200)
    assert measure.verdict == verdict
    assert measure.difference is not None
    assert measure.difference.value == pytest.approx((of_ten - 3) / 10)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """1,000 draws of two arms of 150 and 20 deals: at least 930 intervals have the true difference in them."""
    random = Random(1)
    held = 0
    for _ in range(1_000):
        one, other = (sum(random.random() < chance for _ in range(of)) for chance, of in ((0.45, 150), (0.3, 20)))
        found = difference_of(one, 150, other, 20)
        assert found is not None
        held += found.low <= 0.15 <= found.high
    assert held >= 930


def test_few_deals_are_said_to_be_few() -> None:
    """However great the difference looks."""
    told = [_told(f"p{n}", "started", 0) for n in range(FEW)] + [_told(f"p{n}", "replied", 2) for n in range(FEW)]
    told += [_told(f"h{n}", "started", 0, held_out=True) for n in range(FEW - 1)]
    [effect] = judge_effect(told, {}, 30 * DAY)
    assert "too few" in _measure(effect, "replied").verdict
    told.append(_told("h-last", "started", 0, held_out=True))
    [effect] = judge_effect(told, {}, 30 * DAY)
    assert _measure(effect, "replied").verdict == "more where it is played"
