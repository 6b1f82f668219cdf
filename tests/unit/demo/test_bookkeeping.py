"""What reps write down."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice, pairwise

from streams.demo.plan import LADDER
from streams.demo.settings import Style
from streams.demo.story import Story
from streams.demo.world import World, played_days
from streams.events import deal, judgement
from streams.events.activity import is_contact


def test_stages_say_where_they_came_from(stories: list[Story]) -> None:
    """Each stage change names the stage before, and its position is its place on the ladder."""
    positions = {name: index + 1 for index, (name, _) in enumerate(LADDER)}
    for story in stories:
        stage = LADDER[0][0]
        for event in story.events:
            if isinstance(event, deal.StageChanged):
                assert event.data.position == positions[event.data.stage]
                if story.truth.first_closed_at is None:
                    assert event.data.previous == stage
                stage = event.data.stage


def test_two_exchanges_in_the_same_minute_are_told() -> None:
    """A world in which a chaser falls into the minute of a call with a next meeting is told like any other."""
    world = World(99, datetime(2025, 1, 6, tzinfo=UTC))
    assert len(list(islice(played_days(world), 20))) == 20


def test_diligent_reps_plan_more_than_sparse_ones(stories: list[Story]) -> None:
    """Next steps for each contact: many with diligent reps, few with sparse ones."""
    steps: defaultdict[Style, int] = defaultdict(int)
    contacts: defaultdict[Style, int] = defaultdict(int)
    for story in stories:
        steps[story.truth.style] += sum(isinstance(event, deal.NextStepChanged) for event in story.events)
        contacts[story.truth.style] += story.truth.contacts

    assert steps[Style.DILIGENT] / contacts[Style.DILIGENT] > 3 * steps[Style.SPARSE] / contacts[Style.SPARSE]


def test_no_edit_of_the_crm_is_contact(stories: list[Story]) -> None:
    """Whatever is written down about a deal, the buyer did not do it."""
    edits = (deal.StageChanged, deal.AmountChanged, deal.CloseDateChanged, deal.NextStepChanged, judgement.HoldSet)

    assert not [e for story in stories for e in story.events if isinstance(e, edits) and is_contact(e)]


def test_a_category_is_only_said_when_it_is_new(stories: list[Story]) -> None:
    """The forecast category changes with each event about it."""
    for story in stories:
        if any(isinstance(event, deal.Reopened | deal.Restored) for event in story.events):
            continue
        said = [e.data.category for e in story.events if isinstance(e, deal.ForecastCategoryChanged)]
        assert all(one != two for one, two in pairwise(said))


def test_the_forecast_is_settled_by_the_machine_at_the_end(stories: list[Story]) -> None:
    """Won deals are in category closed, lost ones omitted, and no person said so."""
    for story in stories:
        last = [event for event in story.events if isinstance(event, deal.ForecastCategoryChanged)][-1]
        if story.truth.outcome in ("won", "lost", "no_decision"):
            assert last.data.category == ("closed" if story.truth.outcome == "won" else "omitted")
            assert last.origin == "automation"


def test_a_hold_names_a_later_day(stories: list[Story]) -> None:
    """The resume date of a hold lies after the hold."""
    holds = [e for story in stories for e in story.events if isinstance(e, judgement.HoldSet)]

    assert len(holds) > 20
    assert all(e.data.resume_date is not None and e.data.resume_date > e.time.date() for e in holds)
    assert {e.data.reason for e in holds} >= {"budget", "holiday"}


def test_money_is_a_decimal_string_in_one_currency(stories: list[Story]) -> None:
    """A deal keeps its currency, and an amount has one wherever it is."""
    for story in stories:
        data = [event.data for event in story.events if isinstance(event, deal.Created | deal.AmountChanged | deal.Won)]
        currencies = {each.currency for each in data if each.amount is not None}
        assert currencies <= {story.deal.region.currency}
