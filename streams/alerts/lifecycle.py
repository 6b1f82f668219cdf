"""The life of an alert as two tables: what happens to a reason, and what comes of it for the deal's alert.

A reason is one rule's episode on this deal:

    known           what the rule finds                          move
    nothing         an episode                                   joined
    nothing         an episode that must not be said             held     (said as soon as that is over)
    told            the same episode, more severe                worse    (not where it must not be said)
    told            the same, milder for `milder_after_days`     milder
    told            the same episode                             none
    told            another episode                              left, then as if nothing were known
    told            nothing, or the deal is closed               left
    gone            the same episode before `quiet_until`        none     (no crying wolf over what flickers)
    gone            the same episode after `quiet_until`         joined

The alert is one for all the reasons that were told and are not gone; those that are snoozed do not press:

    alert           reasons                                      transition
    none            one is there                                 opened
    resolved        one came within the cool-down, or came back  reopened
    resolved        one is there                                 opened, another alert
    open            none is left                                 resolved
    snoozed         one presses (its snooze ended, or it is new) reopened
    any other       the worst is more severe than before         escalated; nobody has acknowledged that
    any other       the worst is milder than before              de_escalated
    any other       one joined, left, got worse or milder        changed
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import Transition, alert_id
from streams.alerts.policy import General
from streams.alerts.view import Finding
from streams.state.opportunity import DAY
from streams.state.watch import AlertState, ReasonState, Severity, Status

RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}

Reasons = dict[str, ReasonState]


class Move(Enum):
    """What happens to a reason."""

    JOINED = "joined"
    WORSE = "worse"
    MILDER = "milder"
    LEFT = "left"
    HELD = "held"


class Followed(Struct, frozen=True, gc=False):
    """The reasons after a look at what the rules find, what moved, and those that must not be said with the cause."""

    reasons: Reasons
    moves: tuple[tuple[str, Move], ...]
    held: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether any reason is not as it was."""
        return any(each is not Move.HELD for _, each in self.moves)

    def moved(self, move: Move) -> list[str]:
        """The rules of the reasons that made a move."""
        return [rule for rule, each in self.moves if each is move]


def follow(reasons: Reasons, findings: Mapping[str, Finding], now: int, general: General) -> Followed:
    """Compare what was told with what the rules find."""
    moves: list[tuple[str, Move]] = []
    held: dict[str, str] = {}
    after = reasons
    for rule, known in reasons.items():
        finding = findings.get(rule)
        if not known.gone and (finding is None or finding.episode != known.episode):
            after = {**after, rule: _gone(known, now, now + int(general.cool_down_days * DAY))}
            moves.append((rule, Move.LEFT))
    for rule, finding in findings.items():
        known_now = after.get(rule)
        told, move = _move(known_now, finding, now, general)
        if move is Move.HELD:
            held[rule] = finding.held
        if move is not None:
            moves.append((rule, move))
        if told is not known_now and told is not None:
            after = {**after, rule: told}
    return Followed(after, tuple(moves), held)


def _move(
    known: ReasonState | None, finding: Finding, now: int, general: General
) -> tuple[ReasonState | None, Move | None]:
    if known is None or known.episode != finding.episode:
        if finding.held:
            return known, Move.HELD
        again = 0 if known is None else known.retold + 1
        return ReasonState(finding.episode, finding.severity, now, retold=again), Move.JOINED
    if known.gone:
        if known.quiet_until is None or now < known.quiet_until:
            return known, None
        if finding.held:
            return known, Move.HELD
        return ReasonState(
            known.episode,
            finding.severity,
            now,
            snoozed_until=known.snoozed_until,
            retold=known.retold + 1,
            vote=known.vote,
        ), Move.JOINED
    worse = RANK[finding.severity] - RANK[known.severity]
    if worse > 0 and not finding.held:
        return replace(known, severity=finding.severity, at=now), Move.WORSE
    if worse < 0 and now - known.at >= general.milder_after_days * DAY:
        return replace(known, severity=finding.severity, at=now), Move.MILDER
    return known, None


def _gone(known: ReasonState, now: int, quiet_until: int | None) -> ReasonState:
    return replace(known, at=now, gone=True, quiet_until=quiet_until)


def leading(reasons: Mapping[str, ReasonState], order: Mapping[str, int], now: int) -> list[str]:
    """The rules of told reasons, the one to speak of first at the head: pressing before snoozed, severe before mild."""

    def place(rule: str) -> tuple[bool, int, int]:
        each = reasons[rule]
        return each.snoozed(now), -RANK[each.severity], order.get(rule, len(order))

    return sorted((rule for rule, each in reasons.items() if not each.gone), key=place)


def led(alert: AlertState, reasons: Mapping[str, ReasonState], order: Mapping[str, int], now: int) -> AlertState:
    """Return an alert as it stands after a person changed its reasons: the first of those left leads it.

    Where all that are left are snoozed, so is the alert.
    """
    rules = leading(reasons, order, now)
    if alert.is_over or not rules:
        return alert
    first = reasons[rules[0]]
    status: Status = "snoozed" if first.snoozed(now) else alert.status
    if (rules[0], first.severity, status) == (alert.rule, alert.severity, alert.status):
        return alert
    return replace(alert, rule=rules[0], severity=first.severity, status=status)


def advance(
    opportunity: str,
    alert: AlertState | None,
    before: Reasons,
    followed: Followed,
    order: Mapping[str, int],
    now: int,
    general: General,
) -> tuple[AlertState | None, Transition | None]:
    """Return the alert after its reasons moved from `before`, and what happened to it."""
    reasons = followed.reasons
    rules = leading(reasons, order, now)
    if not rules:
        if alert is None or alert.is_over:
            return alert, None
        return moved(alert, now, status="resolved"), "resolved"
    first = reasons[rules[0]]
    severity = first.severity
    if alert is None or alert.is_over:
        status: Status = "snoozed" if first.snoozed(now) else "open"
        if alert is not None and _comes_back(alert, before, followed, now, general):
            return moved(
                alert, now, status=status, severity=severity, rule=rules[0], acknowledged_by="", ended_by=""
            ), "reopened"
        name = alert_id(opportunity, rules[0], first.episode, first.retold)
        return AlertState(
            id=name, sequence=1, status=status, severity=severity, rule=rules[0], opened_at=now, at=now
        ), "opened"
    fields: dict[str, object] = {"severity": severity, "rule": rules[0]}
    if first.snoozed(now):
        return (moved(alert, now, status="snoozed", **fields), "changed") if followed.changed else (alert, None)
    if alert.status == "snoozed":
        return moved(alert, now, status="open", acknowledged_by="", **fields), "reopened"
    worse = RANK[severity] - RANK[alert.severity]
    if worse > 0:
        return moved(alert, now, status="open", acknowledged_by="", **fields), "escalated"
    if worse < 0:
        return moved(alert, now, **fields), "de_escalated"
    if followed.changed:
        return moved(alert, now, **fields), "changed"
    return alert, None


def _comes_back(alert: AlertState, before: Reasons, followed: Followed, now: int, general: General) -> bool:
    """Whether what joined belongs to the alert that is over: soon after its end, or the same episode once more."""
    if not alert.ended_by and now - alert.at < general.cool_down_days * DAY:
        return True
    joined = [(before.get(rule), followed.reasons[rule]) for rule in followed.moved(Move.JOINED)]
    return any(was is not None and was.episode == it.episode and was.at >= alert.opened_at for was, it in joined)


def moved(alert: AlertState, now: int, **fields: object) -> AlertState:
    """Return an alert one transition later, with these fields."""
    return replace(alert, sequence=alert.sequence + 1, at=now, **fields)
