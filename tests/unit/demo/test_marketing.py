"""Marketing touches."""

from datetime import timedelta
from itertools import islice

import pytest

from streams.demo.arrivals import Arrivals
from streams.demo.marketing import LAST_DAYS, LEAD_DAYS
from streams.demo.settings import PlantedChannel, WorldSettings
from streams.demo.story import Story, tell
from streams.demo.truth import DealTruth, MarketingTruth, read_truth, truth_lines
from streams.demo.world import World, generated_days
from streams.events.activity import MarketingTouched, is_contact
from streams.events.deal import Restored
from tests.unit.demo.conftest import START


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


PLANTED = {
    "podcast": PlantedChannel(reach=0.5, sways=0.6),
    "reference": PlantedChannel(follows=1.0),
}


def planted_stories(channels: dict[str, PlantedChannel], deals: int = 60) -> list[Story]:
    """The first deals of a world with planted channels."""
    world = World(11, START, WorldSettings(channels=channels))
    arrivals = Arrivals(world.organisation, world.first_day, 5.0)
    return list(islice((tell(world.organisation, each) for day in arrivals.days() for each in day), deals))


def test_planted_channels_touch_sway_and_follow_as_the_truth_says() -> None:
    """Before the opening whom it says, in the last days those that are won; a swayed deal is won."""
    for story in planted_stories(PLANTED):
        truth = story.marketing
        assert truth is not None
        of = {name: [each for each in touches(story) if each.data.channel == name] for name in PLANTED}
        assert {"podcast"} >= set(truth.touched)
        assert len(of["podcast"]) == len(truth.touched)
        assert all(each.time < story.truth.created for each in of["podcast"])
        if truth.swayed_by:
            assert truth.otherwise != "won"
        if story.truth.outcome in ("won", "lost", "no_decision") and story.truth.first_closed_at is None:
            assert (story.truth.outcome == "won") == (truth.otherwise == "won" or bool(truth.swayed_by))
            late = [story.truth.closed_at - each.time for each in of["reference"]]
            if not any(isinstance(event, Restored) for event in story.events):  # what came meanwhile is not told
                assert bool(late) == (story.truth.outcome == "won")
            assert all(each < timedelta(days=LAST_DAYS + 5) for each in late)


def test_a_deal_that_is_not_swayed_takes_its_course_as_in_a_world_without() -> None:
    """Kind, opening (but for the seconds) and outcome; and a world without planted channels has no truth of them."""
    without = planted_stories({})
    assert {story.marketing for story in without} == {None}
    for plain, story in zip(without, planted_stories(PLANTED), strict=True):
        assert story.marketing is not None
        if not story.marketing.swayed_by and plain.truth.outcome in ("won", "lost"):
            assert (plain.truth.kind, plain.truth.outcome) == (story.truth.kind, story.truth.outcome)
            assert abs(plain.truth.created - story.truth.created) < timedelta(minutes=1)


def test_the_truth_of_planted_channels_is_told_with_the_day_of_the_deal_and_read_back() -> None:
    """A line for each deal, after those of the deals of the day."""
    world = World(11, START, WorldSettings(channels=PLANTED))
    told = [truth for day in generated_days(world, 12, 20) for truth in day.truths()]
    planted = [each for each in told if isinstance(each, MarketingTruth)]

    assert {each.opportunity for each in planted} == {each.opportunity for each in told if isinstance(each, DealTruth)}
    assert [read_truth(line) for line in truth_lines(planted)] == planted


def test_an_impossible_channel_is_refused_by_name() -> None:
    """Shares lie between 0 and 1."""
    with pytest.raises(ValueError, match=r"channels\.podcast\.reach is a share between 0 and 1"):
        WorldSettings(channels={"podcast": PlantedChannel(reach=1.5)})
    with pytest.raises(ValueError, match="channels are named"):
        WorldSettings(channels={"": PlantedChannel()})
