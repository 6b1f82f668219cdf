"""Reading events: what is accepted, and how refusals are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streams.events import activity, deal
from streams.events.contract import BY_KIND, EVENT_TYPES, encode
from streams.events.control import CONTROL, ForecastAdjusted, is_control
from streams.events.decode import MAX_EVENT_BYTES, decode
from streams.events.envelope import Event, event_type, kind_of, millis, moment_of
from streams.events.rejection import Reason, Rejection
from tests.builders import APPENDED_AT, a_call, a_clock, an_opportunity, moment, ms


def _read(**fields: Any) -> Event | Rejection:
    whole = {"id": "1", "source": "/crm", "type": "deal.won.v1", "time": "2024-01-02T00:00:00Z", "subject": "opp-1"}
    return decode(json.dumps({**whole, **fields}).encode(), None, APPENDED_AT)


def _refusal(**fields: Any) -> Rejection:
    refused = _read(**fields)
    assert isinstance(refused, Rejection)
    return refused


def test_the_contract_has_forty_eight_event_types() -> None:
    """Every type has its own tag `deal.<kind>.v1`, and the union reads exactly those."""
    assert 48 == len(EVENT_TYPES) == len(BY_KIND)
    assert {event_type(kind) for kind in BY_KIND} == {str(each.__struct_config__.tag) for each in EVENT_TYPES}


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=kind_of)
def test_every_event_type_says_what_it_is(kind: type[Event]) -> None:
    """A type's kind is the middle of its tag, and it has a sentence that explains it."""
    assert BY_KIND[kind_of(kind)] is kind
    assert kind.__doc__ is not None
    assert kind.__doc__.endswith(".")


def test_an_event_is_json_in_the_form_of_cloud_events() -> None:
    """An encoded event carries the attributes of CloudEvents 1.0 and nothing that has its default."""
    fields = json.loads(encode(a_call(1, id="c-1", seconds=60)))
    assert fields == {
        "id": "c-1",
        "source": "/crm",
        "type": "deal.call_logged.v1",
        "time": "2024-01-02T00:00:00Z",
        "subject": "opp-1",
        "data": {"duration_seconds": 60},
    }


def test_unknown_optional_fields_are_ignored() -> None:
    """A producer may say more than we know: in the envelope, in the data, under any name."""
    event = _read(traceparent="00-1", datacontenttype="application/json", data={"amount": "5", "margin": [1, {"a": 2}]})
    assert isinstance(event, deal.Won)
    assert event.data.amount == "5"


def test_control_events_need_no_opportunity() -> None:
    """A control event concerns a feed or time; its key is not compared with anything."""
    assert all(issubclass(kind, Event) for kind in CONTROL)
    assert is_control(a_clock(1))
    assert not is_control(an_opportunity(1))
    assert a_clock(1) == decode(encode(a_clock(1)), b"whatever", APPENDED_AT)


def test_a_key_must_name_the_opportunity() -> None:
    """A record without a key, or with the subject as its key, is read."""
    event = an_opportunity(0, subject="größe")
    assert event == decode(encode(event), None, APPENDED_AT)
    assert event == decode(encode(event), "größe".encode(), APPENDED_AT)
    assert isinstance(decode(encode(event), b"other", APPENDED_AT), Rejection)


def test_a_value_of_the_greatest_size_is_read() -> None:
    """The size limit is inclusive."""
    padded = encode(an_opportunity(0)).ljust(MAX_EVENT_BYTES)
    assert isinstance(decode(padded, None, APPENDED_AT), deal.Created)
    refused = decode(padded + b" ", None, APPENDED_AT)
    assert Rejection(Reason.TOO_LARGE, f"{MAX_EVENT_BYTES + 1} bytes; at most {MAX_EVENT_BYTES}") == refused


def test_times_are_compared_in_utc() -> None:
    """An offset is part of the notation, not of the instant."""
    east, west = _read(time="2024-01-02T05:30:00+05:30"), _read(time="2024-01-01T19:00:00-05:00")
    assert isinstance(east, Event)
    assert isinstance(west, Event)
    assert ms(1) == east.at == west.at


def test_milliseconds_are_rounded_down() -> None:
    """Microseconds of an event do not make it later, before and after 1970."""
    assert millis(moment_of(1).replace(microsecond=1_999)) == 1
    assert millis(moment_of(-1).replace(microsecond=999_999)) == -1
    assert ms(3.25) == millis(moment(3.25))
    assert moment(3.25) == moment_of(ms(3.25))


def test_the_detail_of_a_refusal_names_the_place() -> None:
    """A person who reads the dead letter learns which field is wrong and what is expected."""
    refused = _refusal(data={"amount": "much"})
    assert Reason.INVALID_VALUE is refused.reason
    assert "$.data.amount" in refused.detail


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        ({"amount": "-5"}, Reason.INVALID_VALUE, 'a non-negative decimal in quotes, such as "1250.00"'),
        ({"amount": 5}, Reason.WRONG_TYPE, 'a non-negative decimal in quotes, such as "1250.00"'),
        ({"currency": "euro"}, Reason.INVALID_VALUE, "an ISO 4217 code such as EUR"),
    ],
)
def test_a_refusal_says_what_money_looks_like(data: dict[str, object], reason: Reason, said: str) -> None:
    """Nobody who repairs a letter has to read a regular expression."""
    refused = _refusal(data=data)
    assert (refused.reason, refused.detail) == (reason, f"Expected {said} - at `$.data.{next(iter(data))}`")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"period": "2024-Q1"},
            "Expected a fiscal period such as FY2027, FY2027-Q1 or FY2027-M01 - at `$.data.period`",
        ),
        ({"period": "FY2024-Q5"}, "Expected a fiscal period such as FY2027, FY2027-Q1 or FY2027-M01"),
        ({"amount": "-5"}, "Expected a non-negative decimal"),
        ({"level": "product"}, "Invalid enum value"),
        ({"level": "company"}, "unit must be the name of the rep, team or region, and of a company empty"),
        ({"unit": ""}, "unit must be the name of the rep, team or region"),
    ],
)
def test_a_managers_figure_that_nobody_could_count_is_refused(data: dict[str, object], said: str) -> None:
    """It is of a unit that a forecast has, of a fiscal period, and no less than nothing."""
    good = {"period": "FY2024-Q1", "level": "team", "unit": "north", "amount": "10.00"}
    envelope = {"type": "deal.forecast_adjusted.v1", "subject": "", "actor": "mia"}
    assert isinstance(_read(**envelope, data=good), ForecastAdjusted)
    assert isinstance(_read(**envelope, data={**good, "amount": None}), ForecastAdjusted)
    refused = _refusal(**envelope, data={**good, **data})
    assert refused.reason is Reason.INVALID_VALUE
    assert refused.detail.startswith(said)


def test_a_managers_figure_says_who_and_how_much() -> None:
    """Nothing is taken back by a field that was forgotten."""
    data = {"period": "FY2024-Q1", "level": "team", "unit": "north", "amount": "10.00"}
    envelope = {"type": "deal.forecast_adjusted.v1", "subject": ""}
    assert _refusal(**envelope, data=data).reason is Reason.MISSING_FIELD
    del data["amount"]
    assert _refusal(**envelope, actor="mia", data=data).reason is Reason.MISSING_FIELD


def test_the_detail_of_a_refusal_keeps_the_payload_out() -> None:
    """The dead letter's reason does not repeat what may be a person's data."""
    assert "secret" not in _refusal(side="secret").detail
    assert "secret" not in _refusal(type="deal.secret.v1").detail


@pytest.mark.parametrize("payload", ["it's secret", "a'secret\"b"])
def test_quotes_do_not_carry_the_payload_into_the_detail(payload: str) -> None:
    """A payload with quotes in it is kept out all the same."""
    assert "secret" not in _refusal(side=payload).detail


@pytest.mark.parametrize("payload", ["missing required field", "Invalid value 'x' - at `$.type`"])
def test_the_payload_does_not_choose_its_reason(payload: str) -> None:
    """An invalid value is an invalid value, whatever words it contains."""
    assert Reason.INVALID_VALUE is _refusal(side=payload).reason


@pytest.mark.parametrize("data", [{"amount": "12\n"}, {"amount": "12", "currency": "EUR\n"}])
def test_money_has_no_line_feed(data: dict[str, str]) -> None:
    """An amount is digits, a currency three letters, and nothing after them."""
    assert Reason.INVALID_VALUE is _refusal(data=data).reason


def test_a_type_that_is_no_text_is_of_the_wrong_type() -> None:
    """`type` as a number is a wrong type like any other."""
    assert Reason.WRONG_TYPE is _refusal(type=7).reason


def test_sides_are_known_by_the_kind_of_event() -> None:
    """A sent mail is the seller's, a received one the buyer's, a call both sides', unless it says otherwise."""
    sides = {kind: BY_KIND[kind](id="1", source="/crm", time=moment(0)).side for kind in _SIDED}
    assert sides == _SIDED


_SIDED = {
    "email_sent": "seller",
    "email_received": "buyer",
    "email_bounced": "none",
    "email_auto_replied": "none",
    "call_logged": "both",
    "meeting_scheduled": "none",
    "meeting_held": "both",
    "proposal_sent": "seller",
    "proposal_viewed": "buyer",
    "proposal_signed": "buyer",
    "marketing_touched": "none",
}


def test_a_lone_surrogate_is_no_text() -> None:
    """Half of a surrogate pair is JSON to some writers; here it is refused, because it cannot be written again."""
    for half in ("\\ud800", "\\udc00", "\\ud800x"):
        value = encode(an_opportunity(0)).replace(b'"opp-1"', f'"{half}"'.encode())
        assert isinstance(decode(value, None, APPENDED_AT), Rejection)


def test_activities_are_all_there() -> None:
    """Every event type of the module is in the list that says what an activity is."""
    defined = {each for each in vars(activity).values() if isinstance(each, type) and issubclass(each, Event)}
    assert set(activity.ACTIVITIES) == defined - {Event}
