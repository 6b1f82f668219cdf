"""What goes first: the amount that acting is expected to save."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.notify.worth import ranked, worth
from tests.unit.notify.said import DAY, MONDAY, a_notice


def test_with_a_models_word_it_is_the_amount_times_what_the_best_event_helps() -> None:
    """1,000 at 60 %, of which a call takes 25 points away: acting saves 250."""
    assert worth(a_notice(probability=0.6, helps=0.25), MONDAY, {}) == pytest.approx(250)


def test_a_risk_that_nothing_helps_goes_behind_a_smaller_one_that_a_call_would_end() -> None:
    """What can still be done counts, and not how bad it looks."""
    hopeless = a_notice("hopeless", severity="critical", amount="10000", probability=0.9)
    mendable = a_notice("mendable", amount="4000", probability=0.5, helps=0.4)
    assert [each.id for each in ranked([hopeless, mendable], MONDAY, {})] == ["mendable", "hopeless"]


def test_waiting_halves_it_every_two_weeks() -> None:
    """From when it last got worse."""
    notice = a_notice(probability=0.6, helps=0.25)
    assert worth(notice, MONDAY + 14 * DAY, {}) == pytest.approx(125)


def test_amounts_of_several_currencies_are_compared_in_one() -> None:
    """A hundred thousand yen are less than a thousand euros."""
    yen, euro = a_notice("yen", amount="100000", currency="JPY"), a_notice("euro", amount="1000", currency="EUR")
    assert [each.id for each in ranked([yen, euro], MONDAY, {"JPY": 0.006})] == ["euro", "yen"]


def test_a_deal_without_an_amount_counts_as_the_median() -> None:
    """Of 100, 900 and 1,400 that is 900; being as old, its id decides."""
    deals = [a_notice(str(amount), amount=amount) for amount in ("100", None, "900", "1400")]
    assert [each.id for each in ranked(deals, MONDAY, {})] == ["1400", "900", "None", "100"]


@given(st.lists(st.sampled_from([None, "10", "10", "700"]), min_size=1, max_size=4))
def test_the_order_does_not_depend_on_how_they_came(amounts: list[str | None]) -> None:
    """Equals are told apart by severity, age and id."""
    deals = [a_notice(f"al-{number}", amount=amount) for number, amount in enumerate(amounts)]
    orders = {tuple(each.id for each in ranked(some, MONDAY, {})) for some in permutations(deals)}
    assert len(orders) == 1
