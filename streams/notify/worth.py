"""What an alert is worth: the amount that acting on it may save. The budget goes to the greatest.

    worth = amount at risk x probability x what can still be done

*What can still be done* is the share of the risk that the best next event would take away. Where a model speaks, it has
said that itself (`what_if`): `helps` is by how much the probability falls, so probability x share is `helps`, and the
worth is amount x `helps`: the amount that acting is expected to save. Where no next event helps by a point the model
knows no way out, and a tenth is left, for what it cannot know.

Where only facts speak (a date is over, a deal was pushed again), the severity stands in for the probability, and the
share is a quarter: what a next event takes away on average of the generated deals' risks.

An alert that has waited loses a half every 14 days, the usual horizon of inactivity: who has not acted on it until then
is not more likely to tomorrow, and something new may be. It counts from the last time it got worse, not from the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import median

from streams.notify.notice import Notice, rank_of
from streams.state.watch import Severity

_DAY = 86_400_000
HALF_LIFE_DAYS = 14.0
#: How likely it is that the deal is lost or slips where no model says it, by severity.
STANDS_IN: dict[Severity, float] = {"info": 0.1, "warning": 0.4, "critical": 0.7}
#: The share of the risk that acting takes away: by facts alone, and where the model knows nothing that helps.
FACTS_SHARE = 0.25
LEAST_SHARE = 0.1


def amount_of(notice: Notice, rates: Mapping[str, float]) -> float | None:
    """The amount in the common currency (`rates`: how much of it a unit of a currency is, 1 where unknown)."""
    return None if notice.amount is None else float(notice.amount) * rates.get(notice.currency, 1.0)


def worth(notice: Notice, now: int, rates: Mapping[str, float], unknown: float = 1.0) -> float:
    """The amount that acting may save; `unknown` counts for a deal without an amount."""
    amount = amount_of(notice, rates)
    if notice.probability is None:
        saved = STANDS_IN[notice.severity] * FACTS_SHARE
    elif notice.helps is None:
        saved = notice.probability * LEAST_SHARE
    else:
        saved = max(notice.helps, notice.probability * LEAST_SHARE)
    waited = max(0, now - notice.at) / _DAY
    return (unknown if amount is None else amount) * saved * math.pow(0.5, waited / HALF_LIFE_DAYS)


def ranked(notices: Iterable[Notice], now: int, rates: Mapping[str, float]) -> list[Notice]:
    """Sort by worth, the greatest first. A deal without an amount counts as the median of the others.

    Among equals the more severe, then the older, then the smaller id: the order never depends on how they came.
    """
    known = list(notices)
    amounts = [amount for each in known if (amount := amount_of(each, rates)) is not None]
    unknown = median(amounts) if amounts else 1.0
    return sorted(
        known,
        key=lambda each: (
            -worth(each, now, rates, unknown),
            -rank_of(each.severity),
            each.opened_at,
            each.id,
        ),
    )
