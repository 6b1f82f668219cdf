"""How deals end: signed, lost, given up; and the odd ends of real CRMs: merged, split, deleted, restored, reopened."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from streams.demo import calendar, words
from streams.demo.bookkeeping import amount_text
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.conversation import called
from streams.demo.notebook import Notebook
from streams.demo.people import Organisation
from streams.demo.plan import LADDER, NEGOTIATION, Outcome
from streams.demo.settings import Style
from streams.events import deal
from streams.events.activity import ACTIVITIES, EmailReceived, EmailSent, ProposalSent, ProposalSigned, TouchData


class Oddity(StrEnum):
    """What happens to a deal beside its course."""

    NONE = "none"
    MERGED = "merged"
    SPLIT = "split"
    DELETED = "deleted"
    RESTORED = "restored"
    REOPENED = "reopened"


def oddity(organisation: Organisation, number: int) -> Oddity:
    """Return what oddity deal `number` has; the first one has none, because it has no elder."""
    settings = organisation.settings
    draw = organisation.stream("oddity", number).random()
    for odd, share in (
        (Oddity.MERGED, settings.merged_share),
        (Oddity.SPLIT, settings.split_share),
        (Oddity.DELETED, settings.deleted_share),
        (Oddity.RESTORED, settings.restored_share),
        (Oddity.REOPENED, settings.reopened_share),
    ):
        draw -= share
        if draw < 0.0:
            return odd
    return Oddity.NONE


def tell_end(book: Notebook) -> None:
    """Tell the last words and the closing of the CRM object, and drop what would have come after it."""
    plan = book.plan
    cut(book, plan.closed)
    if plan.outcome is Outcome.WON:
        _win(book)
    else:
        _lose(book)


def cut(book: Notebook, minute: int) -> None:
    """Drop everything at or after that minute."""
    book.notes = [note for note in book.notes if note.minute < minute]


def _win(book: Notebook) -> None:
    closed = book.plan.closed
    partner = book.partner(closed)
    offered = any(note.event is ProposalSent for note in book.notes)
    event = ProposalSigned if offered and book.rng.random() < 0.7 else EmailReceived
    book.tell(closed - 15 - int(book.rng.random() * 60), event, TouchData(contacts=(partner.id,)), actor=partner.id)
    book.edit(closed, deal.ForecastCategoryChanged, deal.CategoryData(category="closed"), origin="automation")
    last = deal.AmountData()
    for note in sorted(book.notes, key=lambda note: note.minute):
        if isinstance(note.data, deal.AmountData):
            last = note.data
    told = last if book.rng.random() < 0.8 else deal.AmountData()
    book.edit(closed, deal.Won, deal.WonData(amount=told.amount, currency=told.currency))


def _lose(book: Notebook) -> None:
    plan, rng = book.plan, book.rng
    if plan.told:
        _refuse(book, plan.closed)
    no_decision = plan.outcome is Outcome.NO_DECISION
    if not no_decision:
        reason = rng.choice(words.LOSS_REASONS)
    else:
        reason = rng.choice(words.NO_DECISION_REASONS) if plan.told else "no response"
    book.edit(plan.closed, deal.ForecastCategoryChanged, deal.CategoryData(category="omitted"), origin="automation")
    book.edit(plan.closed, deal.Lost, deal.LostData(reason=reason, no_decision=no_decision))


def _refuse(book: Notebook, closed: int) -> None:
    """The buyer says no, by mail or on the phone, and the rep closes the deal."""
    heard = closed - 15 - int(book.rng.random() * 60)
    if book.deal.rep.style is not Style.DILIGENT and book.rng.random() < 0.5:
        # Bad news is written down at leisure. Nobody writes or calls any more in between.
        heard = book.some_time(closed // MINUTES_A_DAY - 1 - int(book.rng.random() * 6))
        heard = heard if book.plan.created + MINUTES_A_DAY < heard < closed - 15 else closed - 15
        book.notes = [note for note in book.notes if note.minute < heard or note.event not in ACTIVITIES]
    if book.rng.random() < 0.7:
        partner = book.partner(heard)
        book.tell(heard, EmailReceived, TouchData(contacts=(partner.id,), recipients=1), actor=partner.id)
    else:
        called(book, heard - 10, 60 * book.span(6, 0.5))


def tell_deletion(book: Notebook) -> None:
    """Cut the story short: the CRM object is deleted."""
    minute = _midway(book, 0.1, 0.9)
    cut(book, minute)
    book.plan.closed, book.plan.outcome = minute, Outcome.DELETED
    book.edit(minute, deal.Deleted)


def tell_restoration(book: Notebook) -> None:
    """The CRM object is deleted by mistake and comes back within two days."""
    minute = _midway(book, 0.2, 0.7)
    back = book.after(minute, 20 + int(book.rng.random() * 700))
    if back >= book.plan.closed:
        return
    book.notes = [note for note in book.notes if not minute <= note.minute <= back]
    book.edit(minute, deal.Deleted)
    book.edit(back, deal.Restored)


def _midway(book: Notebook, least: float, most: float) -> int:
    plan = book.plan
    minute = plan.created + int((plan.closed - plan.created) * book.rng.uniform(least, most))
    return book.some_time(min(minute // MINUTES_A_DAY, plan.closed // MINUTES_A_DAY - 3))


def tell_merger(book: Notebook, into: str, before: int) -> None:
    """Cut the story short: this was a duplicate, merged within days and before the minute `before`."""
    day = book.plan.created // MINUTES_A_DAY + 1 + int(book.rng.random() * 9)
    minute = min(book.some_time(day), before)
    cut(book, minute)
    book.plan.closed, book.plan.outcome = minute, Outcome.MERGED
    book.edit(minute, deal.MergedInto, deal.ReferenceData(opportunity=into))


def tell_reopening(book: Notebook) -> int:
    """After a defeat the buyer comes back: opened again, some talk, an end of its own; return the first end."""
    plan, rng = book.plan, book.rng
    first = plan.closed
    asked = book.some_time(first // MINUTES_A_DAY + 8 + int(rng.random() * 25))
    opened = book.after(asked, book.span(60, 0.5))
    day, last = opened // MINUTES_A_DAY, opened // MINUTES_A_DAY + 9 + int(rng.random() * 16)
    partner = book.partner(asked)
    touch = TouchData(contacts=(partner.id,), recipients=1)
    book.tell(asked, EmailReceived, touch, actor=partner.id)
    book.edit(opened, deal.Reopened)
    book.edit(opened, deal.ForecastCategoryChanged, deal.CategoryData(category="pipeline"), origin="automation")
    data = deal.CloseDateData(close_date=date.fromordinal(calendar.next_working(book.code, last + 3)))
    book.edit(opened, deal.CloseDateChanged, data)
    stage = plan.stages[-1][0]
    if stage < NEGOTIATION:
        moved = deal.StageData(stage=LADDER[stage + 1][0], position=stage + 2, previous=LADDER[stage][0])
        book.edit(book.some_time(day + 3), deal.StageChanged, moved)
    plan.closed = book.some_time(last)
    minute = book.after(opened, 30)
    while minute < plan.closed - 1_600:
        book.tell(minute, EmailSent, touch, actor=book.rep_at(minute))
        reply = book.after(minute, book.span(240))
        if reply < plan.closed - 200:
            book.tell(reply, EmailReceived, touch, actor=partner.id)
        minute = book.after(reply, book.span(900))
    plan.outcome, plan.told = (Outcome.WON if rng.random() < 0.45 else Outcome.LOST), True
    tell_end(book)
    return first


def amount_at_birth(book: Notebook) -> str | None:
    """Return the amount the deal is opened with; one in seven is opened without."""
    return None if book.opens_without_amount else amount_text(book.deal.amount)
