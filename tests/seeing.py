"""What a partition sees of events as they arrive: each that it takes in, beside the facts before and after.

And pipelines to see: deals to which everything happens that can happen to the record of a deal.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.position import Move
from streams.revenue.seen import Seen
from streams.state.admit import is_late
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from tests import builders
from tests.builders import calendar_day, moment


def seen(arriving: Iterable[Event], timezone: str = "UTC") -> list[Seen]:
    """Fold events in the order in which they arrive; those beyond the lateness bound are refused, as ever."""
    states: dict[str, DealState] = {}
    found: list[Seen] = []
    clock = 0
    for offset, event in enumerate(arriving):
        clock = max(clock, event.at)
        if is_late(event.at, clock):
            continue
        before = states.get(event.subject)
        arrival = Arrival(offset.to_bytes(8, "big"), offset, clock)
        after = states[event.subject] = fold(before, event, arrival, timezone, 14)  # type: ignore[arg-type]  # closed
        found.append(Seen(clock, offset, event, None if before is None else before.facts, after.facts))  # type: ignore[arg-type]
    return found


def moves(arriving: Iterable[Event], timezone: str = "UTC") -> list[Move]:
    """What arriving events changed of where deals stand."""
    return [move for each in seen(arriving, timezone) if (move := each.move(timezone)) is not None]


REPS = ("ann", "bob", "cyd", "dan")
CURRENCIES = (None, "EUR", "EUR", "USD", "JPY")
CATEGORIES: tuple[deal.ForecastCategory, ...] = ("omitted", "pipeline", "best_case", "commit", "closed")


def a_pipeline(seed: int, deals: int = 4, events: int = 40, days: int = 60) -> list[Event]:
    """Deals that are created (or not), pushed, priced, handed over, won, lost, reopened, merged, deleted and restored.

    In the order of arrival: three of ten events come up to a week late.
    """
    random = Random(f"pipeline/{seed}")
    happened = [_an_event(random, f"opp-{random.randint(1, deals)}", days, number) for number in range(events)]
    happened += [_a_birth(random, f"opp-{number + 1}", days) for number in range(deals) if random.random() < 0.8]
    late = {event.id: random.choice((1, 3, 6)) if random.random() < 0.3 else 0 for event in happened}
    return sorted(happened, key=lambda event: (event.at + late[event.id] * 86_400_000, event.id))


def _an_amount(random: Random) -> str | None:
    places = random.choice((0, 0, 2, 2, 6))
    return None if random.random() < 0.15 else f"{random.uniform(0, 10 ** random.randint(1, 14)):.{places}f}"


def _a_birth(random: Random, subject: str, days: int) -> Event:
    data = deal.CreatedData(
        owner=random.choice(("", *REPS)),
        account=random.choice("ab"),
        product=random.choice(("", "a", "b")),
        amount=_an_amount(random),
        currency=random.choice(CURRENCIES),
        close_date=calendar_day(random.randint(-20, days + 60)) if random.random() < 0.7 else None,
        timezone=random.choice(("", "America/New_York")),
        lead_source=random.choice(("", "a", "b")),
    )
    return builders.an_opportunity(random.randint(0, days // 3), data, subject=subject)


def _an_event(random: Random, subject: str, days: int, number: int) -> Event:
    day = random.randint(0, days * 24) / 24
    envelope: builders.Envelope = {"id": f"{random.randint(0, 99):02d}-{number}", "subject": subject}
    amount, currency = _an_amount(random), random.choice(CURRENCIES)
    common = {"source": "/crm", "time": moment(day)}
    planned = None if random.random() < 0.15 else random.randint(-20, days + 60)
    kind = random.choices(
        ("close", "amount", "owner", "category", "won", "lost", "open", "deleted", "restored", "merged", "stage"),
        (4, 4, 3, 3, 1, 1, 3, 1, 2, 0.5, 1),
    )[0]
    match kind:
        case "close":
            return builders.a_close_date(day, planned, **envelope)
        case "amount":
            data = deal.AmountData(amount=amount, currency=currency)
            return deal.AmountChanged(data=data, **common, **envelope)  # type: ignore[arg-type]
        case "owner":
            return builders.an_owner(day, random.choice(REPS), **envelope)
        case "category":
            return builders.a_category(day, random.choice(CATEGORIES), **envelope)
        case "won":
            worth = deal.WonData(amount=amount, currency=currency)
            return deal.Won(data=worth, **common, **envelope)  # type: ignore[arg-type]
        case "lost":
            return builders.a_loss(day, no_decision=random.random() < 0.5, **envelope)
        case "open":
            return builders.a_reopening(day, **envelope)
        case "deleted":
            return builders.a_deletion(day, **envelope)
        case "restored":
            return builders.a_restoration(day, **envelope)
        case "merged":
            return builders.a_merge(day, **envelope)
        case _:
            return builders.a_stage(day, random.choice(("discovery", "offer")), random.randint(1, 2), **envelope)
