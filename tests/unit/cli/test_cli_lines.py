"""Alerts on one line, and risks that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from streams.alerts.alert import Alert, Driver
from streams.cli.alert_lines import one_line, reasons, two_lines
from streams.cli.deal import adding_up
from streams.cli.screen import folded
from tests.unit.cli.samples import a_risk, an_alert

SHARES = st.floats(-5, 5)


def test_one_line_has_all_that_decides_what_to_do() -> None:
    """When, how bad, what, which deal, how much, whose, why, and the play."""
    line = one_line(an_alert()).plain
    assert line == (
        "2024-01-02 00:00  critical   Silent for 12 days | Acme (opp-1) | 36,000 EUR | ana | no contact for 12 days"
        " | -> Re-engage the buyer"
    )


def test_an_escalation_and_an_end_look_different() -> None:
    """A glance tells news from worse news from good news."""
    assert "critical! " in one_line(an_alert(transition="escalated")).plain
    ended = one_line(
        an_alert(transition="resolved", resolution="the buyer made contact", title="Resolved: contact")
    ).plain
    assert "resolved " in ended
    assert "rule silent" in ended
    assert "->" not in ended


def test_a_name_cannot_break_the_line() -> None:
    """Line feeds and escapes in a deal's name are harmless."""
    line = one_line(an_alert(name="Acme\n\x1b[31mred")).plain
    assert "\n" not in line
    assert "\x1b" not in line


def test_a_probability_is_explained_by_its_drivers_and_a_rule_by_its_evidence() -> None:
    """The reasons on the line are those that made the rule speak."""
    drivers = (Driver("late", "age", 0.9), Driver("calm", "people", -0.5), Driver("quiet", "contacts", 0.2))
    alert = an_alert(rule="going_quiet", risk=a_risk(*drivers))
    assert reasons(alert) == ["late", "quiet"]
    assert reasons(an_alert(risk=a_risk(*drivers))) == ["no contact for 12 days"]


@given(st.lists(SHARES, min_size=1, max_size=8), SHARES)
def test_what_is_printed_of_a_risk_adds_up(shares: list[float], level: float) -> None:
    """Rounded to two digits, level and drivers still sum to the log-odds that are printed."""
    statement = a_risk(*(Driver(str(share), "x", share) for share in shares), level=level)
    assert round(sum(share for share, _, _ in adding_up(statement)), 2) == round(statement.log_odds, 2)


def test_every_share_has_its_drivers_name_and_the_level_has_none() -> None:
    """So that the same driver is recognised from one deal to the next."""
    statement = a_risk(Driver("late", "plan", 0.9), Driver("calm", "silence", -0.5))
    assert [(name, text) for _, name, text in adding_up(statement)] == [
        ("", "the average deal"),
        ("plan", "late"),
        ("silence", "calm"),
    ]


LONG = an_alert(
    name="Fairhaven Chemicals GmbH - data migration",
    evidence=(
        Driver("no contact for 8.9 days; 9 of 10 gaps end within 6 days (from this deal, its stage and all deals)"),
        Driver("last contact 2024-11-29 (marketing touched, event opp-000053-000)"),
    ),
)


@pytest.mark.parametrize("width", [40, 80, 150])
@pytest.mark.parametrize("alert", [LONG, an_alert(), an_alert(transition="resolved", owner="")])
def test_an_alert_folds_between_words(alert: Alert, width: int) -> None:
    """No line is wider than the terminal, no word is cut, and nothing is left out."""
    lines = two_lines(alert, width).plain.split("\n")
    words = one_line(alert).plain.replace(";", "").split()
    assert all(len(line) <= width for line in lines)
    assert [line[:4] for line in lines[1:]] == ["    "] * (len(lines) - 1)
    assert [each for each in " ".join(lines).replace(";", "").split() if each != "|"] == [w for w in words if w != "|"]


def test_where_there_is_room_an_alert_takes_two_lines() -> None:
    """What and whose on the first, why and what to do set in on the second."""
    assert two_lines(an_alert(), 150).plain.split("\n") == [
        "2024-01-02 00:00  critical   Silent for 12 days | Acme (opp-1) | 36,000 EUR | ana",
        "    no contact for 12 days -> Re-engage the buyer",
    ]


@given(st.lists(st.text("ab 中", max_size=30), max_size=8), st.integers(8, 40), st.integers(0, 4))
def test_folded_text_stays_within_its_width(parts: list[str], width: int, indent: int) -> None:
    """Also where characters are two columns wide."""
    shown = folded([Text(part) for part in parts], " | ", width, indent)
    assert all(line.cell_len <= width for line in shown.split("\n"))
    assert [each for each in shown.plain if each in "ab中"] == [each for part in parts for each in part if each != " "]
