"""Edits in batches, and just before somebody looks."""

from __future__ import annotations

import pytest

from streams.events.envelope import Event
from streams.revenue.edits import Edit, batches, edits, late_edits
from streams.state.opportunity import DAY
from tests.builders import a_call, a_category, a_close_date, a_next_step, a_touch, an_opportunity, ms
from tests.seeing import seen

MINUTE = 1 / (24 * 60)


def edited(*events: Event) -> list[Edit]:
    """The edits among events."""
    return list(edits(seen(events)))


def a_sitting(day: float, deals: int, by: str = "ann") -> list[Event]:
    """Push so many deals, five minutes each."""
    opened = [an_opportunity(0, subject=f"opp-{number}") for number in range(deals)]
    return [
        *opened,
        *(a_close_date(day + 5 * number * MINUTE, 60, subject=f"opp-{number}", actor=by) for number in range(deals)),
    ]


def test_an_edit_is_what_a_person_changes_of_a_record() -> None:
    """Neither calls nor what the CRM does by itself; without an actor it was the owner."""
    events = (
        an_opportunity(0),
        a_call(1),
        a_category(2, "commit", actor="boss"),
        a_next_step(3, due=9),
        a_close_date(4, 30, origin="automation", actor="crm"),
    )
    assert [(each.by, each.kind) for each in edited(*events)] == [
        ("boss", "forecast_category_changed"),
        ("rep-1", "next_step_changed"),
    ]


def test_a_sitting_over_many_deals_is_a_batch_and_says_which_call_it_came_before() -> None:
    """Five deals are many; a pause of more than a quarter of an hour ends a sitting."""
    [found] = batches(edited(*a_sitting(10, 6)), calls=[ms(40), ms(11)])
    assert (found.by, found.since, found.edits, len(found.deals), found.kinds) == (
        "ann", ms(10), 6, 6, {"close_date_changed": 6},
    )  # fmt: skip
    assert found.call == ms(11)
    assert batches(edited(*a_sitting(10, 4))) == []
    assert [each.call for each in batches(edited(*a_sitting(10, 6)), calls=[ms(13)])] == [None]
    both = edited(*a_sitting(10, 3), *a_sitting(10 + 40 * MINUTE, 3))
    assert batches(both) == []


def test_two_people_at_the_same_time_are_two_sittings() -> None:
    """Three deals each are no batch of six."""
    mixed = [
        Edit(ms(10) + number * 60_000, "ann" if number % 2 else "bob", f"opp-{number}", "won") for number in range(6)
    ]
    assert batches(mixed) == []
    assert [(each.by, each.edits) for each in batches(mixed, least=3)] == [("bob", 3), ("ann", 3)]


def test_the_share_of_late_edits_stands_beside_what_even_work_would_have() -> None:
    """Four of ten days lie before the calls, so 40 % are nothing to remark; all are."""
    even = [Edit(ms(day + 0.5), "ann", "opp-1", "won") for day in range(10)]
    late = [Edit(ms(day), "bob", "opp-2", "won") for day in (3.5, 4.5, 8.5, 9.0)]
    found = late_edits([*even, *late], [ms(5), ms(10)], ms(0), ms(10))
    assert [(each.by, each.edits, each.ahead, each.share) for each in found] == [
        ("bob", 4, 4, 1.0),
        ("ann", 10, 4, 0.4),
    ]
    assert [each.expected for each in found] == pytest.approx([0.4, 0.4])


def test_calls_that_are_close_together_share_their_time() -> None:
    """Two calls a day apart are prepared within three days, not four; time before the span is none of it."""
    edit = [Edit(ms(9), "ann", "opp-1", "won")]
    for calls, days in (([ms(5), ms(6)], 3), ([ms(1)], 1), ([ms(11)], 1), ([], 0)):
        [found] = late_edits(edit, calls, ms(0), ms(10))
        assert found.expected == pytest.approx(days * DAY / (10 * DAY))


def test_what_is_changed_of_a_lead_is_no_edit_of_a_deal() -> None:
    """Marketing that touches somebody is no deal; what the record says of it is not counted."""
    assert edited(a_touch(0, subject="lead"), a_next_step(1, due=9, subject="lead", actor="ann")) == []
