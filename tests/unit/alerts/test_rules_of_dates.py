"""The rules that go by the planned close date as timelines: slipping, missed, pushed again and again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from models.snapshot import ModelSet
from streams.events import deal
from streams.events.rejection import Reason
from streams.state.opportunity import DAY
from tests.builders import (
    Timeline,
    a_close_date,
    a_loss,
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
