"""An invented company with many deals, for the part `revenue`: as many open as are wanted, and as many closed.

Two hundred reps in twenty teams in four regions, and seventeen months of deals: created, moved on, judged, written
about, some moved or changed in value, won or lost. Deals know nothing of each other, so each is told as a log of its
own (`streams.revenue.standing`), and none has to be sorted in among the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from streams.events.activity import CallLogged, EmailReceived, EmailSent, MarketingData, MarketingTouched, TouchData
from streams.events.contract import encode
from streams.events.deal import (
    AmountChanged,
    AmountData,
    CategoryData,
    CloseDateChanged,
    CloseDateData,
    Created,
    CreatedData,
    ForecastCategoryChanged,
    Lost,
    LostData,
    StageChanged,
    StageData,
    Won,
)
from streams.events.envelope import Event, millis
from streams.replay.sight import Line, Sight
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.standing import Standing
from streams.state.opportunity import DAY

#: The file that answers to all that is asked of this company are left in.
ANSWERS = "answers.bin"
REPS, TEAMS, REGIONS = 200, 20, 4
FIRST, TODAY = datetime(2024, 7, 1, 8, tzinfo=UTC), datetime(2025, 11, 20, 9, tzinfo=UTC)
#: Deals that closed were created from the first day on; those that are open in the last so many days.
_YOUNG_DAYS = 150
_PERIODS = ("FY2025-Q4", "FY2026-Q1")
_STAGES = ("qualify", "discover", "propose", "negotiate", "close")
_PRODUCTS, _SOURCES = ("suite", "module", "service"), ("inbound", "outbound", "partner", "referral")
_ACCOUNT_DEALS = 4
_CATEGORIES: tuple[Literal["pipeline", "best_case", "most_likely", "commit"], ...] = (
    "pipeline",
    "best_case",
    "most_likely",
    "commit",
)


def a_company() -> Company:
    """The company: its units, its currency and two others, and quotas of its regions."""
    teams = {_rep(number): f"team-{number % TEAMS:02d}" for number in range(REPS)}
    regions = {f"team-{number:02d}": f"region-{number % REGIONS}" for number in range(TEAMS)}
    rates = {name: ((date(2024, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))}
    quotas = {name: {Unit("region", each): Decimal(400_000_000) for each in regions.values()} for name in _PERIODS}
    return Company(timezone="Europe/Amsterdam", rates=Rates("EUR", rates), teams=teams, regions=regions, quotas=quotas)


def tell(standing: Standing, open_deals: int) -> Iterator[int]:
    """Have a standing take in all deals from the bytes of their events; yield after each how many events it had.

    The second half of the deals is over at the end.
    """
    for number in range(2 * open_deals):
        sight = Sight(standing.company.timezone)
        events = sorted(_events(number, number < open_deals), key=lambda each: each.at)
        for offset, event in enumerate(events):
            told = sight.take(Line(offset, millis(TODAY), encode(event)))
            assert told is not None, event
            standing.take(told)
        yield len(events)
    standing.pass_time(millis(TODAY) - 1)


def _rep(number: int) -> str:
    return f"rep-{number:03d}"


def _events(number: int, is_open: bool) -> Iterator[Event]:
    luck = Random(number)
    subject, source = f"firm-{number:07d}", "/bench"
    days = (TODAY - FIRST).days
    start = luck.uniform(days - _YOUNG_DAYS, days - 1) if is_open else luck.uniform(0, days - 31)
    ends = days if is_open else luck.uniform(start + 5, min(days - 1, start + 200))
    moments = iter(sorted(luck.uniform(start, ends) for _ in range(12)))

    def at(day: float) -> datetime:
        return FIRST + timedelta(milliseconds=int(day * DAY))

    def common(what: str, day: float) -> dict[str, object]:
        return {"id": f"{subject}-{what}", "source": source, "subject": subject, "time": at(day)}

    owner, size = _rep(luck.randrange(REPS)), int(luck.lognormvariate(10.0, 1.0))
    currency = luck.choice(("EUR", "EUR", "GBP", "USD"))
    closes = at(ends + luck.uniform(-20, 120)).date()
    data = CreatedData(
        name=f"Deal {number}",
        owner=owner,
        account=f"account-{number // _ACCOUNT_DEALS}",
        product=luck.choice(_PRODUCTS),
        stage=_STAGES[0],
        position=1,
        amount=f"{size}.00" if luck.random() < 0.97 else None,
        currency=currency,
        close_date=closes if luck.random() < 0.97 else None,
        lead_source=luck.choice(_SOURCES),
    )
    yield Created(**common("created", start), data=data)  # type: ignore[arg-type]
    by = {"actor": owner}
    for rank, stage in enumerate(_STAGES[1 : luck.randint(1, len(_STAGES))], 2):
        yield StageChanged(**common(stage, next(moments)), **by, data=StageData(stage=stage, position=rank))  # type: ignore[arg-type]
    touch = TouchData()
    yield EmailSent(**common("sent", next(moments)), data=touch)  # type: ignore[arg-type]
    yield EmailReceived(**common("received", next(moments)), data=touch)  # type: ignore[arg-type]
    yield CallLogged(**common("called", next(moments)))  # type: ignore[arg-type]
    category = CategoryData(category=luck.choice(_CATEGORIES))
    yield ForecastCategoryChanged(**common("judged", next(moments)), **by, data=category)  # type: ignore[arg-type]
    if luck.random() < 0.3:
        channel = MarketingData(channel=luck.choice(("webinar", "podcast", "fair")), campaign=f"c-{luck.randrange(9)}")
        yield MarketingTouched(**common("reached", next(moments)), data=channel)  # type: ignore[arg-type]
    if luck.random() < 0.4:
        later = CloseDateData(close_date=closes + timedelta(days=luck.randint(-10, 60)))
        yield CloseDateChanged(**common("moved", next(moments)), **by, data=later)  # type: ignore[arg-type]
    if luck.random() < 0.2:
        amount = AmountData(amount=f"{int(size * luck.uniform(0.5, 1.4))}.00", currency=currency)
        yield AmountChanged(**common("changed", next(moments)), **by, data=amount)  # type: ignore[arg-type]
    if not is_open:
        won = luck.random() < 0.35
        yield (
            Won(**common("won", ends), **by)  # type: ignore[arg-type]
            if won
            else Lost(**common("lost", ends), **by, data=LostData(reason="price"))  # type: ignore[arg-type]
        )
