"""What people do about an alert: their actions, which arrive on `deal.alert-actions` or with the deal's other events.

Each names the alert and who did it (`actor`); those that are about one of its reasons name the rule, or none for all of
them. An action is an event like any other: it is known by its id, so doing it twice does it once, and a replay does it
again at the same place. A hold (`deal.hold_set.v1`) is an action too; it is about the deal itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from streams.events.envelope import Event, Identifier, Instant, Text

if TYPE_CHECKING:  # of the standard library from Python 3.13 on
    from typing_extensions import TypeIs

AlertId = Annotated[str, Meta(pattern=r"^al-[0-9a-f]{20}\Z")]
RuleName = Annotated[str, Meta(max_length=100)]
#: Why an alert was of no use: the seller knew (`known`), it is not so (`wrong`), nothing can be done about it
#: (`no_action`), it was said already (`repeated`), or another reason.
NoUse = Literal["known", "wrong", "no_action", "repeated", "other"]


class AcknowledgedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alert somebody looks after."""

    alert: AlertId
    note: Text = ""


class SnoozedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alert, or which reason of it, shall be quiet until when."""

    alert: AlertId
    until: Instant
    rule: RuleName = ""
    note: Text = ""


class DismissedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alert, or which reason of it, was not useful, and why."""

    alert: AlertId
    reason: NoUse
    rule: RuleName = ""
    note: Text = ""


class DoneData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """About which alert, or which reason of it, somebody did what was to be done."""

    alert: AlertId
    rule: RuleName = ""
    note: Text = ""


class AssignedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alert is whose from now on; an empty `to` gives it back to the deal's owner."""

    alert: AlertId
    to: Annotated[str, Meta(max_length=200)]
    note: Text = ""


class ReopenedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alert is to be as if nobody had acknowledged, snoozed, dismissed or done it."""

    alert: AlertId
    note: Text = ""


class AlertAcknowledged(Event, tag="deal.alert_acknowledged.v1", frozen=True, kw_only=True):
    """Somebody looks after an alert: nobody is pressed until it gets worse."""

    actor: Identifier
    data: AcknowledgedData


class AlertSnoozed(Event, tag="deal.alert_snoozed.v1", frozen=True, kw_only=True):
    """Somebody wants to hear nothing of an alert, or of one reason, until a time or until things change."""

    actor: Identifier
    data: SnoozedData


class AlertDismissed(Event, tag="deal.alert_dismissed.v1", frozen=True, kw_only=True):
    """An alert, or one reason of it, was not useful."""

    actor: Identifier
    data: DismissedData


class AlertDone(Event, tag="deal.alert_done.v1", frozen=True, kw_only=True):
    """Somebody did what was to be done about an alert, or about one reason of it."""

    actor: Identifier
    data: DoneData


class AlertAssigned(Event, tag="deal.alert_assigned.v1", frozen=True, kw_only=True):
    """An alert is somebody else's from now on."""

    actor: Identifier
    data: AssignedData


class AlertReopened(Event, tag="deal.alert_reopened.v1", frozen=True, kw_only=True):
    """Somebody takes an action back."""

    actor: Identifier
    data: ReopenedData


Action = AlertAcknowledged | AlertSnoozed | AlertDismissed | AlertDone | AlertAssigned | AlertReopened
ACTIONS = (AlertAcknowledged, AlertSnoozed, AlertDismissed, AlertDone, AlertAssigned, AlertReopened)
_KINDS = frozenset(ACTIONS)


def is_action(event: Event) -> TypeIs[Action]:
    """Say whether the event is about an alert rather than about the deal."""
    return type(event) in _KINDS
