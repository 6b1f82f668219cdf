"""What all of a team do alike, whatever the styles of its reps."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice, pairwise
from statistics import median

import pytest

from streams.demo.arrivals import Arrivals
from streams.demo.settings import TeamHabit, WorldSettings
from streams.demo.story import Story, tell
from streams.demo.truth import read_truth, truth_lines
from streams.demo.world import World
from streams.events import activity, deal, people

#: Of 24 reps each region has one team.
BOOK, SKIPS, ALONE, PLANLESS = "team-de-1", "team-uk-1", "team-fr-1", "team-us-1"
PLANTED = {
    BOOK: (TeamHabit.BY_THE_BOOK, TeamHabit.WEEKLY_REVIEW),
    SKIPS: (TeamHabit.SKIPS_STAGES, TeamHabit.FAVOURITES),
    ALONE: (TeamHabit.SINGLE_THREADS,),
    PLANLESS: (TeamHabit.NO_NEXT_STEPS,),
}


def told(settings: WorldSettings, days: int = 60) -> dict[str, list[Story]]:
    """Some 300 deals by team, whole lives."""
    world = World(11, datetime(2026, 1, 5, tzinfo=UTC), settings)
    arrivals = Arrivals(world.organisation, world.first_day, 5.0)
    by_team: dict[str, list[Story]] = {}
    for arrived in islice(arrivals.days(), days):
        for arrival in arrived:
            story = tell(world.organisation, arrival)
            by_team.setdefault(story.truth.team, []).append(story)
    return by_team


@pytest.fixture(scope="module")
def plain() -> dict[str, list[Story]]:
    """Nobody has habits."""
    return told(WorldSettings())


@pytest.fixture(scope="module")
def planted() -> dict[str, list[Story]]:
    """All four teams have some."""
    return told(WorldSettings(team_habits=PLANTED))


def test_a_team_without_habits_tells_what_it_always_did(plain: dict[str, list[Story]]) -> None:
    """Habits of one team change no event of another one."""
    one = told(WorldSettings(team_habits={SKIPS: PLANTED[SKIPS]}))

    for team in (BOOK, ALONE, PLANLESS):
        assert one[team] == plain[team]
    assert one[SKIPS] != plain[SKIPS]


def test_the_truth_tells_the_habits(planted: dict[str, list[Story]], plain: dict[str, list[Story]]) -> None:
    """Of each deal those of its team, also when it is read back."""
    for team, stories in planted.items():
        for story in stories:
            assert story.truth.habits == PLANTED[team]
    truths = [story.truth for story in planted[BOOK][:5]]
    assert [read_truth(line) for line in truth_lines(truths)] == truths
    assert {story.truth.habits for story in plain[BOOK]} == {()}


def _moves(stories: list[Story]) -> Counter[int]:
    """How many rungs each change of stage went."""
    found: Counter[int] = Counter()
    for story in stories:
        rungs = [1, *(each.data.position or 0 for each in story.events if isinstance(each, deal.StageChanged))]
        found.update(after - before for before, after in pairwise(rungs))
    return found


def test_stages_are_climbed_by_the_book_or_skipped(
    planted: dict[str, list[Story]], plain: dict[str, list[Story]]
) -> None:
    """By the book one by one and never back; where they are skipped, at least a third of all steps goes further."""
    book, skips, usual = _moves(planted[BOOK]), _moves(planted[SKIPS]), _moves(plain[SKIPS])

    assert set(book) == {1}
    assert sum(count for rungs, count in skips.items() if rungs > 1) > skips.total() / 3
    assert sum(count for rungs, count in usual.items() if rungs > 1) < usual.total() / 10


def test_by_the_book_no_deal_is_opened_without_an_amount(
    planted: dict[str, list[Story]], plain: dict[str, list[Story]]
) -> None:
    """Elsewhere one in seven is."""

    def without(stories: list[Story]) -> int:
        created = [each.data for story in stories for each in story.events if isinstance(each, deal.Created)]
        return sum(each.amount is None for each in created)

    assert without(planted[BOOK]) == 0
    assert without(plain[BOOK]) > 0


def test_a_manager_looks_into_deals_once_a_week(planted: dict[str, list[Story]]) -> None:
    """On Tuesdays, in most weeks, always one category at a time; nobody looks into deals of the other teams."""
    by = {
        team: [each for story in stories for each in story.events if each.actor.startswith("manager")]
        for team, stories in planted.items()
    }

    assert {each.actor for each in by[BOOK]} == {"manager-de-1"}
    assert {each.time.weekday() for each in by[BOOK]} == {1}
    assert {type(each) for each in by[BOOK]} == {deal.ForecastCategoryChanged}
    reviewed = {each.time.date().isocalendar()[:2] for each in by[BOOK]}
    first, last = (pick(each.time for each in by[BOOK]) for pick in (min, max))
    assert 0.75 <= len(reviewed) / ((last - first).days // 7 + 1) <= 1.0
    assert not by[SKIPS] + by[ALONE] + by[PLANLESS]


def test_a_manager_confirms_what_is_on_record(planted: dict[str, list[Story]]) -> None:
    """The category stays: looking is no change."""
    for story in planted[BOOK]:
        current = ""
        for each in story.events:
            if isinstance(each, deal.ForecastCategoryChanged):
                assert not each.actor.startswith("manager") or each.data.category == current
                current = each.data.category


def test_without_next_steps_none_is_written_down(planted: dict[str, list[Story]]) -> None:
    """Meetings are still planned."""
    events = [each for story in planted[PLANLESS] for each in story.events]

    assert not [each for each in events if isinstance(each, deal.NextStepChanged)]
    assert [each for each in events if isinstance(each, activity.MeetingScheduled)]


def test_single_threads_have_one_person_who_stays(planted: dict[str, list[Story]]) -> None:
    """One contact, who leaves no more often than in other teams' deals of that kind."""
    for story in planted[ALONE]:
        added = [each for each in story.events if isinstance(each, people.ContactAdded)]
        assert len(added) == 1 or story.truth.kind.value == "single_threaded"


def test_favourites_get_the_touches(planted: dict[str, list[Story]], plain: dict[str, list[Story]]) -> None:
    """Of as many deals, the middle one has far fewer touches than where there are no favourites."""

    def touches(stories: list[Story]) -> float:
        return median(sum(map(activity.is_touch, story.events)) for story in stories)

    assert touches(planted[SKIPS]) < 0.6 * touches(plain[SKIPS])


def test_a_team_that_there_is_not_is_refused() -> None:
    """By its name: a habit that befalls nobody would look like one that is not found."""
    with pytest.raises(ValueError, match="team_habits names a team that there is not: team-de-2"):
        WorldSettings(team_habits={"team-de-2": (TeamHabit.FAVOURITES,)})
    assert WorldSettings(reps=28, team_habits={"team-de-2": (TeamHabit.FAVOURITES,)})
