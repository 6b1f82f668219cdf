"""What was asked of people about a deal, by alerts and plays, and whether they turned to it.

Kept apart from the deal's own conduct, since it comes on other topics: the two may be read in any order.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import Alert
from streams.events.action import Action
from streams.plays.event import PlayEvent

#: How many alerts and runs of plays are kept of a deal, the latest.
KEPT = 24
_TURNED_TO = ("acknowledged", "snoozed", "assigned")
_ENDS = ("succeeded", "failed", "withdrawn")


class Asked(Struct, frozen=True, array_like=True, gc=False):
    """An alert: when it was opened, who was to turn to it, when somebody first did, and when it was over.

    An action that is taken back was still somebody turning to it. `opened_at` is 0 while only an action is known of it.
    """

    id: str
    opened_at: int = 0
    rep: str = ""
    turned_at: int | None = None
    ended_at: int | None = None


class Run(Struct, frozen=True, array_like=True, gc=False):
    """A run of a play that was shown to the deal's owner."""

    id: str
    play: str
    rep: str
    started_at: int
    followed_at: int | None = None
    ended_at: int | None = None


class Heeding(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was asked about one deal, in the order of the ids' first mention."""

    id: str
    alerts: tuple[Asked, ...] = ()
    runs: tuple[Run, ...] = ()


def alerted(heeding: Heeding, alert: Alert) -> Heeding:
    """Return what was asked, with one message of an alert."""
    changes: dict[str, Any] = {"opened_at": alert.opened_at, "rep": alert.owner}
    found = _alert(heeding, alert.id)
    if alert.transition in _TURNED_TO or (alert.by and alert.transition != "reopened"):
        changes["turned_at"] = _first(found.turned_at, alert.at)
    if alert.transition == "resolved":
        changes["ended_at"] = alert.at
    elif alert.transition == "reopened":
        changes["ended_at"] = None
    return _with_alert(heeding, replace(found, **changes))


def acted(heeding: Heeding, action: Action) -> Heeding:
    """Return what was asked, after somebody turned to an alert; taking an action back is none."""
    if action.kind == "alert_reopened":
        return heeding
    found = _alert(heeding, action.data.alert)
    return _with_alert(heeding, replace(found, turned_at=_first(found.turned_at, action.at)))


def played(heeding: Heeding, event: PlayEvent) -> Heeding:
    """Return what was asked, with what happened to a run; one that is withheld, or for others, asks nobody."""
    if event.arm != "played" or event.who != "owner":
        return heeding
    known = {each.id: each for each in heeding.runs}
    run = known.get(event.run, Run(event.run, event.play, event.owner, event.started_at))
    if event.owner and not run.rep:
        run = replace(run, rep=event.owner)
    if event.happened == "followed":
        run = replace(run, followed_at=_first(run.followed_at, event.at))
    elif event.happened in _ENDS:
        run = replace(run, ended_at=_first(run.ended_at, event.at))
    known[event.run] = run
    return replace(heeding, runs=tuple(known.values())[-KEPT:])


def _alert(heeding: Heeding, name: str) -> Asked:
    return next((each for each in heeding.alerts if each.id == name), Asked(name))


def _with_alert(heeding: Heeding, alert: Asked) -> Heeding:
    known = {each.id: each for each in heeding.alerts} | {alert.id: alert}
    return replace(heeding, alerts=tuple(known.values())[-KEPT:])


def _first(known: int | None, at: int) -> int:
    return at if known is None else min(known, at)
