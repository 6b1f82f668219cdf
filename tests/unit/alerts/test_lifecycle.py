"""The life of an alert, row by row of the table."""

from __future__ import annotations

import pytest

from streams.alerts import lifecycle
from streams.alerts.lifecycle import Move
from streams.alerts.view import Finding
from streams.state.watch import Severity, Slot


def _slot(state: str = "open", episode: int = 1, severity: Severity = "warning") -> Slot:
    return Slot(episode, "open" if state == "open" else "resolved", severity, 1, 100, 100)


def _finding(episode: int = 1, severity: Severity = "warning", held: str = "") -> Finding:
    return Finding(episode, severity, held)


@pytest.mark.parametrize(
    ("slot", "finding", "expected"),
    [
        pytest.param(None, None, Move.QUIET, id="nothing, and nothing to say"),
        pytest.param(_slot("resolved"), None, Move.QUIET, id="resolved, and nothing to say"),
        pytest.param(None, _finding(), Move.OPENED, id="nothing, a new episode"),
        pytest.param(_slot("resolved"), _finding(2), Move.OPENED, id="resolved, a new episode"),
        pytest.param(None, _finding(held="stale"), Move.HELD, id="nothing, a new episode that is held"),
        pytest.param(_slot("resolved"), _finding(2, held="stale"), Move.HELD, id="resolved, a new one that is held"),
        pytest.param(_slot("resolved"), _finding(), Move.TOLD, id="resolved, the same episode"),
        pytest.param(_slot("resolved"), _finding(severity="critical"), Move.TOLD, id="resolved, the same but worse"),
        pytest.param(_slot("resolved"), _finding(held="stale"), Move.TOLD, id="resolved, the same, held"),
        pytest.param(_slot(), _finding(severity="critical"), Move.ESCALATED, id="open, the same but worse"),
        pytest.param(_slot(), _finding(), Move.UNCHANGED, id="open, the same"),
        pytest.param(_slot(), _finding(severity="info"), Move.UNCHANGED, id="open, the same but milder"),
        pytest.param(_slot(), _finding(held="stale"), Move.UNCHANGED, id="open, the same, held"),
        pytest.param(_slot(), _finding(2), Move.RESOLVED, id="open, another episode"),
        pytest.param(_slot(), _finding(2, held="stale"), Move.RESOLVED, id="open, another episode that is held"),
        pytest.param(_slot(), None, Move.RESOLVED, id="open, the cause is gone"),
    ],
)
def test_each_row_of_the_table(slot: Slot | None, finding: Finding | None, expected: Move) -> None:
    """What is, and what is found, decide the next move."""
    assert expected is lifecycle.move(slot, finding)


def test_an_alert_counts_its_transitions() -> None:
    """Opening is 1, every transition one more; the instant of opening stays."""
    slot = lifecycle.opened(_finding(7), 10)
    assert Slot(7, "open", "warning", 1, 10, 10) == slot
    slot = lifecycle.escalated(slot, _finding(7, "critical"), 20)
    assert Slot(7, "open", "critical", 2, 10, 20) == slot
    slot = lifecycle.resolved(slot, 30)
    assert Slot(7, "resolved", "critical", 3, 10, 30) == slot
