"""Reps, accounts and what deals are about."""

from collections import Counter

import pytest

from streams.demo.people import HABITS, Organisation, introduce
from streams.demo.settings import Kind, Style, WorldSettings


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    """An organisation with default settings."""
    return Organisation(5, WorldSettings())


def test_every_region_has_every_style(organisation: Organisation) -> None:
    """Each region has its diligent, its optimistic and its sparse reps."""
    found = {(rep.region, rep.style) for rep in organisation.reps}

    assert found == {(region, style) for region in organisation.settings.regions for style in Style}


def test_rep_ids_are_unique(organisation: Organisation) -> None:
    """No two reps share an id, and there are as many as asked for."""
    assert len({rep.id for rep in organisation.reps}) == organisation.settings.reps


def test_every_style_has_habits() -> None:
    """No style is without its numbers."""
    assert set(HABITS) == set(Style)


def test_a_deal_is_the_same_whenever_it_is_introduced(organisation: Organisation) -> None:
    """Deal 42 does not depend on which deals were introduced before."""
    first = introduce(organisation, 42)
    for number in range(40):
        introduce(organisation, number)

    assert introduce(organisation, 42) == first


def test_deals_stay_in_their_region(organisation: Organisation) -> None:
    """Rep, account, currency and people belong to the same region."""
    for number in range(200):
        deal = introduce(organisation, number)
        assert deal.rep.region == deal.region.code
        assert deal.account.startswith(f"acc-{deal.region.code}-")
        assert all(each.id.startswith(f"con-{deal.region.code}-") for each in deal.contacts)


def test_kinds_follow_the_mix(organisation: Organisation) -> None:
    """Of many deals each kind has about the share that was asked for."""
    counted = Counter(introduce(organisation, number).kind for number in range(3_000))

    for kind, share in organisation.settings.mix.items():
        assert counted[kind] / 3_000 == pytest.approx(share, abs=0.03)


def test_optimists_own_the_pushed_deals(organisation: Organisation) -> None:
    """Deals pushed by optimism belong to optimistic reps."""
    deals = [introduce(organisation, number) for number in range(500)]

    assert {deal.rep.style for deal in deals if deal.kind is Kind.PUSHED_BY_OPTIMISM} == {Style.OPTIMISTIC}


def test_single_threaded_deals_have_one_person_and_most_others_more(organisation: Organisation) -> None:
    """One contact is the mark of a single-threaded deal, and rare elsewhere."""
    deals = [introduce(organisation, number) for number in range(500)]
    others = [len(deal.contacts) for deal in deals if deal.kind is not Kind.SINGLE_THREADED]

    assert all(len(deal.contacts) == 1 for deal in deals if deal.kind is Kind.SINGLE_THREADED)
    assert sum(count == 1 for count in others) / len(others) < 0.15
    assert max(others) >= 5


def test_amounts_are_spread_around_the_median(organisation: Organisation) -> None:
    """Half of the deals are below the median amount, and some are ten times as large as others."""
    amounts = sorted(introduce(organisation, number).amount for number in range(1_000))

    assert amounts[500] == pytest.approx(organisation.settings.amount_median, rel=0.15)
    assert amounts[950] > 10 * amounts[50]


def test_a_part_of_another_deal_has_the_same_buyer(organisation: Organisation) -> None:
    """A duplicate or a split shares account and region with its elder."""
    elder = introduce(organisation, 7)
    child = introduce(organisation, 8, 7)

    assert (child.account, child.region, child.name.split(" - ")[0]) == (
        elder.account,
        elder.region,
        elder.name.split(" - ")[0],
    )
