"""Whether touches are spread over all deals."""

import pytest

from streams.revenue.consistency import effective_number, evenness, favourites_share


def test_evenness_is_one_where_all_have_as_many_and_nought_where_one_has_all() -> None:
    """Whatever the number of deals."""
    for deals in (2, 7, 50):
        assert evenness([3] * deals) == pytest.approx(1.0)
        assert evenness([9] + [0] * (deals - 1)) == pytest.approx(0.0)


def test_evenness_by_hand() -> None:
    """Gini of 1, 2, 3 is 2/9, corrected 1/3."""
    assert evenness([3, 1, 2]) == pytest.approx(2 / 3)
    assert evenness([5]) is None
    assert evenness([0, 0]) is None


def test_favourites_are_the_five_most_touched() -> None:
    """Ten deals, of which five have nine touches each and five have one."""
    assert favourites_share([9] * 5 + [1] * 5) == pytest.approx(0.9)
    assert favourites_share([0]) is None


def test_unequal_weights_tell_as_much_as_fewer_equal_ones() -> None:
    """One that outweighs all others is about one."""
    assert effective_number([2.0] * 8) == pytest.approx(8)
    assert effective_number([1000.0] + [1.0] * 9) == pytest.approx(1.009)
    assert effective_number([]) == 0
