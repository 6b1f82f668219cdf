"""Who said what when, and how it came out. What was said is locked; nothing that happens later changes it.

    WAPE = sum |said - came| / sum came        bias = sum (said - came) / sum came
    coverage = share of cases in which low <= came <= high
    pinball(q) = max(q (came - x), (q - 1) (came - x)), of P10, P50 and P90, their mean over the mean of what came

(Pinball loss: Koenker & Bassett 1978.) A version that is a bare number is held to say that number for all three. Cases
of one unit and period share their outcome: `outcomes` says how many there truly are. Accuracy is measured by unit
before anything is added up, since errors cancel in totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from msgspec import Struct

from streams.revenue.company import Unit
from streams.revenue.periods import Period

#: The quantiles that a forecast gives beside its middle.
LOW, HIGH = 0.10, 0.90
#: What becomes of a unit in a period, in cents: by the period's name and the unit.
Outcomes = Mapping[tuple[str, Unit], int]
Group = TypeVar("Group")


class Locked(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a version said of a unit and a period on a day; `by` is the person, where a person said it.

    `closed` was won by then. `low` and `high` are P10 and P90, made by `width` times the spread that was simulated.
    """

    period: str
    day: date
    unit: Unit
    version: str
    cents: int
    closed: int = 0
    low: int | None = None
    high: int | None = None
    width: float = 1.0
    by: str = ""


class Score(Struct, frozen=True, kw_only=True, gc=False):
    """How a group of locked forecasts came out; `outcomes` are the different ones of unit and period.

    WAPE, bias and pinball are shares of what came; none where nothing came. `coverage` none: no intervals were given.
    """

    cases: int
    outcomes: int
    wape: float | None
    bias: float | None
    pinball: float | None
    coverage: float | None
    intervals: int


def is_weekly(day: date, period: Period) -> bool:
    """Whether a day is one on which forecasts are locked: the first of a period, and every seventh after it."""
    return day in period and (day - period.start).days % 7 == 0


def score(said: Iterable[Locked], came: Outcomes) -> Score:
    """Judge forecasts whose outcome is known; others are left out."""
    cases = [(each, came[each.period, each.unit]) for each in said if (each.period, each.unit) in came]
    whole = sum(truth for _, truth in cases)
    bands = [(each.low, each.high, truth) for each, truth in cases if each.low is not None and each.high is not None]
    covered = sum(low <= truth <= high for low, high, truth in bands)
    return Score(
        cases=len(cases),
        outcomes=len({(each.period, each.unit) for each, _ in cases}),
        wape=_share(sum(abs(each.cents - truth) for each, truth in cases), whole),
        bias=_share(sum(each.cents - truth for each, truth in cases), whole),
        pinball=_share(sum(_pinball(each, truth) for each, truth in cases), whole),
        coverage=covered / len(bands) if bands else None,
        intervals=len(bands),
    )


def record(said: Iterable[Locked], came: Outcomes, group: Callable[[Locked], Group]) -> dict[Group, Score]:
    """The scores by whatever `group` says: version and level, version and person."""
    groups: dict[Group, list[Locked]] = {}
    for each in said:
        groups.setdefault(group(each), []).append(each)
    return {name: score(each, came) for name, each in groups.items()}


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def _pinball(said: Locked, truth: int) -> float:
    low = said.cents if said.low is None else said.low
    high = said.cents if said.high is None else said.high
    return (
        sum(max(q * (truth - x), (q - 1) * (truth - x)) for q, x in ((LOW, low), (0.5, said.cents), (HIGH, high))) / 3
    )
