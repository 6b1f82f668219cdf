"""Law: what is known of a deal depends on the set of its events, not on how they were delivered."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from streams.events.envelope import Event
from streams.state.opportunity import Opportunity
from tests.builders import Timeline, a_clock, an_opportunity, moment, some_moving_models
from tests.strategies import Faults, faults, histories, in_order, law

#: When every delivery is over, beyond the lateness bound.
_THE_END = 30
_LEARNED = some_moving_models()


def _facts(timeline: Timeline) -> dict[str, Opportunity]:
    return {name: state.facts for name, state in timeline.partition.deals.items()}


def lived(values: Iterable[Event | bytes]) -> Timeline:
    """Live through values until long after the last one."""
    return Timeline().tell(*values, a_clock(_THE_END))


@st.composite
def troubled_histories(draw: st.DrawFn) -> tuple[list[Event], Faults]:
    """A history, and how it was delivered."""
    history = draw(histories())
    return history, draw(faults(history))


@law(100)
@given(troubled_histories())
def test_shuffled_duplicated_and_late_delivery_ends_in_the_same_facts(trouble: tuple[list[Event], Faults]) -> None:
    """Shuffled, duplicated and late (within the bound) delivery ends in the facts of a delivery in order."""
    history, delivered = trouble
    assert _facts(lived(in_order(history))) == _facts(lived(delivered.values))


@st.composite
def days_in_any_order(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """A history of a deal that is there from the beginning, and the same with the events of each day shuffled."""
    history = [an_opportunity(0), *draw(histories(deals=1, most=10))]
    ordered, shuffled = [], []
    for day in range(22):
        # The deal's questions are asked at midnight: what happens between two of them may come in any order.
        today = [each for each in in_order(history) if moment(day) <= each.time < moment(day + 1)]
        ordered += [*today, a_clock(day + 0.995)]
        shuffled += [*(today[:1] if day == 0 else ()), *draw(st.permutations(today[day == 0 :])), a_clock(day + 0.995)]
    return ordered, shuffled


@law(60)
@given(days_in_any_order())
def test_events_shuffled_between_two_questions_leave_the_same_score_history(
    days: tuple[list[Event], list[Event]],
) -> None:
    """A history follows what was known when the models were asked, so within a day the order leaves no trace in it."""
    ordered, shuffled = (_history(each) for each in days)
    assert ordered == shuffled


def _history(events: list[Event]) -> tuple[int, bytes]:
    watch = Timeline(_LEARNED).tell(*events, a_clock(_THE_END)).deal().watch
    return watch.origin, watch.history
