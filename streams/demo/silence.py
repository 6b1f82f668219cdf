"""What is told while the buyer does not take part: chasing, lulls, waiting for a budget, nurturing."""

from __future__ import annotations

from streams.demo import conversation
from streams.demo.calendar import CLOSES, MINUTES_A_DAY, OPENS
from streams.demo.conversation import MANNERS, called, machine, pause, receive, send
from streams.demo.notebook import Exchange, Notebook
from streams.demo.plan import Mood, Phase
from streams.demo.settings import Style
from streams.events import activity

_WORKING_DAY = CLOSES - OPENS


def tell_phase(book: Notebook, phase: Phase, before: Phase | None) -> None:
    """Tell one phase of a deal; `before` is the one that it follows."""
    if phase.mood is Mood.SILENT:
        _chase(book, phase)
    elif phase.mood is Mood.LULL:
        _wait(book, phase)
    elif phase.mood in (Mood.RESTING, Mood.NURTURED):
        _stay_close(book, phase)
    else:
        begins = None
        if before is not None and before.mood is Mood.SILENT:
            begins = _resume(book, phase)
        conversation.converse(book, phase, begins)


def _chase(book: Notebook, phase: Phase) -> None:
    """The seller writes and calls into the silence, less and less often, then gives up."""
    rng = book.rng
    end = min(phase.until * MINUTES_A_DAY, book.plan.closed)
    minute = book.some_time(phase.since + 1 + int(rng.random() * 3))
    for attempt in range(rng.randint(*book.habits.chases)):
        if minute >= end:
            return
        # Once the mails bounce there is only the phone.
        if rng.random() < (0.7 if book.is_gone(minute) and attempt else 0.3):
            called(book, minute, 0)
        else:
            minute = send(book, minute)
            if not book.is_gone(minute) and rng.random() < 0.05:
                machine(book, minute, activity.EmailAutoReplied)
        book.exchanges.append(Exchange(minute, None))
        minute = book.after(minute, int(_WORKING_DAY * rng.uniform(2.0, 4.5) * (1.0 + 0.35 * attempt)))


def _wait(book: Notebook, phase: Phase) -> None:
    """The buyer is away for a while and comes back; most are out of office."""
    minute = book.some_time(phase.since + 1 + int(book.rng.random() * 4))
    while minute < phase.until * MINUTES_A_DAY:
        minute = send(book, minute)
        if book.rng.random() < 0.5:
            machine(book, minute, activity.EmailAutoReplied)
        minute = book.after(minute, int(_WORKING_DAY * book.rng.uniform(4, 9) * book.habits.pace))


def _stay_close(book: Notebook, phase: Phase) -> None:
    """The buyer has said why nothing happens for now; good reps keep in touch, others forget."""
    rng, manner = book.rng, MANNERS[phase.mood]
    minute = book.some_time(phase.since)
    if rng.random() < 0.55 or not book.listens(minute):
        receive(book, minute)
    else:
        called(book, minute, 60 * book.span(12))
    minute = send(book, book.after(minute, book.span(book.habits.answer_minutes)))
    book.exchanges.append(Exchange(minute, None))
    if book.deal.rep.style is Style.SPARSE and rng.random() < 0.6:
        return
    while True:
        minute = pause(book, minute, manner)
        if minute >= min(phase.until * MINUTES_A_DAY, book.plan.closed):
            return
        if rng.random() < 0.75:
            minute = conversation.write(book, minute, manner)
        else:
            minute = conversation.ring(book, minute, manner)
        book.exchanges.append(Exchange(minute, None))


def _resume(book: Notebook, phase: Phase) -> int:
    """Somebody of the buyer comes back with a mail after the silence; return when the talk goes on."""
    minute = book.some_time(phase.since)
    if not receive(book, minute):
        return minute
    sent = send(book, book.after(minute, book.span(60, 0.5)))
    book.exchanges.append(Exchange(sent, None))
    return book.after(sent, book.span(900))
