"""The rules as timelines: what happens on which day, and what is said when."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from models.hats import CONSTANT
from models.norms import Norms, Spans, observe_stay
from models.snapshot import ModelSet
from streams.alerts.policy import Policy
from streams.alerts.rules import RULES
from streams.events import deal
from streams.events.envelope import Event
from streams.events.rejection import Reason
from streams.state.opportunity import DAY
from tests.builders import (
    SameModels,
    Timeline,
    a_backfill,
    a_call,
    a_cleared_hold,
    a_close_date,
    a_gap,
    a_heartbeat,
    a_hold,
    a_loss,
    a_message,
    a_next_step,
    a_no_show,
    a_planned_meeting,
    a_reopening,
    a_stage,
    an_opportunity,
    calendar_day,
    moment,
    ms,
    some_models,
    some_moving_models,
)

_MILLISECOND = 1 / DAY


def _heartbeats(first: float, last: float) -> list[Event]:
    """Every three hours, so that the feed is fresh throughout."""
    return [a_heartbeat(first + step / 8) for step in range(int((last - first) * 8) + 1)]


def _merged(*events: Event, until: float, models: ModelSet | None = None, policy: Policy | None = None) -> Timeline:
    return Timeline(models, policy).tell(*sorted(events, key=lambda event: event.time)).until(until)


def test_every_rule_has_its_timeline_here() -> None:
    """The rules of the product, in the order in which they are run."""
    assert tuple(rule.name for rule in RULES) == (
        "going_quiet",
        "silent",
        "slipping",
        "close_date_missed",
        "pushed_repeatedly",
        "stuck_in_stage",
        "no_next_step",
    )


# --- silent ---------------------------------------------------------------------------------------------------------


def test_silence_is_noticed_escalates_and_ends_with_a_contact() -> None:
    """With nothing learned yet: 1.5 x 9 days of silence warn, 3 x 9 are critical, a contact ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(40).tell(a_call(41))
    assert timeline.of("silent") == [
        ("opened", "warning", 14.0),
        ("escalated", "critical", 27.5),
        ("resolved", "critical", 41.0),
    ]
    opened = next(alert for alert in timeline.alerts if alert.rule == "silent")
    assert (ms(0.5), "Silent for 14 days") == (opened.episode, opened.title)
    assert timeline.alerts[-1].resolution == "the buyer made contact"


def test_silence_is_noticed_to_the_millisecond() -> None:
    """Nobody needs to look: the deadline is known beforehand."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.6)).until(14.1 - _MILLISECOND)
    assert timeline.of("silent") == []
    timeline.until(14.1 + _MILLISECOND)
    assert [alert.at for alert in timeline.alerts if alert.rule == "silent"] == [ms(14.1) + 1]


def test_silence_without_any_contact_counts_from_birth() -> None:
    """A buyer who never made contact is silent since the deal began."""
    timeline = Timeline().tell(an_opportunity(0), a_message(1)).until(14)
    assert timeline.of("silent") == [("opened", "warning", 13.5)]


def test_a_rhythm_of_its_own_makes_a_deal_be_missed_sooner() -> None:
    """A deal with daily calls is missed after days, not weeks."""
    calls = [a_call(day) for day in range(1, 21)]
    timeline = Timeline().tell(an_opportunity(0), *calls).until(40)
    opened, *_ = timeline.of("silent")
    assert opened[:2] == ("opened", "warning")
    assert 20 + 3 < opened[2] < 20 + 7


def test_a_new_silence_is_a_new_alert() -> None:
    """Each silence is an episode of its own, with an id of its own."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1)).until(20).tell(a_call(20)).until(60)
    opened = [alert for alert in timeline.alerts if (alert.rule, alert.state) == ("silent", "opened")]
    assert [ms(1), ms(20)] == [alert.episode for alert in opened]
    assert len({alert.id for alert in opened}) == 2


@pytest.mark.parametrize(
    "feed",
    [
        pytest.param([*_heartbeats(0, 10)], id="stale"),
        pytest.param([*_heartbeats(0, 10), a_gap(10, since=10), a_gap(14, since=10)], id="gap"),
    ],
)
def test_silence_is_held_while_the_feed_is_silent(feed: list[Event]) -> None:
    """A feed that stopped, or missed something, may be what is silent; the reason to hold is known."""
    timeline = _merged(an_opportunity(0), a_call(0.5), *feed, until=15)
    assert timeline.of("silent") == []
    assert "feed /crm is" in timeline.deal().watch.held["silent"]


def test_silence_is_said_once_the_feed_is_fresh_again() -> None:
    """At the next look after the feed came back, the silence that lasted is said."""
    timeline = _merged(an_opportunity(0), a_call(0.5), *_heartbeats(0, 10), *_heartbeats(15.5, 20), until=20)
    assert timeline.of("silent") == [("opened", "warning", 16.0)]
    assert timeline.deal().watch.held == {}


def test_a_contact_that_the_feed_brings_later_makes_the_silence_never_be_said() -> None:
    """What was missed comes in when the feed is back, and nobody was alarmed for nothing."""
    timeline = Timeline().tell(
        an_opportunity(0), a_call(0.5), a_heartbeat(10), a_heartbeat(15.5), a_call(12), *_heartbeats(15.6, 20)
    )
    assert timeline.of("silent") == []


def test_silence_after_a_gap_waits_for_a_day() -> None:
    """After the gap ended, the buyer gets a day to be heard."""
    events = [*_heartbeats(0, 30), a_gap(13, since=12, until=14.5)]
    timeline = _merged(an_opportunity(0), a_call(0.5), *events, until=30)
    assert timeline.of("silent")[:1] == [("opened", "warning", 16.0)]


def test_a_stale_feed_of_another_source_does_not_matter() -> None:
    """Only the feeds that told of the deal's activities decide."""
    other = [a_heartbeat(1, "/mail")]
    timeline = _merged(an_opportunity(0), a_call(0.5), *other, *_heartbeats(0, 20), until=20)
    assert timeline.of("silent") == [("opened", "warning", 14.0)]


def test_an_unmonitored_feed_is_believed_and_the_alert_says_so() -> None:
    """Without heartbeats the silence is taken as the buyer's."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(15)
    assert [alert.feed for alert in timeline.alerts if alert.rule == "silent"] == ["unmonitored"]


def test_silence_does_not_get_worse_while_the_feed_is_silent() -> None:
    """An alert that is open does not escalate on the word of a feed that cannot be trusted."""
    timeline = _merged(an_opportunity(0), a_call(0.5), *_heartbeats(0, 20), until=40)
    assert timeline.of("silent") == [("opened", "warning", 14.0)]


def test_a_deal_on_hold_is_not_missed() -> None:
    """While a deal rests for a known reason its silence is no news; afterwards it counts from the end of the hold."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_hold(5, resumes=40)).until(53)
    assert timeline.of("silent") == []
    timeline.until(54)
    assert timeline.of("silent") == [("opened", "warning", 53.5)]


def test_a_hold_ends_an_open_alert_and_says_so() -> None:
    """The silence is explained; it is not claimed that the buyer made contact."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(15).tell(a_hold(15, "legal"))
    resolved = [alert for alert in timeline.alerts if (alert.rule, alert.state) == ("silent", "resolved")]
    assert [alert.resolution for alert in resolved] == ["the deal is on hold (legal)"]


def test_a_silence_that_outlasts_a_cleared_hold_is_said_again() -> None:
    """A hold that is cleared by hand ends like one with a date: silence counts from there."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(15)
    timeline.tell(a_hold(15)).until(20).tell(a_cleared_hold(20)).until(60)
    assert [state for state, _, _ in timeline.of("silent")] == ["opened", "resolved", "opened", "escalated"]


def test_a_planned_meeting_explains_the_silence() -> None:
    """Nobody is missed who has an appointment."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_planned_meeting(5, 25)).until(24.9)
    assert timeline.of("silent") == []


@pytest.mark.parametrize("missed", [[], [a_no_show(25.1)]], ids=["nothing was logged", "no-show"])
def test_a_silence_that_outlasts_a_planned_meeting_is_said_again(missed: list[Event]) -> None:
    """A meeting that was planned during the silence and did not happen is no reason to stay silent for good."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(20)
    timeline.tell(a_planned_meeting(20, 25)).until(25).tell(*missed).until(60)
    assert [state for state, _, _ in timeline.of("silent")] == ["opened", "resolved", "opened", "escalated"]


def test_a_planned_meeting_is_not_called_a_contact() -> None:
    """An alert that ends because a meeting was planned says so."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(20).tell(a_planned_meeting(20, 25))
    resolved = [alert for alert in timeline.alerts if (alert.rule, alert.state) == ("silent", "resolved")]
    assert [alert.resolution.rsplit(" ", 1)[-1] for alert in resolved] != ["contact"]


# --- going quiet ----------------------------------------------------------------------------------------------------


def _quiet(said: float, cases: int = 300, base_rate: float = 0.2) -> ModelSet:
    return some_models(inactivity=said, base_rate=base_rate, cases=cases)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        pytest.param(_quiet(0.66), [("opened", "warning", 3.0)], id="the least probability"),
        pytest.param(_quiet(0.64), [], id="below the least probability"),
        pytest.param(_quiet(0.74, base_rate=0.5), [("opened", "warning", 3.0)], id="above base rate and lift"),
        pytest.param(_quiet(0.72, base_rate=0.5), [], id="below the lift of 1.0 over a base rate of 50 %"),
        pytest.param(_quiet(0.92), [("opened", "warning", 3.0)], id="below two log-odds above the bar"),
        pytest.param(_quiet(0.94), [("opened", "critical", 3.0)], id="critical"),
        pytest.param(_quiet(0.99, cases=299), [], id="too few cases learned"),
        pytest.param(_quiet(0.99, base_rate=0.0), [], id="a base rate that means nothing"),
    ],
)
def test_the_model_warns_of_deals_that_go_quiet(models: ModelSet, expected: list[tuple[str, str, float]]) -> None:
    """A probability that is high, and high above the usual one, is said from the third day on."""
    assert expected == Timeline(models).tell(an_opportunity(0), a_call(0.5)).until(10).of("going_quiet")


def test_going_quiet_escalates_and_ends_with_hysteresis() -> None:
    """It gets worse with the risk, stays while the risk wavers, and ends when the risk is clearly down."""
    later = {5: _quiet(0.94), 7: _quiet(0.49), 9: _quiet(0.47)}
    timeline = Timeline(shelf=SameModels(_quiet(0.7), later)).tell(an_opportunity(0), a_call(0.5)).until(12)
    assert timeline.of("going_quiet") == [
        ("opened", "warning", 3.0),
        ("escalated", "critical", 5.0),
        ("resolved", "critical", 9.0),
    ]


def test_going_quiet_does_not_flicker() -> None:
    """A risk that comes back during the same silence is not told twice; after a contact it is a new episode."""
    later = {5: _quiet(0.1), 6: _quiet(0.7)}
    timeline = Timeline(shelf=SameModels(_quiet(0.7), later)).tell(an_opportunity(0), a_call(0.5)).until(9)
    assert [state for state, _, _ in timeline.of("going_quiet")] == ["opened", "resolved"]
    timeline.tell(a_call(9.5)).until(10.4)
    assert [state for state, _, _ in timeline.of("going_quiet")] == ["opened", "resolved"]
    timeline.until(10.5)
    assert timeline.of("going_quiet")[2:] == [("opened", "warning", 10.5)]


def test_going_quiet_is_held_hushed_and_explained_like_silence() -> None:
    """A stale feed, a hold, and a planned meeting keep the model from speaking too."""
    models = _quiet(0.7)
    stale = _merged(an_opportunity(0), a_call(0.5), a_heartbeat(1), until=5, models=models)
    assert (stale.of("going_quiet"), stale.deal().watch.held["going_quiet"]) == ([], "feed /crm is stale")
    assert _merged(an_opportunity(0), a_hold(1), until=9, models=models).of("going_quiet") == []
    assert _merged(an_opportunity(0), a_planned_meeting(1, 20), until=9, models=models).of("going_quiet") == []


def test_a_silence_that_was_foreseen_is_one_alert() -> None:
    """It stays open when the silence has become a fact, gets worse as that gets long, and nobody says it again."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5)).until(40)
    assert timeline.of("silent") == []
    assert timeline.of("going_quiet") == [("opened", "warning", 3.0), ("escalated", "critical", 27.5)]
    assert timeline.alerts[-1].title == "Silent for 27 days"
    timeline.tell(a_call(40))
    assert ("resolved", "critical", 40.0) in timeline.of("going_quiet")


def test_what_is_foreseen_counts_from_the_last_contact() -> None:
    """Also where a meeting was planned meanwhile: the episode begins with its end, the silence does not."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5), a_planned_meeting(1, 5)).until(7)
    [alert] = [each for each in timeline.alerts if each.rule == "going_quiet"]
    assert (alert.at, alert.episode) == (ms(6), ms(5))
    assert alert.title.startswith("Going quiet: 5.5 days without contact")


def test_the_model_speaks_when_its_probability_reaches_the_bar_not_a_day_later() -> None:
    """A deal is asked about once a day; between two questions it is looked at when the model will speak."""
    models = some_moving_models()
    weights = models.targets["silence"].weights
    calmer = replace(models.targets["silence"], weights={**weights, CONSTANT: weights[CONSTANT] - 0.8})
    models = replace(models, targets={**models.targets, "silence": calmer})
    timeline = Timeline(models).tell(an_opportunity(0), a_call(0.5)).until(13)
    [alert, *_] = [each for each in timeline.alerts if each.rule == "going_quiet"]
    assert alert.at % DAY
    assert alert.risk is not None
    assert alert.risk.probability == pytest.approx(0.65, abs=0.005)
    assert alert.risk.probability >= 0.65


def test_a_silence_that_was_told_is_not_foreseen() -> None:
    """Where the usual gap spoke first, before the model had learned enough, the model does not say it again."""
    timeline = Timeline(shelf=SameModels(_quiet(0.9, cases=0), {15: _quiet(0.9)}))
    timeline.tell(a_backfill(0, horizon_days=30), an_opportunity(0), a_call(0.5)).until(20)
    assert timeline.of("silent") == [("opened", "warning", 14.0)]
    assert timeline.of("going_quiet") == []


def test_a_model_that_has_learned_is_believed_until_the_horizon() -> None:
    """A silence is not called unusual while the model expects its end; one of the horizon's length is a fact."""
    timeline = Timeline(_quiet(0.3)).tell(a_backfill(0, horizon_days=20), an_opportunity(0), a_call(0.5)).until(25)
    assert timeline.of("silent") == [("opened", "warning", 20.5)]
    assert timeline.of("going_quiet") == []


def test_a_warning_of_the_model_says_why() -> None:
    """The alert carries the risk with its reasons, and the version that said it."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5)).until(4)
    (alert,) = [each for each in timeline.alerts if each.rule == "going_quiet"]
    assert alert.risk is not None
    assert alert.risk.probability == pytest.approx(0.7)
    assert (alert.risk.target, alert.risk.base_rate, alert.risk.cases) == ("silence", 0.2, 300)
    assert alert.risk.model_version == "silence-0"
    assert ms(0.5) == alert.episode
    assert alert.evidence[0].text == "70 % risk that this silence reaches 14 days; 20 % is usual"
    assert alert.title == "Going quiet: 2.5 days without contact, 70 % likely to become 14 days"


def test_a_model_alert_names_the_risk_below_which_it_clears() -> None:
    """The number is the one that decides: just above it the alert stays, just below it ends."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5)).until(4)
    (alert,) = [each for each in timeline.alerts if each.rule == "going_quiet"]
    assert alert.clears_when == "the buyer makes contact, or the risk falls below 48 %"
    for said, still_open in ((0.49, True), (0.47, False)):
        shelf = SameModels(_quiet(0.7), {5: _quiet(said)})
        told = Timeline(shelf=shelf).tell(an_opportunity(0), a_call(0.5)).until(9).of("going_quiet")
        assert (len(told) == 1) is still_open
    slipping = Timeline(_slip(0.7)).tell(an_opportunity(0), a_close_date(0.5, 30)).until(9)
    (alert,) = [each for each in slipping.alerts if each.rule == "slipping"]
    assert alert.clears_when == "the risk falls below 43 %, or the close date is moved"


@pytest.mark.parametrize("rule", ["silent", "close_date_missed"])
def test_a_reason_that_counts_nothing_is_left_out(rule: str) -> None:
    """No unanswered message and no push before are no reasons."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_close_date(0.6, 9)).until(40)
    told = [each.text for alert in timeline.alerts if alert.rule == rule for each in alert.evidence]
    assert told
    assert not [text for text in told if "0 messages" in text or "0 times" in text]


# --- slipping -------------------------------------------------------------------------------------------------------


def _slip(said: float, base_rate: float = 0.3, cases: int = 300) -> ModelSet:
    return some_models(slippage=said, base_rate=base_rate, cases=cases)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        pytest.param(_slip(0.6), [("opened", "warning", 3.0)], id="the least probability"),
        pytest.param(_slip(0.59), [], id="below it"),
        pytest.param(_slip(0.72, base_rate=0.5), [], id="below the lift of 1 over a base rate of 50 %"),
        pytest.param(_slip(0.74, base_rate=0.5), [("opened", "warning", 3.0)], id="above the lift"),
        pytest.param(_slip(0.93), [("opened", "critical", 3.0)], id="critical"),
        pytest.param(_slip(0.99, cases=299), [], id="too few cases learned"),
    ],
)
def test_the_model_warns_of_deals_that_slip(models: ModelSet, expected: list[tuple[str, str, float]]) -> None:
    """A high risk of missing the date is said from the third day on, while the date is ahead."""
    timeline = Timeline(models).tell(an_opportunity(0), a_close_date(0.5, 30)).until(9)
    assert expected == timeline.of("slipping")


def test_slipping_needs_a_date_ahead() -> None:
    """Without a close date nothing slips, and once it is missed another rule speaks."""
    assert Timeline(_slip(0.8)).tell(an_opportunity(0)).until(9).of("slipping") == []
    timeline = Timeline(_slip(0.8)).tell(an_opportunity(0), a_close_date(0.5, 5)).until(9)
    assert timeline.of("slipping") == [("opened", "warning", 3.0), ("resolved", "warning", 6.0)]
    assert timeline.of("close_date_missed") == [("opened", "warning", 6.0)]


def test_a_push_ends_the_episode_and_may_begin_another() -> None:
    """Each close date is an episode: moving it resolves the alert, and the new date is judged anew."""
    timeline = Timeline(_slip(0.7)).tell(an_opportunity(0), a_close_date(0.5, 30)).until(9).tell(a_close_date(9, 40))
    assert timeline.of("slipping") == [
        ("opened", "warning", 3.0),
        ("resolved", "warning", 9.0),
        ("opened", "warning", 9.0),
    ]
    assert [ms(31), ms(31), ms(41)] == [alert.episode for alert in timeline.alerts if alert.rule == "slipping"]


# --- close date missed ----------------------------------------------------------------------------------------------


def test_a_missed_close_date_is_said_at_its_end_and_gets_worse() -> None:
    """On the instant the date is over; critical after five business days; over when the date is moved."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 9)).until(10 - _MILLISECOND)
    assert timeline.of("close_date_missed") == []
    timeline.until(20).tell(a_close_date(20.5, 40))
    assert timeline.of("close_date_missed") == [
        ("opened", "warning", 10.0),
        ("escalated", "critical", 17.0),
        ("resolved", "critical", 20.5),
    ]
    assert (
        timeline.alerts[-1].resolution == "the close date was moved" or timeline.alerts[-1].rule != "close_date_missed"
    )


def test_a_close_date_is_missed_at_midnight_of_the_deals_zone() -> None:
    """In New York the day ends five hours later."""
    data = deal.CreatedData(timezone="America/New_York", close_date=calendar_day(9))
    timeline = Timeline().tell(an_opportunity(0, data)).until(12)
    assert [ms(10) + 5 * DAY // 24] == [alert.at for alert in timeline.alerts if alert.rule == "close_date_missed"]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"])
@pytest.mark.parametrize("models", [None, _slip(0.9)], ids=["missed", "slipping"])
def test_a_reason_names_the_close_date_that_the_seller_set(zone: str, models: ModelSet | None) -> None:
    """The day the deal shows, in any time zone, and not the midnight after it."""
    data = deal.CreatedData(timezone=zone, close_date=calendar_day(9))
    timeline = Timeline(models).tell(an_opportunity(0, data)).until(12)
    told = {each.text for alert in timeline.alerts for each in alert.evidence if "planned to close" in each.text}
    assert told
    assert {calendar_day(9).isoformat()} == {text.split()[3].rstrip(",") for text in told}


def test_a_close_at_an_instant_is_named_by_its_day_where_it_was_set() -> None:
    """Late in the evening in New York it is tomorrow in UTC, but not to the seller."""
    closes = moment(9.1).astimezone(ZoneInfo("America/New_York"))
    timeline = Timeline().tell(an_opportunity(0, deal.CreatedData(close_at=closes))).until(12)
    [missed] = [alert for alert in timeline.alerts if alert.rule == "close_date_missed"]
    assert missed.evidence[0].text.startswith(f"planned to close {closes.date()}, ")


def test_a_lost_deal_has_missed_nothing_more() -> None:
    """The end of a deal ends its alerts, with the ending as the reason."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 9)).until(12).tell(a_loss(12.5)).until(30)
    assert [state for state, _, _ in timeline.of("close_date_missed")] == ["opened", "resolved"]
    assert {"the deal was lost"} == {alert.resolution for alert in timeline.alerts if alert.state == "resolved"}


def test_a_close_before_the_calendar_is_refused_without_a_crash() -> None:
    """An absurd instant inside of an event is a dead letter, and does not stop the partition."""
    raw = b'{"id":"1","source":"/crm","subject":"opp-1","type":"deal.created.v1","time":"2024-01-01T00:00:00Z",'
    raw += b'"data":{"close_at":"0001-01-01T00:00:00+14:00"}}'
    timeline = Timeline().tell(raw).until(4)
    assert timeline.partition.deals == {}
    assert [each.reason for each in timeline.rejections] == [Reason.ABSURD_TIME]


# --- pushed repeatedly ----------------------------------------------------------------------------------------------


def test_repeated_pushes_are_said_get_worse_and_are_forgiven() -> None:
    """Two pushes in 180 days warn, four are critical, and it is over when the window has no two left."""
    pushes = [a_close_date(day, 100 + day) for day in (1, 10, 20, 30, 40)]
    timeline = Timeline().tell(an_opportunity(0), *pushes).until(250)
    opened, escalated, resolved = timeline.of("pushed_repeatedly")
    assert (opened, escalated) == (("opened", "warning", 20.0), ("escalated", "critical", 40.0))
    assert resolved[:2] == ("resolved", "critical")
    assert 30 + 180 <= resolved[2] <= 30 + 181 + 1


def test_pulls_and_defaults_are_no_pushes() -> None:
    """A date that moves closer, or that a CRM filled in, is held against nobody."""
    moves = [a_close_date(1, 100), a_close_date(2, 90), a_close_date(3, 120, origin="default"), a_close_date(4, 130)]
    assert Timeline().tell(an_opportunity(0), *moves).until(20).of("pushed_repeatedly") == []


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
    assert {"going_quiet", "slipping", "pushed_repeatedly"} == {alert.rule for alert in timeline.until(3).alerts}


def test_nothing_is_said_of_a_closed_deal() -> None:
    """A deal that is over cannot be silent, late or stuck."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 9), a_loss(2)).until(100)
    assert timeline.alerts == []


def test_a_reopened_deal_is_watched_again() -> None:
    """After reopening the rules look again, and a silence that was never told is told."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_loss(2), a_reopening(30)).until(31)
    assert ("opened", "critical", 30.0) in timeline.of("silent")


def test_what_was_said_before_the_loss_is_not_repeated_after_reopening() -> None:
    """The same silence, interrupted by a loss that was undone, stays one episode."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(16).tell(a_loss(16), a_reopening(17)).until(30)
    assert [state for state, _, _ in timeline.of("silent")] == ["opened", "resolved"]


def test_an_alert_carries_the_deal_and_its_advice() -> None:
    """Who owns it, what it is worth, since when, what would end it, and what to do."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(15)
    (alert,) = [each for each in timeline.alerts if each.rule == "silent"]
    assert (
        alert.opportunity,
        alert.name,
        alert.owner,
        alert.stage,
        alert.amount,
        alert.currency,
    ) == ("opp-1", "Deal", "rep-1", "discovery", "12000", "EUR")
    assert (alert.sequence, alert.clears_when) == (1, "the buyer makes contact")
    assert alert.play is not None
    assert [driver.text for driver in alert.evidence] == [
        "no contact for 14 days; 9 of 10 gaps end within 9 days (from a default)",
        "last contact 2024-01-01 (call logged, event call-opp-1-0.5)",
    ]


def test_a_policy_may_be_stricter() -> None:
    """Thresholds are the policy's."""
    strict = Policy(silent_factor=1.0, silent_default_days=5.0, min_age_days=0.0)
    assert _merged(an_opportunity(0), a_call(0.5), until=6, policy=strict).of("silent") == [("opened", "warning", 5.5)]


def test_norms_of_an_empty_histogram_change_nothing() -> None:
    """Spans that were never seen are as good as none."""
    models = some_models(norms=Norms(stage_gaps={"discovery": Spans()}))
    assert Timeline(models).tell(an_opportunity(0), a_call(0.5)).until(15).of("silent") == [("opened", "warning", 14.0)]
