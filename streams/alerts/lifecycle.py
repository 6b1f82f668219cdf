"""The life of an alert as a table.

An alert is an episode of one rule on one deal. It opens once, escalates, and resolves when its cause ends or the deal
closes. The two rules of this file: a resolved episode never opens again (replays and flickering probabilities must not
cry wolf), and an illegal move changes nothing.

    state now          what the rule finds               move
    nothing / resolved a new episode, sayable            opened
    nothing / resolved a new episode, held               held      (said as soon as the reason to hold is gone)
    resolved           the same episode                  told      (stays resolved)
    open               the same episode, more severe     escalated
    open               the same, more severe, but held   unchanged
    open               the same episode                  unchanged
    open               another episode                   resolved, then as if nothing were open
    open               nothing                           resolved
    open               deal is closed                    resolved
"""

from __future__ import annotations

from enum import Enum

from streams.alerts.view import Finding
from streams.state.watch import Severity, Slot

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


class Move(Enum):
    """What happens to an alert, as a named reason."""

    OPENED = "opened"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    HELD = "held"
    TOLD = "told"
    UNCHANGED = "unchanged"
    QUIET = "quiet"


def move(slot: Slot | None, finding: Finding | None) -> Move:
    """Decide the next move of one rule's alert on one deal."""
    is_open = slot is not None and slot.state == "open"
    if finding is None:
        return Move.RESOLVED if is_open else Move.QUIET
    if slot is None or slot.episode != finding.episode:
        if is_open:
            return Move.RESOLVED
        return Move.HELD if finding.held else Move.OPENED
    if not is_open:
        return Move.TOLD
    worse = _RANK[finding.severity] > _RANK[slot.severity]
    return Move.ESCALATED if worse and not finding.held else Move.UNCHANGED


def opened(finding: Finding, now: int) -> Slot:
    """The slot of an alert that opens now."""
    return Slot(finding.episode, "open", finding.severity, 1, now, now)


def escalated(slot: Slot, finding: Finding, now: int) -> Slot:
    """The slot after its alert got worse."""
    return Slot(slot.episode, "open", finding.severity, slot.sequence + 1, slot.opened_at, now)


def resolved(slot: Slot, now: int) -> Slot:
    """The slot after its alert ended; it stays, so that the episode is never told twice."""
    return Slot(slot.episode, "resolved", slot.severity, slot.sequence + 1, slot.opened_at, now)
