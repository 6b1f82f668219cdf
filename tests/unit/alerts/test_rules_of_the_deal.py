"""The rules about people, stage, amount and forecast as timelines: what happens on which day, and what is said when."""

from __future__ import annotations

import pytest

from models.snapshot import ModelSet
from streams.alerts.rules.people import SingleThreaded
from streams.events import deal
from streams.events.envelope import Event
from tests.builders import (
    SameModels,
    Timeline,
    a_call,
    a_category,
    a_departure,
    a_heartbeat,
    a_hold,
    a_message,
    a_planned_meeting,
    a_policy,
    a_proposal,
    a_reply,
    a_stage,
    an_amount,
    an_opportunity,
    an_owner,
    ms,
    some_models,
)
from tests.unit.alerts.cases import LARGE

# --- single threaded --------------------------------------------------------------------------------------------------


def _calls(*people: str, days: tuple[int, ...] = (1, 4, 9, 15, 22)) -> list[Event]:
    return [a_call(day, contacts=people) for day in days]


def test_one_contact_is_too_few_for_a_large_deal() -> None:
    """An info after a month, a warning once a proposal is out, and over with the second person."""
    timeline = Timeline().tell(an_opportunity(0, LARGE), *_calls("ann")).until(31).tell(a_proposal(31.5))
    timeline.tell(a_call(33, contacts=("ann", "bob")))
    assert timeline.of("single_threaded") == [
        ("opened", "info", 30.0),
        ("escalated", "warning", 31.5),
        ("resolved", "warning", 33.0),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [an_opportunity(0), *_calls("ann")],
        [an_opportunity(0, LARGE), *_calls("ann", "bob")],
        [an_opportunity(0, LARGE), *_calls("ann", days=(1, 4, 9))],
        [an_opportunity(0, LARGE), *_calls()],
        [an_opportunity(4, LARGE), *_calls("ann", days=(5, 6, 7, 8, 9))],
    ],
    ids=["small", "two people", "too few contacts", "nobody is named", "too young"],
)
def test_one_contact_is_no_news_of_a_small_or_young_deal(events: list[Event]) -> None:
    """Where the amount, the contacts or the days are few, or nobody says who takes part."""
    assert Timeline().tell(*events).until(33.5).of("single_threaded") == []


def test_a_person_who_left_leaves_one() -> None:
    """Then it is news from that day on; and the amount must fall clearly before it is none."""
    timeline = Timeline().tell(an_opportunity(0, LARGE), *_calls("ann", "bob")).until(40).tell(a_departure(40, "bob"))
    assert [ms(40)] == [reason.episode for _, reason in timeline.told("single_threaded")]
    assert [state for state, _, _ in timeline.tell(an_amount(41, "41000")).of("single_threaded")] == ["opened"]
    assert timeline.tell(an_amount(42, "39000")).of("single_threaded")[-1] == ("resolved", "info", 42.0)


def test_what_is_large_is_set() -> None:
    """By the tenant, in the deal's own currency."""
    timeline = Timeline(policy=a_policy(SingleThreaded(min_amount=10_000.0)))
    assert timeline.tell(an_opportunity(0), *_calls("ann")).until(31).of("single_threaded") == [
        ("opened", "info", 30.0)
    ]


# --- a new owner ------------------------------------------------------------------------------------------------------


def test_a_new_owner_has_five_business_days() -> None:
    """Then nobody looks after the buyer; a touch of the owner ends it, one of somebody else does not."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), an_owner(4.5, "rep-2")).until(12)
    timeline.tell(a_message(12, actor="rep-1")).until(13).tell(a_message(13, actor="rep-2"))
    assert timeline.of("untouched_by_owner") == [("opened", "warning", 11.5), ("resolved", "warning", 13.0)]


@pytest.mark.parametrize(
    "events",
    [
        [an_owner(4.5, "rep-1")],
        [an_owner(4.5, "rep-2"), a_call(5, connected=False)],
        [an_owner(4.5, "rep-2"), a_hold(5)],
        [an_owner(4.5, "rep-2"), a_planned_meeting(5, 30, actor="rep-2")],
        [],
    ],
    ids=["the same owner", "tried to call", "on hold", "a meeting is planned", "no change"],
)
def test_an_owner_who_turned_to_the_buyer_is_no_news(events: list[Event]) -> None:
    """Nor is one of a deal that rests, or the first one."""
    assert Timeline().tell(an_opportunity(0), a_call(0.5), *events).until(20).of("untouched_by_owner") == []


# --- stage ------------------------------------------------------------------------------------------------------------


def test_a_step_back_is_news_for_two_weeks() -> None:
    """The first is an info, the second a warning; a move forward ends it, or time does."""
    timeline = Timeline().tell(an_opportunity(0), a_stage(1, "offer", 2), a_stage(4, "discovery", 1)).until(20)
    assert timeline.of("stage_moved_back") == [("opened", "info", 4.0), ("resolved", "info", 18.0)]
    timeline.tell(a_stage(21, "offer", 2), a_stage(22, "discovery", 1)).until(23).tell(a_stage(24, "offer", 2))
    assert timeline.of("stage_moved_back")[2:] == [("opened", "warning", 22.0), ("resolved", "warning", 24.0)]


def test_a_move_that_nobody_can_rank_is_no_step_back() -> None:
    """Without positions it is not known which stage is the later one."""
    timeline = Timeline().tell(an_opportunity(0), a_stage(1, "offer"), a_stage(4, "discovery")).until(5)
    assert timeline.of("stage_moved_back") == []


def test_a_stage_that_runs_ahead_of_the_buyer_is_said() -> None:
    """Two moves without a word, three are a warning; word of the buyer ends it."""
    events = [a_stage(3, "offer", 2), a_stage(4, "contract", 3)]
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), *events).until(5)
    timeline.tell(a_stage(5, "signing", 4)).until(6).tell(a_reply(6))
    assert timeline.of("ahead_of_buyer") == [
        ("opened", "info", 4.0),
        ("escalated", "warning", 5.0),
        ("resolved", "warning", 6.0),
    ]


def test_one_move_after_a_long_silence_says_as_much() -> None:
    """Ten business days without a word, and then a stage forward; nine are too few."""
    for day, said in ((14.5, [("opened", "info", 14.5)]), (14.4, [])):
        timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_stage(day, "offer", 2)).until(15)
        assert timeline.of("ahead_of_buyer") == said


@pytest.mark.parametrize(
    "events",
    [
        [a_stage(3, "offer", 2)],
        [a_stage(3, "offer", 2), a_call(3.5), a_stage(4, "contract", 3)],
        [a_stage(3, "offer", 2), a_stage(4, "contract", 3), a_hold(3.9)],
        [a_stage(3, "offer"), a_stage(4, "contract")],
    ],
    ids=["one move", "a word between", "on hold", "no positions"],
)
def test_a_stage_that_keeps_step_is_no_news(events: list[Event]) -> None:
    """One move soon after a contact is how deals go."""
    in_order = sorted(events, key=lambda event: event.time)
    assert Timeline().tell(an_opportunity(0), a_call(0.5), *in_order).until(9).of("ahead_of_buyer") == []


def test_word_of_the_buyer_may_be_in_a_feed_that_is_silent() -> None:
    """Then the stage may have kept step."""
    events = [a_heartbeat(1), a_stage(3, "offer", 2), a_stage(4, "contract", 3)]
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), *events).until(5)
    assert timeline.of("ahead_of_buyer") == []
    assert timeline.deal().watch.held["ahead_of_buyer"] == "feed /crm is stale"


# --- amount -----------------------------------------------------------------------------------------------------------


def test_an_amount_that_falls_is_said_and_two_weeks_later_no_more() -> None:
    """A fifth is an info, two fifths a warning, counted from where it began to fall."""
    timeline = Timeline().tell(an_opportunity(0), an_amount(4, "9600"), an_amount(9, "7000")).until(30)
    assert timeline.of("amount_falling") == [
        ("opened", "info", 4.0),
        ("escalated", "warning", 9.0),
        ("resolved", "warning", 23.0),
    ]


def test_an_amount_that_rises_again_ends_the_alert_with_hysteresis() -> None:
    """At 80 % of the threshold, and not before."""
    timeline = Timeline().tell(an_opportunity(0), an_amount(4, "9600"), an_amount(5, "10000")).until(6)
    assert timeline.of("amount_falling") == [("opened", "info", 4.0)]
    assert timeline.tell(an_amount(6, "10100")).of("amount_falling")[-1] == ("resolved", "info", 6.0)


@pytest.mark.parametrize(
    "events",
    [
        [an_amount(4, "9700")],
        [an_amount(4, "13000")],
        [an_amount(4, None), an_amount(5, "100")],
        [deal.AmountChanged(
            id="usd", source="/crm", subject="opp-1", time=an_amount(4, "1").time,
            data=deal.AmountData(amount="9000", currency="USD"),
        )],
        [an_amount(4, "10800"), an_amount(40, "9600")],
    ],
    ids=["less than a fifth", "a rise", "no amount", "other money", "long apart"],
)  # fmt: skip
def test_a_small_or_slow_fall_is_no_news(events: list[Event]) -> None:
    """Nor is a change of the currency: what it is worth then nobody has said."""
    assert Timeline().tell(an_opportunity(0), *events).until(45).of("amount_falling") == []


# --- commit -----------------------------------------------------------------------------------------------------------


def test_a_commit_without_contact_is_stale() -> None:
    """Seven business days are an info, ten a warning; another category ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_category(1, "commit")).until(16)
    timeline.tell(a_category(16, "best_case"))
    assert timeline.of("stale_commit") == [
        ("opened", "info", 9.5),
        ("escalated", "warning", 14.5),
        ("resolved", "warning", 16.0),
    ]


@pytest.mark.parametrize(
    "events",
    [[a_category(1, "best_case")], [a_category(1, "commit"), a_call(6)], [a_category(1, "commit"), a_hold(2)], []],
    ids=["no commit", "heard since", "on hold", "no category"],
)
def test_a_commit_that_is_fresh_or_none_is_no_news(events: list[Event]) -> None:
    """A recent contact supports it, a hold explains the silence."""
    assert Timeline().tell(an_opportunity(0), a_call(0.5), *events).until(14).of("stale_commit") == []


def _winning(chance: float, base_rate: float = 0.5, cases: int = 300) -> ModelSet:
    return some_models(win=chance, base_rate=base_rate, cases=cases)


@pytest.mark.parametrize(
    ("models", "category", "said"),
    [
        pytest.param(_winning(0.39), "commit", [("opened", "info", 3.0)], id="unlikely"),
        pytest.param(_winning(0.19), "commit", [("opened", "warning", 3.0)], id="hardly"),
        pytest.param(_winning(0.41), "commit", [], id="likely enough"),
        pytest.param(_winning(0.3, base_rate=0.2), "commit", [], id="more than is usual"),
        pytest.param(_winning(0.15, base_rate=0.2), "commit", [("opened", "warning", 3.0)], id="less than is usual"),
        pytest.param(_winning(0.1, cases=299), "commit", [], id="too few cases learned"),
        pytest.param(_winning(0.1), "most_likely", [], id="no commit"),
    ],
)
def test_a_commit_that_the_model_does_not_believe_is_doubtful(
    models: ModelSet, category: deal.ForecastCategory, said: list[tuple[str, str, float]]
) -> None:
    """Below 40 % and below what is usual, once the model knows enough."""
    timeline = Timeline(models).tell(an_opportunity(0), a_call(0.5), a_category(1, category)).until(4)
    assert timeline.of("doubtful_commit") == said


def test_a_doubtful_commit_ends_when_the_chance_is_clearly_up() -> None:
    """Half is enough, a little more than two fifths is not."""
    shelf = SameModels(_winning(0.39), {5: _winning(0.48), 7: _winning(0.51)})
    timeline = Timeline(shelf=shelf).tell(an_opportunity(0), a_call(0.5), a_category(1, "commit")).until(9)
    assert timeline.of("doubtful_commit") == [("opened", "info", 3.0), ("resolved", "info", 7.0)]
