"""Completed spans, the raw material of what is usual: a silence that ended, a stage that was left."""

from __future__ import annotations

from streams.labels.lesson import GapEnded, Lesson, StayEnded
from streams.state.opportunity import DAY, Opportunity


def ended_spans(before: Opportunity | None, after: Opportunity, now: int) -> list[Lesson]:
    """Return the spans that ended with the event between two states of a deal, noticed at `now`.

    An event that was sorted into the past ends nothing new: only spans that end later than before are reported.
    """
    if before is None:
        return []
    ended: list[Lesson] = []
    last, new = before.last_contact_at, after.last_contact_at
    if last is not None and new is not None and new > last:
        ended.append(GapEnded(after.id, now, new, before.stage, before.owner, (new - last) / DAY))
    entered, left = before.stage_entered_at, after.stage_entered_at
    if entered is not None and left is not None and left > entered and before.stage:
        ended.append(StayEnded(after.id, now, left, before.stage, (left - entered) / DAY))
    return ended
