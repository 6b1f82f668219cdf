"""The rules that go by silence as timelines: what happens on which day, and what is said when."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.hats import CONSTANT
from models.snapshot import ModelSet
from streams.alerts.policy import Policy
from streams.alerts.rules.silence import Silent
from streams.alerts.ruleset import read_rules
from streams.events.envelope import Event
from streams.state.calendar import Calendar
from streams.state.opportunity import DAY
from tests.builders import (
    SameModels,
    Timeline,
    a_backfill,
    a_call,
    a_cleared_hold,
    a_gap,
    a_heartbeat,
    a_hold,
    a_message,
    a_no_show,
    a_planned_meeting,
    a_policy,
    an_opportunity,
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


# --- silent ---------------------------------------------------------------------------------------------------------


def test_silence_is_noticed_escalates_and_ends_with_a_contact() -> None:
    """With nothing learned yet: 1.5 x 9 days of silence warn, 3 x 9 are critical, a contact ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(40).tell(a_call(41))
    assert timeline.of("silent") == [
        ("opened", "warning", 14.0),
        ("escalated", "critical", 27.5),
        ("resolved", "critical", 41.0),
    ]
    _, opened = timeline.told("silent")[0]
    assert (ms(0.5), "Silent for 14 days") == (opened.episode, opened.title)
    assert ("silent", "the buyer made contact") in {(each.rule, each.why) for each in timeline.alerts[-1].ended}


def test_silence_is_noticed_to_the_millisecond() -> None:
    """Nobody needs to look: the deadline is known beforehand."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.6)).until(14.1 - _MILLISECOND)
    assert timeline.of("silent") == []
    timeline.until(14.1 + _MILLISECOND)
    assert [alert.at for alert, _ in timeline.told("silent")] == [ms(14.1) + 1]


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


def test_a_new_silence_is_a_new_reason() -> None:
    """Each silence is an episode of its own."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1)).until(20).tell(a_call(20)).until(60)
    told = dict.fromkeys(reason.episode for _, reason in timeline.told("silent"))
    assert [ms(1), ms(20)] == list(told)


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
    assert [alert.feed for alert, _ in timeline.told("silent")] == ["unmonitored"]


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
    ended = [each.why for alert in timeline.alerts for each in alert.ended if each.rule == "silent"]
    assert ended == ["the deal is on hold (legal)"]


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
    ended = [each.why for alert in timeline.alerts for each in alert.ended if each.rule == "silent"]
    assert ended == ["a meeting is planned"]


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
        ("resolved", "warning", 9.0),
    ]


def test_going_quiet_does_not_flicker() -> None:
    """A risk that comes back during the same silence is told again only if it lasts for longer than the cool-down."""
    later = {5: _quiet(0.1), 6: _quiet(0.7), 7: _quiet(0.1), 9: _quiet(0.7)}
    timeline = Timeline(shelf=SameModels(_quiet(0.7), later)).tell(an_opportunity(0), a_call(0.5)).until(8.9)
    assert timeline.of("going_quiet") == [("opened", "warning", 3.0), ("resolved", "warning", 5.0)]
    timeline.until(9)
    assert timeline.of("going_quiet")[2:] == [("opened", "warning", 9.0)]
    assert len({alert.id for alert, _ in timeline.told("going_quiet")}) == 1


def test_going_quiet_after_a_contact_is_news() -> None:
    """Another silence is another episode, which no cool-down holds back."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5)).until(4).tell(a_call(4.5)).until(5.4)
    assert [state for state, _, _ in timeline.of("going_quiet")] == ["opened", "resolved"]
    timeline.until(5.5)
    assert timeline.of("going_quiet")[2:] == [("opened", "warning", 5.5)]


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
    assert timeline.told("going_quiet")[-1][1].title == "Silent for 27 days"
    timeline.tell(a_call(40))
    assert ("resolved", "critical", 40.0) in timeline.of("going_quiet")


def test_what_is_foreseen_counts_from_the_last_contact() -> None:
    """Also where a meeting was planned meanwhile: the episode begins with its end, the silence does not."""
    timeline = Timeline(_quiet(0.7)).tell(an_opportunity(0), a_call(0.5), a_planned_meeting(1, 5)).until(7)
    [(alert, reason)] = timeline.told("going_quiet")
    assert (alert.at, reason.episode) == (ms(6), ms(5))
    assert reason.title.startswith("Going quiet: 5.5 days without contact")


def test_the_model_speaks_when_its_probability_reaches_the_bar_not_a_day_later() -> None:
    """A deal is asked about once a day; between two questions it is looked at when the model will speak."""
    models = some_moving_models()
    weights = models.targets["silence"].weights
    calmer = replace(models.targets["silence"], weights={**weights, CONSTANT: weights[CONSTANT] - 0.8})
    models = replace(models, targets={**models.targets, "silence": calmer})
    timeline = Timeline(models).tell(an_opportunity(0), a_call(0.5)).until(13)
    [(alert, _), *_] = timeline.told("going_quiet")
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
    [(alert, reason)] = timeline.told("going_quiet")
    assert alert.risk is not None
    assert alert.risk.probability == pytest.approx(0.7)
    assert (alert.risk.target, alert.risk.base_rate, alert.risk.cases) == ("silence", 0.2, 300)
    assert alert.risk.model_version == "silence-0"
    assert ms(0.5) == reason.episode
    assert reason.evidence[0].text == "70 % risk that this silence reaches 14 days; 20 % is usual"
    assert reason.title == "Going quiet: 2.5 days without contact, 70 % likely to become 14 days"


# --- business days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("talked", "missed"), [(7.5, 10.5), (11.5, 15.5)], ids=["on a Monday", "on a Friday"])
def test_a_weekend_does_not_make_a_silence_long(talked: float, missed: float) -> None:
    """With a limit of three days: who talked on Friday is missed on Tuesday, not on Monday."""
    eager = a_policy(Silent(factor=1.1), usual_gap_days=1.0)
    timeline = Timeline(policy=eager).tell(an_opportunity(0), a_call(talked)).until(20)
    [opened, *_] = [alert for alert, reason in timeline.told("silent") if reason.episode == ms(talked)]
    assert opened.at == pytest.approx(ms(missed), abs=1)


def test_over_holidays_a_silence_has_to_last_longer() -> None:
    """13.5 days have 9 business days in them; over Christmas and New Year the Dutch have three days off more."""
    said = []
    for calendar in (Calendar(), Calendar("NL", "Europe/Amsterdam")):
        timeline = Timeline(policy=a_policy(calendar=calendar))
        timeline.tell(an_opportunity(340), a_call(351.5)).until(380)  # 17 December, a Tuesday
        said.append(timeline.told("silent")[0][0].at)
    assert said == [ms(365), ms(367.5)]


def test_an_owner_counts_in_the_calendar_of_the_team() -> None:
    """In Riyadh Sunday is a business day, Friday is none."""
    rules = {
        "general": {"usual_gap_days": 1.0},
        "rule": {"silent": {"factor": 1.1}},
        "team": {"gulf": {"owners": ["rep-1"], "country": "SA", "timezone": "Asia/Riyadh"}},
    }
    timeline = Timeline(policy=read_rules(rules).policy(Policy())).tell(an_opportunity(10), a_call(10.5)).until(20)
    assert timeline.told("silent")[0][0].at == ms(14.5)  # a Monday
