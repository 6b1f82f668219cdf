"""Values that several tests of the command line begin with."""

from collections.abc import Callable

import pytest
from typer.testing import Result

from streams.alerts.alert import Alert, Driver, Reason, RiskStatement
from streams.backtest.errors import LibraryAbsent
from streams.backtest.offline import load
from tests.builders import advised, ms

#: Runs `dealwatch` with the given words.
Run = Callable[..., Result]


def _why_lightgbm_does_not_load() -> str:
    try:
        load()
    except LibraryAbsent as error:
        return str(error)
    return ""


#: LightGBM's wheel brings no OpenMP library: a system without a compiler may have none.
needs_lightgbm = pytest.mark.skipif(bool(_why_lightgbm_does_not_load()), reason=_why_lightgbm_does_not_load())


def a_risk(*drivers: Driver, level: float = -1.0) -> RiskStatement:
    """Return a statement whose numbers add up."""
    log_odds = level + sum(each.log_odds or 0.0 for each in drivers)
    return RiskStatement("inactivity", 0.6, log_odds, level, 0.2, 1000, "inactivity-1", drivers, "in talks", 0.3)


def an_alert(**given: object) -> Alert:
    """Return an alert with one reason, or none where it is resolved; what is given replaces the usual."""
    fields: dict[str, object] = {
        "id": "al-1", "sequence": 1, "transition": "opened", "rule": "silent", "severity": "critical",
        "opportunity": "opp-1", "name": "Acme", "owner": "ana", "account": "", "stage": "", "amount": "36000.00",
        "currency": "EUR", "opened_at": ms(1), "at": ms(1), "title": "Silent for 12 days", "play": advised("re_engage"),
    }  # fmt: skip
    evidence = given.pop("evidence", (Driver("no contact for 12 days"),))
    fields = {**fields, **given}
    over = fields["transition"] == "resolved"
    reason = Reason(
        rule=str(fields["rule"]),
        rule_version=1,
        severity=fields["severity"],  # type: ignore[arg-type]
        episode=0,
        title=str(fields["title"]),
        evidence=evidence,  # type: ignore[arg-type]
        clears_when="the buyer makes contact",
    )
    usual = {"status": "resolved" if over else "open", "reasons": () if over else (reason,)}
    return Alert(**{**usual, **fields})  # type: ignore[arg-type]
