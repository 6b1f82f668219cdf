"""Law: what is known of a deal depends on the set of its events, not on how they were delivered."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from streams.events.envelope import Event
from streams.state.opportunity import Opportunity
from tests.builders import Timeline, a_clock
from tests.strategies import Faults, faults, histories, in_order, law

#: When every delivery is over, beyond the lateness bound.
_THE_END = 30


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


@law(150)
@given(troubled_histories())
def test_shuffled_duplicated_and_late_delivery_ends_in_the_same_facts(trouble: tuple[list[Event], Faults]) -> None:
    """Shuffled, duplicated and late (within the bound) delivery ends in the facts of a delivery in order."""
    history, delivered = trouble
    assert _facts(lived(in_order(history))) == _facts(lived(delivered.values))
