"""Marketing touches."""

from datetime import timedelta

from streams.demo.marketing import LEAD_DAYS
from streams.demo.story import Story
from streams.events.activity import MarketingTouched, is_contact


def touches(story: Story) -> list[MarketingTouched]:
    """The marketing touches of a deal."""
    return [event for event in story.events if isinstance(event, MarketingTouched)]


def test_most_leads_were_touched_before_the_deal_was_opened(stories: list[Story]) -> None:
    """Except for outbound deals the source of the lead is a touch of its own, some days before."""
    for story in stories:
        early = [event for event in touches(story) if event.time < story.truth.created]
        if story.deal.lead_source != "outbound":
            assert story.deal.lead_source in {event.data.channel for event in early}
        assert all(story.truth.created - event.time < timedelta(days=LEAD_DAYS) for event in early)


def test_mailings_are_no_contact_and_what_buyers_do_is(stories: list[Story]) -> None:
    """A newsletter to thousands does not break a silence; a visit to a webinar does."""
    seen = {(event.data.channel == "newsletter", is_contact(event)) for story in stories for event in touches(story)}

    assert seen == {(True, False), (False, True)}
