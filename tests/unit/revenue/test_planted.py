"""Attribution against the truth: a world in which it is known what marketing does, and one in which it does nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from models.interval import Interval
from streams.demo.arrivals import Arrivals
from streams.demo.settings import PlantedChannel, WorldSettings
from streams.demo.story import Story, tell
from streams.demo.world import World
from streams.events import deal
from streams.events.activity import MarketingTouched
from streams.events.envelope import Event
from streams.revenue.attribution import attribute
from streams.revenue.settled import LAST_DAYS
from streams.revenue.told import Attribution
from tests.unit.revenue.logs import a_ledger

DEALS = 1_200
#: `reference` follows winners: it comes in the last days of deals that are won, and changes nothing.
CHANNELS = {
    "podcast": PlantedChannel(reach=0.35, sways=0.4),
    "partner": PlantedChannel(reach=0.25, sways=0.3),
    "banner": PlantedChannel(reach=0.5),
    "reference": PlantedChannel(follows=0.8),
}
_KINDS = (
    MarketingTouched,
    deal.Created,
    deal.AmountChanged,
    deal.Won,
    deal.Lost,
    deal.Reopened,
    deal.MergedInto,
    deal.Deleted,
    deal.Restored,
)


def stories_of(channels: Mapping[str, PlantedChannel], seed: int) -> list[Story]:
    """Whole lives of some deals of a world."""
    world = World(seed, datetime(2024, 1, 1, tzinfo=UTC), WorldSettings(channels=dict(channels)))

    def told() -> Iterator[Story]:
        for day in Arrivals(world.organisation, world.first_day, 8.0).days():
            for each in day:
                yield tell(world.organisation, each)

    return [story for story, _ in zip(told(), range(DEALS), strict=False)]


def attributed(stories: list[Story]) -> Attribution:
    """What attribution makes of their events."""
    events: list[Event] = [event for story in stories for event in story.events if isinstance(event, _KINDS)]
    return attribute(a_ledger(events))


@pytest.fixture(scope="module")
def planted() -> tuple[list[Story], Attribution]:
    """The world in which marketing does something."""
    stories = stories_of(CHANNELS, seed=5)
    return stories, attributed(stories)


def holds(interval: Interval | None, truth: float) -> bool:
    """Whether an interval is there and holds the truth."""
    return interval is not None and interval.low <= truth <= interval.high


def true_wins(stories: list[Story]) -> Counter[str]:
    """Deals that were won because of one channel alone: those that would be missing without it."""
    found: Counter[str] = Counter()
    for story in stories:
        assert story.marketing is not None
        if len(story.marketing.swayed_by) == 1 and story.truth.outcome == "won":
            found[story.marketing.swayed_by[0]] += 1
    return found


def test_effects_that_were_planted_are_recovered_within_their_intervals(
    planted: tuple[list[Story], Attribution],
) -> None:
    """The wins that would be missing without a channel, counted in the truth and told from the log alone."""
    stories, report = planted
    truth, found = true_wins(stories), {each.name: each for each in report.effects}

    for name in ("podcast", "partner", "banner"):
        assert holds(found[name].wins, truth[name]), (name, truth[name], found[name].wins)
    for name in ("podcast", "partner"):
        assert found[name].said == "more are won where it touched before the opening"
    assert found["banner"].said == "no difference is shown"


def test_incremental_credit_is_the_share_of_wins_that_each_channel_truly_made(
    planted: tuple[list[Story], Attribution],
) -> None:
    """And most of the value is credited to nobody, since it would have come anyway."""
    stories, report = planted
    truth, credit = true_wins(stories), {each.name: each for each in report.of("incremental")}

    for name in ("podcast", "partner", "banner"):
        assert holds(credit[name].share, truth[name] / report.won), (name, truth[name] / report.won, credit[name].share)
    assert report.of("incremental")[0].name == "(no touch)"


def test_a_touch_that_only_follows_winners_fools_the_models_that_look_at_who_was_there_and_it_is_said(
    planted: tuple[list[Story], Attribution],
) -> None:
    """Last touch and time decay give it the most, though it changes nothing; first touch is not fooled.

    Of what it is credited with, everything was won. That is no praise, and the row says why.
    """
    _, report = planted
    reference = {each.model: each for each in report.credits if each.name == "reference"}
    overall = report.won / (report.won + report.lost)

    assert {model for model in ("first", "last", "time_decay") if report.of(model)[0].name == "reference"} == {
        "last",
        "time_decay",
    }
    for model in ("last", "linear", "u_shaped", "w_shaped", "time_decay", "shapley"):
        row = reference[model]
        assert row.won_rate is not None
        assert row.won_rate.low > overall
        assert row.said.startswith(f"comes mostly in the last {LAST_DAYS} days of deals that are won")
    assert reference["markov"].said == reference["last"].said
    assert "first" not in reference or reference["first"].value < report.value / 50
    assert "incremental" not in reference
    (effect,) = (each for each in report.effects if each.name == "reference")
    assert (effect.difference, effect.wins) == (None, None)
    assert "may follow the decision" in effect.said


def test_where_marketing_does_nothing_no_effect_is_shown() -> None:
    """Three channels that touch at random, and the six of every world: all intervals hold nothing, but for chance.

    One in twenty may miss; the draws are the same each time.
    """
    idle = {name: PlantedChannel(reach=each.reach) for name, each in CHANNELS.items() if each.reach}
    report = attributed(stories_of(idle, seed=6))
    told = [each for each in report.effects if each.difference is not None]
    credit = [each for each in report.of("incremental") if each.share is not None and each.name != "(no touch)"]

    assert len(told) == len(credit) == 9
    assert sum(not holds(each.difference, 0.0) for each in told) <= 1
    assert sum(not holds(each.share, 0.0) for each in credit) <= 1
    assert [each.name for each in told if each.name in idle and not holds(each.difference, 0.0)] == []
