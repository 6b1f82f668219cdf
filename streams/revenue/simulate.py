"""The forecast as a distribution: what is still to be won in a period, in a thousand equally likely courses.

**Deals.** An open deal is won where its latent readiness is below the threshold of its chance p:

    sqrt(r_period) Z_period + sqrt(r_rep) Z_rep + sqrt(r_account) Z_account + sqrt(1 - r) Z_deal < Phi^-1(p)

(the one-factor model of credit portfolios, Vasicek 1987, with three factors). So each deal keeps exactly its chance,
whatever the shocks; deals of a rep, of an account, of a period fare alike, and sums spread wider. A win pays what was
planned, times how amounts came out before: a mean ratio and a lognormal spread, read from wins and shrunk.

**Business not yet created**, by cell: the expected value, times how much a deal with a chance of one in three would
gain or lose by the period's and the cell's shock, times a lognormal of mean 1 for what is left: how many deals there
will be and of which size (a compound Poisson sum has the variance mean x sum v^2 / sum v), and that the cell's share is
only known from so many wins.

**What is not known of the period.** Expected values were read from E earlier periods, which had shocks of their own. So
a period counts as 1 + 1/E of its variance: one for itself, and that of a mean of E.

Every part has the mean that is said of it in closed form: sum of cents x ratio x p, and of new business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log, log1p, sqrt

import numpy as np
from msgspec import Struct
from scipy.special import ndtr, ndtri

from streams.revenue.book import Known, Win
from streams.revenue.draws import Array, Draws
from streams.revenue.pace import Share
from streams.revenue.periods import Period
from streams.revenue.version import Cut, cell_of

#: Courses that are drawn.
COURSES = 1000
#: As if so many more wins had paid what was planned, with the spread below.
K = 20.0
PRIOR_SPREAD = 0.2
#: New business shares the shocks of deals with this chance.
_EVEN = 1.0 / 3.0


class Shocks(Struct, frozen=True, kw_only=True, gc=False):
    """Which share of what decides about a deal it has in common with others of its period, rep and account.

    With these a deal of one in three has its chance moved by a tenth by a period, by a fifth by a rep (one sigma).
    """

    period: float = 0.01
    rep: float = 0.04
    account: float = 0.02


class Ratio(Struct, frozen=True, gc=False):
    """What a win pays of what was planned, on average, and the standard deviation of its logarithm."""

    mean: float = 1.0
    spread: float = PRIOR_SPREAD


class Expected(Struct, frozen=True, gc=False):
    """What the rest of a period is drawn around.

    `chances` has each open deal's chance to be won in it, `new` each cell's new business in cents, `shares` how well
    the cells are known; `periods` says from how many earlier ones all that was read.
    """

    chances: Mapping[str, float]
    new: Mapping[str, int]
    shares: Mapping[str, Share]
    periods: int


class Courses(Struct, frozen=True, gc=False):
    """What is still to be won, in cents: by cell `draws` in each course and the `expected` mean, and its part by deal.

    What is won already is left out.
    """

    draws: Mapping[str, Array]
    expected: Mapping[str, float]
    deals: Mapping[str, float]


def ratio_of(wins: Sequence[Win]) -> Ratio:
    """How amounts came out: by value for the mean, by deal for the spread."""
    pairs = [(each.cents, each.planned) for each in wins if each.planned and each.cents]
    if not pairs:
        return Ratio()
    planned = sum(before for _, before in pairs)
    lean = K * planned / len(pairs)
    mean = (sum(paid for paid, _ in pairs) + lean) / (planned + lean)
    logs = [log(paid / before) for paid, before in pairs]
    middle = sum(logs) / len(logs)
    spread = sum((each - middle) ** 2 for each in logs)
    return Ratio(mean, sqrt((spread + K * PRIOR_SPREAD**2) / (len(logs) + K)))


def lumpiness(wins: Sequence[Win]) -> float:
    """The size, in cents, of the deal that an amount of money sits in: sum v^2 / sum v."""
    value = sum(each.cents for each in wins)
    return sum(each.cents**2 for each in wins) / value if value else 0.0


def simulate(
    known: Known,
    period: Period,
    cut: Cut,
    ahead: Expected,
    shocks: Shocks | None = None,
    courses: int = COURSES,
) -> Courses:
    """Draw the rest of a period, by cell.

    A deal's draws are its own: those of some deals are the same as among all of them, so that who keeps them by rep
    draws again only where something changed.
    """
    return simulations(known, period, {cut: ahead}, shocks, courses)[cut]


def simulations(
    known: Known,
    period: Period,
    ahead: Mapping[Cut, Expected],
    shocks: Shocks | None = None,
    courses: int = COURSES,
) -> dict[Cut, Courses]:
    """Draw the rest of a period once, by the cells of several cuts; the chances of deals are those of the first."""
    first = next(iter(ahead.values()))
    room = _Room(period.name, shocks or Shocks(), first.periods, courses)
    ratio = ratio_of(known.wins)
    draws: dict[Cut, dict[str, Array]] = {cut: {} for cut in ahead}
    expected: dict[Cut, dict[str, float]] = {cut: {} for cut in ahead}
    means: dict[str, float] = {}
    for each in known.open:
        position = each.position
        if not each.cents:
            continue
        chance = first.chances[position.id]
        mean = means[position.id] = each.cents * ratio.mean * chance
        paid = each.cents * room.deal(position.id, position.owner, position.account, chance, ratio)
        for cut in ahead:
            _add(draws[cut], expected[cut], cell_of(position, cut), paid, mean)
    lump = lumpiness(known.wins)
    found = {}
    for cut, of in ahead.items():
        for cell, cents in of.new.items():
            if cents > 0:
                coming = cents * room.new(cell, cut, lump / cents + 1.0 / of.shares[cell].wins)
                _add(draws[cut], expected[cut], cell, coming, cents)
        found[cut] = Courses(draws[cut], expected[cut], means)
    return found


def _add(draws: dict[str, Array], expected: dict[str, float], cell: str, paid: Array, mean: float) -> None:
    if cell in draws:
        draws[cell] += paid
    else:
        draws[cell] = paid.copy()
    expected[cell] = expected.get(cell, 0.0) + mean


class _Room:
    """One period's shocks, drawn once each."""

    def __init__(self, period: str, shocks: Shocks, periods: int, courses: int) -> None:
        self._period = period
        self._shocks = shocks
        self._draws = Draws(courses)
        self._share = shocks.period * (1.0 + 1.0 / periods if periods else 2.0)
        self._common = sqrt(self._share) * self._draws.normal(f"{period}\0period")
        self._drawn: dict[tuple[str, str], Array] = {}

    def deal(self, name: str, owner: str, account: str, chance: float, ratio: Ratio) -> Array:
        """What a deal pays in each course, as a multiple of what was planned; nothing where it is not won."""
        shock, share = self._shock(owner, account)
        given = ndtr((ndtri(chance) - shock) / sqrt(1.0 - share))
        luck = self._draws.uniform(f"{self._period}\0deal\0{name}")
        won = luck < given
        paid: Array = np.zeros(self._draws.count)
        # Given the win, luck / given is uniform again, and independent of it.
        rest = ndtri(np.clip(luck[won] / given[won], 1e-12, 1.0 - 1e-12))
        paid[won] = ratio.mean * np.exp(ratio.spread * rest - ratio.spread**2 / 2.0)
        return paid

    def new(self, cell: str, cut: Cut, variance: float) -> Array:
        """New business of a cell in each course, as a multiple of what is expected; `variance` is of what is left."""
        kind = "rep" if cut == "rep" else cut
        shock = self._common + sqrt(self._shocks.rep) * self._of(kind, cell)
        share = self._share + self._shocks.rep
        moved = ndtr((ndtri(_EVEN) - shock) / sqrt(1.0 - share)) / _EVEN
        spread = sqrt(log1p(variance))
        rest = np.exp(spread * self._draws.normal(f"{self._period}\0new\0{cut}\0{cell}") - spread**2 / 2.0)
        found: Array = moved * rest
        return found

    def _shock(self, owner: str, account: str) -> tuple[Array, float]:
        shock, share = self._common, self._share
        if owner:
            shock, share = shock + sqrt(self._shocks.rep) * self._of("rep", owner), share + self._shocks.rep
        if account:
            shock = shock + sqrt(self._shocks.account) * self._of("account", account)
            share += self._shocks.account
        return shock, share

    def _of(self, kind: str, name: str) -> Array:
        found = self._drawn.get((kind, name))
        if found is None:
            found = self._drawn[kind, name] = self._draws.normal(f"{self._period}\0{kind}\0{name}")
        return found
