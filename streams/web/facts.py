"""What is known of a deal, in words: the list beside the risks. Nothing here is a judgement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as calendar_date

from msgspec import Struct

from streams.alerts.words import count, days
from streams.state.opportunity import DAY, Opportunity
from streams.web import numbers
from streams.web.vocabulary import event_words, spelled

_MINUTE_SECONDS = 60


class Detail(Struct, frozen=True, array_like=True):
    """A label and what is to be said under it."""

    label: str
    text: str


def details(facts: Opportunity, now: int) -> tuple[Detail, ...]:
    """What is known of a deal at `now` (milliseconds), in the order of a conversation about it."""
    return tuple(Detail(label, text) for label, text in _details(facts, now) if text)


def _details(facts: Opportunity, now: int) -> Iterator[tuple[str, str]]:
    yield "Last contact", _last_contact(facts, now)
    yield "Contacts so far", _contacts(facts)
    yield "Waiting for an answer", f"{count(facts.unanswered, 'message')} of ours" if facts.unanswered else ""
    yield "Next meeting", _meeting(facts, now)
    yield "Next step", _next_step(facts, now)
    yield "Planned close", planned_close(facts, now)
    yield "Close date moved", _pushes(facts)
    yield "Stage", _stage(facts, now)
    yield "Proposals", _proposals(facts, now)
    yield "People of the buyer", _people(facts)
    yield "On hold", hold(facts, now)
    yield "Buyer's readiness", spelled(facts.readiness) if facts.readiness else ""
    yield "Forecast category", spelled(facts.forecast_category) if facts.forecast_category else ""
    yield "Age of the deal", days((now - facts.born_at) / DAY)
    yield "Product", facts.product
    yield "Came from", spelled(facts.lead_source) if facts.lead_source else ""
    yield "Feeds", ", ".join(facts.sources)


def _ago(then: int, now: int) -> str:
    return "just now" if now - then < DAY / 24 else f"{days((now - then) / DAY)} ago"


def _last_contact(facts: Opportunity, now: int) -> str:
    if facts.last_contact_at is None:
        return "none yet"
    return f"{_ago(facts.last_contact_at, now)} ({event_words(facts.last_contact_kind).lower()})"


def _contacts(facts: Opportunity) -> str:
    if facts.contacts < 2 or facts.last_contact_at is None or facts.first_contact_at is None:
        return str(facts.contacts)
    gap = (facts.last_contact_at - facts.first_contact_at) / (facts.contacts - 1) / DAY
    return f"{facts.contacts}, one every {days(gap)}; longest gap {days(facts.longest_gap / DAY)}"


def _meeting(facts: Opportunity, now: int) -> str:
    if facts.meeting_at is None or facts.meeting_at < now:
        return "none planned"
    return f"{numbers.moment(facts.meeting_at)}, in {days((facts.meeting_at - now) / DAY)}"


def _next_step(facts: Opportunity, now: int) -> str:
    if not facts.next_step:
        return "none"
    if facts.next_step_due is None:
        return facts.next_step
    left = (facts.next_step_due - now) / DAY
    return f"{facts.next_step} (due {'in ' + days(left) if left >= 0 else days(-left) + ' ago'})"


def planned_close(facts: Opportunity, now: int) -> str:
    """The planned close as the seller says it, and how far off it is."""
    if facts.close_due is None:
        return "no date"
    left = (facts.close_due - now) / DAY
    return f"{close_day(facts)}, {'in ' + days(left) if left >= 0 else days(-left) + ' ago'}"


def close_day(facts: Opportunity) -> str:
    """The planned close as a calendar day, empty where there is none."""
    try:
        told = calendar_date.fromisoformat(facts.close_date[:10])
    except ValueError:
        return facts.close_date
    return f"{told.day} {told:%b %Y}"


def _pushes(facts: Opportunity) -> str:
    if not facts.pushes:
        return ""
    pulls = f", pulled in {count(facts.pulls, 'time')}" if facts.pulls else ""
    return f"pushed {count(facts.pushes, 'time')}, {days(facts.pushed_ms / DAY)} in all{pulls}"


def _stage(facts: Opportunity, now: int) -> str:
    if not facts.stage:
        return ""
    if facts.stage_entered_at is None:
        return facts.stage
    back = f", moved back {count(facts.steps_back, 'time')}" if facts.steps_back else ""
    return f"{facts.stage} for {days((now - facts.stage_entered_at) / DAY)}{back}"


def _proposals(facts: Opportunity, now: int) -> str:
    if not facts.proposals or facts.last_proposal_at is None:
        return "none sent"
    replies = "no reply since" if not facts.replies_to_proposal else "answered"
    return f"{facts.proposals} sent, last {_ago(facts.last_proposal_at, now)}, {replies}"


def _people(facts: Opportunity) -> str:
    if not facts.people and not facts.people_left:
        return ""
    left = f", {facts.people_left} left the company" if facts.people_left else ""
    return f"{len(facts.people)} in touch{left}"


def hold(facts: Opportunity, now: int) -> str:
    """Why the deal rests, and until when; empty where it does not."""
    if not facts.on_hold(now):
        return ""
    until = f" until {numbers.date(facts.hold_until)}" if facts.hold_until is not None else ""
    return f"{spelled(facts.hold_reason)}{until}"
