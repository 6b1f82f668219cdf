"""Door of room 3: (facts, now) -> the numbers and words of `models.schema`, in their order."""

from __future__ import annotations

from bisect import bisect_left
from math import log10

from models.schema import Vector
from streams.state.opportunity import DAY, Opportunity

_MONDAY_OFFSET = 3  # 1970-01-01 was a Thursday


#: A free text is known by its beginning.
WORD_LENGTH = 60


def measure(facts: Opportunity, now: int) -> Vector:
    """Measure a deal as known at `now` (milliseconds); spans are in days, unknown values are None."""
    return Vector(_numbers(facts, now), _words(facts))


def _numbers(facts: Opportunity, now: int) -> tuple[float | None, ...]:
    last, contacts = facts.last_contact_at, facts.contacts
    mean_gap = None
    if contacts > 1 and last is not None and facts.first_contact_at is not None:
        mean_gap = (last - facts.first_contact_at) / (contacts - 1) / DAY
    times = facts.contact_times
    two_days_ago = now - 2 * DAY
    return (
        float(phase(facts)),
        (now - facts.born_at) / DAY,
        _since(now, last),
        (now - facts.last_event_at) / DAY,
        _since(now, facts.stage_entered_at),
        None if facts.position is None else float(facts.position),
        float(contacts),
        float(len(times) - bisect_left(times, now - 7 * DAY)),
        float(len(times) - bisect_left(times, two_days_ago)),
        mean_gap,
        None if contacts < 2 else facts.longest_gap / DAY,
        None if len(times) < 2 else (times[-1] - times[-2]) / DAY,
        float(facts.proposals),
        _since(now, facts.last_proposal_at),
        float(facts.inbound),
        _since(now, facts.last_inbound_at),
        float(facts.unanswered),
        float(facts.own_events),
        float(len(facts.event_times) - bisect_left(facts.event_times, two_days_ago)),
        amount_size(facts),
        float((now // DAY + _MONDAY_OFFSET) % 7),
        float(facts.next_steps),
        _since(now, facts.next_step_at),
        None if facts.meeting_at is None or facts.meeting_at < now else (facts.meeting_at - now) / DAY,
        None if facts.close_due is None else (facts.close_due - now) / DAY,
        float(facts.pushes),
        float(len(facts.people)),
        None if not facts.calls else facts.last_call_seconds / 60,
    )


def _words(facts: Opportunity) -> tuple[str, ...]:
    timeline = facts.timeline
    return (
        facts.stage[:WORD_LENGTH],
        facts.owner[:WORD_LENGTH],
        facts.lead_source[:WORD_LENGTH],
        facts.last_contact_by[:WORD_LENGTH],
        timeline[-1].kind if timeline else "",
        timeline[-2].kind if len(timeline) > 1 else "",
        facts.next_step[:WORD_LENGTH],
    )


def phase(facts: Opportunity) -> int:
    """Where the deal stands between the sides: an index of `models.schema.PHASES`."""
    if facts.proposals:
        return 3 if facts.replies_to_proposal else 2
    return 1 if facts.contacts else 0


def amount_size(facts: Opportunity) -> float | None:
    """The order of magnitude of the amount (log10 of the main unit), none where it is unknown or zero."""
    if facts.amount is None:
        return None
    size = float(facts.amount)
    return log10(size) if size > 0 else None


def _since(now: int, then: int | None) -> float | None:
    if then is None:
        return None
    return (now - then) / DAY if then < now else 0.0
