"""The expected close date as reps keep it: a first guess, pushes, now and then a sober correction."""

from __future__ import annotations

from datetime import date

from streams.demo import calendar
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.notebook import Notebook
from streams.demo.plan import NEGOTIATION, Mood, Outcome
from streams.demo.settings import Kind, Style
from streams.events.deal import CloseDateChanged, CloseDateData
from streams.events.envelope import moment_of

#: Share of deals that are opened without a date, so that the CRM fills in the end of the month.
_NO_DATE = 0.18
_MOST_PUSHES = 9


def tell_dates(book: Notebook) -> int | None:
    """Tell every change of the close date and return the day the deal is opened with, where the rep gave one."""
    rng, plan = book.rng, book.plan
    start = plan.created // MINUTES_A_DAY
    day = _first_guess(book, start)
    first: int | None = day
    if rng.random() < _NO_DATE and book.deal.kind is not Kind.PUSHED_BY_OPTIMISM:
        default, first = calendar.month_end(start), None
        _set(book, plan.created, default, machine=True)
        corrected = book.at_desk(plan.created + int(rng.uniform(1, 8) * MINUTES_A_DAY))
        if book.deal.rep.style is Style.SPARSE and rng.random() < 0.5:
            day = default  # nobody looks at it before it has passed
        elif corrected < plan.closed:
            _set(book, corrected, day)
    _push_on(book, day)
    return first


def _first_guess(book: Notebook, start: int) -> int:
    rng, plan, habits = book.rng, book.plan, book.habits
    factor = rng.uniform(*habits.guess)
    if book.deal.kind is Kind.PUSHED_BY_OPTIMISM:
        return calendar.next_working(book.code, start + round(_life(book) * rng.uniform(0.27, 0.4)))
    day = start + max(12, round(plan.expected_days * factor))
    if book.deal.rep.style is Style.SPARSE and rng.random() < 0.5:
        day = calendar.quarter_end(day)
    return _tidy(book, day, start + 10)


def _life(book: Notebook) -> int:
    return (book.plan.closed - book.plan.created) // MINUTES_A_DAY


def _tidy(book: Notebook, day: int, least: int) -> int:
    """Move to the end of the month as reps like to, or to a working day."""
    luck = book.rng.random()
    if luck < 0.4:
        end = calendar.month_end(day)
        # The month end nearer to the day: a guess for the 3rd means the end of last month.
        nearer = end if end - day <= 15 else day - date.fromordinal(day).day
        day = nearer if nearer >= least else end
    working = day
    while not calendar.is_working(book.code, working):
        working -= 1
    return working if working >= least else calendar.next_working(book.code, day)


def _push_on(book: Notebook, day: int) -> None:
    """Push the date as long as the deal is open when it comes (or has passed, for those who look late)."""
    rng, plan = book.rng, book.plan
    sober = _sober(book)
    latest = plan.created
    for _ in range(_MOST_PUSHES):
        if sober is not None and sober[0] <= (day - 1) * MINUTES_A_DAY:
            minute, day = sober
            sober = None
            if minute > latest:
                _set(book, minute, day)
                latest = minute
            continue
        if day >= plan.closed // MINUTES_A_DAY:
            return
        minute = book.some_time(day + rng.randint(*book.habits.push_when))
        minute = max(minute, book.after(latest, 600))
        if minute >= plan.closed:
            return
        day = _pushed(book, minute, day)
        _set(book, minute, day)
        latest = minute


def _pushed(book: Notebook, minute: int, day: int) -> int:
    """Return the next date: after the budget where the rep knows about it, else some weeks on."""
    rng, today = book.rng, minute // MINUTES_A_DAY
    for phase in book.plan.phases:
        if phase.mood is Mood.RESTING and phase.since <= today < phase.until:
            return _tidy(book, phase.until + int(rng.uniform(14, 40)), today + 7)
    if book.deal.kind is Kind.PUSHED_BY_OPTIMISM:
        # Always just a little further: three times at least.
        return calendar.next_working(book.code, max(day, today) + round(_life(book) * rng.uniform(0.12, 0.2)))
    by = rng.randint(*book.habits.push_by)
    return _tidy(book, max(day, today) + by, max(day, today) + 6)


def _sober(book: Notebook) -> tuple[int, int] | None:
    """While negotiating a deal that will be won, careful reps set the date to about the true one."""
    rng, plan = book.rng, book.plan
    if plan.outcome is not Outcome.WON or plan.stages[-1][0] != NEGOTIATION or rng.random() >= book.habits.redates:
        return None
    since = plan.stages[-1][1] + 1
    last = plan.closed // MINUTES_A_DAY
    if last - since < 5:
        return None
    day = calendar.next_working(book.code, last + int(rng.gauss(2.0, 3.0)))
    minute = book.some_time(since + int(rng.random() * (last - since) * 0.5))
    return (minute, max(day, minute // MINUTES_A_DAY + 2))


def _set(book: Notebook, minute: int, day: int, *, machine: bool = False) -> None:
    if machine:
        book.edit(minute, CloseDateChanged, CloseDateData(close_date=date.fromordinal(day)), origin="default")
    elif book.rng.random() < 0.02:
        # An offer that runs out at an exact hour.
        ends = moment_of(calendar.at_of(book.code, day * MINUTES_A_DAY + 1_020))
        book.edit(minute, CloseDateChanged, CloseDateData(close_at=ends))
    else:
        book.edit(minute, CloseDateChanged, CloseDateData(close_date=date.fromordinal(day)))
