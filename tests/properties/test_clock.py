"""Law: time passes by itself; how often somebody says so makes no difference."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.alerts.policy import Policy
from streams.effects import Effect, Teach
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.envelope import Event
from streams.labels.lesson import EpochReached
from streams.partition import Partition
from tests.builders import MONDAY, Delivery, SameModels, a_clock, a_market, some_models
from tests.strategies import histories, law

_SPACE = 10_000
_MODELS = some_models(inactivity=0.75, slippage=0.7, cases=500)


def _live(history: list[Event], announced: list[float]) -> tuple[Partition, list[Effect]]:
    """Live a history; `announced` are days on which the clock is said in addition, between the events."""
    partition = Partition(0, 1, Policy(), SameModels(_MODELS))
    effects: list[Effect] = []
    waiting = sorted(announced)
    for number, event in enumerate([*history, a_clock(40)]):
        offset = number * _SPACE
        day = (event.time - MONDAY) / timedelta(days=1)
        while number and waiting and waiting[0] <= day:
            offset += 1
            assert partition.handle(Delivery(offset - _SPACE, encode(a_clock(waiting.pop(0)))))
        assert partition.handle(Delivery(number * _SPACE, encode(event)))
        effects += [_without_heading(effect) for effect, _ in partition.drain()]
    return partition, effects


def _without_heading(effect: Effect) -> Effect:
    """Leave out where a partition is heading: a hint for those who say the time, which follows what they said."""
    if isinstance(effect, Teach) and isinstance(effect.lesson, EpochReached):
        return Teach(replace(effect.lesson, heading=0))
    return effect


@law(60)
@given(histories(), st.lists(st.floats(0, 40), max_size=60))
def test_announcing_the_clock_more_often_changes_nothing(history: list[Event], announced: list[float]) -> None:
    """The same events with any announcements of time in between give the same states, alerts and lessons."""
    quiet, said = _live(history, [])
    busy, heard = _live(history, announced)
    assert quiet.deals == busy.deals
    assert quiet.state == busy.state
    assert said == heard


def test_a_thousand_announcements_are_as_good_as_one() -> None:
    """A small market under a clock that ticks every hour gives what it gives under a clock that ticks at the end."""
    market = [event for event in a_market(deals=6, days=35) if not isinstance(event, ClockAdvanced)]
    quiet, said = _live(market, [])
    busy, heard = _live(market, [hour / 24 for hour in range(40 * 24)])
    assert said
    assert (quiet.deals, said) == (busy.deals, heard)
