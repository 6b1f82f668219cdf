"""How seller and buyer talk while the buyer still answers: mail both ways, calls, meetings, proposals.

Each exchange takes the minute at which it begins and returns the one at which it is over; the pause to the next one
depends on the rep's pace, on the deal's cadence and on the season.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.demo import calendar
from streams.demo.calendar import CLOSES, MINUTES_A_DAY, OPENS
from streams.demo.notebook import Exchange, Notebook
from streams.demo.plan import NEGOTIATION, PROPOSAL, Mood, Phase
from streams.events import activity
from streams.events.envelope import Event, moment_of

_WORKING_DAY = CLOSES - OPENS


class Manner(NamedTuple):
    """How a buyer of some mood takes part: factors and chances beside those of the deal."""

    pause: float  # factor on the time between exchanges
    reply: float  # factor on the chance that a mail is answered
    slow: float  # factor on the time until it is answered
    connects: float  # chance that a call is taken
    comes: float  # chance that a planned meeting takes place


MANNERS = {
    Mood.ENGAGED: Manner(1.0, 1.0, 1.0, 0.62, 0.84),
    Mood.FADING: Manner(1.3, 0.5, 5.0, 0.2, 0.3),
    Mood.RESTING: Manner(6.0, 0.5, 2.5, 0.4, 0.5),
    Mood.NURTURED: Manner(5.5, 0.45, 3.0, 0.35, 0.5),
}
#: Weights of (mail, call, meeting, mail from the buyer) by stage.
_CHANNELS = (
    (0.46, 0.36, 0.10, 0.08),
    (0.38, 0.20, 0.27, 0.15),
    (0.38, 0.17, 0.25, 0.20),
    (0.42, 0.22, 0.14, 0.22),
    (0.44, 0.24, 0.10, 0.22),
)


def converse(book: Notebook, phase: Phase, begins: int | None = None) -> None:
    """Tell the exchanges of a phase in which the buyer takes part (engaged or fading), from `begins` on if given."""
    manner, end = MANNERS[phase.mood], min(phase.until * MINUTES_A_DAY, book.plan.closed)
    minute = book.some_time(phase.since) if begins is None else begins
    if phase.since * MINUTES_A_DAY <= book.plan.created:
        minute = book.after(book.plan.created, book.span(70))
    while minute < end:
        minute = _exchange(book, minute, manner)
        minute = pause(book, minute, manner)


def pause(book: Notebook, minute: int, manner: Manner) -> int:
    """Return when the next exchange begins."""
    days = book.settings.gap_days * book.habits.pace * book.cadence * manner.pause
    days *= calendar.drag(book.code, minute // MINUTES_A_DAY)
    return book.after(minute, book.span(days * _WORKING_DAY, 0.5))


def _exchange(book: Notebook, minute: int, manner: Manner) -> int:
    stage = book.plan.stage_at(minute // MINUTES_A_DAY)
    due = (stage >= PROPOSAL) + (stage >= NEGOTIATION and book.deal.number % 2 == 0)
    if book.proposals < due and minute + MINUTES_A_DAY < book.plan.closed:
        over = propose(book, minute, manner)
    else:
        mail, call, meeting, _ = _CHANNELS[stage]
        draw = book.rng.random()
        if draw < mail:
            over = write(book, minute, manner)
        elif draw < mail + call:
            over = ring(book, minute, manner)
        elif draw < mail + call + meeting:
            over = invite(book, minute, manner)
        elif manner is MANNERS[Mood.ENGAGED]:
            over = hear_first(book, minute, manner)
        else:
            over = write(book, minute, manner)
    upcoming = book.meeting if book.meeting is not None and book.meeting > over else None
    book.exchanges.append(Exchange(over, upcoming))
    return over


def send(book: Notebook, minute: int, event: type[Event] = activity.EmailSent) -> int:
    """Tell a mail of the seller, sometimes in the evening or at the weekend, and return when it went out."""
    rng, settings = book.rng, book.settings
    luck = rng.random()
    if luck < settings.weekend_share:
        day = minute // MINUTES_A_DAY
        minute = (
            (day + 5 + int(rng.random() * 2) - calendar.weekday(day)) * MINUTES_A_DAY + 600 + int(rng.random() * 600)
        )
    elif luck < settings.weekend_share + settings.after_hours_share:
        minute = minute // MINUTES_A_DAY * MINUTES_A_DAY + 1_140 + int(rng.random() * 200)
    partner = book.partner(minute)
    copies = int(rng.random() * 1.5 * len(book.people_at(minute)))
    data = activity.TouchData(contacts=(partner.id,), recipients=1 + min(copies, 6))
    book.tell(minute, event, data, actor=book.rep_at(minute))
    if book.is_gone(minute) and rng.random() < 0.8:
        machine(book, minute, activity.EmailBounced)
    return minute


def machine(book: Notebook, minute: int, event: type[Event]) -> None:
    """Tell what a mail server says to a mail, within a minute or two."""
    data = activity.TouchData(contacts=(book.partner(minute).id,))
    book.tell(minute + 1 + int(book.rng.random() * 2), event, data, origin="automation")


def answer(book: Notebook, minute: int, manner: Manner) -> int | None:
    """Tell the buyer's answer to something sent at that minute, where there is one, and return when it came."""
    if book.rng.random() >= book.responsive * manner.reply:
        return None
    reply = book.after(minute, book.span(book.settings.reply_hours * 60 * book.speed * manner.slow, 0.9))
    return reply if receive(book, reply) else None


def receive(book: Notebook, minute: int) -> bool:
    """Tell a mail of the buyer, unless they have fallen silent by then."""
    if not book.listens(minute):
        return False
    partner = book.partner(minute)
    book.tell(
        minute, activity.EmailReceived, activity.TouchData(contacts=(partner.id,), recipients=1), actor=partner.id
    )
    return True


def write(book: Notebook, minute: int, manner: Manner) -> int:
    """Tell a mail and what follows from it: an answer and some turns, or a reminder."""
    rng, sent = book.rng, send(book, minute)
    reply = answer(book, sent, manner)
    if reply is None:
        if rng.random() < 0.6:
            sent = send(book, book.after(sent, int(rng.uniform(1.5, 4.0) * _WORKING_DAY)))
            reply = answer(book, sent, manner)
        return reply or sent
    turns = 0
    while reply is not None and turns < 3 and rng.random() < 0.5:
        sent = send(book, book.after(reply, book.span(book.habits.answer_minutes)))
        reply = answer(book, sent, manner) if rng.random() < 0.55 else None
        turns += 1
    return reply or sent


def hear_first(book: Notebook, minute: int, manner: Manner) -> int:
    """Tell a mail that the buyer begins, and the rep's answer."""
    if not receive(book, minute):
        return write(book, minute, manner)
    sent = send(book, book.after(minute, book.span(book.habits.answer_minutes)))
    if book.rng.random() < 0.25:
        return answer(book, sent, manner) or sent
    return sent


def ring(book: Notebook, minute: int, manner: Manner) -> int:
    """Tell calls until one is taken, two at most, and the mail that follows."""
    rng = book.rng
    for _ in range(2):
        if rng.random() < manner.connects and book.listens(minute):
            seconds = 60 * book.span(9, 0.7) + int(rng.random() * 60)
            called(book, minute, seconds)
            if rng.random() < book.habits.follow_up * 0.5:
                minute = send(book, book.after(minute, book.span(45)))
            return minute
        called(book, minute, 0)
        if rng.random() < 0.4:
            break
        minute = book.after(minute, int(rng.uniform(0.3, 1.6) * _WORKING_DAY))
    if rng.random() < 0.6:
        sent = send(book, book.after(minute, book.span(30)))
        return answer(book, sent, manner) or sent
    return minute


def called(book: Notebook, minute: int, seconds: int) -> None:
    """Tell a call: taken where it lasted, a voicemail or no answer where it did not."""
    partner = book.partner(minute)
    data = activity.CallData(contacts=(partner.id,), duration_seconds=seconds, connected=seconds > 0)
    book.tell(minute, activity.CallLogged, data, actor=book.rep_at(minute), side="both" if seconds else "seller")


def invite(book: Notebook, minute: int, manner: Manner, tries: int = 0) -> int:
    """Tell that a meeting is planned, and what becomes of it; a mail where there is no room for one."""
    rng = book.rng
    day = calendar.plus_working(book.code, minute // MINUTES_A_DAY, 2 + int(rng.random() * 6))
    starts = day * MINUTES_A_DAY + 540 + 30 * int(rng.random() * 15)
    # A cancelled meeting leaves its slot taken, unless this is what replaces it.
    busy = tries == 0 and book.meeting is not None and book.meeting >= minute
    if busy or starts + 120 >= book.plan.closed or tries > 2:
        return write(book, minute, manner)
    book.meeting = starts
    book.tell(
        minute,
        activity.MeetingScheduled,
        _meeting(book, minute, starts),
        actor=book.rep_at(minute),
        side="seller" if rng.random() < 0.8 or not book.listens(minute) else "both",
    )
    _meet(book, minute, starts, tries)
    return minute


def _meet(book: Notebook, minute: int, starts: int, tries: int) -> None:
    mood = book.plan.mood_at(starts // MINUTES_A_DAY)
    manner = MANNERS.get(mood)
    draw = book.rng.random()
    before = book.after(minute, max(10, (starts - minute) // MINUTES_A_DAY * _WORKING_DAY // 2))
    if manner is not None and draw < manner.comes:
        _hold(book, starts)
    elif manner is not None and draw < manner.comes + 0.08 and before < starts:
        _move(book, before, starts)
    elif draw < 0.95 and before < starts:
        partner = book.partner(before)
        data = _meeting(book, before, starts)
        book.tell(before, activity.MeetingCancelled, data, actor=partner.id, side="buyer")
        if manner is not None and book.rng.random() < 0.5:
            invite(book, book.after(before, book.span(120)), manner, tries + 1)
    else:
        book.tell(starts + 20, activity.MeetingNoShow, _meeting(book, starts, starts), actor=book.rep_at(starts))
        sent = send(book, book.after(starts + 20, book.span(40)))
        if manner is not None:
            answer(book, sent, manner)


def _hold(book: Notebook, starts: int) -> None:
    length = (30, 30, 45, 60, 60, 90)[int(book.rng.random() * 6)]
    if starts + length >= book.plan.closed:
        return
    data = _meeting(book, starts, starts, length)
    book.tell(starts + length, activity.MeetingHeld, data, actor=book.rep_at(starts))
    book.exchanges.append(Exchange(starts + length, None))
    if book.rng.random() < book.habits.follow_up:
        sent = send(book, book.after(starts + length, book.span(100)))
        if book.rng.random() < 0.4:
            answer(book, sent, MANNERS[Mood.ENGAGED])


def _move(book: Notebook, minute: int, starts: int) -> None:
    day = calendar.plus_working(book.code, starts // MINUTES_A_DAY, 1 + int(book.rng.random() * 6))
    later = day * MINUTES_A_DAY + 540 + 30 * int(book.rng.random() * 15)
    by_buyer = book.rng.random() < 0.7 and book.listens(minute)
    actor = book.partner(minute).id if by_buyer else book.rep_at(minute)
    data = _meeting(book, minute, later)
    book.tell(minute, activity.MeetingRescheduled, data, actor=actor, side="buyer" if by_buyer else "seller")
    book.meeting = later
    if book.listens(later) and book.rng.random() < 0.9:
        _hold(book, later)
    elif later < book.plan.closed:
        book.tell(later + 20, activity.MeetingNoShow, _meeting(book, later, later), actor=book.rep_at(later))


def _meeting(book: Notebook, minute: int, starts: int, length: int = 0) -> activity.MeetingData:
    people = book.people_at(minute)
    count = 1 + int(book.rng.random() * min(4, len(people)))
    return activity.MeetingData(
        contacts=tuple(each.id for each in people[:count]),
        duration_seconds=60 * length,
        starts=moment_of(calendar.at_of(book.code, starts)),
    )


def propose(book: Notebook, minute: int, manner: Manner) -> int:
    """Tell that a proposal (or a revised one) is sent, opened some times, and asked about."""
    rng, sent = book.rng, send(book, minute, activity.ProposalSent)
    book.proposals += 1
    viewed, last = sent, sent
    for _ in range(1 + int(rng.random() * 3)):
        viewed = book.after(viewed, book.span(book.settings.reply_hours * 80 * book.speed * manner.slow, 0.9))
        if rng.random() < book.responsive * (0.5 + manner.reply / 2) and book.listens(viewed):
            partner = book.partner(viewed)
            data = activity.TouchData(contacts=(partner.id,))
            book.tell(viewed, activity.ProposalViewed, data, actor=partner.id)
            last = viewed
    if rng.random() < 0.5:
        return answer(book, last, manner) or last
    return last
