"""The simulated rest of a period: no chance in it, the means of the closed form, wider with what is shared."""

from datetime import date
from hashlib import blake2b
from math import sqrt

import numpy as np
import pytest

from streams.revenue.book import Known, Open, Win
from streams.revenue.draws import Draws
from streams.revenue.pace import Share
from streams.revenue.periods import FiscalCalendar
from streams.revenue.position import Position
from streams.revenue.simulate import Courses, Expected, Ratio, Shocks, lumpiness, ratio_of, simulate

Q2 = FiscalCalendar().named("FY2026-Q2")
DAY = date(2026, 5, 1)
ALONE = Shocks(period=0.0, rep=0.0, account=0.0)
MANY = 20_000
WRITTEN_DOWN = pytest.approx([0.8264864925655526, 0.3054600717086006, 0.6892918681931544], abs=1e-15)


def deals(count: int, cents: int = 10_000, owner: str = "ana") -> tuple[Open, ...]:
    """Equal open deals of one owner."""
    return tuple(Open(Position(id=f"{owner}-{each}", owner=owner), cents) for each in range(count))


def drawn(stood: tuple[Open, ...], chance: float, shocks: Shocks, courses: int = MANY) -> Courses:
    """The courses of deals with the same chance, without new business, as if many periods had been seen."""
    known = Known(DAY, 0, stood, ())
    said = {each.position.id: chance for each in stood}
    return simulate(known, Q2, "rep", Expected(said, {}, {}, 1_000_000), shocks, courses)


def test_the_same_name_gives_the_same_numbers_on_every_machine() -> None:
    """These were written down once."""
    many = Draws(50_000)
    assert Draws(3).uniform("FY2026-Q2\0deal\0a") == WRITTEN_DOWN
    assert many.uniform("FY2026-Q2\0deal\0a")[:3] == WRITTEN_DOWN
    assert many.uniform("a").mean() == pytest.approx(0.5, abs=0.01)
    assert many.normal("a").std() == pytest.approx(1.0, abs=0.02)
    assert abs(np.corrcoef(many.uniform("a"), many.uniform("b"))[0, 1]) < 0.02


def test_the_numbers_are_those_of_philox_under_the_hash_of_the_name() -> None:
    """What numpy makes of the same key, and no other state: asking for another name before changes nothing."""
    key = int.from_bytes(blake2b(b"a", digest_size=16).digest(), "little")
    draws = Draws(5)
    draws.uniform("another")

    bits = np.random.Philox(key=key).random_raw(5)
    assert draws.uniform("a") == pytest.approx([((int(each) >> 11) + 0.5) / 2**53 for each in bits], abs=1e-15)


@pytest.mark.parametrize("shocks", [ALONE, Shocks(), Shocks(period=0.2, rep=0.2, account=0.2)])
@pytest.mark.parametrize("chance", [0.05, 0.4, 0.95])
def test_the_mean_is_that_of_the_closed_form_whatever_is_shared(chance: float, shocks: Shocks) -> None:
    """Sum of cents x chance, within what so many draws can tell."""
    found = drawn(deals(20), chance, shocks)

    mean = 20 * 10_000 * chance
    assert found.expected == pytest.approx({"ana": mean})
    error = found.draws["ana"].std() / sqrt(MANY)
    assert found.draws["ana"].mean() == pytest.approx(mean, abs=5 * error)


def test_the_variance_without_shocks_is_that_of_independent_deals() -> None:
    """Sum of p (E a^2) - (p E a)^2, with the prior spread of amounts."""
    found = drawn(deals(20), 0.3, ALONE)

    second = 10_000.0**2 * np.exp(Ratio().spread ** 2)
    variance = 20 * (0.3 * second - (0.3 * 10_000) ** 2)
    assert found.draws["ana"].var() == pytest.approx(variance, rel=0.05)


def test_what_is_shared_widens_a_sum_and_leaves_its_mean() -> None:
    """Of 50 deals: alone, with a rep's shock, with a larger one."""
    widths = []
    for shared in (0.0, 0.05, 0.2):
        low, high = np.quantile(drawn(deals(50), 0.3, Shocks(period=0.0, rep=shared)).draws["ana"], [0.1, 0.9])
        widths.append(high - low)

    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_few_periods_are_less_sure_than_many() -> None:
    """What was read from one period has its shock in it; that is not known either."""
    stood = deals(200)
    known, said = Known(DAY, 0, stood, ()), {each.position.id: 0.3 for each in stood}
    shocks = Shocks(period=0.05, rep=0.0)

    one, four = (
        simulate(known, Q2, "rep", Expected(said, {}, {}, each), shocks, MANY).draws["ana"].std() for each in (1, 4)
    )

    assert one > 1.15 * four


def test_a_deal_meets_the_same_fate_whoever_asks_and_parts_add_up() -> None:
    """The draws of ana are the same with ben's deals beside them, and on another day."""
    ana, ben = deals(10), deals(5, owner="ben")
    both = drawn(ana + ben, 0.3, Shocks())
    alone = drawn(ana, 0.3, Shocks())

    assert np.array_equal(both.draws["ana"], alone.draws["ana"])
    known = Known(date(2026, 6, 1), 0, ana, ())
    later = simulate(known, Q2, "rep", Expected(dict.fromkeys(alone.deals, 0.3), {}, {}, 1_000_000), Shocks(), MANY)
    assert np.array_equal(later.draws["ana"], alone.draws["ana"])


def test_new_business_has_its_mean_and_the_spread_of_what_it_is_made_of() -> None:
    """As many deals as make up 1000 in lumps of 100, of a rep known from 50 wins: 1/10 + 1/50, plus the shocks'."""
    wins = tuple(Win(Position(id=f"w{each}"), date(2026, 2, 1), 10_000, 10_000) for each in range(50))
    known = Known(DAY, 0, (), wins)

    ahead = Expected({}, {"ana": 100_000}, {"ana": Share(1.0, 50.0)}, 1_000_000)
    found = simulate(known, Q2, "rep", ahead, ALONE, MANY)

    assert found.expected == {"ana": 100_000}
    assert found.draws["ana"].mean() == pytest.approx(100_000, rel=0.02)
    assert found.draws["ana"].var() == pytest.approx(100_000**2 * 0.12, rel=0.1)
    shocked = simulate(known, Q2, "rep", ahead, Shocks(rep=0.2), MANY)
    assert shocked.draws["ana"].mean() == pytest.approx(100_000, rel=0.03)
    assert shocked.draws["ana"].std() > 1.2 * found.draws["ana"].std()


def test_what_a_win_pays_leans_on_the_plan() -> None:
    """Ten wins at 90 of 100, and twenty that paid what was planned: 2900 of 3000."""
    wins = [Win(Position(id=str(each)), DAY, 9_000, 10_000) for each in range(10)]

    found = ratio_of(wins)

    assert found.mean == pytest.approx(2_900 / 3_000)
    assert found.spread == pytest.approx(sqrt(20 * 0.2**2 / 30))
    assert ratio_of([]) == Ratio()


def test_the_lump_of_money_is_the_deal_that_an_amount_sits_in() -> None:
    """Of one deal of 1 and one of 9: (1 + 81) / 10."""
    wins = [Win(Position(id=str(each)), DAY, each, None) for each in (100, 900)]

    assert lumpiness(wins) == pytest.approx(820)
    assert lumpiness([]) == 0.0
