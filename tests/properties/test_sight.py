"""What is on record without models is what the worker has on record, at every instant, split and repeated anyhow."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.events.action import is_action
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.replay.sight import Sight, Telling, read_story
from streams.revenue.position import Move
from streams.revenue.seen import Announced, Seen
from streams.state.opportunity import DAY, Opportunity
from tests.builders import (
    Delivery,
    Timeline,
    a_call,
    a_clock,
    a_figure,
    a_heartbeat,
    a_policy,
    an_acknowledgement,
    an_opportunity,
    ms,
    new_rules,
)
from tests.properties.test_rebuild import LOG, a_log, shelf
from tests.strategies import law

SWAPS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=12)
REPEATS = st.lists(st.integers(0, 500), max_size=4)
ALERT = f"al-{7:020x}"
DAYS = st.integers(0, 45 * 24).map(lambda hours: hours / 24)


def looked(log: list[Event], until: int | None = None) -> tuple[Sight, list[Seen]]:
    """A log as it is seen."""
    sight = Sight("UTC", until)
    taken = [sight.take(Delivery(offset, encode(event))) for offset, event in enumerate(log)]
    return sight, [each for each in taken if isinstance(each, Seen)]


def without_answers(facts: Opportunity) -> Opportunity:
    """A deal but for what people answered to its alerts."""
    return replace(facts, events=facts.own_events, actions=0, event_times=(), last_event_at=0, timeline=(), rejected=())


@law(60)
@given(day=DAYS, swaps=SWAPS, repeats=REPEATS)
def test_what_is_seen_of_a_deal_is_what_the_partition_has(
    day: float, swaps: list[tuple[int, int]], repeats: list[int]
) -> None:
    """Late events, repeats, gaps and other rules included."""
    log, at = a_log(swaps, repeats), ms(day)
    timeline = Timeline(policy=a_policy(), shelf=shelf())
    for event in log:
        if event.at > at and event.kind != "rules_changed":
            timeline.tell(a_clock((at - ms(0)) / DAY))
            break
        timeline.tell(event)
    sight, seen = looked(log, at)
    expected = {name: without_answers(state.facts) for name, state in timeline.partition.deals.items()}
    assert {each.id: without_answers(each) for each in sight.deals} == expected
    assert all(each.at <= at for each in seen)


@law(60)
@given(swaps=SWAPS, repeats=REPEATS)
def test_moves_of_a_deal_follow_upon_each_other(swaps: list[tuple[int, int]], repeats: list[int]) -> None:
    """What one leaves is what the next one finds; the last leaves the deal as it is; time never goes back."""
    sight, seen = looked(a_log(swaps, repeats))
    moves: dict[str, list[Move]] = {}
    for each in seen:
        if move := each.move("UTC"):
            moves.setdefault(move.after.id, []).append(move)
    assert moves
    for told in moves.values():
        assert told[0].before is None
        assert all(one.after == other.before for one, other in pairwise(told))
        assert all(one.at <= other.at for one, other in pairwise(told))
    assert [each.at for each in seen] == sorted(each.at for each in seen)
    assert {name: told[-1].after.status for name, told in moves.items()} == {
        each.id: each.status for each in sight.deals if not each.is_lead
    }


def test_several_partitions_are_one_story_in_order_of_time() -> None:
    """Each keeps its own order; nothing is lost."""
    own = [each for each in LOG if each.subject in ("opp-1", "opp-2")]
    others = [each for each in LOG if each.subject and each.subject not in ("opp-1", "opp-2")]
    _, first = looked(own)
    _, second = looked(others)
    story = list(Telling(first, second))
    assert [each.at for each in story] == sorted(each.at for each in story)
    assert [each for each in story if each.event.subject in ("opp-1", "opp-2")] == first
    assert len(story) == len(first) + len(second)


def test_time_comes_as_far_as_a_heartbeat_says_and_no_farther_than_what_was_known() -> None:
    """After a quiet quarter's end nothing happens to any deal, and yet that quarter is over."""
    lines = [encode(each) for each in (an_opportunity(0), a_call(2), a_heartbeat(9))]
    told, early = read_story(lines, ms(10)), read_story(lines, ms(10), until=ms(3))
    assert [each.at for each in told] == [ms(0), ms(2)] == [each.at for each in early]
    assert [told.at, early.at] == [ms(9), ms(2)]


def test_rules_and_managers_figures_are_announced_where_they_stand() -> None:
    """Both are taken by their place alone, and move no clock."""
    rules, figure = new_rules(30, {"rule": {"silent": {"factor": 1.2}}}), a_figure(3, "10.00")
    log = [an_opportunity(0), rules, figure, a_call(2), figure, a_call(5)]
    records = [Delivery(offset, encode(event)) for offset, event in enumerate(log)]
    sight = Sight("UTC")
    told = [sight.take(each) for each in records]
    assert told[1] == Announced(ms(0), 1, rules)
    assert told[2] == Announced(ms(0), 2, figure)
    assert isinstance(told[3], Seen) and told[3].at == ms(2)
    assert told[4] == Announced(ms(2), 4, figure)
    early = Sight("UTC", ms(1))
    assert [isinstance(early.take(each), Announced) for each in records] == [False, True, True, False, False, False]
    assert early.over
    assert [each for each in told if isinstance(each, Seen)] == list(Telling([each for each in told if each]).deals)


def test_an_answer_to_an_alert_is_seen_and_changes_nothing_of_the_deal() -> None:
    """Whether the alert was there is the worker's to know."""
    log = [an_opportunity(0), a_call(1), an_acknowledgement(2, ALERT), an_acknowledgement(3, ALERT, subject="opp-9")]
    _, seen = looked(log)
    answers = [each for each in seen if is_action(each.event)]
    assert len(answers) == 1
    assert all(each.before is each.after for each in answers)
    assert all(each.move("UTC") is None for each in answers)
