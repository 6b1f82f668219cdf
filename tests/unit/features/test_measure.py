"""What is measured of a deal, and that it is what the models know."""

from __future__ import annotations

import pytest
from hypothesis import given

from models.schema import FEATURES, INDEX, NAMES, PHASES, WORDS, Vector
from streams.events import deal
from streams.events.envelope import Event
from streams.features.measure import amount_size, measure, phase
from streams.state.opportunity import DAY, Opportunity
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_message,
    a_next_step,
    a_planned_meeting,
    a_proposal,
    a_reply,
    a_stage,
    an_amount,
    an_opportunity,
    ms,
)
from tests.strategies import histories, law


def _measured(*events: Event, day: float) -> dict[str, float | None]:
    vector = _vector(*events, day=day)
    return dict(zip(NAMES, vector.numbers, strict=False))


def _vector(*events: Event, day: float) -> Vector:
    return measure(Timeline().tell(*events).facts(), ms(day))


def test_a_measurement_has_every_feature() -> None:
    """The measurement has exactly the features of the schema, in its order."""
    vector = _vector(an_opportunity(0), day=1)
    assert (len(FEATURES), len(WORDS)) == (len(vector.numbers), len(vector.words))
    assert list(INDEX) == list(NAMES)


def test_a_lively_deal_is_measured() -> None:
    """Spans in days, counts, ranks and sizes of a deal in which everything happened."""
    measured = _measured(
        an_opportunity(0),
        a_stage(1, "offer", 3),
        a_message(1.5),
        a_call(2, seconds=300, contacts=("ann", "bob")),
        a_close_date(2.5, 20),
        a_close_date(3, 22),
        a_proposal(4),
        a_reply(6, ("ann",)),
        a_next_step(6.5),
        a_message(7),
        an_amount(7.25, "1000"),
        a_planned_meeting(7.5, 12),
        a_call(8, seconds=90),
        day=9,
    )
    assert pytest.approx(measured) == {
        "phase": 3,
        "age": 9,
        "since_contact": 1,
        "since_event": 1,
        "stage_age": 8,
        "position": 3,
        "contacts": 3,
        "contacts_7d": 3,
        "contacts_2d": 1,
        "mean_gap": 3,
        "longest_gap": 4,
        "last_gap": 2,
        "proposals": 1,
        "since_proposal": 5,
        "replies": 1,
        "since_reply": 3,
        "unanswered": 0,
        "events": 13,
        "events_2d": 4,
        "amount": 3,
        "weekday": 2,
        "next_steps": 1,
        "since_next_step": 2.5,
        "meeting_in": 3,
        "to_close": 14,
        "pushes": 1,
        "people": 2,
        "last_call": 1.5,
    }


def test_what_never_happened_is_none() -> None:
    """A fresh deal has counts of zero and no spans since anything that never was."""
    measured = _measured(an_opportunity(0, deal.CreatedData()), day=0)
    assert {name for name, value in measured.items() if value is None} == {
        "since_contact",
        "stage_age",
        "position",
        "mean_gap",
        "longest_gap",
        "last_gap",
        "since_proposal",
        "since_reply",
        "amount",
        "since_next_step",
        "meeting_in",
        "to_close",
        "last_call",
    }


def test_a_meeting_that_began_is_no_longer_ahead() -> None:
    """A meeting counts until the instant it begins."""
    events = (an_opportunity(0), a_planned_meeting(1, 3))
    assert _measured(*events, day=3)["meeting_in"] == 0
    assert _measured(*events, day=3.001)["meeting_in"] is None


def test_an_overdue_deal_has_days_below_zero() -> None:
    """The days to the planned close go on counting after it."""
    assert _measured(an_opportunity(0), a_close_date(1, 4), day=8)["to_close"] == -3


@pytest.mark.parametrize(("day", "weekday"), [(0, 0), (4.99, 4), (6, 6), (7, 0)])
def test_weekdays_begin_on_monday(day: float, weekday: int) -> None:
    """The day of the week in UTC, Monday being 0."""
    assert weekday == measure(Opportunity(id="1"), ms(day)).value("weekday")


@pytest.mark.parametrize(
    ("amount", "size"), [(None, None), ("0", None), ("0.00", None), ("1", 0.0), ("100000", 5.0), ("0.1", -1.0)]
)
def test_an_amount_has_an_order_of_magnitude(amount: str | None, size: float | None) -> None:
    """The logarithm of the amount, unknown where it is zero."""
    assert size == amount_size(Opportunity(id="1", amount=amount))


def test_the_phases_follow_each_other() -> None:
    """No contact, in talks, proposal out, proposal answered."""
    events = [an_opportunity(0), a_call(1), a_proposal(2), a_reply(3)]
    phases = [phase(Timeline().tell(*events[: number + 1]).facts()) for number in range(4)]
    assert list(range(len(PHASES))) == phases


@law(80)
@given(histories(deals=1))
def test_measurements_are_finite_and_in_their_units(history: list[Event]) -> None:
    """Whatever happened, no span is below zero but that to the close, and no number is infinite."""
    timeline = Timeline().tell(*history)
    clock = timeline.partition.state.clock
    assert clock is not None
    for now in (clock, clock + 50 * DAY):
        for feature, value in zip(FEATURES, measure(timeline.facts(), now).numbers, strict=True):
            if value is None or feature.name in ("to_close", "amount"):
                continue
            assert 0 <= value < 1e7
