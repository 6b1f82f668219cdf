"""The rules of a deal that is badly kept, and what holds for all rules, as timelines: what is said when."""

from __future__ import annotations

import pytest

from models.norms import Norms, Spans, observe_stay
from models.snapshot import ModelSet
from streams.alerts.registry import RULES
from streams.alerts.rules.silence import Silent
from streams.events import deal
from streams.state.opportunity import DAY
from tests.builders import (
    SameModels,
    Timeline,
    a_call,
    a_close_date,
    a_hold,
    a_loss,
    a_next_step,
    a_planned_meeting,
    a_policy,
    a_reopening,
    a_stage,
    an_opportunity,
    calendar_day,
    some_models,
)

_MILLISECOND = 1 / DAY


def test_the_rules_are_these_in_this_order() -> None:
    """The rules of the product, in the order in which they are run."""
    assert tuple(rule.name for rule in RULES) == (
        "going_quiet",
        "silent",
        "dark_after_proposal",
        "slipping",
        "close_date_missed",
        "pushed_repeatedly",
        "left_quarter",
        "doubtful_commit",
        "stale_commit",
        "waiting_for_us",
        "meeting_not_rebooked",
        "untouched_by_owner",
        "amount_falling",
        "single_threaded",
        "stage_moved_back",
        "ahead_of_buyer",
        "stuck_in_stage",
        "no_next_step",
        "record_behind",
        "incomplete",
        "pushed_to_quarter_end",
        "closes_on_day_off",
    )


# --- stuck in stage -------------------------------------------------------------------------------------------------


def _stays(days: float, number: int = 20, stage: str = "discovery") -> ModelSet:
    norms = Norms()
    for _ in range(number):
        norms = observe_stay(norms, stage, days)
    return some_models(norms=norms)


def test_a_deal_is_stuck_after_twice_the_usual_stay() -> None:
    """By default 21 days are usual: 42 are worth an info, 63 a warning, never more, and a stage change ends it."""
    timeline = Timeline().tell(an_opportunity(0)).until(70).tell(a_stage(70.5, "offer"))
    assert timeline.of("stuck_in_stage") == [
        ("opened", "info", 42.0),
        ("escalated", "warning", 63.0),
        ("resolved", "warning", 70.5),
    ]


@pytest.mark.parametrize(
    ("models", "opens"),
    [
        pytest.param(_stays(10.0), 20.0, id="twice the learned median, interpolated in its bin"),
        pytest.param(_stays(2.5), 7.0, id="never before a week"),
        pytest.param(_stays(10.0, number=19), 42.0, id="too few stays learned"),
        pytest.param(_stays(10.0, stage="offer"), 42.0, id="another stage's stays"),
    ],
)
def test_what_is_a_usual_stay_is_learned(models: ModelSet, opens: float) -> None:
    """Deals in the same stage say how long one stays there."""
    timeline = Timeline(models).tell(an_opportunity(0)).until(50)
    assert opens == timeline.of("stuck_in_stage")[0][2]


def test_a_deal_on_hold_is_not_stuck() -> None:
    """A deal that rests does not have to move."""
    assert Timeline().tell(an_opportunity(0), a_hold(5)).until(80).of("stuck_in_stage") == []


def test_a_deal_that_is_still_stuck_after_a_hold_is_said_again() -> None:
    """A hold interrupts the alert; when it is over and the stage is the same, that is news again."""
    timeline = Timeline().tell(an_opportunity(0)).until(50).tell(a_hold(50, resumes=55)).until(200)
    assert [state for state, _, _ in timeline.of("stuck_in_stage")][:3] == ["opened", "resolved", "opened"]


def test_a_deal_without_a_stage_is_not_stuck() -> None:
    """Where no stage is known nothing is said of it."""
    assert Timeline().tell(an_opportunity(0, deal.CreatedData())).until(80).of("stuck_in_stage") == []


# --- no next step ---------------------------------------------------------------------------------------------------


def test_a_missing_next_step_is_said_after_five_business_days() -> None:
    """Five business days without a plan are worth an info, ten a warning, and a plan ends it."""
    timeline = Timeline().tell(an_opportunity(0)).until(16).tell(a_next_step(16.5, due=20))
    assert timeline.of("no_next_step") == [
        ("opened", "info", 7.0),
        ("escalated", "warning", 14.0),
        ("resolved", "warning", 16.5),
    ]


def test_a_step_holds_until_it_is_due() -> None:
    """A step with a date is a plan until then, one without for fourteen days, a cleared one no more."""
    assert Timeline().tell(an_opportunity(0), a_next_step(1, due=8)).until(16).of("no_next_step") == [
        ("opened", "info", 15.0)
    ]
    assert Timeline().tell(an_opportunity(0), a_next_step(1)).until(22).of("no_next_step") == [("opened", "info", 22.0)]
    cleared = Timeline().tell(an_opportunity(0), a_next_step(1, due=30), a_next_step(2, "")).until(9)
    assert cleared.of("no_next_step") == [("opened", "info", 9.0)]


def test_a_planned_meeting_is_a_next_step() -> None:
    """Until the meeting, and five business days longer."""
    timeline = Timeline().tell(an_opportunity(0), a_planned_meeting(1, 14)).until(22)
    assert timeline.of("no_next_step") == [("opened", "info", 21.0)]


def test_a_deal_on_hold_needs_no_next_step() -> None:
    """Nothing is planned with a buyer who asked to be left alone."""
    assert Timeline().tell(an_opportunity(0), a_hold(1)).until(40).of("no_next_step") == []


@pytest.mark.parametrize("rule", ["stuck_in_stage", "no_next_step"])
def test_what_is_only_kept_badly_never_turns_critical(rule: str) -> None:
    """However long it lasts: a word that is used for hygiene is not believed when a deal is being lost."""
    timeline = Timeline().tell(an_opportunity(0)).until(390)
    assert {severity for _, severity, _ in timeline.of(rule)} == {"info", "warning"}


# --- all rules ------------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_a_deal_in_its_first_days() -> None:
    """A deal younger than three days is left alone, whatever models and dates say."""
    loud = some_models(inactivity=0.9, slippage=0.95, cases=500)
    data = deal.CreatedData(stage="discovery", close_date=calendar_day(1))
    timeline = Timeline(loud).tell(
        an_opportunity(0, data), *(a_close_date(0.5 + day / 10, day + 5) for day in range(5))
    )
    assert timeline.until(3 - _MILLISECOND).alerts == []
    assert {"going_quiet", "slipping", "pushed_repeatedly"} == {
        reason.rule for alert in timeline.until(3).alerts for reason in alert.reasons
    }


def test_nothing_is_said_of_a_closed_deal() -> None:
    """A deal that is over cannot be silent, late or stuck."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 9), a_loss(2)).until(100)
    assert timeline.alerts == []


def test_a_reopened_deal_is_watched_again() -> None:
    """After reopening the rules look again, and a silence that was never told is told."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_loss(2), a_reopening(30)).until(31)
    assert ("opened", "critical", 30.0) in timeline.of("silent")


def test_what_was_said_before_the_loss_comes_back_after_the_cool_down() -> None:
    """The same silence, interrupted by a loss that was undone, stays one episode and one alert."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(16).tell(a_loss(16), a_reopening(17)).until(30)
    assert timeline.of("silent")[:3] == [
        ("opened", "warning", 14.0),
        ("resolved", "warning", 16.0),
        ("opened", "warning", 19.0),
    ]
    assert len({alert.id for alert in timeline.alerts}) == 1


def test_an_alert_carries_the_deal_and_its_advice() -> None:
    """Who owns it, what it is worth, since when, what would end it, and what to do."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(15)
    [(alert, reason)] = timeline.told("silent")
    assert (
        alert.opportunity,
        alert.name,
        alert.owner,
        alert.stage,
        alert.amount,
        alert.currency,
    ) == ("opp-1", "Deal", "rep-1", "discovery", "12000", "EUR")
    assert reason.clears_when == "the buyer makes contact"
    assert alert.play is not None
    assert [driver.text for driver in reason.evidence] == [
        "no contact for 14 days; 9 of 10 gaps end within 9 days (from a default)",
        "last contact 2024-01-01 (call logged, event call-opp-1-0.5)",
    ]


def test_a_policy_may_be_stricter() -> None:
    """Thresholds are the policy's."""
    strict = a_policy(Silent(factor=1.1), usual_gap_days=5.0, min_age_days=0.0)
    assert Timeline(policy=strict).tell(an_opportunity(0), a_call(0.5)).until(7).of("silent") == [
        ("opened", "warning", 6.0)
    ]


def test_norms_of_an_empty_histogram_change_nothing() -> None:
    """Spans that were never seen are as good as none."""
    models = some_models(norms=Norms(stage_gaps={"discovery": Spans()}))
    assert Timeline(models).tell(an_opportunity(0), a_call(0.5)).until(15).of("silent") == [("opened", "warning", 14.0)]


# --- in words


def test_a_model_alert_names_the_risk_below_which_it_clears() -> None:
    """The number is the one that decides: just above it the alert stays, just below it ends."""
    timeline = Timeline(some_models(inactivity=0.7, cases=300)).tell(an_opportunity(0), a_call(0.5)).until(4)
    [(_, reason)] = timeline.told("going_quiet")
    assert reason.clears_when == "the buyer makes contact, or the risk falls below 48 %"
    for said, still_open in ((0.49, True), (0.47, False)):
        shelf = SameModels(some_models(inactivity=0.7, cases=300), {5: some_models(inactivity=said, cases=300)})
        told = Timeline(shelf=shelf).tell(an_opportunity(0), a_call(0.5)).until(9).of("going_quiet")
        assert (len(told) == 1) is still_open
    slipping = (
        Timeline(some_models(slippage=0.7, base_rate=0.3, cases=300))
        .tell(an_opportunity(0), a_close_date(0.5, 30))
        .until(9)
    )
    [(_, reason)] = slipping.told("slipping")
    assert reason.clears_when == "the risk falls below 43 %, or the close date is moved"


@pytest.mark.parametrize("rule", ["silent", "close_date_missed"])
def test_a_reason_that_counts_nothing_is_left_out(rule: str) -> None:
    """No unanswered message and no push before are no reasons."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_close_date(0.6, 9)).until(40)
    told = [each.text for _, reason in timeline.told(rule) for each in reason.evidence]
    assert told
    assert not [text for text in told if "0 messages" in text or "0 times" in text]
