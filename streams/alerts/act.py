"""What a person's action does to a deal's reasons and its alert, before the rules are heard.

    acknowledge  nobody is pressed until it gets worse, or another reason is worse
    snooze       a reason is quiet until the time, or until its episode ends; other reasons stay as they are
    dismiss      "not useful": a reason is over, and its episode is never told again
    done         a reason is over; if its cause still holds `done_days` later, it comes back
    assign       somebody else's from now on
    reopen       takes back whichever of these holds

What ends a reason is a vote on its rule, too (`votes.py`): it is kept with the reason, so that it can be taken back.

An action on an alert that is over already changes nothing, but for `reopen`; it was said all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from models.ballots import Vote
from streams.alerts.alert import Transition
from streams.alerts.lifecycle import Reasons, moved
from streams.alerts.policy import General
from streams.alerts.votes import Votes, changed_votes, vote
from streams.events import action
from streams.events.action import Action
from streams.events.envelope import millis
from streams.state.opportunity import DAY
from streams.state.watch import AlertState, ReasonState, Watch

#: Why an alert was not useful, in words.
NO_USE: dict[str, str] = {
    "known": "the seller knew",
    "wrong": "it is not so",
    "no_action": "nothing can be done about it",
    "repeated": "it was said already",
    "other": "another reason",
}

#: The rules that speak of the same episode, by rule: what is said to one is said to them.
Kin = Mapping[str, tuple[str, ...]]


class Acted(Struct, frozen=True, gc=False):
    """Reasons and alert after an action, what that was for the alert (none: nothing), which reasons ended, and why.

    `votes` are what it said of the rules, and what it takes back.
    """

    reasons: Reasons
    alert: AlertState
    transition: Transition | None = None
    ended: tuple[str, ...] = ()
    why: str = ""
    votes: Votes = ()


def objection(watch: Watch, said: Action) -> str:
    """Say why an action makes no sense for a deal; empty where it does."""
    alert = watch.alert
    if alert is None:
        return f"the deal has had no alert, so none {said.data.alert}"
    if alert.id != said.data.alert:
        return f"{said.data.alert} is not the deal's latest alert, which is {alert.id}"
    rule = getattr(said.data, "rule", "")
    if rule and rule not in watch.reasons:
        return "the alert never had a reason of that rule"
    return ""


def act(
    reasons: Reasons, alert: AlertState, said: Action, kin: Kin, now: int, general: General, team: str = ""
) -> Acted:
    """Carry out a person's action on a deal of a `team`; `objection` has been asked."""
    if isinstance(said, action.AlertReopened):
        return _reopen(reasons, alert, now)
    if alert.is_over:
        return Acted(reasons, alert)
    if isinstance(said, action.AlertAcknowledged):
        if alert.status == "snoozed" or alert.acknowledged_by == said.actor:
            return Acted(reasons, alert)
        return Acted(reasons, moved(alert, now, status="acknowledged", acknowledged_by=said.actor), "acknowledged")
    if isinstance(said, action.AlertAssigned):
        if alert.assignee == said.data.to:
            return Acted(reasons, alert)
        return Acted(reasons, moved(alert, now, assignee=said.data.to), "assigned")
    named = said.data.rule
    meant = [rule for rule, each in reasons.items() if not each.gone and named in ("", rule)]
    if not meant:
        return Acted(reasons, alert)
    if isinstance(said, action.AlertSnoozed):
        return _snooze(reasons, alert, meant, kin, now, millis(said.data.until))
    voted = {rule: vote(said, rule, len(meant), team, now) for rule in meant}
    if isinstance(said, action.AlertDismissed):
        return _end(reasons, alert, voted, kin, now, None, f"not useful: {NO_USE[said.data.reason]}")
    return _end(reasons, alert, voted, kin, now, now + int(general.done_days * DAY), "done")


def _snooze(reasons: Reasons, alert: AlertState, meant: list[str], kin: Kin, now: int, until: int) -> Acted:
    if until <= now:
        return Acted(reasons, alert)
    after = dict(reasons)
    for rule in meant:
        after[rule] = replace(reasons[rule], snoozed_until=until)
        _tell_kin(after, rule, kin, now, quiet_until=now)
    all_quiet = all(each.gone or each.snoozed(now) for each in after.values())
    return Acted(after, moved(alert, now, status="snoozed" if all_quiet else alert.status), "snoozed")


def _end(
    reasons: Reasons,
    alert: AlertState,
    voted: Mapping[str, Vote],
    kin: Kin,
    now: int,
    quiet_until: int | None,
    why: str,
) -> Acted:
    after = dict(reasons)
    for rule, its in voted.items():
        after[rule] = replace(reasons[rule], at=now, gone=True, quiet_until=quiet_until, snoozed_until=None, vote=its)
        _tell_kin(after, rule, kin, now, quiet_until)
    votes = changed_votes(reasons, {rule: after[rule] for rule in voted})
    if any(not each.gone for each in after.values()):
        return Acted(after, moved(alert, now), "changed", tuple(voted), why, votes)
    by = next(iter(voted.values())).by
    return Acted(after, moved(alert, now, status="resolved", ended_by=by), "resolved", tuple(voted), why, votes)


def _tell_kin(after: Reasons, rule: str, kin: Kin, now: int, quiet_until: int | None) -> None:
    """Let the rules that speak of the same episode know, so that none of them says it in other words."""
    told = after[rule]
    for other in kin.get(rule, ()):
        known = after.get(other)
        if known is None or known.gone:
            after[other] = ReasonState(
                told.episode,
                told.severity,
                now,
                gone=True,
                quiet_until=quiet_until,
                snoozed_until=told.snoozed_until,
                retold=0 if known is None else known.retold,
            )


def _reopen(reasons: Reasons, alert: AlertState, now: int) -> Acted:
    """Take back what people did. One that is over comes back where its cause still holds, which the rules say."""
    if alert.is_over:
        if not alert.ended_by:
            return Acted(reasons, alert)
        over = {
            rule: replace(each, quiet_until=now, vote=None)
            for rule, each in reasons.items()
            if each.gone and each.at == alert.at
        }
        return Acted({**reasons, **over}, alert, votes=changed_votes(reasons, over))
    awake = {
        rule: replace(each, snoozed_until=None) for rule, each in reasons.items() if each.snoozed_until is not None
    }
    ended_at = {each.at for each in reasons.values() if each.gone and each.vote and each.at >= alert.opened_at}
    back = {
        rule: replace(each, quiet_until=now, vote=None)
        for rule, each in reasons.items()
        if each.gone and each.at in ended_at
    }
    after, votes = {**reasons, **awake, **back}, changed_votes(reasons, back)
    if alert.status == "open" and not awake:
        return Acted(after, alert, votes=votes)
    return Acted(after, moved(alert, now, status="open", acknowledged_by=""), "reopened", votes=votes)
