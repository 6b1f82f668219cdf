"""From which probability on a model's rule is as precise as somebody wants it, in past events. Pure."""

from __future__ import annotations

from math import ceil

from streams.backtest.run import Result
from streams.backtest.spells import plans, silences
from streams.backtest.warned import Course, Daily
from streams.labels.outcome import SILENCE, SLIPPAGE

#: The rules that go by a probability alone, with its target.
_RULES = {"going_quiet": SILENCE, "slipping": SLIPPAGE}


def thresholds(result: Result, precision: float) -> dict[str, float | None]:
    """Return by rule the lowest probability from which on its warnings are at least so precise, in whole hundredths.

    None where no probability is. A spell counts once, with the first day on which it is said.
    """
    found: dict[str, float | None] = {}
    for rule, target in _RULES.items():
        spells = silences(result.lives, result.ended_at) if target == SILENCE else plans(result.lives, result.ended_at)
        said = [
            (each.opportunity, each.at, each.said[target])
            for each in result.predictions.questions
            if target in each.said
        ]
        best = Daily(Course(spells, 1.0), said).as_precise_as(precision)
        found[rule] = None if best is None else min(ceil(best.threshold * 100) / 100, 0.99)
    return found
