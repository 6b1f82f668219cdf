"""P(a deal is won, and by the end of the period): what the models say, and how that came out on the same day before.

    P = P(won) x P(won by then | won)

from the time deals stay in their stages (`models/closing.py`), with the win model's probability in the place of its
P(won) where there is one. Deals without a planned close have a chance, too. Times of the year at which more is closed
than at others are not known to that model; so its chances are held beside the same day of earlier periods:

    factor(due) = (won + K x factor of all) / (expected + K),   factor of all = (won + K) / (expected + K)

in deals, by whether they were planned to close in the period, later, or nobody had said, with K = 20.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from models.closing import Closings
from streams.revenue.book import Due, Earlier, Known, Open
from streams.revenue.periods import Period
from streams.revenue.version import MODEL, Version
from streams.state.opportunity import DAY

#: As if so many more wins had been as many as were expected.
K = 20.0
#: No open deal is certain.
MOST = 0.99
#: The probability that an open deal is won within so many days of an instant (milliseconds).
Chance = Callable[[Open, int, float], float]


def by_stays(closings: Closings, win: Mapping[str, float] | None = None) -> Chance:
    """Chances by how long deals stay in their stages; `win` has the win model's probabilities, by deal."""
    said = win or {}

    def chance(deal: Open, at: int, days: float) -> float:
        position = deal.position
        entered = position.created_at if position.stage_entered_at is None else position.stage_entered_at
        outlook = closings.outlook(position.stage, max(at - entered, 0) / DAY)
        by_then = outlook.won_by(days)
        own = said.get(position.id)
        if own is None or outlook.won <= 0.0:
            return by_then
        return own * by_then / outlook.won

    return chance


def chances(known: Known, period: Period, chance: Chance) -> dict[str, float]:
    """The probability of each open deal to be won within what is left of a period, or within all of one to come."""
    within = _within(known.day, period)
    return {each.position.id: min(_chance(chance, each, known.at, within), MOST) for each in known.open}


def model_weighted(known: Known, period: Period, said: Mapping[str, float]) -> Version:
    """What is won, and of each open deal its chance."""
    deals = {each.position.id: each.cents for each in known.closed(period)}
    for each in known.open:
        if each.cents is not None:
            deals[each.position.id] = round(each.cents * said[each.position.id])
    return Version(MODEL, deals)


def factors(earlier: Sequence[Earlier], chance: Chance) -> dict[Due, float]:
    """How many more deals were won, on the same day of earlier periods, than the same models expect of them."""
    won: Counter[Due] = Counter()
    expected: dict[Due, float] = {"due": 0.0, "later": 0.0, "undated": 0.0}
    for each in earlier:
        names = {win.position.id for win in each.existing}
        within = _within(each.day, each.period)
        for deal in each.open:
            due = deal.due(each.period)
            expected[due] += _chance(chance, deal, each.at, within)
            won[due] += deal.position.id in names
    of_all = (won.total() + K) / (sum(expected.values()) + K)
    return {due: (won[due] + K * of_all) / (total + K) for due, total in expected.items()}


def seasoned(known: Known, period: Period, said: Mapping[str, float], by_due: Mapping[Due, float]) -> dict[str, float]:
    """The chances times the factor of their kind."""
    return {each.position.id: min(said[each.position.id] * by_due[each.due(period)], MOST) for each in known.open}


def _within(day: date, period: Period) -> tuple[float, float]:
    """The first and the last of the days ahead, seen from `day`, in which a win counts for a period."""
    return float(max((period.start - day).days, 0)), float(max((period.end - day).days, 0))


def _chance(chance: Chance, deal: Open, at: int, within: tuple[float, float]) -> float:
    first, last = within
    return chance(deal, at, last) - (chance(deal, at, first) if first else 0.0)
