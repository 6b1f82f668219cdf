"""Printing: what came in events is text and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.screen import clean, money, out, seldom, table, waiting, when


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    """A deal's name cannot move the cursor, ring the bell or change the title of the window."""
    assert all(each.isprintable() or not (ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0) for each in clean(text))
    assert len(clean(text)) == len(text)


def test_markup_in_a_name_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets are letters."""
    out().print(table(("deal",), [("[bold red]Acme[/] :boom:",)]))
    assert "[bold red]Acme[/] :boom:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("36000.00", "EUR", "36,000 EUR"),
        ("1234.5", "USD", "1,234.5 USD"),
        ("100", "", "100"),
        (None, "EUR", "-"),
        ("0", "EUR", "0 EUR"),
    ],
)
def test_money_is_read_at_a_glance(amount: str | None, currency: str, shown: str) -> None:
    """Thousands are set apart, empty cents left out."""
    assert money(amount, currency) == shown


def test_instants_are_shown_in_utc() -> None:
    """Every time on the screen is UTC."""
    assert when(1_772_357_400_000) == "2026-03-01 09:30"


def test_without_a_terminal_waiting_says_each_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A log of a build has lines, no spinner."""
    with waiting("starting ...") as tell:
        tell("fetching Kafka ...")
    assert capsys.readouterr().err == "fetching Kafka ...\n"


def test_what_takes_long_says_so_but_not_all_the_time() -> None:
    """Nothing within two seconds, then the latest every two seconds."""
    said: list[str] = []
    times = iter([0.0, 1.0, 2.5, 2.5, 3.0, 4.6, 4.6])
    tell = seldom(said.append, lambda: next(times))
    for word in ("soon", "later", "again", "at last"):
        tell(word)
    assert said == ["later", "at last"]


def test_a_day_is_not_broken_where_a_narrow_terminal_leaves_no_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other columns give way: a day over two lines is found by nobody."""
    monkeypatch.setenv("COLUMNS", "40")
    columns = ("day", *(f"a long heading {number}" for number in range(5)))
    out().print(table(columns, [("2024-01-06", *("0.123 / 0.456" for _ in range(5)))], whole=("day",)))
    assert "2024-01-06" in capsys.readouterr().out
