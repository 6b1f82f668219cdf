"""A deal's touches: bounded, by key, whatever the order in which they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.events.activity import MarketingData, TouchData
from streams.revenue.touches import HEAD, TAIL, UNNAMED, Journey, Touch, Trail, journey_after
from tests.builders import (
    a_call,
    a_deletion,
    a_held_meeting,
    a_merge,
    a_message,
    a_reopening,
    a_reply,
    a_touch,
    an_opportunity,
    ms,
)
from tests.strategies import law
from tests.unit.revenue.logs import seen_of


def journey(*events) -> Journey:  # type: ignore[no-untyped-def]
    """The journey of one deal after its events."""
    known: Journey | None = None
    for seen in seen_of(events):
        known = journey_after(known, seen, "UTC")
    assert known is not None
    return known


def trail(touches: list[Touch]) -> Trail:
    """A trail that touches were added to one by one."""
    found = Trail()
    for touch in touches:
        found = found.including(touch)
    return found


def test_touches_of_a_lead_are_those_of_the_deal_it_becomes() -> None:
    """They come under the id of the deal, and while nothing else has come there is no deal."""
    lead = journey(a_touch(0, "search"), a_touch(1, "webinar"))
    deal = journey(a_touch(0, "search"), a_touch(1, "webinar"), an_opportunity(3), a_touch(9, "event"))

    assert lead.position is None
    assert deal.position is not None
    assert [(each.channel, each.at) for each in deal.marketing.kept] == [
        ("search", ms(0)),
        ("webinar", ms(1)),
        ("event", ms(9)),
    ]


def test_a_mailing_to_many_is_no_touch_and_is_counted() -> None:
    """More than 50 recipients; a machine's mail to a few is a touch in which nobody acted."""
    many = replace(a_touch(1), data=MarketingData(channel="newsletter", recipients=51))
    few = replace(a_touch(2), data=MarketingData(channel="invitation", recipients=3))
    found = journey(an_opportunity(0), many, few)

    assert found.mailings == 1
    assert [(each.channel, each.campaign, each.own) for each in found.marketing.kept] == [
        ("invitation", UNNAMED, False)
    ]


def test_activities_are_what_both_sides_did_with_each_other() -> None:
    """Mail in both directions, calls that were taken, meetings held; not a call in vain, nor a mailing."""
    found = journey(
        an_opportunity(0),
        a_call(1, connected=False),
        a_call(2),
        a_message(3),
        replace(a_message(4, id="mailing"), data=TouchData(recipients=200)),
        a_reply(5),
        a_held_meeting(6),
    )

    assert [each.channel for each in found.activities.kept] == [
        "sales call",
        "sales mail",
        "sales mail",
        "sales meeting",
    ]


def test_a_channel_cannot_be_called_like_what_is_told_of_none() -> None:
    """`(won)` is a state of the chain, so a channel of that name is set in quotes."""
    found = journey(an_opportunity(0), a_touch(1, "(won)"), a_touch(2, ""))

    assert [each.channel for each in found.marketing.kept] == ["'(won)'", UNNAMED]


def test_a_duplicate_knows_what_it_was_merged_into_until_it_is_opened_again() -> None:
    """Also where the CRM deletes it afterwards."""
    assert journey(an_opportunity(0), a_merge(1, "opp-9")).merged_into == "opp-9"
    assert journey(an_opportunity(0), a_merge(1, "opp-9"), a_deletion(2)).merged_into == "opp-9"
    assert journey(an_opportunity(0), a_deletion(1), a_merge(2, "opp-9")).merged_into == "opp-9"
    assert journey(an_opportunity(0), a_merge(1, "opp-9"), a_reopening(2)).merged_into == ""


def test_of_many_touches_the_first_and_the_last_are_kept_and_the_rest_is_counted() -> None:
    """Nothing is dropped in silence."""
    touches = [Touch(at, f"e{at}", "webinar") for at in range(HEAD + TAIL + 5)]
    found = trail(touches)

    assert found.first == tuple(touches[:HEAD])
    assert found.last == tuple(touches[-TAIL:])
    assert found.beyond == 5


_TOUCHES = st.lists(
    st.builds(Touch, st.integers(0, 60), st.integers(0, 10**6).map(str), st.sampled_from(["a", "b"])),
    max_size=HEAD + TAIL + 12,
    unique_by=lambda each: each.id,
)


@law(60)
@given(_TOUCHES, st.randoms(use_true_random=False))
def test_a_trail_depends_on_its_touches_and_not_on_their_order(touches: list[Touch], random) -> None:  # type: ignore[no-untyped-def]
    """However they come, the first and the last are kept."""
    shuffled = list(touches)
    random.shuffle(shuffled)
    found = trail(shuffled)

    assert found == trail(sorted(touches))
    assert len(found.kept) + found.beyond == len(touches)


@law(60)
@given(_TOUCHES, st.integers(0, 50))
def test_trails_that_are_joined_are_the_trail_of_all_touches(touches: list[Touch], place: int) -> None:
    """So a duplicate's touches go along, wherever the two were split."""
    assert trail(touches[:place]).joined(trail(touches[place:])) == trail(touches)
