"""Attribution kept current: restated with the record, to the cent, and the same however the log is cut."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from math import exp

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.interval import Z, share_of
from streams.events import deal
from streams.events.activity import CallLogged, EmailSent, MarketingTouched, MeetingHeld
from streams.events.envelope import Event
from streams.revenue.attribution import attribute
from streams.revenue.company import Company
from streams.revenue.ledger import Ledger, ledger_of
from streams.revenue.money import Rates
from streams.revenue.settled import UNTOUCHED, Terms
from streams.revenue.tables import Tables
from streams.revenue.told import MODELS, Attribution
from streams.revenue.touches import HEAD, TAIL, Journey, journey_after
from tests.builders import (
    a_deletion,
    a_loss,
    a_merge,
    a_reopening,
    a_restoration,
    a_touch,
    a_win,
    an_amount,
    an_opportunity,
)
from tests.strategies import histories, law
from tests.unit.revenue.logs import a_ledger, seen_of


def an_offer(amount: str = "900.00", day: float = 3, subject: str = "opp-1") -> Event:
    """An opportunity of an amount."""
    return an_opportunity(day, deal.CreatedData(amount=amount), subject=subject)


def given_by(report: Attribution, model: str) -> dict[str, Decimal]:
    """What a model gives to each."""
    return {each.name: each.value for each in report.credits if each.model == model and each.value}


THREE = [a_touch(0, "search"), a_touch(1, "webinar"), an_offer(), a_touch(9, "event")]


def test_a_won_deal_is_credited_and_taken_back_with_its_record() -> None:
    """Won, reopened, won again, deleted, restored, and with another amount."""
    steps: list[tuple[Event, dict[str, Decimal]]] = [
        (a_win(20), {"search": Decimal(300), "webinar": Decimal(300), "event": Decimal(300)}),
        (a_reopening(21), {}),
        (a_touch(22, "content"), {}),
        (a_win(30), dict.fromkeys(("search", "webinar", "event", "content"), Decimal(225))),
        (a_deletion(31), {}),
        (a_restoration(32), dict.fromkeys(("search", "webinar", "event", "content"), Decimal(225))),
        (an_amount(33, "400.00"), dict.fromkeys(("search", "webinar", "event", "content"), Decimal(100))),
    ]
    told: list[Event] = list(THREE)
    for event, expected in steps:
        told.append(event)
        assert given_by(attribute(a_ledger(told)), "linear") == expected, event.kind


def test_a_touch_after_the_end_has_no_credit_until_the_deal_is_opened_again() -> None:
    """What comes after it is no cause of it."""
    late = a_touch(25, "content")

    assert "content" not in given_by(attribute(a_ledger([*THREE, a_win(20), late])), "linear")
    assert "content" in given_by(attribute(a_ledger([*THREE, a_win(20), late, a_reopening(26), a_win(27)])), "linear")


def test_touches_of_a_duplicate_go_along_to_the_deal_it_was_merged_into() -> None:
    """Whichever closes first, along a chain, and back where the duplicate is opened again."""
    surviving = [an_offer(subject="opp-2"), a_touch(4, "event", subject="opp-2"), a_win(20, subject="opp-2")]
    duplicate = [a_touch(0, "search"), an_offer(), a_merge(5, "opp-2")]
    shared = {"search": Decimal(450), "event": Decimal(450)}

    for told in ([*duplicate, *surviving], [*surviving, *duplicate]):
        report = attribute(a_ledger(told))
        assert given_by(report, "linear") == shared
        assert (report.won, report.lost) == (1, 0)
    chain = [
        an_offer(subject="opp-3"),
        a_win(40, subject="opp-3"),
        *surviving,
        *duplicate,
        a_merge(41, "opp-3", subject="opp-2"),
    ]
    assert given_by(attribute(a_ledger(chain)), "linear") == shared
    apart = a_ledger([*surviving, *duplicate, a_reopening(6)])
    assert given_by(attribute(apart), "linear") == {"event": Decimal(900)}
    assert [each.id for each in apart.wholes()] == ["opp-1", "opp-2"]


def test_deals_merged_in_a_circle_count_for_nothing_and_break_nothing() -> None:
    """Both are duplicates, as they say."""
    circle = [an_offer(), an_offer(subject="opp-2"), a_merge(5, "opp-2"), a_merge(6, "opp-1", subject="opp-2")]

    assert attribute(a_ledger(circle)).won == 0
    assert attribute(a_ledger([*circle, a_reopening(7), a_win(8)])).won == 1


def test_what_nothing_touched_is_nobodys_and_said() -> None:
    """So credit adds up to the value in every model."""
    report = attribute(a_ledger([an_offer(), a_win(9)]))

    assert {model: given_by(report, model) for model in MODELS} == {
        model: {UNTOUCHED: Decimal(900)} for model in MODELS
    }
    assert report.untouched == 1


def test_a_win_without_a_value_is_said_and_has_no_money() -> None:
    """No amount, or no rate of its currency on the day of the win."""
    rates = Rates(currency="EUR", table={"USD": ((date(2024, 1, 15), Decimal("0.5")),)})
    dollars = [an_opportunity(3, deal.CreatedData(amount="10.01", currency="USD")), a_touch(4, "event")]
    company = Company(rates=rates)

    early = attribute(a_ledger([*dollars, a_win(6)], company))
    late = attribute(a_ledger([*dollars, a_win(16)], company))
    assert (early.unvalued, early.value) == (1, Decimal(0))
    assert (late.unvalued, late.value, given_by(late, "last")) == (0, Decimal("5.00"), {"event": Decimal("5.00")})


def test_touches_beyond_the_bound_are_counted_and_said() -> None:
    """A campaign that fires by the hour does not make a deal grow."""
    many = [a_touch(4 + each / 24, "banner", id=f"t{each}") for each in range(HEAD + TAIL + 7)]
    report = attribute(a_ledger([an_offer(), *many, a_win(20)]))

    assert (report.beyond, report.beyond_deals) == (7, 1)
    assert given_by(report, "linear") == {"banner": Decimal(900)}


def test_months_are_asked_for_and_forgotten() -> None:
    """By the day of closing; what is dropped leaves nothing behind."""
    ledger = a_ledger([*THREE, a_win(20), an_offer(subject="opp-2"), a_win(40, subject="opp-2")])

    assert attribute(ledger).won == 2
    assert attribute(ledger, since=date(2024, 2, 1)).won == 1
    assert attribute(ledger, until=date(2024, 2, 1)).won == 1
    assert ledger.forget(date(2024, 2, 1)) == 1
    assert set(ledger.journeys) == {"opp-2"}
    assert attribute(ledger).value == Decimal(900)
    for seen in seen_of([*THREE, a_win(20), an_amount(50, "100.00")]):
        ledger.see(seen)
    assert set(ledger.journeys) == {"opp-2"}
    assert attribute(ledger).value == Decimal(900)


def test_few_deals_have_no_interval_and_say_so() -> None:
    """Nineteen wins are too few, twenty are enough."""

    def told(count: int) -> Attribution:
        events: list[Event] = []
        for number in range(count):
            name = f"opp-{number}"
            events += [a_touch(0, "search", subject=name), an_offer(subject=name), a_win(9, subject=name)]
        return attribute(a_ledger(events))

    assert {each.share for each in told(19).credits} == {None}
    assert {each.said for each in told(19).of("linear")} == {"too few won deals: 20 with a value are needed"}
    assert all(each.share is not None and each.said == "" for each in told(20).of("linear"))


_KINDS = (
    deal.Created,
    deal.AmountChanged,
    deal.Won,
    deal.Lost,
    deal.Reopened,
    deal.MergedInto,
    deal.Deleted,
    deal.Restored,
    MarketingTouched,
    MarketingTouched,
    CallLogged,
    EmailSent,
    MeetingHeld,
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Histories of four deals that are merged into each other, and back."""
    events = draw(histories(_KINDS, deals=4, least=4, most=24))
    told: list[Event] = []
    for event in events:
        if isinstance(event, deal.MergedInto):
            target = deal.ReferenceData(opportunity=f"opp-{draw(st.integers(1, 4))}")
            event = replace(event, data=target)
        if isinstance(event, deal.Created | deal.AmountChanged | deal.Won) and not event.data.currency:
            event = replace(event, data=replace(event.data, currency="EUR"))
        told.append(event)
    return told


COMPANY = Company(rates=Rates("EUR", {"USD": ((date(2020, 1, 1), Decimal("0.913")),)}))


@law(40)
@given(lives(), st.sampled_from(["channel", "campaign"]))
def test_every_model_gives_exactly_what_was_won(events: list[Event], by: str) -> None:
    """To the cent, whatever happens to the deals and in whatever currency they are."""
    report = attribute(a_ledger(events, COMPANY, Terms(by=by)))  # type: ignore[arg-type]

    for model in MODELS:
        assert sum((each.value for each in report.of(model)), Decimal(0)) == report.value, model
        assert all(each.value >= 0 for each in report.of(model))


@law(40)
@given(lives(), st.integers(0, 24), st.randoms(use_true_random=False))
def test_the_same_log_gives_the_same_tables_wherever_it_is_cut(events: list[Event], cut: int, random) -> None:  # type: ignore[no-untyped-def]
    """At once; through a checkpoint of the journeys; and from the last journeys alone, in any order."""
    ledger, first = Ledger(COMPANY), Ledger(COMPANY)
    resumed = first
    for place, seen in enumerate(seen_of(events)):
        if place == cut:
            stored = msgspec.json.decode(msgspec.json.encode(list(first.journeys.values())), type=list[Journey])
            resumed = ledger_of(stored, COMPANY)
        ledger.see(seen)
        resumed.see(seen)
    last = list(ledger.journeys.values())
    random.shuffle(last)

    assert resumed.tables() == ledger.tables()
    assert ledger_of(last, COMPANY).tables() == ledger.tables()
    assert attribute(resumed) == attribute(ledger)


@law(30)
@given(lives())
def test_a_ledger_leaves_nothing_behind_of_deals_that_are_deleted(events: list[Event]) -> None:
    """Every sum comes back to nothing."""
    end = max(event.time for event in events)
    gone = [
        deal.Deleted(id=f"gone-{number}", source="/crm", subject=f"opp-{number}", time=end) for number in range(1, 5)
    ]
    assert a_ledger([*events, *gone], COMPANY).tables() == Tables()


@law(30)
@given(lives())
def test_journeys_by_key_are_those_of_the_ledger(events: list[Event]) -> None:
    """An agent keeps each by its key, and whoever reads them all has the same tables."""
    journeys: dict[str, Journey] = {}
    for seen in seen_of(events):
        journeys[seen.after.id] = journey_after(journeys.get(seen.after.id), seen, COMPANY.timezone)

    assert journeys == a_ledger(events, COMPANY).journeys


def test_a_lost_deal_counts_in_the_share_won_of_what_touched_it() -> None:
    """Forty deals, one touch each: a quarter of what the fair touched was won, three quarters of the rest."""
    events: list[Event] = []
    for number in range(40):
        name, fair = f"opp-{number}", number % 2 == 0
        events += [a_touch(0, "fair" if fair else "search", subject=name), an_offer(subject=name)]
        is_won = number % 8 == 0 if fair else number % 8 != 1
        events.append(a_win(9, subject=name) if is_won else a_loss(9, subject=name))
    report = attribute(a_ledger(events))
    rates = {each.name: each.won_rate for each in report.of("linear")}

    assert Counter({name: rate and rate.value for name, rate in rates.items()}) == {"fair": 0.25, "search": 0.75}
    assert rates["fair"] == share_of(5, 20)


def test_the_share_of_the_money_has_the_interval_of_a_ratio() -> None:
    """Twenty wins of 100.00, five of them the fair's: sum (y - x / 4)^2 is 5 * 75^2 + 15 * 25^2."""
    events: list[Event] = []
    for number in range(20):
        name = f"opp-{number}"
        events += [a_touch(0, "fair" if number < 5 else "search", subject=name), an_offer("100", subject=name)]
        events.append(a_win(9, subject=name))
    found = {each.name: each.share for each in attribute(a_ledger(events)).of("last")}["fair"]
    assert found is not None

    half = Z * ((5 * 75**2 + 15 * 25**2) * 20 / 19) ** 0.5 / 2_000 / (0.25 * 0.75)
    bounds = [0.25 / (0.25 + 0.75 * exp(each)) for each in (half, -half)]
    assert (found.value, found.low, found.high) == pytest.approx((0.25, *bounds))


def test_a_channel_that_has_all_of_the_money_is_not_said_to_have_all_of_it_for_sure() -> None:
    """Twenty of twenty, of equal value: Wilson's interval begins at 84 %."""
    events: list[Event] = []
    for number in range(20):
        name = f"opp-{number}"
        events += [a_touch(0, "fair", subject=name), an_offer("100", subject=name), a_win(9, subject=name)]

    assert {each.share for each in attribute(a_ledger(events)).of("last")} == {share_of(20, 20)}
