"""Whole lives of deals: plausible as events, and true to their hidden kind."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from streams.demo.calendar import REGIONS, is_working
from streams.demo.people import Organisation
from streams.demo.settings import Kind, Style, WorldSettings
from streams.demo.story import SOURCES, Arrival, Story, tell
from streams.events import activity, deal
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event, millis

#: A faded buyer may answer late once or twice before the silence is complete.
SLACK = timedelta(days=24)


def local(story: Story, event: Event) -> datetime:
    """The event's time on the wall clock of its region."""
    return event.time.astimezone(ZoneInfo(REGIONS[story.truth.region].timezone))


def contacts(story: Story) -> list[datetime]:
    """When buyer and seller were in contact."""
    return [event.time for event in story.events if activity.is_contact(event)]


def of_kind(stories: list[Story], kind: Kind) -> list[Story]:
    """The deals of a kind that were not cut short."""
    return [each for each in stories if each.truth.kind is kind and each.truth.outcome not in ("merged", "deleted")]


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_occurs_with_each_outcome_it_may_have(stories: list[Story], kind: Kind) -> None:
    """There are deals of every kind, and they end in more than one way."""
    outcomes = Counter(each.truth.outcome for each in of_kind(stories, kind))

    assert sum(outcomes.values()) >= 20
    assert len(outcomes) >= 2


def test_decided_deals_end_as_in_the_trade(stories: list[Story]) -> None:
    """About 45 % are won, 33 % lost, 22 % end without a decision."""
    outcomes = Counter(each.truth.outcome for each in stories)
    decided = outcomes["won"] + outcomes["lost"] + outcomes["no_decision"]

    assert outcomes["won"] / decided == pytest.approx(0.45, abs=0.07)
    assert outcomes["lost"] / decided == pytest.approx(0.33, abs=0.07)
    assert outcomes["no_decision"] / decided == pytest.approx(0.22, abs=0.07)


def test_every_event_is_valid_when_delivered_on_time(stories: list[Story]) -> None:
    """Each event survives encoding and the contract's decoder."""
    for story in stories[:150]:
        for event in story.events:
            assert decode(encode(event), event.subject.encode(), millis(event.time) + 1_000) == event


def test_events_are_in_order_with_ids_of_their_own(stories: list[Story]) -> None:
    """Times and ids rise strictly together within a deal, and every event names its deal and its feed."""
    for story in stories:
        keys = [(event.time, event.id) for event in story.events]
        assert all(one < two and one[1] < two[1] for one, two in pairwise(keys))
        assert {event.subject for event in story.events} == {story.deal.opportunity}
        assert {event.source for event in story.events} <= set(SOURCES)


def test_sellers_work_by_day_on_working_days(stories: list[Story]) -> None:
    """At most a few per cent of what sellers do happens in the evening, at night or on free days."""
    moments = [(s, local(s, e)) for s in stories for e in s.events if e.side == "seller" and e.origin == "human"]
    at_night = sum(not 7 <= moment.hour < 19 for _, moment in moments)
    on_free_days = sum(not is_working(story.truth.region, moment.toordinal()) for story, moment in moments)

    assert 0 < at_night / len(moments) < 0.05
    assert 0 < on_free_days / len(moments) < 0.02


def test_buyers_work_by_day_too(stories: list[Story]) -> None:
    """Mails, views and signatures of buyers come by day and from Monday to Friday."""
    moments = [local(s, e) for s in stories for e in s.events if isinstance(e, activity.EmailReceived)]

    assert all(7 <= moment.hour < 19 for moment in moments)
    assert all(moment.weekday() < 5 for moment in moments)


def test_lives_and_contacts_have_a_usual_size(stories: list[Story]) -> None:
    """Most deals last 30 to 120 days and have 8 to 25 contacts."""
    lives = sorted((each.truth.closed_at - each.truth.created).days for each in stories)
    counts = sorted(each.truth.contacts for each in stories)
    tenth, half, nine_tenths = len(lives) // 10, len(lives) // 2, len(lives) * 9 // 10

    assert lives[tenth] >= 25
    assert 55 <= lives[half] <= 85
    assert lives[nine_tenths] <= 160
    assert counts[tenth] >= 6
    assert 11 <= counts[half] <= 18
    assert counts[nine_tenths] <= 28


def test_the_silence_is_without_contact(stories: list[Story]) -> None:
    """Between `silent_from` and `silent_until` nothing counts as contact."""
    silent = [each for each in stories if each.truth.silent_from is not None and each.truth.silent_until is not None]

    assert len(silent) > 100
    for story in silent:
        since, until = story.truth.silent_from, story.truth.silent_until
        assert since is not None and until is not None
        assert not [moment for moment in contacts(story) if since < moment < until]


@pytest.mark.parametrize("kind", [Kind.FADING, Kind.SINGLE_THREADED])
def test_faded_deals_go_silent(stories: list[Story], kind: Kind) -> None:
    """Some weeks after the fade there is no contact any more until the deal ends or the buyer comes back."""
    faded = [each for each in of_kind(stories, kind) if each.truth.faded_at is not None]

    assert faded
    for story in faded:
        begins, until = story.truth.faded_at, story.truth.silent_until
        assert begins is not None and until is not None
        assert not [moment for moment in contacts(story) if begins + SLACK < moment < until]


def test_sellers_write_into_the_silence(stories: list[Story]) -> None:
    """While a fading buyer is silent the seller goes on for a while."""
    touches = []
    for story in of_kind(stories, Kind.FADING):
        since, until = story.truth.silent_from, story.truth.silent_until
        if since is not None and until is not None:
            mine = [e for e in story.events if e.side == "seller" and isinstance(e, activity.ACTIVITIES)]
            touches.append(sum(since < event.time < until for event in mine))

    assert sum(touches) / len(touches) > 3.0


def test_healthy_deals_never_fade(stories: list[Story]) -> None:
    """No healthy deal deserves an alert that it is going quiet."""
    assert not [s for s in stories if s.truth.kind is Kind.HEALTHY and s.truth.deserves("going_quiet")]


def test_optimists_push_again_and_again(stories: list[Story]) -> None:
    """Deals pushed by optimism are pushed at least twice, mostly more often, and more than healthy ones."""
    pushed = [each.truth for each in of_kind(stories, Kind.PUSHED_BY_OPTIMISM)]
    healthy = [each.truth.pushes for each in of_kind(stories, Kind.HEALTHY)]

    assert sum(truth.pushes >= 3 for truth in pushed) / len(pushed) > 0.9
    assert sum(truth.deserves("pushed_repeatedly") for truth in pushed) / len(pushed) > 0.95
    assert sum(healthy) / len(healthy) < 1.0


def test_good_reps_record_why_a_deal_rests() -> None:
    """A missing budget is recorded as a hold by most diligent reps and by few others."""
    recorded: dict[bool, list[bool]] = {True: [], False: []}
    organisation = Organisation(1, WorldSettings(mix={Kind.BUDGET_DEFERRED: 1.0}))
    for story in (tell(organisation, Arrival(number, 739_700)) for number in range(200)):
        for rest in story.truth.rests:
            if rest.mood == "resting":
                recorded[story.truth.style is Style.DILIGENT].append(rest.recorded)

    assert sum(recorded[True]) / len(recorded[True]) > 0.75
    assert sum(recorded[False]) / len(recorded[False]) < 0.5


def test_a_deal_has_one_beginning_and_ends_with_its_end(stories: list[Story]) -> None:
    """Created comes once, before all but the lead's touches; the last event is the end, and the truth names it."""
    ends: dict[str, type[Event]] = {
        "won": deal.Won,
        "lost": deal.Lost,
        "no_decision": deal.Lost,
        "merged": deal.MergedInto,
    }
    for story in stories:
        created = [index for index, event in enumerate(story.events) if isinstance(event, deal.Created)]
        assert len(created) == 1
        assert all(isinstance(event, activity.MarketingTouched) for event in story.events[: created[0]])
        assert isinstance(story.events[-1], ends.get(story.truth.outcome, deal.Deleted))
        assert story.truth.closed_at == story.events[-1].time


def test_odd_ends_occur(stories: list[Story]) -> None:
    """Some deals are merged, split, deleted, restored, opened again, or change hands."""
    seen = {type(event) for story in stories for event in story.events}

    assert {deal.MergedInto, deal.Split, deal.Deleted, deal.Reopened, deal.OwnerChanged} <= seen


def test_all_but_control_and_backfill_is_spoken(stories: list[Story]) -> None:
    """The generator knows every activity type of the contract."""
    assert set(activity.ACTIVITIES) <= {type(event) for story in stories for event in story.events}


def test_meetings_take_place_after_they_were_planned(stories: list[Story]) -> None:
    """Nobody meets, cancels or misses a meeting that was not in the calendar."""
    for story in stories:
        planned: set[object] = set()
        for event in story.events:
            if isinstance(event, activity.MeetingScheduled | activity.MeetingRescheduled):
                planned.add(event.data.starts)
            elif isinstance(event, activity.MeetingHeld | activity.MeetingNoShow | activity.MeetingCancelled):
                assert event.data.starts in planned


def test_proposals_are_sent_before_they_are_opened_or_signed(stories: list[Story]) -> None:
    """Nobody views or signs what was not sent."""
    for story in stories:
        sent = False
        for event in story.events:
            sent = sent or isinstance(event, activity.ProposalSent)
            if isinstance(event, activity.ProposalViewed | activity.ProposalSigned):
                assert sent


def test_a_new_owner_does_the_work(stories: list[Story]) -> None:
    """After a change of owner nothing is done in the name of the old one."""
    changed = 0
    for story in stories:
        owner = story.deal.rep.id
        for event in story.events:
            if isinstance(event, deal.OwnerChanged):
                owner = event.data.owner
                changed += 1
            elif isinstance(event, activity.EmailSent | deal.StageChanged) and event.actor.startswith("rep-"):
                assert event.actor == owner
    assert changed > 5


def test_there_is_no_personal_data(stories: list[Story]) -> None:
    """People appear as ids only."""
    actors = {event.actor for story in stories for event in story.events}

    assert all(each.split("-")[0] in ("", "rep", "con", "crm") for each in actors)
