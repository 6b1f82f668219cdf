"""Law: runs of plays follow from the log; one at a time, at most one a cool-down, and each ends in one way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.interval import difference_of, share_of
from streams.config.plays import shipped
from streams.events.envelope import Event
from streams.plays.arm import is_held_out
from streams.plays.event import PlayEvent, decode_play_event, encode_play_event
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_clock, a_hold, a_market, a_policy, a_readiness, some_models
from tests.properties.test_delivery_order import troubled_histories
from tests.strategies import Faults, histories, in_order, law

_LOUD = some_models(inactivity=0.75, slippage=0.7, cases=500)
_OUTCOMES = {"succeeded", "failed", "withdrawn"}
_AFTERWARDS = {"replied", "calmed"}
#: A policy under which every deal is as likely held out as not.
_EVEN = replace(
    a_policy(),
    playbook=shipped().with_plays(replace(play, version=7, holdout=0.5) for play in shipped().plays),
)


def _check_runs(events: Iterable[PlayEvent]) -> None:
    """Each run begins once, ends at most once, and says nothing twice; runs of a play on a deal keep their distance."""
    runs: dict[str, list[PlayEvent]] = defaultdict(list)
    for event in events:
        assert decode_play_event(encode_play_event(event)) == event
        runs[event.run].append(event)
    starts: dict[tuple[str, str], list[PlayEvent]] = defaultdict(list)
    for run in runs.values():
        said = [each.happened for each in run]
        assert said[0] == "started"
        once = [each for each in said if each != "touch_due"]
        assert len(once) == len(set(once))
        ends = [place for place, each in enumerate(said) if each in _OUTCOMES]
        assert len(ends) <= 1
        assert not ends or set(said[ends[0] + 1 :]) <= _AFTERWARDS
        assert len({(each.opportunity, each.play, each.version, each.arm, each.started_at) for each in run}) == 1
        assert [each.at for each in run] == sorted(each.at for each in run)
        if run[0].arm == "held_out":
            assert not {"touch_due", "woke"} & {*said}
        starts[run[0].opportunity, run[0].play].append(run[0])
    for (_, name), begun in starts.items():
        play = shipped().of(name)
        assert play is not None
        assert all(later.at - one.at >= play.cool_down_days * DAY for one, later in pairwise(begun))


def _begun_and_not_ended(events: Iterable[PlayEvent]) -> dict[str, set[str]]:
    """The plays that run on each deal, as their events tell it."""
    running: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.happened == "started":
            running[event.opportunity].add(event.play)
        elif event.happened in _OUTCOMES:
            running[event.opportunity].discard(event.play)
    return {deal: plays for deal, plays in running.items() if plays}


def _running(timeline: Timeline) -> dict[str, set[str]]:
    """The plays that run on each deal, as its state has it."""
    found = {
        name: {play for play, run in deal.watch.runs.items() if run.status == "running"}
        for name, deal in timeline.partition.deals.items()
    }
    return {name: plays for name, plays in found.items() if plays}


@law(60)
@given(troubled_histories())
def test_however_a_history_is_delivered_runs_have_a_life_and_the_state_knows_it(
    trouble: tuple[list[Event], Faults],
) -> None:
    """What runs according to the events runs according to the states, and nothing else."""
    timeline = Timeline(_LOUD, _EVEN).tell(*trouble[1].values, a_clock(60))
    _check_runs(timeline.plays)
    assert _begun_and_not_ended(timeline.plays) == _running(timeline)


@law(40)
@given(histories(), st.lists(st.floats(0, 60), max_size=6))
def test_it_makes_no_difference_how_often_anybody_looks_at_the_clock(
    history: list[Event], moments: list[float]
) -> None:
    """The same log with more clocks in it tells the same runs."""
    once = Timeline(_LOUD).tell(*in_order(history), a_clock(60))
    often = Timeline(_LOUD).tell(*in_order([*history, *(a_clock(day) for day in moments)]), a_clock(60))
    assert [encode_play_event(each) for each in once.plays] == [encode_play_event(each) for each in often.plays]


def test_a_market_has_runs_of_many_plays_in_both_arms_and_all_outcomes() -> None:
    """So the laws are about something: holds and unready buyers among them."""
    said = [
        *(a_hold(day, resumes=day + 25, subject=f"opp-{day}") for day in range(4, 20, 4)),
        *(a_readiness(day, "not_ready", subject=f"opp-{day}") for day in range(5, 20, 5)),
    ]
    market = in_order([*a_market(deals=24, days=50), *said])
    timeline = Timeline(_LOUD, _EVEN).tell(*market, a_clock(90))
    _check_runs(timeline.plays)
    assert {each.happened for each in timeline.plays} >= {*_OUTCOMES, *_AFTERWARDS, "started", "followed", "woke"}
    assert {each.arm for each in timeline.plays} == {"played", "held_out"}
    assert len({each.play for each in timeline.plays}) >= 8
    again = Timeline(_LOUD, _EVEN).tell(*market, a_clock(90))
    assert again.plays == timeline.plays


def test_arms_are_near_their_share_and_a_greater_share_only_adds_deals() -> None:
    """Of 20,000 deals a tenth is held out, within five standard deviations; plays and versions draw apart."""
    play = shipped().plays[0]
    deals = [f"006Qh{number:07d}" for number in range(20_000)]
    tenth = {deal for deal in deals if is_held_out(deal, replace(play, holdout=0.1))}
    half = {deal for deal in deals if is_held_out(deal, replace(play, holdout=0.5))}
    other = {deal for deal in deals if is_held_out(deal, replace(play, holdout=0.5, version=play.version + 1))}
    assert abs(len(tenth) - 2_000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5
    assert abs(len(half) - 10_000) < 5 * (20_000 * 0.25) ** 0.5
    assert tenth < half
    assert abs(len(half & other) - 5_000) < 5 * (20_000 * 0.25 * 0.75) ** 0.5
    assert not any(is_held_out(deal, replace(play, holdout=0.0)) for deal in deals)


@law(100)
@given(st.text(max_size=20), st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_the_arm_is_the_deals_and_not_the_times(deal: str, one: int, other: int) -> None:
    """Whenever a play is called for on a deal, it is in the same arm: the arm knows no time."""
    play = replace(shipped().plays[0], holdout=0.5)
    assert len({is_held_out(deal, play) for _ in (one, other)}) == 1


_COUNTS = st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@law(200)
@given(_COUNTS, _COUNTS)
def test_an_interval_is_around_its_estimate_and_the_other_way_round_is_its_mirror(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    """Between -1 and 1; none where a side has no deals."""
    found, mirrored = difference_of(*one, *other), difference_of(*other, *one)
    assert (found is None) == (0 in (one[1], other[1]))
    if found is not None and mirrored is not None:
        assert -1 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1
        assert abs(found.low + mirrored.high) + abs(found.high + mirrored.low) < 1e-12
    share = share_of(*one)
    assert share is None or 0 <= share.low <= share.value + 1e-12
