"""Marketing touches: what brought the lead in, what the buyer did on the way, and mailings that are no contact."""

from __future__ import annotations

from datetime import date

from streams.demo import calendar, words
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.notebook import Notebook
from streams.demo.plan import Mood, Outcome
from streams.events.activity import MarketingData, MarketingTouched

#: A lead becomes an opportunity within so many days; its touches carry the id of the opportunity from the start.
LEAD_DAYS = 10
#: What follows a decision comes within so many days before the deal is closed.
LAST_DAYS = 9

_DURING = ("webinar", "content", "event", "search", "social")
_PATIENT = (Mood.ENGAGED, Mood.NURTURED)


def tell_touches(book: Notebook) -> None:
    """Tell the touches before and during the deal; about `marketing_touches` of the buyer's own for each deal."""
    rng, plan = book.rng, book.plan
    mean = book.settings.marketing_touches
    if book.deal.lead_source != "outbound":
        _act(book, _before(book, LEAD_DAYS - 3), book.deal.lead_source)
        for _ in range(_count(book, max(0.0, mean * 0.25))):
            _act(book, _before(book, LEAD_DAYS - 3), rng.choice(_DURING))
    length = plan.closed // MINUTES_A_DAY - plan.created // MINUTES_A_DAY
    for _ in range(_count(book, mean * 0.5)):
        minute = book.some_time(plan.created // MINUTES_A_DAY + int(rng.random() * length))
        if plan.mood_at(minute // MINUTES_A_DAY) in _PATIENT:
            _act(book, minute, rng.choice(_DURING))
    for phase in plan.phases:
        if phase.mood is Mood.NURTURED:
            for _ in range(_count(book, mean * (phase.until - phase.since) / 120)):
                _act(book, book.some_time(phase.since + int(rng.random() * (phase.until - phase.since))), "webinar")
    if rng.random() < 0.4:
        _mailings(book)


def tell_planted(book: Notebook, touched: tuple[str, ...]) -> None:
    """Tell the touches of planted channels: before the deal was opened, and in the last days of one that is won."""
    for name in touched:
        _act(book, _before(book, LEAD_DAYS - 3), name)
    if book.plan.outcome is not Outcome.WON:
        return
    for name, channel in sorted(book.settings.channels.items()):
        if channel.follows and book.rng.random() < channel.follows:
            day = book.plan.closed // MINUTES_A_DAY - 1 - int(book.rng.random() * LAST_DAYS)
            minute = book.some_time(max(day, book.plan.created // MINUTES_A_DAY + 1))
            _act(book, min(minute, book.plan.closed - 120), name)


def _before(book: Notebook, days: int) -> int:
    """Return a daytime minute in the last days before the deal is opened; people read at the weekend, too, but less."""
    day = book.plan.created // MINUTES_A_DAY - 1 - int(book.rng.random() * days)
    if calendar.weekday(day) >= 5 and book.rng.random() < 0.7:
        day -= 2  # always a Thursday or a Friday, and within LEAD_DAYS
    return day * MINUTES_A_DAY + 480 + int(book.rng.random() * 720)


def _count(book: Notebook, mean: float) -> int:
    """Draw a number between nothing and twice the mean."""
    return int(book.rng.random() * 2.0 * mean + 0.5)


def _act(book: Notebook, minute: int, channel: str) -> None:
    contact = book.partner(minute)
    campaign = _campaign(book, minute, channel)
    data = MarketingData(contacts=(contact.id,), channel=channel, campaign=campaign)
    book.tell(minute, MarketingTouched, data, actor=contact.id, side="buyer")


def _campaign(book: Notebook, minute: int, channel: str) -> str:
    """Return a campaign of the channel; fairs have their season, and what is only planted has one of its own name."""
    if channel != "event":
        return book.rng.choice(words.CAMPAIGNS.get(channel, (channel,)))
    month = date.fromordinal(minute // MINUTES_A_DAY).month
    spring, autumn, always = words.CAMPAIGNS[channel]
    return spring if 2 <= month <= 5 else autumn if 9 <= month <= 11 else always


def _mailings(book: Notebook) -> None:
    """The newsletter goes out on the second Tuesday of the month at ten, to everybody, read or not."""
    contact = book.joins[0][1]
    for day in range(book.plan.created // MINUTES_A_DAY, book.plan.closed // MINUTES_A_DAY):
        if not _second_tuesday(day):
            continue
        data = MarketingData(
            contacts=(contact.id,),
            recipients=800 + int(book.rng.random() * 4_000),
            channel="newsletter",
            campaign=words.CAMPAIGNS["newsletter"][0],
        )
        book.tell(day * MINUTES_A_DAY + 600, MarketingTouched, data, origin="automation")


def _second_tuesday(day: int) -> bool:
    return day % 7 == 2 and 8 <= date.fromordinal(day).day <= 14
