"""Texts of cells: what they are read as, and what they are refused for."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.connectors.history import cells
from streams.connectors.history.cells import Unreadable
from streams.events.envelope import Amount

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("20000", ".", "", "20000"),
        ("20000.0", ".", "", "20000.0"),
        ("1,234.50", ".", ",", "1234.50"),
        ("€ 1.234,50", ",", ".", "1234.50"),
        ("$24,120,000", ".", ",", "24120000"),
        ("1 000", ".", " ", "1000"),
        ("1e3", ".", "", "1000"),
        ("1234.56000000001", ".", "", "1234.56"),
        ("0.00000001", ".", "", "0"),
        ("-0", ".", "", "0"),
    ],
)
def test_an_amount_becomes_a_decimal_string(text: str, decimal: str, thousands: str, expected: str) -> None:
    """The signs of the log's country give way to the contract's."""
    assert cells.amount(text, decimal, thousands) == expected


@pytest.mark.parametrize(
    "text", ["", "n/a", "-1", "NaN", "Infinity", "1e999999999", "1E-999999999", "9" * 16, "1,5", "1" * 5000, "1.2.3"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing but a non-negative number of at most 15 digits is an amount, and refusing one costs no time."""
    with pytest.raises(Unreadable, match="amount"):
        cells.amount(text, ".", "")


def test_a_point_where_the_decimal_sign_is_a_comma_is_refused() -> None:
    """`12.500` would be read as twelve and a half although it means twelve thousand five hundred."""
    with pytest.raises(Unreadable, match="decimal sign"):
        cells.amount("12.500", ",", "")


@given(st.decimals(min_value=0, max_value=10**15 - 1, allow_nan=False, allow_infinity=False))
def test_every_amount_that_is_read_fits_the_contract(value: Decimal) -> None:
    """Whatever number is read, the contract's pattern accepts it, and it is the same to a millionth."""
    try:
        text = cells.amount(str(value), ".", "")
    except Unreadable:
        return

    msgspec.convert(text, Amount)
    assert abs(Decimal(text) - value) <= Decimal("0.0000005")


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    """Any text at all is read or refused."""
    for read in (
        lambda: cells.amount(text, ".", ","),
        lambda: cells.whole(text),
        lambda: cells.flag(text),
        lambda: cells.day(text, ("iso", "epoch_s", "epoch_ms", "%d.%m.%Y")),
        lambda: cells.instant(text, ("iso", "epoch_s", "epoch_ms", "%d.%m.%Y"), BERLIN),
    ):
        try:
            read()
        except Unreadable as error:
            assert len(str(error)) < 200


@pytest.mark.parametrize(("text", "times", "expected"), [("3", 1, 3), ("3.0", 1, 3), ("15", 60, 900), ("0.33", 60, 20)])
def test_a_whole_number_may_change_its_unit(text: str, times: int, expected: int) -> None:
    """Minutes become seconds."""
    assert cells.whole(text, times) == expected


def test_a_fraction_is_no_whole_number() -> None:
    """Half a recipient is refused."""
    with pytest.raises(Unreadable, match="no whole number"):
        cells.whole("2.5")


@pytest.mark.parametrize(
    ("text", "expected"), [("TRUE", True), ("yes", True), ("1", True), ("False", False), ("n", False), ("0", False)]
)
def test_true_and_false_have_many_names(text: str, expected: bool) -> None:
    """Exports write booleans in several ways."""
    assert cells.flag(text) is expected


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2016-10-20", ("iso",), date(2016, 10, 20)),
        ("2016-10-20 00:00:00", ("iso",), date(2016, 10, 20)),
        ("2016-10-20T23:30:00-05:00", ("iso",), date(2016, 10, 20)),
        ("10/20/2016", ("%d.%m.%Y", "%m/%d/%Y"), date(2016, 10, 20)),
    ],
)
def test_a_day_is_the_one_that_is_written(text: str, formats: tuple[str, ...], expected: date) -> None:
    """A time or an offset beside a date moves it to no other day."""
    assert cells.day(text, formats) == expected


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2011-10-01T00:38:44.546+02:00", ("iso",), "2011-10-01T00:38:44.546000+02:00"),
        ("2011-10-01 00:38:44Z", ("iso",), "2011-10-01T00:38:44+00:00"),
        ("2016-01-01 09:51:15.304 UTC", ("iso",), "2016-01-01T09:51:15.304000+00:00"),
        ("2011-07-01 12:00", ("iso",), "2011-07-01T12:00:00+02:00"),
        ("2011-01-01 12:00", ("iso",), "2011-01-01T12:00:00+01:00"),
        ("01.07.2011 12:00", ("%d.%m.%Y %H:%M",), "2011-07-01T12:00:00+02:00"),
        ("01/07/2011 12:00 +0530", ("%d/%m/%Y %H:%M %z",), "2011-07-01T12:00:00+05:30"),
        ("1317422324", ("epoch_s",), "2011-09-30T22:38:44+00:00"),
        ("1317422324.546", ("epoch_s",), "2011-09-30T22:38:44.546000+00:00"),
        ("1317422324546", ("epoch_ms",), "2011-09-30T22:38:44.546000+00:00"),
    ],
)
def test_an_instant_keeps_its_offset_or_gets_that_of_the_zone(
    text: str, formats: tuple[str, ...], expected: str
) -> None:
    """An offset that is written wins over the named time zone."""
    assert cells.instant(text, formats, BERLIN).isoformat() == expected


def test_of_a_repeated_hour_the_first_is_meant() -> None:
    """02:30 comes twice when summer time ends; a log without offsets cannot say which."""
    moment = cells.instant("2011-10-30 02:30", ("iso",), BERLIN)

    assert moment.utcoffset() == timedelta(hours=2)


def test_an_hour_that_the_clock_skips_is_still_an_instant() -> None:
    """02:30 does not exist when summer time begins; it is read as half past one in winter time would go on."""
    moment = cells.instant("2011-03-27 02:30", ("iso",), BERLIN)

    assert moment.astimezone(UTC) == datetime(2011, 3, 27, 1, 30, tzinfo=UTC)


def test_an_offset_with_seconds_becomes_utc() -> None:
    """RFC 3339 cannot write such an offset, so the instant is kept instead."""
    moment = cells.instant("2011-03-27T02:30:00+00:19:32", ("iso",), None)

    assert moment.utcoffset() == timedelta()
    assert moment == datetime(2011, 3, 27, 2, 30, tzinfo=timezone(timedelta(minutes=19, seconds=32)))


def test_a_time_without_offset_and_zone_is_refused_with_what_to_do() -> None:
    """Guessing a time zone would move every deadline."""
    with pytest.raises(Unreadable, match=r"name the time zone in time\.timezone"):
        cells.instant("2011-03-27 02:30", ("iso",), None)
