"""Whether all open deals are looked after, or a favourite few."""

from __future__ import annotations

from collections.abc import Sequence

from streams.revenue.conduct import WEEK, Conduct

#: Touches of so many weeks, the running one included, are compared.
RECENT_WEEKS = 4
FAVOURITES = 5


def recent_touches(conduct: Conduct, as_of: int) -> int:
    """How often the seller turned to the buyer lately."""
    since = as_of // WEEK - RECENT_WEEKS
    return sum(count for week, count in conduct.touches if since < week)


def evenness(counts: Sequence[int]) -> float | None:
    """One minus the Gini coefficient of touches over deals: 1 where all have as many, 0 where one deal has all.

    With the factor n / (n - 1) for few deals (Deltas 2003, Review of Economics and Statistics 85(1):226-234); chance
    alone makes few touches uneven, so only reps with about as many touches compare. None of fewer than two deals, or of
    no touches.
    """
    deals, whole = len(counts), sum(counts)
    if deals < 2 or not whole:
        return None
    ranked = sum((2 * place - deals - 1) * count for place, count in enumerate(sorted(counts), 1))
    return 1.0 - min(1.0, ranked / ((deals - 1) * whole))


def favourites_share(counts: Sequence[int]) -> float | None:
    """Which share of all touches the five most touched deals had; none of no touches."""
    whole = sum(counts)
    return sum(sorted(counts)[-FAVOURITES:]) / whole if whole else None


def effective_number(weights: Sequence[float]) -> float:
    """As how many deals of unequal weight count: how often the heaviest goes into the whole.

    Never more than Kish's number (1965, Survey Sampling, 11.7), which is too large for amounts: a few of them outweigh
    all others, and what is true of one deal is no habit.
    """
    return sum(weights) / max(weights) if weights and max(weights) else 0.0
