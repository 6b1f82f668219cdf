"""Laws of the fold: once is enough, and everything that came in is accounted for."""

from __future__ import annotations

from hypothesis import given

from streams.events.envelope import Event
from streams.facts import Name
from tests.builders import Delivery, Timeline, a_clock, deliveries
from tests.properties.test_delivery_order import troubled_histories
from tests.strategies import Faults, histories, law


@law(60)
@given(histories())
def test_delivering_every_event_twice_changes_nothing(history: list[Event]) -> None:
    """An event that is sent twice under a new offset leaves facts, questions and alerts as they were."""
    once, twice = Timeline(), Timeline()
    for event in history:
        once.tell(event, a_clock(0))
        twice.tell(event, event)
    assert once.partition.deals.keys() == twice.partition.deals.keys()
    for name in once.partition.deals:
        first, second = once.deal(name), twice.deal(name)
        assert first.facts == second.facts
        assert first.watch == second.watch
        assert first.seen == second.seen
    assert once.alerts == twice.alerts
    assert once.lessons == twice.lessons


@law(60)
@given(histories())
def test_offering_every_record_twice_changes_nothing(history: list[Event]) -> None:
    """A record that is offered again under its own offset changes nothing at all, not even the counts."""
    timeline = Timeline().tell(*history)
    before = dict(timeline.partition.deals), timeline.partition.state
    for record in deliveries(history):
        assert timeline.partition.handle(record)
    assert timeline.partition.drain() == []
    assert before == (timeline.partition.deals, timeline.partition.state)


@law(100)
@given(troubled_histories())
def test_every_record_is_accounted_for(trouble: tuple[list[Event], Faults]) -> None:
    """Events in are folded, duplicates, or dead; garbage and contradictions are dead; nothing in time is lost."""
    history, delivered = trouble
    timeline = Timeline().tell(*delivered.values)
    counts = timeline.partition.state.counts
    assert counts.events == counts.folded + counts.duplicates + counts.dead
    assert (len(history), delivered.copies, delivered.garbage + delivered.contradictions) == (
        counts.folded,
        counts.duplicates,
        counts.dead,
    )
    assert len(timeline.rejections) == counts.dead
    known = sum(each.facts.events for each in timeline.partition.deals.values())
    assert counts.folded == known + counts.forgotten


@law(60)
@given(troubled_histories())
def test_the_tally_agrees_with_the_counts(trouble: tuple[list[Event], Faults]) -> None:
    """What is noticed for the metrics adds up to the counts that are kept."""
    timeline = Timeline().tell(*trouble[1].values)
    tally, counts = timeline.partition.tally, timeline.partition.state.counts

    def noticed(name: Name) -> int:
        return sum(number for fact, number in tally.items() if fact.name is name)

    assert (counts.events, counts.folded, counts.duplicates, counts.dead) == (
        noticed(Name.EVENT_IN),
        noticed(Name.EVENT_FOLDED),
        noticed(Name.EVENT_DUPLICATE),
        noticed(Name.EVENT_DEAD),
    )


def test_a_record_of_the_past_is_only_noticed() -> None:
    """A record with an offset that the partition has handled is skipped, whatever it holds."""
    timeline = Timeline().tell(a_clock(0), a_clock(1))
    before = timeline.partition.state
    assert timeline.partition.handle(Delivery(0, b"garbage"))
    assert before == timeline.partition.state
    assert timeline.partition.drain() == []
