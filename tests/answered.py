"""Answers of revenue to a year of a generated organisation: every kind of them, made by what makes them in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from msgspec.structs import replace

from streams.alerts.alert import Alert, Reason
from streams.demo.world import World, generate
from streams.events.activity import is_contact
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.plays.event import PlayEvent
from streams.revenue.answers import Answer, Said
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.seen import Announced, Seen
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from streams.state.opportunity import DAY
from tests.seeing import seen

TEAMS = {f"rep-{code}-{number:02d}": f"team-{code}" for code in ("de", "uk", "us", "fr") for number in range(1, 10)}
Q4 = "FY2025-Q4"
COMPANY = Company(
    timezone="Europe/Berlin",
    rates=Rates(
        "EUR",
        {name: ((date(2025, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))},
    ),
    teams=TEAMS,
    regions={"team-de": "emea", "team-uk": "emea", "team-fr": "emea"},
    quotas={Q4: {Unit(): Decimal(900000), Unit("rep", "rep-de-01"): Decimal(90000)}},
)
TODAY = date(2025, 11, 20)


def a_standing() -> Standing:
    """How all deals stand when today begins; the manager of Germany says more than the team."""
    standing = Standing(COMPANY)
    until = COMPANY.instant(TODAY)
    for each in seen(_events(), COMPANY.timezone):
        if each.at < until:
            standing.see(each)
    standing.pass_time(until - 1)
    said = AdjustmentData(
        period=Q4, level="team", unit="team-de", amount="500000.00", reason="rep-de-01 has the tender"
    )
    at = datetime(2025, 11, 12, tzinfo=UTC)
    event = ForecastAdjusted(id="said-1", source="/crm", time=at, actor="boss-de", data=said)
    standing.announce(Announced(event.at, 0, event))
    for number, (sign, opened_at) in enumerate(_silences(until)):
        _risk(standing, number, sign, opened_at)
    return standing


def _silences(until: int) -> list[tuple[Seen, int]]:
    """Of each deal a sign of life of the buyer that came days after the one before, with when an alert began."""
    found: dict[str, tuple[Seen, int]] = {}
    last: dict[str, int] = {}
    for each in seen(_events(), COMPANY.timezone):
        if each.at < until and is_contact(each.event):
            before = last.get(each.after.id)
            if before is not None and each.event.at - before > 3 * DAY:
                found.setdefault(each.after.id, (each, before + 2 * DAY))
            last[each.after.id] = each.event.at
    return list(found.values())


def _risk(standing: Standing, number: int, sign: Seen, opened_at: int) -> None:
    """An alert of a deal that ends when the buyer is heard of, and a play, withheld from every second one."""
    deal = sign.after
    reason = Reason(
        rule="going_quiet", rule_version=1, severity="warning", episode=0, title="Quiet for long", evidence=(),
        clears_when="the buyer makes contact",
    )  # fmt: skip
    alert = Alert(
        id=f"al-{number}", sequence=1, transition="opened", rule="going_quiet", severity="warning", status="open",
        opportunity=deal.id, name=deal.name, owner=deal.owner, account=deal.account, stage=deal.stage, amount=None,
        currency="", opened_at=opened_at, at=opened_at, title=reason.title, reasons=(reason,),
    )  # fmt: skip
    standing.hear(alert)
    standing.hear(replace(alert, sequence=2, transition="resolved", status="resolved", reasons=(), at=sign.at))
    standing.play(
        PlayEvent(
            id=f"pl-{number}", run=f"run-{number}", happened="started", opportunity=deal.id, play="re_engage",
            version=1, title="Re-engage", arm="held_out" if number % 2 else "played", at=opened_at,
            started_at=opened_at, rule="going_quiet",
        )
    )  # fmt: skip


@cache
def answered() -> tuple[Answer, ...]:
    """All answers to that year, once all days that were due are locked."""
    teller = Teller(a_standing())
    list(teller.tell())
    said: list[Said] = []
    while teller.waiting:
        said += teller.lock()
    again = Teller(a_standing(), [lock for each in said for lock in each.locks()])
    return (*said, *again.tell())


def _events() -> Iterator[Event]:
    world = World(seed=11, start=datetime(2025, 1, 1, tzinfo=UTC))
    for line in generate(world, deals=60, days=330):
        event = decode(line.value, None, line.at)
        if not isinstance(event, Rejection) and event.subject:
            yield event
