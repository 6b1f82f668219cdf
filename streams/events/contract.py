"""Every event type of the contract in one closed union, and its encoder."""

from __future__ import annotations

import msgspec

from streams.events import action, activity, control, deal, judgement, people
from streams.events.envelope import Event, kind_of

DEAL_EVENTS = (
    deal.Created,
    deal.StageChanged,
    deal.CloseDateChanged,
    deal.AmountChanged,
    deal.ForecastCategoryChanged,
    deal.NextStepChanged,
    deal.OwnerChanged,
    deal.Won,
    deal.Lost,
    deal.Reopened,
    deal.MergedInto,
    deal.Split,
    deal.Deleted,
    deal.Restored,
)
PEOPLE_EVENTS = (people.ContactAdded, people.ContactRemoved, people.ContactLeft)
JUDGEMENT_EVENTS = (
    judgement.HoldSet,
    judgement.HoldCleared,
    judgement.ReadinessChanged,
    judgement.UpdateRejected,
)

#: Every event type, in the order of the documentation.
EVENT_TYPES: tuple[type[Event], ...] = (
    *DEAL_EVENTS,
    *activity.ACTIVITIES,
    *PEOPLE_EVENTS,
    *JUDGEMENT_EVENTS,
    *action.ACTIONS,
    *control.CONTROL,
)

BY_KIND: dict[str, type[Event]] = {kind_of(each): each for each in EVENT_TYPES}

AnyEvent = (
    deal.Created
    | deal.StageChanged
    | deal.CloseDateChanged
    | deal.AmountChanged
    | deal.ForecastCategoryChanged
    | deal.NextStepChanged
    | deal.OwnerChanged
    | deal.Won
    | deal.Lost
    | deal.Reopened
    | deal.MergedInto
    | deal.Split
    | deal.Deleted
    | deal.Restored
    | activity.EmailSent
    | activity.EmailReceived
    | activity.EmailBounced
    | activity.EmailAutoReplied
    | activity.CallLogged
    | activity.MeetingScheduled
    | activity.MeetingRescheduled
    | activity.MeetingHeld
    | activity.MeetingCancelled
    | activity.MeetingNoShow
    | activity.ProposalSent
    | activity.ProposalViewed
    | activity.ProposalSigned
    | activity.MarketingTouched
    | people.ContactAdded
    | people.ContactRemoved
    | people.ContactLeft
    | judgement.HoldSet
    | judgement.HoldCleared
    | judgement.ReadinessChanged
    | judgement.UpdateRejected
    | action.AlertAcknowledged
    | action.AlertSnoozed
    | action.AlertDismissed
    | action.AlertDone
    | action.AlertAssigned
    | action.AlertReopened
    | control.ConnectorHeartbeat
    | control.ConnectorGap
    | control.BackfillStarted
    | control.BackfillEnded
    | control.ClockAdvanced
    | control.RulesChanged
    | control.ForecastAdjusted
)

_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """Return the event as the bytes that `decode` reads back equal."""
    return _encoder.encode(event)
