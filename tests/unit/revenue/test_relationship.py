"""How close an account is, by gates that each ask for more."""

import pytest
from msgspec.structs import replace

from streams.events import people
from streams.events.deal import CreatedData
from streams.events.envelope import Event
from streams.revenue.relationship import (
    RELATIONSHIP_LEVELS,
    YEAR,
    AccountStanding,
    Signals,
    accounts_of,
    relationship_of,
)
from streams.revenue.sample import gather
from streams.state.opportunity import DAY
from tests.builders import a_call, a_held_meeting, a_listing, a_message, a_proposal, a_reply, a_win, an_opportunity, ms
from tests.conducting import a_logbook, in_turn

NOW = 10_000 * DAY
TRUSTED = Signals(
    account="acme", teams=("north",), deals=4, open=1, won=3, tenure_ms=2 * YEAR, touches=40, reply_share=0.8,
    initiated_share=0.4, functions=("it", "legal", "user"), executive_at=NOW - 90 * DAY, met_outside_at=1,
    discovered=True, uncontested_share=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "level", "lacks"),
    [
        ({}, "trusted partner", None),
        ({"uncontested_share": 0.49}, "strategic contributor", "deals without contest"),
        ({"initiated_share": 0.39}, "strategic contributor", "touches that they begin"),
        ({"tenure_ms": 2 * YEAR - 1}, "strategic contributor", "two years as a customer"),
        ({"met_outside_at": 0}, "solutions consultant", "a meeting outside of open deals"),
        ({"executive_at": NOW - 91 * DAY}, "solutions consultant", "an executive who takes part"),
        ({"executive_at": 0}, "solutions consultant", "an executive who takes part"),
        ({"discovered": False}, "preferred supplier", "a meeting before the first proposal"),
        ({"functions": ("it", "user")}, "preferred supplier", "people of 3 functions who take part"),
        ({"won": 1, "tenure_ms": YEAR - 1}, "approved vendor", "a second deal that is won"),
        ({"won": 1, "reply_share": 0.5}, "approved vendor", "a second deal that is won"),
        ({"won": 1, "reply_share": None}, "approved vendor", "a second deal that is won"),
    ],
)
def test_each_gate_decides_alone(changed: dict[str, object], level: str, lacks: str | None) -> None:
    """Of an account that passes all of them, one signal less is told as what it lacks."""
    found, lacking = relationship_of(replace(TRUSTED, **changed), NOW, 0.6)

    assert found == level
    assert (lacking and lacking.what) == lacks


def test_a_customer_of_a_year_who_answers_is_preferred_without_a_second_win() -> None:
    """Loyalty counts like a second order."""
    found, _ = relationship_of(replace(TRUSTED, won=1, functions=()), NOW, 0.8)

    assert found == "preferred supplier"


def _standing(*events: list[Event], as_of: float = 40) -> AccountStanding:
    (found,) = accounts_of(gather(a_logbook(in_turn(*events)), ms(as_of)))
    return found


def _a_deal(name: str, day: float, account: str = "acme") -> Event:
    return an_opportunity(day, CreatedData(owner="rep-1", account=account, lead_source="Referral"), subject=name)


def test_signals_are_told_from_all_deals_of_an_account() -> None:
    """People, touches and wins of two deals are one account's."""
    contact = people.ContactData(contact="eva", role="executive sponsor", seniority="vp")
    listed = people.ContactAdded(id="x", source="/crm", time=a_call(0).time, subject="two", data=contact)
    first = [_a_deal("one", 0), *(a_message(day, subject="one") for day in range(1, 8)), a_reply(8, subject="one")]
    first += [a_win(9, subject="one"), a_held_meeting(10, subject="one")]
    second = [_a_deal("two", 0), listed, a_held_meeting(2, ("eva",), subject="two"), a_proposal(3, subject="two")]
    second += [a_reply(4, subject="two"), a_reply(5, subject="two"), a_win(6, subject="two")]
    found = _standing(first, second)

    assert found.level == "preferred supplier"
    assert found.words == "preferred supplier, because people of 1 functions took part where 3 are asked for"
    signals = found.signals
    assert (signals.deals, signals.won, signals.open, signals.touches) == (2, 2, 0, 11)
    assert signals.tenure_ms == ms(40) - ms(6)
    assert (signals.executive_at, signals.met_outside_at, signals.discovered) == (ms(2), ms(10), True)
    assert signals.reply_share == 1.0
    assert signals.initiated_share == pytest.approx(1 / 11)
    assert signals.uncontested_share == 1.0


def test_of_an_account_with_few_touches_nothing_is_said() -> None:
    """It may be anything."""
    found = _standing([_a_deal("one", 0), a_message(1, subject="one")])

    assert found.level is None
    assert found.words == "insufficient: 1 touches, and 10 are needed"


def test_who_is_listed_but_takes_no_part_has_no_function() -> None:
    """An organisation chart is no relationship."""
    listed = [a_listing(0, f"c{number}", subject="one") for number in range(4)]
    found = _standing([_a_deal("one", 0), *listed, *(a_message(day, subject="one") for day in range(1, 12))])

    assert found.level == RELATIONSHIP_LEVELS[0]
    assert found.signals.functions == ()
