"""What each rule gives to each channel: sums over deals, and how far they would move with other deals.

The share of the money is a ratio of sums over deals, so its variance is that of a ratio estimator (Cochran 1977,
Sampling Techniques, section 6.4). Its interval of 95 % is told on the scale of log-odds, where a few large deals bend
it less: of values with a log-normal spread of 0.9, 93 of 100 intervals hold the truth from 50 deals on. The share won
is of deals that count by their parts: Wilson's, of as many deals as these are worth (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt

from models.interval import Interval, Z, share_of
from streams.revenue.credit import Rule
from streams.revenue.enough import FEW, FEW_OF_A_ROW, too_few
from streams.revenue.settled import amount_of
from streams.revenue.tables import CENTS, CENTS_2, CENTS_VALUE, DEALS, LOST, LOST_2, PAID, WON, WON_2, Tables
from streams.revenue.told import Credit


def by_rule(rule: Rule, tables: Tables, doubts: Mapping[str, str]) -> list[Credit]:
    """What a rule gives; `doubts` has what speaks against a channel of which more than usual is won."""
    rows = []
    won, closed = tables.counts["won"], tables.counts["won"] + tables.counts["lost"]
    overall = won / closed if closed else 0.0
    for (other, name), sums in tables.accounts.items():
        if other != rule:
            continue
        rate = _won_rate(sums)
        said = too_few(tables, sums[DEALS])
        if not said and name in doubts and rate is not None and rate.low > overall:
            said = doubts[name]
        rows.append(
            Credit(
                model=rule,
                name=name,
                value=amount_of(sums[CENTS]),
                share=_share(sums, tables),
                deals=sums[DEALS],
                won_rate=rate,
                said=said,
            )
        )
    return rows


def _share(sums: Sequence[int], tables: Tables) -> Interval | None:
    """The share of the money: sums of y = a deal's credit over sums of x = its value."""
    deals, value = tables.counts["valued"], tables.counts["cents"]
    if deals < FEW or not value or sums[PAID] < FEW_OF_A_ROW:
        return None
    ratio = sums[CENTS] / value
    squares = sums[CENTS_2] - 2.0 * ratio * sums[CENTS_VALUE] + ratio * ratio * tables.counts["cents_2"]
    if squares <= 0.0 or ratio >= 1.0:  # all of it, as far as it was seen
        worth = value * value / tables.counts["cents_2"]
        return share_of(ratio * worth, worth)
    half = Z * sqrt(squares * deals / (deals - 1)) / value / (ratio * (1.0 - ratio))
    middle = log(ratio / (1.0 - ratio))
    return Interval(ratio, 1.0 / (1.0 + exp(half - middle)), 1.0 / (1.0 + exp(-half - middle)))


def _won_rate(sums: Sequence[int]) -> Interval | None:
    """The share won of the credited parts, of as many deals as they are worth where parts differ."""
    parts, squares = sums[WON] + sums[LOST], sums[WON_2] + sums[LOST_2]
    if sums[DEALS] < FEW or not parts:
        return None
    deals = parts * parts / squares
    return share_of(deals * sums[WON] / parts, deals)
