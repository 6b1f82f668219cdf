"""Stage-weighted and category-weighted: each open deal times the share that such deals came to in earlier periods.

    rate(key) = (won of it + K x mean x rate of all) / (value at stake + K x mean)

`value at stake` is the planned value of deals of the key (a stage, a category) that were open on the same day of
earlier periods and not planned for later; `won of it` the part of it that was won until the end of that period. So the
rate has the days that are left in it: the same stage is worth less on the last day. Counting won / (won + lost) instead
would leave out those that are still open, and promise what slow deals never pay. A key that was rarely seen leans on
all deals (as if K = 20 mean ones more had gone as they all do), and those on the 47 of 100 forecast deals that are won
(CSO Insights 2018-19).

Of a period that is still to come, deals that are planned for a time before it count as well: what such deals came to in
earlier periods is known. Where it is not, since nothing is on record of so long before one, only deals that are planned
for the period count: the others will be over by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from streams.revenue.book import Earlier, Known, Open
from streams.revenue.periods import Period
from streams.revenue.version import Version

#: As if so many more deals had gone as all do.
K = 20.0
PRIOR_RATE = 0.47
#: What an open deal is grouped by; none leaves it out.
Key = Callable[[Open], str | None]


class Rates(Struct, frozen=True, gc=False):
    """Rates by key, and the one of all deals, for a key that was never seen."""

    by_key: Mapping[str, float]
    of_all: float
    #: How many deals were seen open on the same day of earlier periods.
    deals: int


def by_stage(deal: Open) -> str | None:
    """A deal's stage."""
    return deal.position.stage


def by_category(deal: Open) -> str | None:
    """A deal's category; one that nobody judged is pipeline, one that is omitted is left out."""
    category = deal.position.category or "pipeline"
    return None if category == "omitted" else category


def learned(earlier: Sequence[Earlier], key: Key) -> Rates:
    """The rates that the same day of earlier periods teaches."""
    stake: dict[str, float] = {}
    won: dict[str, float] = {}
    deals = 0
    for each in earlier:
        names = {win.position.id for win in each.existing}
        for deal in each.open:
            name = key(deal)
            if name is None or not deal.cents or deal.due(each.period) == "later":
                continue
            deals += 1
            stake[name] = stake.get(name, 0.0) + deal.cents
            won[name] = won.get(name, 0.0) + (deal.cents if deal.position.id in names else 0)
    total = sum(stake.values())
    lean = K * total / deals if deals else 1.0
    of_all = (sum(won.values()) + lean * PRIOR_RATE) / (total + lean)
    return Rates({name: (won[name] + lean * of_all) / (stake[name] + lean) for name in sorted(stake)}, of_all, deals)


def weighted(name: str, known: Known, period: Period, rates: Rates, key: Key) -> Version:
    """What is won, and of each open deal that is not planned for later its share; new business is none of its deals."""
    deals = {each.position.id: each.cents for each in known.closed(period)}
    is_unknown = not rates.deals and known.day < period.start
    for each in known.open:
        group = key(each)
        counts = each.position.closes in period if is_unknown else each.due(period) != "later"
        if group is not None and each.cents is not None and counts:
            deals[each.position.id] = round(each.cents * rates.by_key.get(group, rates.of_all))
    return Version(name, deals)
