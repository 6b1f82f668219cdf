"""Alerts on one line, and risks that add up."""

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Driver
from streams.cli.alerts import one_line, reasons
from streams.cli.deal import adding_up
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
    assert "critical! " in one_line(an_alert(state="escalated")).plain
    ended = one_line(an_alert(state="resolved", resolution="the buyer made contact", title="Resolved: contact")).plain
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
    assert round(sum(share for share, _ in adding_up(statement)), 2) == round(statement.log_odds, 2)
