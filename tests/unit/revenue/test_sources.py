"""Lead sources and campaigns side by side, by what was won and by risk."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.interval import share_of
from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.company import Company
from streams.revenue.sources import FEW, NO_SOURCE, SILENT_DAYS, What, by_risk, median_of, rank_sources
from tests.builders import a_call, a_deletion, a_hold, a_loss, a_merge, a_touch, a_win, an_opportunity, ms
from tests.unit.revenue.logs import a_ledger


def an_offer(subject: str, source: str = "fair", day: float = 0, amount: str | None = "100.00") -> Event:
    """An opportunity of a lead source."""
    return an_opportunity(day, deal.CreatedData(amount=amount, lead_source=source), subject=subject)


def ranked(events: list[Event], day: float = 60, at_risk: tuple[str, ...] = (), what: What = "lead_source"):  # type: ignore[no-untyped-def]
    """The sources of deals on a day."""
    return rank_sources(a_ledger(events).wholes(), Company(), ms(day), at_risk, what)


def test_sources_are_ranked_by_what_was_won() -> None:
    """With the value that is still open, and what is at risk of it."""
    events = [
        *(an_offer("a", "search"), a_win(30, subject="a"), an_offer("b", "search"), a_loss(20, subject="b")),
        *(an_offer("c", "fair", amount="70.50"), an_offer("d", "fair", amount="30"), an_offer("e", "", amount=None)),
    ]
    search, nothing, fair = ranked(events, at_risk=("c",))

    assert (search.name, search.deals, search.won, search.lost, search.won_value) == ("search", 2, 1, 1, Decimal(100))
    assert (fair.name, fair.open, fair.open_value, fair.value_at_risk) == (
        "fair",
        2,
        Decimal("100.50"),
        Decimal("70.50"),
    )
    assert (nothing.name, nothing.open, nothing.unvalued) == (NO_SOURCE, 1, 1)


def test_shares_have_intervals_and_too_few_deals_none() -> None:
    """Of ten closed deals four won; nine say nothing."""

    def told(count: int) -> list[Event]:
        names = [f"d{number}" for number in range(count)]
        ends = [(a_win if number < 4 else a_loss)(10 + number, subject=name) for number, name in enumerate(names)]
        return [*(an_offer(name) for name in names), *ends]

    assert ranked(told(FEW))[0].conversion == share_of(4, FEW)
    assert ranked(told(FEW - 1))[0].conversion is None


def test_silence_is_of_open_deals_that_do_not_rest() -> None:
    """Not heard of for more than a fortnight; a hold is no silence; who was heard of yesterday is not silent."""
    silent = [an_offer(f"s{number}") for number in range(6)]
    resting = [
        event for number in range(2) for event in (an_offer(f"h{number}"), a_hold(1, "budget", subject=f"h{number}"))
    ]
    heard = [event for number in range(2) for event in (an_offer(f"t{number}"), a_call(59, subject=f"t{number}"))]
    day = SILENT_DAYS + 0.01

    assert ranked([*silent, *resting, *heard], day=60)[0].silent == share_of(6, 10)
    assert ranked([*silent, *resting, *heard], day=SILENT_DAYS)[0].silent == share_of(0, 10)
    assert ranked([*silent, *resting, *heard], day=day)[0].silent == share_of(6, 10)


def test_by_risk_the_riskiest_comes_first_and_what_says_nothing_last() -> None:
    """Ten open deals of each, and one of another source."""
    names = [f"{source}{number}" for source in ("calm", "wild") for number in range(FEW)]
    events = [an_offer(name, name[:4]) for name in names] + [an_offer("x", "rare")]
    found = ranked(events, at_risk=("calm1", "wild1", "wild2", "x"))

    assert [each.name for each in by_risk(found)] == ["wild", "calm", "rare"]
    assert found[0].at_risk is not None


def test_a_campaign_has_every_deal_that_it_touched_and_duplicates_are_no_deals() -> None:
    """Touches of a duplicate are the survivor's; a deleted deal is none."""
    events = [
        *(a_touch(0, "fair", subject="a"), an_offer("a"), a_touch(4, "search", subject="a"), a_win(20, subject="a")),
        *(a_touch(1, "webinar", subject="b"), an_offer("b"), a_merge(5, "a", subject="b")),
        *(a_touch(2, "fair", subject="c"), an_offer("c"), a_deletion(6, subject="c")),
        a_touch(3, "fair", subject="lead"),
    ]

    assert [(each.name, each.deals, each.won_value) for each in ranked(events, what="channel")] == [
        ("fair", 1, Decimal(100)),
        ("search", 1, Decimal(100)),
        ("webinar", 1, Decimal(100)),
    ]


def test_the_median_cycle_has_the_interval_of_order_statistics() -> None:
    """Of twenty, the fifth and the sixteenth: (20 - 1.96 * sqrt(20)) / 2 is 5.6, rounded down to be safe."""
    found = median_of(range(1, 21))
    assert found is not None
    assert (found.value, found.low, found.high) == (10.5, 5, 16)
    assert median_of(range(FEW - 1)) is None
    assert median_of([4.0] * FEW) is not None


def test_cycles_run_from_the_opening_to_the_win() -> None:
    """Ten deals that took 10 to 19 days."""
    events = [
        event for number in range(10) for event in (an_offer(f"d{number}"), a_win(10 + number, subject=f"d{number}"))
    ]
    found = ranked(events)[0].cycle_days
    assert found is not None
    assert found.value == pytest.approx(14.5)
