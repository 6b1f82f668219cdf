"""Attribution where campaigns are many: what is told one by one, what together, and that it stays small."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from streams.revenue.answers import CreditTold, encode_answer
from streams.revenue.attribution import NAMED, attribute
from streams.revenue.credit import RULES
from streams.revenue.ledger import Ledger
from streams.revenue.position import Position
from streams.revenue.settled import OTHERS, Terms
from streams.revenue.told import MODELS, Attribution
from streams.revenue.touches import Journey, Touch, Trail
from streams.state.opportunity import DAY

CAMPAIGNS, DEALS = 400, 600


def a_ledger(campaigns: int) -> Ledger:
    """Closed deals that were touched by some of so many campaigns, the first of them more often than the last."""
    random, ledger = Random(5), Ledger(terms=Terms(by="campaign"))
    for number in range(DEALS):
        trail = Trail()
        for place in range(random.randint(0, 4)):
            campaign = f"c-{int(campaigns * random.random() ** 2):03d}"
            trail = trail.including(Touch((number + place) * DAY, f"{number}-{place}", "web", campaign, True))
        position = Position(
            id=f"d-{number}",
            status="won" if random.random() < 0.4 else "lost",
            amount=str(random.randint(1, 9_999)),
            closes=date(2024, 1 + number % 12, 1),
            created_at=(number + 2) * DAY,
            closed_at=(number + 50) * DAY,
        )
        ledger.put(Journey(id=position.id, marketing=trail, position=position))
    return ledger


@pytest.fixture(scope="module")
def many() -> Ledger:
    """Closed deals of hundreds of campaigns."""
    return a_ledger(CAMPAIGNS)


def by_name(found: Attribution, model: str) -> dict[str, Decimal]:
    """What a model gives, by name."""
    return {each.name: each.value for each in found.credits if each.model == model}


def test_every_model_still_gives_away_all_that_was_won(many: Ledger) -> None:
    """To the cent, told one by one or briefly, with the others together."""
    for briefly in (False, True):
        found = attribute(many, briefly=briefly)
        assert found.gathered > 100
        assert {sum(by_name(found, model).values()) for model in MODELS} == {found.value}


def test_what_is_told_briefly_is_what_is_told_of_each(many: Ledger) -> None:
    """The same figures for whoever is named; of the rules the others are the sum of what each of them has."""
    whole, brief = attribute(many), attribute(many, briefly=True)
    for model in RULES:
        every, named = by_name(whole, model), by_name(brief, model)
        assert len(every) > 100
        assert len(named) <= NAMED + 2
        assert OTHERS not in every
        assert named.pop(OTHERS) == sum(every.pop(name) for name in every.keys() - named.keys())
        every = {name: value for name, value in every.items() if name in named}
        assert named == every
    for joint in ("markov", "incremental"):
        assert by_name(whole, joint) == by_name(brief, joint)
        assert OTHERS in by_name(whole, joint)


def test_the_others_are_touched_as_often_as_deals_were_by_any_of_them(many: Ledger) -> None:
    """A deal that two of them touched is one deal."""
    tables = many.tables()
    named = frozenset(tables.channels()[:NAMED])
    together = tables.gathered(named)
    touched = sum(any(each not in named for each in walk) * count for (walk, _), count in tables.walks.items())
    early = sum(any(each not in named for each in names) * count for (names, _), count in tables.early.items())
    assert (together.touched(OTHERS), together.touched_before(OTHERS)) == (touched, early)
    assert sum(together.walks.values()) == sum(tables.walks.values())
    assert all(together.touched(name) == tables.touched(name) for name in named)


def test_few_campaigns_are_all_told_one_by_one() -> None:
    """Nothing is gathered where nothing has to be."""
    ledger = a_ledger(NAMED)
    found = attribute(ledger, briefly=True)
    assert found.gathered == 0
    assert found == attribute(ledger)
    assert OTHERS not in {each.name for each in found.credits}


def test_a_record_of_credit_stays_small(many: Ledger) -> None:
    """Kafka takes records of some megabytes, and years of mailings are thousands of campaigns."""
    told = CreditTold(at=0, attribution=attribute(many, briefly=True))
    assert len(encode_answer(told)) < 2_000 * (NAMED + 8) * 2
