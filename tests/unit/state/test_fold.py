"""The fold: late events are sorted in, old ones are summed up, and memory stays small."""

from __future__ import annotations

from itertools import permutations

from streams.events.contract import AnyEvent
from streams.state.admit import LATENESS, fingerprint
from streams.state.fold import Arrival, fold, settle
from streams.state.memory import DealState
from streams.state.opportunity import DAY
from tests.builders import a_call, a_close_date, a_loss, a_reopening, a_stage, a_win, an_opportunity, ms


def _fold(*events: AnyEvent, now: float | None = None) -> DealState:
    state: DealState | None = None
    clock = 0
    for offset, event in enumerate(events):
        clock = max(clock, event.at if now is None else ms(now))
        state = fold(state, event, Arrival(fingerprint(event), offset, clock), "UTC", 14)
    assert state is not None
    return state


def test_any_order_of_recent_events_ends_in_the_same_facts() -> None:
    """All orders of stage moves, pushes, an end and a reopening give the facts of the order in time."""
    events: list[AnyEvent] = [
        an_opportunity(0),
        a_stage(1, "offer", 2),
        a_close_date(1.5, 20),
        a_close_date(2, 25),
        a_loss(3),
        a_reopening(4),
    ]
    expected = _fold(*events).facts
    assert {expected.events} == {_fold(*order).facts.events for order in permutations(events)}
    assert all(expected == _fold(*order).facts for order in permutations(events))


def test_ties_in_time_are_broken_by_id() -> None:
    """Two events of the same instant are applied in the order of their ids, however they came."""
    first, second = a_stage(1, "a", id="1"), a_stage(1, "b", id="2")
    assert "b" == _fold(first, second).facts.stage == _fold(second, first).facts.stage


def test_an_event_of_the_past_is_sorted_in() -> None:
    """A win that is heard of before the loss that came first is no win."""
    assert _fold(a_win(2), a_loss(1)).facts.status == "lost"


def test_what_is_older_than_the_bound_is_summed_up() -> None:
    """Events beyond the lateness bound leave the recent ones and enter the base; the facts stay."""
    state = _fold(an_opportunity(0), a_call(1), a_call(9))
    assert [ms(9)] == [each.at for each in state.recent]
    assert state.base is not None
    assert (state.base.events, state.facts.events) == (2, 3)


def test_the_bound_itself_is_still_recent() -> None:
    """An event exactly as old as the bound may have an older brother on its way."""
    state = _fold(a_call(0), a_call(7))
    assert len(state.recent) == 2
    assert len(settle(state, ms(0) + LATENESS + 1, "UTC").recent) == 1


def test_settling_changes_memory_only() -> None:
    """Once everything is old the base is dropped, because it equals the facts."""
    state = _fold(an_opportunity(0), a_call(1))
    settled = settle(state, ms(30), "UTC")
    assert (settled.base, settled.recent) == (None, ())
    assert (state.facts, state.seen, state.watch) == (settled.facts, settled.seen, settled.watch)
    assert settled is settle(settled, ms(31), "UTC")
    assert state is settle(state, ms(2), "UTC")


def test_the_fold_goes_on_after_settling() -> None:
    """A settled state takes in the next event as if it had never been settled."""
    state = settle(_fold(an_opportunity(0), a_call(1)), ms(30), "UTC")
    event = a_call(30)
    state = fold(state, event, Arrival(fingerprint(event), 2, ms(30)), "UTC", 14)
    assert _fold(an_opportunity(0), a_call(1), a_call(30)).facts == state.facts


def test_an_event_first_heard_of_late_is_kept_for_its_elder() -> None:
    """The first event that arrives need not be the first that happened."""
    state = _fold(a_call(3), an_opportunity(1), a_call(2))
    assert (ms(1), ms(3), 3) == (state.facts.first_event_at, state.facts.last_event_at, state.facts.events)
    assert state.facts == _fold(an_opportunity(1), a_call(2), a_call(3)).facts


def test_offset_and_marks_are_remembered() -> None:
    """The state knows the last offset folded and the fingerprint of every event, in the order of arrival."""
    late = [a_call(3), a_call(1)]
    state = _fold(*late)
    assert (1, b"".join(fingerprint(each) for each in late)) == (state.offset, state.seen)


def test_the_grid_begins_with_the_first_event_heard_of() -> None:
    """The daily grid has the time of the first event that arrived, and the horizon of that day."""
    state = _fold(a_call(3), a_call(1))
    assert (ms(3), 14) == (state.watch.origin, state.watch.horizon_days)


def test_a_history_of_any_length_takes_the_same_memory() -> None:
    """After a year of daily calls only the last week is kept event by event."""
    state = _fold(*(a_call(day) for day in range(365)))
    assert len(state.recent) == 8
    assert state.facts.events == 365
    assert ms(364) - 7 * DAY == state.recent[0].at
