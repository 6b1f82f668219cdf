"""Laws of the forecast, whatever happened to the deals."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.accuracy import Locked
from streams.revenue.blend import earned
from streams.revenue.company import LEVELS, Company, Level, Unit
from streams.revenue.comparing import difference
from streams.revenue.forecast import Forecast, figures, forecast
from streams.revenue.periods import FiscalCalendar
from streams.revenue.rollup import Adjustment
from streams.revenue.version import ADJUSTED, ROLLUPS, VERSIONS, cut_of
from tests.selling import Desk, always
from tests.strategies import law

COMPANY = Company(teams={"ana": "north", "ben": "north", "cleo": "south"}, regions={"north": "emea"})
Q2 = FiscalCalendar().named("FY2026-Q2")
FIRST = date(2025, 10, 1)
_DAYS = st.integers(0, 270).map(lambda days: FIRST + timedelta(days=days))

DEALS = st.lists(
    st.fixed_dictionaries(
        {
            "opened": _DAYS,
            "ends": st.none() | st.integers(1, 120),
            "won": st.booleans(),
            "paid": st.none() | st.integers(0, 10**9).map(lambda cents: f"{cents / 100:.2f}"),
            "amount": st.none() | st.integers(0, 10**9).map(lambda cents: f"{cents / 100:.2f}"),
            "owner": st.sampled_from(["ana", "ben", "cleo", "dora", ""]),
            "account": st.sampled_from(["", "acme", "bolt"]),
            "product": st.sampled_from(["", "p"]),
            "stage": st.sampled_from(["idea", "offer"]),
            "closes": st.none() | _DAYS,
            "category": st.sampled_from(["", "omitted", "pipeline", "best_case", "most_likely", "commit", "closed"]),
        }
    ),
    max_size=25,
)


def lived(deals: list[dict[str, object]]) -> Desk:
    """A desk to which all that has happened."""
    desk = Desk(COMPANY)
    for number, deal in enumerate(deals):
        said = {name: deal[name] for name in ("amount", "owner", "account", "product", "stage", "closes", "category")}
        opened, ends, paid = deal["opened"], deal["ends"], deal["paid"]
        assert isinstance(opened, date)
        desk.opened(f"d{number}", opened, **said)  # type: ignore[arg-type]
        if isinstance(ends, int):
            if deal["won"]:
                desk.won(f"d{number}", opened + timedelta(days=ends), paid if isinstance(paid, str) else None)
            else:
                desk.lost(f"d{number}", opened + timedelta(days=ends))
    return desk


def made(desk: Desk, today: date, chance: float, level: Level, said: tuple[Adjustment, ...] = ()) -> Forecast:
    """The forecast of the second quarter of 2026, cut for a level."""
    return forecast(desk.book, Q2, desk.book.known(today), always(chance), cut=cut_of(level), said=said)


@law(60)
@given(DEALS, _DAYS, st.floats(0.0, 1.0), st.sampled_from(LEVELS))
def test_every_version_adds_up_over_parts(
    deals: list[dict[str, object]], today: date, chance: float, level: Level
) -> None:
    """To the cent, over the units of any level, and over what it names."""
    found = made(lived(deals), today, chance, level)
    whole = figures(found, "company", COMPANY).get(Unit(), ())
    parts = figures(found, level, COMPANY)

    for each in whole:
        of_parts = [one.cents for row in parts.values() for one in row if one.version == each.version]
        assert sum(of_parts) == each.cents
        if each.version != ADJUSTED:
            version = found.versions[each.version]
            assert sum(version.deals.values()) + sum(version.beyond.values()) == each.cents


@law(60)
@given(DEALS, _DAYS, st.floats(0.0, 1.0), st.sampled_from(LEVELS))
def test_columns_and_quantiles_rise(deals: list[dict[str, object]], today: date, chance: float, level: Level) -> None:
    """Each column contains the one before, each quantile is above the one before, nothing is below what is won."""
    for row in figures(made(lived(deals), today, chance, level), level, COMPANY).values():
        cents = {each.version: each.cents for each in row}
        assert all(cents[lower] <= cents[higher] for lower, higher in pairwise(ROLLUPS))
        for each in row:
            assert each.cents >= cents["closed"]
            if each.low is not None and each.middle is not None and each.high is not None:
                assert cents["closed"] <= each.low <= each.middle <= each.high


@law(40)
@given(DEALS, DEALS, st.integers(30, 240), st.floats(0.0, 1.0))
def test_what_comes_later_changes_nothing_that_was_said(
    deals: list[dict[str, object]], later: list[dict[str, object]], days: int, chance: float
) -> None:
    """A desk that stopped on the day says the same as one that went on."""
    today = FIRST + timedelta(days=days)
    whole, stopped = Desk(COMPANY), Desk(COMPANY)
    for number, deal in enumerate([*deals, *later]):
        opened, ends = deal["opened"], deal["ends"]
        assert isinstance(opened, date)
        for desk in (whole, stopped):
            if desk is stopped and opened >= today:
                continue
            desk.opened(f"d{number}", opened, owner=str(deal["owner"]), stage=str(deal["stage"]))
            end = opened + timedelta(days=ends) if isinstance(ends, int) else None
            if end is not None and (desk is whole or end < today):
                desk.won(f"d{number}", end) if deal["won"] else desk.lost(f"d{number}", end)

    for level in ("rep", "company"):
        said = [figures(made(desk, today, chance, "rep"), level, COMPANY) for desk in (whole, stopped)]
        assert said[0] == said[1]


@law(40)
@given(DEALS, _DAYS, st.sampled_from(VERSIONS), st.sampled_from(VERSIONS), st.sampled_from(["ana", "cleo", ""]))
def test_a_difference_adds_up_and_turns_around(
    deals: list[dict[str, object]], today: date, one: str, other: str, rep: str
) -> None:
    """Named deals, other deals and what is beyond make the whole, and the other way round its negative."""
    found = made(lived(deals), today, 0.3, "rep")
    if not {one, other} <= {*found.versions, ADJUSTED}:
        return

    there = difference(found, Unit("rep", rep), one, other, COMPANY)
    back = difference(found, Unit("rep", rep), other, one, COMPANY)

    assert there.cents == sum(each.cents for each in there.named) + there.others + there.beyond
    assert (back.cents, back.others, back.beyond) == (-there.cents, -there.others, -there.beyond)


@law(60)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_the_blend_is_not_worse_than_the_benchmark_where_it_learned(said: list[tuple[int, int, int, int]]) -> None:
    """In squares of shares of the benchmark, on the record that its weights were made from."""
    locks: list[Locked] = []
    came = {}
    for number, (base, model, pace, truth) in enumerate(said):
        period = f"FY{2000 + number}"
        came[period, Unit()] = truth
        for version, cents in (("shared_pace", base), ("model", model), ("pace", pace)):
            locks.append(Locked(period=period, day=FIRST, unit=Unit(), version=version, cents=cents))

    weights = earned(locks, came, "rep").much

    assert all(each >= 0 for each in weights.values())
    assert sum(weights.values()) <= 1 + 1e-9
    blend = worst = 0.0
    for base, model, pace, truth in said:
        above = weights.get("model", 0.0) * (model - base) + weights.get("pace", 0.0) * (pace - base)
        blend += ((truth - base - above) / base) ** 2
        worst += ((truth - base) / base) ** 2
    assert blend <= worst + 1e-9
