"""The rules that go by the planned close date as timelines: slipping, missed, pushed again and again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from models.snapshot import ModelSet
from streams.alerts.rules.pushes import LeftQuarter, PushedToQuarterEnd
from streams.events import deal
from streams.events.rejection import Reason
from streams.state.calendar import Calendar
from streams.state.opportunity import DAY
from tests.builders import (
    Timeline,
    a_category,
    a_close_date,
    a_loss,
    a_policy,
    an_opportunity,
    calendar_day,
    moment,
    ms,
    some_models,
)

_MILLISECOND = 1 / DAY


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
    assert [ms(31), ms(41)] == [reason.episode for _, reason in timeline.told("slipping")]


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
    assert [ms(10) + 5 * DAY // 24] == [alert.at for alert, _ in timeline.told("close_date_missed")]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"])
@pytest.mark.parametrize("models", [None, _slip(0.9)], ids=["missed", "slipping"])
def test_a_reason_names_the_close_date_that_the_seller_set(zone: str, models: ModelSet | None) -> None:
    """The day the deal shows, in any time zone, and not the midnight after it."""
    data = deal.CreatedData(timezone=zone, close_date=calendar_day(9))
    timeline = Timeline(models).tell(an_opportunity(0, data)).until(12)
    reasons = [reason for alert in timeline.alerts for reason in alert.reasons]
    told = {each.text for reason in reasons for each in reason.evidence if "planned to close" in each.text}
    assert told
    assert {calendar_day(9).isoformat()} == {text.split()[3].rstrip(",") for text in told}


def test_a_close_at_an_instant_is_named_by_its_day_where_it_was_set() -> None:
    """Late in the evening in New York it is tomorrow in UTC, but not to the seller."""
    closes = moment(9.1).astimezone(ZoneInfo("America/New_York"))
    timeline = Timeline().tell(an_opportunity(0, deal.CreatedData(close_at=closes))).until(12)
    [(_, missed)] = timeline.told("close_date_missed")
    assert missed.evidence[0].text.startswith(f"planned to close {closes.date()}, ")


def test_a_lost_deal_has_missed_nothing_more() -> None:
    """The end of a deal ends its alerts, with the ending as the reason."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 9)).until(12).tell(a_loss(12.5)).until(30)
    assert [state for state, _, _ in timeline.of("close_date_missed")] == ["opened", "resolved"]
    assert {"the deal was lost"} == {alert.resolution for alert in timeline.alerts if alert.status == "resolved"}


def test_a_close_before_the_calendar_is_refused_without_a_crash() -> None:
    """An absurd instant inside of an event is a dead letter, and does not stop the partition."""
    raw = b'{"id":"1","source":"/crm","subject":"opp-1","type":"deal.created.v1","time":"2024-01-01T00:00:00Z",'
    raw += b'"data":{"close_at":"0001-01-01T00:00:00+14:00"}}'
    timeline = Timeline().tell(raw).until(4)
    assert timeline.partition.deals == {}
    assert [each.reason for each in timeline.rejections] == [Reason.ABSURD_TIME]


# --- pushed repeatedly ----------------------------------------------------------------------------------------------


def test_repeated_pushes_are_said_get_worse_and_are_forgiven() -> None:
    """Two pushes in 180 days warn, four are critical, three no more, and it is over when no two are left."""
    pushes = [a_close_date(day, 100 + day) for day in (1, 10, 20, 30, 40)]
    timeline = Timeline().tell(an_opportunity(0), *pushes).until(250)
    opened, escalated, resolved = timeline.of("pushed_repeatedly")
    assert (opened, escalated) == (("opened", "warning", 20.0), ("escalated", "critical", 40.0))
    assert resolved[:2] == ("resolved", "warning")
    assert 30 + 180 <= resolved[2] <= 30 + 181 + 1


def test_pulls_and_defaults_are_no_pushes() -> None:
    """A date that moves closer, or that a CRM filled in, is held against nobody."""
    moves = [a_close_date(1, 100), a_close_date(2, 90), a_close_date(3, 120, origin="default"), a_close_date(4, 130)]
    assert Timeline().tell(an_opportunity(0), *moves).until(20).of("pushed_repeatedly") == []


# --- pushed far, out of the quarter, to its end -----------------------------------------------------------------------


def test_two_pushes_that_add_more_than_twice_the_plan_are_critical() -> None:
    """The time that was planned at first, but at least 30 days of it, is what pushes are measured by."""
    for last, severity in ((114, "warning"), (115, "critical")):  # planned for the end of day 38: 38.5 days
        events = [a_close_date(0.5, 38), a_close_date(5, 60), a_close_date(6, last)]
        timeline = Timeline().tell(an_opportunity(0), *events).until(7)
        assert timeline.of("pushed_repeatedly") == [("opened", severity, 6.0)]
    told = [each.text for _, reason in timeline.told("pushed_repeatedly") for each in reason.evidence]
    assert "77 days added to the close date in all, 2.0 times the time first planned" in told


@pytest.mark.parametrize(
    ("category", "severity"), [(None, "info"), ("best_case", "info"), ("commit", "warning"), ("most_likely", "warning")]
)
def test_a_deal_that_leaves_the_quarter_is_said(category: deal.ForecastCategory | None, severity: str) -> None:
    """At the push, a warning where it was forecast; a further push says nothing new, coming back ends it."""
    forecast = [] if category is None else [a_category(1, category)]
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 60), *forecast, a_close_date(5, 100))
    timeline.tell(a_close_date(8, 120)).until(9).tell(a_close_date(9, 70))
    assert timeline.of("left_quarter") == [("opened", severity, 5.0), ("resolved", severity, 9.0)]
    _, said = timeline.told("left_quarter")[0]
    assert "from 2024-03-01" in said.evidence[0].text


def test_a_deal_that_left_the_quarter_is_no_news_in_the_next_one() -> None:
    """Then it is one of that quarter's deals: 1 April 2024 is day 91."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 60), a_close_date(5, 100)).until(92)
    assert timeline.of("left_quarter") == [("opened", "info", 5.0), ("resolved", "info", 91.0)]


@pytest.mark.parametrize(
    "events",
    [
        [a_close_date(0.5, 60), a_close_date(5, 80)],
        [a_close_date(0.5, 100), a_close_date(5, 120)],
        [a_close_date(0.5, 100)],
        [a_close_date(0.5, 60, origin="default"), a_close_date(5, 100)],
    ],
    ids=["within the quarter", "was never in it", "no push", "nobody's promise"],
)
def test_a_push_that_leaves_no_quarter_is_no_news(events: list[deal.CloseDateChanged]) -> None:
    """What was planned for the running quarter, by somebody, and is not any more."""
    assert Timeline().tell(an_opportunity(0), *events).until(9).of("left_quarter") == []


def test_a_business_year_may_begin_in_another_month() -> None:
    """With February, 15 April is in the same quarter as 1 March, and the last days of April end it."""
    policy = a_policy(LeftQuarter(first_month=2), PushedToQuarterEnd(first_month=2))
    timeline = Timeline(policy=policy).tell(an_opportunity(31), a_close_date(31.5, 60), a_close_date(35, 105)).until(36)
    assert timeline.of("left_quarter") == []
    timeline.tell(a_close_date(37, 119)).until(38).tell(a_close_date(39, 125))
    assert timeline.of("pushed_to_quarter_end") == [("opened", "info", 37.0), ("resolved", "info", 39.0)]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([a_close_date(0.5, 20), a_close_date(4, 88)], [("opened", "info", 4.0)], id="the 29th of March"),
        pytest.param([a_close_date(0.5, 20), a_close_date(4, 87)], [], id="the 28th"),
        pytest.param([a_close_date(0.5, 20), a_close_date(4, 91)], [], id="the first of April"),
        pytest.param([a_close_date(0.5, 90)], [], id="planned from the start"),
    ],
)
def test_a_push_to_a_quarters_last_days_is_said(
    events: list[deal.CloseDateChanged], said: list[tuple[str, str, float]]
) -> None:
    """The last three days, where the date of a forecast lies rather than that of a buyer."""
    assert said == Timeline().tell(an_opportunity(0), *events).until(9).of("pushed_to_quarter_end")


# --- a day off --------------------------------------------------------------------------------------------------------


def test_a_close_on_a_weekend_is_said_two_weeks_ahead() -> None:
    """Saturday, day 26, ends at midnight of day 27; another date ends the alert."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 26)).until(20)
    assert timeline.of("closes_on_day_off") == [("opened", "info", 13.0)]
    assert timeline.tell(a_close_date(20, 28)).of("closes_on_day_off")[1:] == [("resolved", "info", 20.0)]


@pytest.mark.parametrize(
    ("country", "title"), [("FR", "Planned to close on a holiday (Labor Day)"), ("", None), ("NL", None)]
)
def test_a_holiday_is_the_owners(country: str, title: str | None) -> None:
    """The first of May 2024 is a Wednesday, and one on which the Dutch work."""
    timeline = Timeline(policy=a_policy(calendar=Calendar(country, "Europe/Paris")))
    timeline.tell(an_opportunity(110), a_close_date(110.5, 121)).until(114)
    titles = [alert.title for alert in timeline.alerts if alert.rule == "closes_on_day_off"]
    assert titles == ([] if title is None else [title])


def test_a_date_that_nobody_promised_may_be_any_day() -> None:
    """A CRM that fills in a date does not look at the calendar, and nobody reads it."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 12, origin="default")).until(9)
    assert timeline.of("closes_on_day_off") == []
