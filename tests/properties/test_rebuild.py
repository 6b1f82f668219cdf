"""A deal that is rebuilt from its partition's log is the deal that the partition had, at every instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.policy import Policy
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.replay.rebuild import Rebuilt, rebuild
from streams.state.opportunity import DAY
from tests.builders import (
    Delivery,
    SameModels,
    Timeline,
    a_backfill,
    a_call,
    a_clock,
    a_figure,
    a_gap,
    a_heartbeat,
    a_market,
    a_policy,
    a_second_thought,
    an_opportunity,
    ms,
    new_rules,
    some_models,
    some_moving_models,
)
from tests.strategies import law

#: Models that change, so that it matters by which of them a day was judged.
MODELS = {day: some_models(inactivity=0.1 + 0.02 * (day % 30)) for day in range(0, 60, 7)}
LOG = a_second_thought(a_market(deals=8, days=40))
DEALS = [f"opp-{number}" for number in range(8)]


def shelf() -> SameModels:
    """The models of every day."""
    return SameModels(some_moving_models(), MODELS)


def a_log(swaps: list[tuple[int, int]], repeats: list[int]) -> list[Event]:
    """The market, with events that come late, twice, and in the middle a gap, other rules and a manager's figure."""
    log: list[Event] = list(LOG)
    log.insert(len(log) // 3, a_gap(12.5, since=12, until=13))
    log.insert(len(log) // 2, a_figure(20, "1000.00"))
    log.insert(len(log) // 6, new_rules(20, {"rule": {"silent": {"factor": 1.2}}}))
    for place, further in swaps:
        event = log.pop(place % len(log))
        log.insert(min(place % len(log) + further, len(log)), event)
    for place in repeats:
        log.append(log[place % len(log)])
    return log


def lived(log: list[Event], at: int, deal: str) -> tuple[object, list[object]]:
    """What a whole partition has of a deal when its clock passes `at`, and what was said until then."""
    timeline = Timeline(policy=a_policy(), shelf=shelf())
    for event in log:
        if event.at > at and event.kind != "rules_changed":
            timeline.tell(a_clock((at - ms(0)) / DAY))
            break
        timeline.tell(event)
    alerts: list[object] = [each for each in timeline.alerts if each.opportunity == deal]
    return timeline.partition.deals.get(deal), alerts


def rebuilt(log: list[Event], at: int, deal: str, policy: Policy | None = None) -> Rebuilt:
    """The same, rebuilt."""
    records = [Delivery(offset, encode(event)) for offset, event in enumerate(log)]
    return rebuild(records, deal, at, policy or a_policy(), shelf(), number=0, partitions=1)


@law(60)
@given(
    day=st.integers(0, 45 * 24).map(lambda hours: hours / 24),
    deal=st.sampled_from(DEALS),
    swaps=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=12),
    repeats=st.lists(st.integers(0, 500), max_size=4),
)
def test_a_rebuilt_deal_is_the_one_that_was(
    day: float, deal: str, swaps: list[tuple[int, int]], repeats: list[int]
) -> None:
    """State and alerts are the same, byte for byte, whatever came late, twice, or of other deals."""
    log, at = a_log(swaps, repeats), ms(day)
    state, alerts = lived(log, at, deal)
    found = rebuilt(log, at, deal)
    assert found.state == state if found.forgotten_at is None else state is None
    assert found.alerts == alerts
    assert found.now is None or found.now <= at


def test_what_was_heard_later_is_not_known_then() -> None:
    """The log goes on behind the instant; nothing of that is in the deal of then."""
    last = rebuilt(LOG, ms(100), DEALS[0])
    assert last.state is not None
    half = rebuilt(LOG, ms(20), DEALS[0])
    assert half.state is not None
    assert half.state.facts.last_event_at <= ms(20) == half.now
    assert half.state.facts.events < last.state.facts.events
    assert [each for each in last.alerts if each.at <= ms(20)] == half.alerts


def test_nothing_is_known_before_the_first_event() -> None:
    """A deal of which no event had come is no deal."""
    found = rebuilt(LOG, ms(0) - 1, DEALS[0])
    assert (found.state, found.first_offset, found.alerts) == (None, None, [])


FIRST = an_opportunity(13.1, subject="opp-late")


@pytest.mark.parametrize(
    ("before", "at"),
    [
        ([new_rules(1, {"rule": {"silent": {"factor": 1.0}}}), a_heartbeat(1)], 60.0),
        ([a_heartbeat(13), a_gap(13.05, since=12)], 13.2),
        ([a_clock(30)], 31.0),
        ([a_backfill(1, horizon_days=5)], 40.0),
        ([a_clock(13.1)], 13.1),
    ],
    ids=["rules", "a gap", "a clock that is ahead", "a backfill", "the very instant"],
)
def test_what_came_before_the_deal_counts_for_it(before: list[Event], at: float) -> None:
    """Rules, feeds and time of before its first event are those of the deal, as in a partition that lived through."""
    log: list[Event] = [*before, FIRST, a_call(13.15, subject="opp-late"), a_clock(70)]
    state, alerts = lived(log, ms(at), "opp-late")
    found = rebuilt(log, ms(at), "opp-late")
    assert (found.state, found.alerts) == (state, alerts)
    plain, _ = lived([FIRST, a_call(13.15, subject="opp-late"), a_clock(70)], ms(at), "opp-late")
    assert before == [a_clock(13.1)] or state != plain, "it makes no difference, so nothing is shown"
