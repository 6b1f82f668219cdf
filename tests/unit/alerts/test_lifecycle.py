"""The life of an alert, row by row of the two tables."""

from __future__ import annotations

import pytest

from streams.alerts.alert import Transition
from streams.alerts.lifecycle import Move, Reasons, advance, follow, leading
from streams.alerts.policy import General
from streams.alerts.view import Finding
from streams.state.opportunity import DAY
from streams.state.watch import AlertState, ReasonState, Severity, Status

NOW = 100 * DAY
_GENERAL = General(cool_down_days=3.0, milder_after_days=1.0)
_ORDER = {"silent": 0, "slipping": 1, "stuck_in_stage": 2}


def _told(severity: Severity = "warning", episode: int = 1, days_ago: float = 5.0) -> ReasonState:
    return ReasonState(episode, severity, NOW - int(days_ago * DAY))


def _gone(quiet_for: float | None = -1.0, severity: Severity = "warning") -> ReasonState:
    until = None if quiet_for is None else NOW + int(quiet_for * DAY)
    return ReasonState(1, severity, NOW - 5 * DAY, gone=True, quiet_until=until)


def _snoozed(severity: Severity = "warning", days: float = 2.0) -> ReasonState:
    return ReasonState(1, severity, NOW - 5 * DAY, snoozed_until=NOW + int(days * DAY))


def _finding(severity: Severity = "warning", episode: int = 1, held: str = "") -> Finding:
    return Finding(episode, severity, held)


@pytest.mark.parametrize(
    ("known", "finding", "expected"),
    [
        pytest.param(None, None, [], id="nothing, and nothing to say"),
        pytest.param(None, _finding(), [Move.JOINED], id="nothing, an episode"),
        pytest.param(None, _finding(held="stale"), [Move.HELD], id="nothing, an episode that is held"),
        pytest.param(_told(), _finding("critical"), [Move.WORSE], id="told, worse"),
        pytest.param(_told(), _finding("critical", held="stale"), [], id="told, worse, held"),
        pytest.param(_told(), _finding("info"), [Move.MILDER], id="told, milder for long enough"),
        pytest.param(_told(days_ago=0.9), _finding("info"), [], id="told, milder, but it changed a moment ago"),
        pytest.param(_told(), _finding(), [], id="told, the same"),
        pytest.param(_told(), _finding(episode=2), [Move.LEFT, Move.JOINED], id="told, another episode"),
        pytest.param(_told(), _finding(episode=2, held="stale"), [Move.LEFT, Move.HELD], id="told, another, held"),
        pytest.param(_told(), None, [Move.LEFT], id="told, the cause is gone"),
        pytest.param(_gone(), None, [], id="gone, and nothing to say"),
        pytest.param(_gone(0.1), _finding("critical"), [], id="gone, the same episode within the cool-down"),
        pytest.param(_gone(None), _finding("critical"), [], id="gone for good"),
        pytest.param(_gone(0.0), _finding(), [Move.JOINED], id="gone, the same after the cool-down"),
        pytest.param(_gone(0.0), _finding(held="stale"), [Move.HELD], id="gone, the same after it, held"),
        pytest.param(_gone(2.0), _finding(episode=2), [Move.JOINED], id="gone, another episode"),
        pytest.param(_gone(None), _finding(episode=2), [Move.JOINED], id="gone for good, another episode"),
    ],
)
def test_each_row_of_a_reasons_table(known: ReasonState | None, finding: Finding | None, expected: list[Move]) -> None:
    """What is known, and what the rule finds, decide the moves."""
    reasons = {} if known is None else {"silent": known}
    followed = follow(reasons, {} if finding is None else {"silent": finding}, NOW, _GENERAL)
    assert [("silent", move) for move in expected] == list(followed.moves)
    assert followed.held == ({"silent": "stale"} if Move.HELD in expected else {})


def test_a_reason_that_left_keeps_quiet_for_the_cool_down_and_keeps_its_snooze() -> None:
    """What flickers is not told again at once, and a snooze holds for the episode, present or not."""
    snoozed = _snoozed()
    after = follow({"silent": snoozed}, {}, NOW, _GENERAL).reasons["silent"]
    assert (after.gone, after.at, after.quiet_until) == (True, NOW, NOW + 3 * DAY)
    assert after.snoozed_until == snoozed.snoozed_until


def test_every_telling_of_a_rule_is_numbered() -> None:
    """So that the ids of two alerts that the same episode opened differ."""
    again = follow({"silent": _gone(0.0)}, {"silent": _finding()}, NOW, _GENERAL).reasons["silent"]
    other = follow({"silent": _told()}, {"silent": _finding(episode=2)}, NOW, _GENERAL).reasons["silent"]
    assert (again.retold, other.retold) == (1, 1)


def test_the_leading_reason_presses_is_worst_and_is_first_in_order() -> None:
    """A snoozed reason comes last, however bad; a gone one is none."""
    reasons = {
        "stuck_in_stage": _told("critical"),
        "slipping": _told("critical"),
        "silent": _snoozed("critical"),
        "other": _told("info"),
        "over": _gone(),
    }
    assert leading(reasons, _ORDER, NOW) == ["slipping", "stuck_in_stage", "other", "silent"]


def _alert(
    status: Status = "open", severity: Severity = "warning", days_ago: float = 5.0, ended_by: str = ""
) -> AlertState:
    at = NOW - int(days_ago * DAY)
    by = "ann" if status == "acknowledged" else ""
    return AlertState(
        id="al-1",
        sequence=4,
        status=status,
        severity="warning",
        rule="silent",
        opened_at=NOW - 20 * DAY,
        at=at,
        acknowledged_by=by,
        ended_by=ended_by,
    )


def _advanced(
    alert: AlertState | None, reasons: Reasons, findings: dict[str, Finding]
) -> tuple[AlertState | None, Transition | None]:
    followed = follow(reasons, findings, NOW, _GENERAL)
    return advance("opp-1", alert, reasons, followed, _ORDER, NOW, _GENERAL)


_SILENT = {"silent": _finding()}


@pytest.mark.parametrize(
    ("alert", "reasons", "findings", "expected"),
    [
        pytest.param(None, {}, {}, None, id="nothing"),
        pytest.param(None, {}, _SILENT, "opened", id="none, a reason"),
        pytest.param(_alert("resolved", days_ago=2), {}, _SILENT, "reopened", id="resolved, a reason in the cool-down"),
        pytest.param(_alert("resolved", days_ago=4), {}, _SILENT, "opened", id="resolved, a reason after it"),
        pytest.param(_alert("resolved", days_ago=4), {"silent": _gone(0)}, _SILENT, "reopened", id="the same again"),
        pytest.param(_alert("resolved", days_ago=1, ended_by="ann"), {}, _SILENT, "opened", id="a person ended it"),
        pytest.param(_alert("resolved"), {"silent": _gone()}, {}, None, id="resolved, and nothing to say"),
        pytest.param(_alert(), {"silent": _told()}, {}, "resolved", id="open, the cause is gone"),
        pytest.param(_alert("snoozed"), {"silent": _snoozed()}, _SILENT, None, id="snoozed, the same"),
        pytest.param(_alert("snoozed"), {"silent": _snoozed(days=0)}, _SILENT, "reopened", id="the snooze is over"),
        pytest.param(
            _alert("snoozed"),
            {"silent": _snoozed()},
            {**_SILENT, "slipping": _finding()},
            "reopened",
            id="another reason",
        ),
        pytest.param(
            _alert("snoozed"), {"silent": _snoozed()}, {"silent": _finding("critical")}, "changed", id="snoozed, worse"
        ),
        pytest.param(_alert("snoozed"), {"silent": _snoozed()}, {}, "resolved", id="snoozed, the cause is gone"),
        pytest.param(_alert(), {"silent": _told()}, {"silent": _finding("critical")}, "escalated", id="open, worse"),
        pytest.param(
            _alert("acknowledged"),
            {"silent": _told()},
            {"silent": _finding("critical")},
            "escalated",
            id="looked after",
        ),
        pytest.param(_alert(), {"silent": _told()}, {"silent": _finding("info")}, "de_escalated", id="open, milder"),
        pytest.param(
            _alert(), {"silent": _told()}, {**_SILENT, "slipping": _finding()}, "changed", id="open, a reason joined"
        ),
        pytest.param(_alert(), {"silent": _told(), "slipping": _told()}, _SILENT, "changed", id="open, a reason left"),
        pytest.param(_alert(), {"silent": _told()}, _SILENT, None, id="open, the same"),
    ],
)
def test_each_row_of_the_alerts_table(
    alert: AlertState | None, reasons: Reasons, findings: dict[str, Finding], expected: Transition | None
) -> None:
    """What the alert is, and what its reasons come to, decide the transition; each is counted."""
    after, transition = _advanced(alert, reasons, findings)
    assert expected == transition
    if transition is None:
        assert after is alert
    elif transition == "opened":
        assert after is not None
        assert (after.sequence, after.opened_at, after.status) == (1, NOW, "open")
        assert after.id != "al-1"
    else:
        assert after is not None
        assert (after.id, after.sequence, after.at, after.opened_at) == ("al-1", 5, NOW, NOW - 20 * DAY)


def test_an_escalation_takes_the_acknowledgement_back_and_a_further_reason_does_not() -> None:
    """Who looked after a warning has not looked after what is critical now."""
    worse, _ = _advanced(_alert("acknowledged"), {"silent": _told()}, {"silent": _finding("critical")})
    wider, _ = _advanced(_alert("acknowledged"), {"silent": _told()}, {**_SILENT, "slipping": _finding()})
    assert worse is not None
    assert wider is not None
    assert (worse.status, worse.acknowledged_by) == ("open", "")
    assert (wider.status, wider.acknowledged_by) == ("acknowledged", "ann")
