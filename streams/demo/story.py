"""The whole life of one deal: who it is about, its hidden course, and every event of it in order of time.

Drawn from a seed of its own, so that any deal can be told without telling the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from streams.demo import bookkeeping, calendar, closing_dates, endings, marketing, people, plan, reviews, silence
from streams.demo.calendar import MINUTES_A_DAY, OPENS
from streams.demo.endings import Oddity
from streams.demo.expectation import History, expect
from streams.demo.notebook import Note, Notebook, open_notebook
from streams.demo.people import Deal, Organisation
from streams.demo.plan import Mood, Outcome
from streams.demo.truth import DealTruth, Rest
from streams.events import activity, control, deal, judgement
from streams.events.contract import EVENT_TYPES
from streams.events.envelope import Event, moment_of

_MAIL = (activity.EmailSent, activity.EmailReceived, activity.EmailBounced, activity.EmailAutoReplied)
_CALENDAR = (
    activity.MeetingScheduled,
    activity.MeetingRescheduled,
    activity.MeetingHeld,
    activity.MeetingCancelled,
    activity.MeetingNoShow,
)
#: The feeds of the organisation.
SOURCES = ("/crm", "/mail", "/calendar", "/marketing")
#: The feed that delivers each type of event.
SOURCE_OF: dict[type[Event], str] = {
    each: "/mail"
    if each in _MAIL
    else "/calendar"
    if each in _CALENDAR
    else "/marketing"
    if each is activity.MarketingTouched
    else "/crm"
    for each in EVENT_TYPES
    if each not in control.CONTROL
}


class Arrival(NamedTuple):
    """A deal that comes in: its number, the day, and number and day of an earlier one it may belong to."""

    number: int
    day: int
    elder: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One deal told: its events in order of time, and the truth."""

    deal: Deal
    events: tuple[Event, ...]
    truth: DealTruth


def tell(organisation: Organisation, arrival: Arrival) -> Story:
    """Tell the deal that arrives."""
    number = arrival.number
    odd = endings.oddity(organisation, number)
    elder = arrival.elder if odd in (Oddity.MERGED, Oddity.SPLIT) else None
    book = _begin(organisation, arrival, None if elder is None else elder[0])
    _tell_course(organisation, book)
    first_closed = _tell_oddity(organisation, book, odd, elder)
    events = _events(book)
    return Story(book.deal, events, _truth(book, events, first_closed))


def _begin(organisation: Organisation, arrival: Arrival, elder: int | None) -> Notebook:
    subject = people.introduce(organisation, arrival.number, elder)
    course = plan.draw(organisation.stream("plan", arrival.number), subject, organisation.settings, arrival.day)
    return open_notebook(organisation, subject, course)


def _tell_course(organisation: Organisation, book: Notebook) -> None:
    _create(book, closing_dates.tell_dates(book))
    before = None
    for phase in book.plan.phases:
        silence.tell_phase(book, phase, before)
        before = phase
    bookkeeping.keep_books(book)
    reviews.tell_reviews(organisation, book)
    marketing.tell_touches(book)
    endings.tell_end(book)


def _create(book: Notebook, close_day: int | None) -> None:
    subject, region = book.deal, book.deal.region
    amount = endings.amount_at_birth(book)
    stage, _ = plan.LADDER[0]
    data = deal.CreatedData(
        name=subject.name,
        owner=subject.rep.id,
        account=subject.account,
        product=subject.product,
        stage=stage,
        position=1,
        amount=amount,
        currency=region.currency if amount is not None else None,
        close_date=None if close_day is None else date.fromordinal(close_day),
        timezone=region.timezone,
        lead_source=subject.lead_source,
    )
    # First among the notes of its minute: nothing about the deal is written down before it is there.
    book.edit(book.plan.created, deal.Created, data)
    book.notes.insert(0, book.notes.pop())


def _tell_oddity(organisation: Organisation, book: Notebook, odd: Oddity, elder: tuple[int, int] | None) -> int | None:
    """Tell what happens beside the course; return the minute of the first end of a deal that was opened again."""
    if odd is Oddity.DELETED:
        endings.tell_deletion(book)
    elif odd is Oddity.RESTORED:
        endings.tell_restoration(book)
    elif odd is Oddity.REOPENED and book.plan.outcome is not Outcome.WON:
        return endings.tell_reopening(book)
    elif elder is not None:
        parent = _begin(organisation, Arrival(*elder), None)
        into, ends = parent.deal.opportunity, parent.plan.closed
        if odd is Oddity.SPLIT:
            book.edit(book.plan.created, deal.Split, deal.ReferenceData(opportunity=into))
        elif ends > book.plan.created + 2 * MINUTES_A_DAY:
            endings.tell_merger(book, into, ends - MINUTES_A_DAY)
    return None


def _events(book: Notebook) -> tuple[Event, ...]:
    """Put the notes in order and make events of them; times rise strictly, so that ids and times agree."""
    rng, code, subject = book.rng, book.code, book.deal.opportunity
    events: list[Event] = []
    last = 0
    for index, note in enumerate(sorted(book.notes, key=_minute)):
        at = calendar.at_of(code, note.minute) + int(rng.random() * 40_000)
        if at <= last:
            at = last + 300 + int(rng.random() * 1_500)
        last = at
        events.append(_event(note, f"{subject}-{index:03d}", subject, moment_of(at)))
    return tuple(events)


def _minute(note: Note) -> int:
    return note.minute


def _event(note: Note, name: str, subject: str, time: datetime) -> Event:
    given = {} if note.side is None else {"side": note.side}
    if note.data is not None:
        given["data"] = note.data  # type: ignore[assignment]
    return note.event(
        id=name,
        source=SOURCE_OF[note.event],
        time=time,
        subject=subject,
        actor=note.actor,
        origin=note.origin,
        **given,  # type: ignore[arg-type]
    )


def _truth(book: Notebook, events: tuple[Event, ...], first_closed: int | None) -> DealTruth:
    course, subject, code = book.plan, book.deal, book.code
    created = next(event.time for event in events if isinstance(event, deal.Created))
    closed_at = events[-1].time
    first_end = None if first_closed is None else moment_of(calendar.at_of(code, first_closed))
    ended = first_end or closed_at
    faded_at = None if course.faded_day is None else _morning(code, course.faded_day)
    faded_at = None if faded_at is None or faded_at >= ended else faded_at
    silent_from, silent_until = _silence(book, events, ended)
    history = History(code, [e for e in events if e.time <= ended], created, ended, book.settings.cycle_days)
    return DealTruth(
        opportunity=subject.opportunity,
        kind=subject.kind,
        created=created,
        outcome=course.outcome.value,
        closed_at=closed_at,
        faded_at=faded_at,
        silent_from=silent_from,
        silent_until=silent_until,
        first_closed_at=first_end,
        rests=tuple(_rests(book, events, ended)),
        expected=expect(history, faded_at, silent_until),
        rep=subject.rep.id,
        team=subject.rep.team,
        style=subject.rep.style,
        habits=book.team_habits,
        region=code,
        pushes=_pushes(events),
        contacts=sum(map(activity.is_contact, events)),
        events=len(events),
    )


def _morning(code: str, day: int) -> datetime:
    return moment_of(calendar.at_of(code, day * MINUTES_A_DAY + OPENS))


def _silence(book: Notebook, events: tuple[Event, ...], ended: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the last contact before the buyer's silence and what broke it: a contact, or the end."""
    silent = [phase for phase in book.plan.phases if phase.mood is Mood.SILENT]
    if not silent:
        return None, None
    begins = _morning(book.code, silent[0].since)
    if begins >= ended:
        return None, None
    contacts = [event.time for event in events if activity.is_contact(event)]
    before = [moment for moment in contacts if moment < begins]
    after = [moment for moment in contacts if moment >= begins]
    return (before[-1] if before else events[0].time), min([ended, *after[:1]])


def _rests(book: Notebook, events: tuple[Event, ...], ended: datetime) -> list[Rest]:
    marks = [e.time for e in events if isinstance(e, judgement.HoldSet | judgement.ReadinessChanged)]
    rests = []
    for mood, since, until in book.plan.phases:
        if mood in (Mood.LULL, Mood.RESTING, Mood.NURTURED):
            begins, ends = _morning(book.code, since), min(ended, _morning(book.code, until))
            if begins < ends:
                rests.append(Rest(mood.value, begins, ends, any(begins <= mark < ends for mark in marks)))
    return rests


def _pushes(events: tuple[Event, ...]) -> int:
    """Count the times a person moved a person's date further away."""
    pushes, before = 0, None
    for event in events:
        if not isinstance(event, deal.Created | deal.CloseDateChanged):
            continue
        due = event.data.close_date
        if event.data.close_at is not None:
            due = event.data.close_at.date()
        pushes += due is not None and before is not None and due > before
        before = due if event.origin == "human" else None
    return pushes
