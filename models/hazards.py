"""From counts of stays to hazards: how likely a stay ends within a bin of its age, and how, given that it got there.

Discrete-time competing risks (life table): hazard = ends / at risk, per end and bin. At risk in a bin are all stays
that reached it, also those that go on; one that is in the bin now counts half, as actuaries have it (Cutler & Ederer
1958). So open deals count as far as they got: who looked at ended stays only would think that all stays are short.

Few cases lean on many. Each hazard is shrunk towards that of all stages together, as if `STAGE_WEIGHT` more stays had
been seen to go as they go elsewhere; and that one towards the prior, with `PRIOR_WEIGHT`. (The shares of the evidence
that this makes are said with every answer.) From the top of the ladder no move leads forward: what is expected of such
moves elsewhere is expected to close the deal there.

The prior, used from the first deal: a stay ends on any day with the same chance and lasts three weeks on average, and
every fourth end closes the deal, so that a deal takes twelve weeks; it is won in 47, lost in 32 and ends without a
decision in 21 of 100 cases (CSO Insights 2018-19). The lengths are our default, not a finding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.dwell import EDGES, ENDS, Dwell, StageDwell

Array = npt.NDArray[np.float64]

STAGE_WEIGHT = 10.0
PRIOR_WEIGHT = 10.0
PRIOR_STAY_DAYS = 21.0
PRIOR_SHARES = {"forward": 0.70, "back": 0.05, "won": 0.25 * 0.47, "lost": 0.25 * 0.32, "no_decision": 0.25 * 0.21}

#: Bins of the stay's age; the last one is open and is read as ending at `LAST_EDGE`.
BINS = len(EDGES)
LAST_EDGE = 540.0
BOUNDS: Array = np.array([*EDGES, LAST_EDGE])


class Hazards:
    """Hazards of every stage of a dwell, with the cases behind them.

    `hazard[stage, end, bin]` has one row more than `stages`: all stages together, for a stage that nobody knows.
    `at_risk[stage, bin]` are the stays that reached a bin (half of those in it now), without any prior.
    """

    def __init__(self, dwell: Dwell, epoch: int) -> None:
        """Work out the hazards as known at the beginning of `epoch` (a UTC day)."""
        self.stages = tuple(sorted(dwell.stages, key=lambda name: _rung(dwell.stages, name)))
        ended = np.array([_ended(dwell.stages[name]) for name in self.stages]).reshape(-1, len(ENDS), BINS)
        self.at_risk: Array = np.array(
            [_at_risk(counts, dwell.stages[name], epoch) for name, counts in zip(self.stages, ended, strict=True)]
        ).reshape(-1, BINS)
        self._together: Array = self.at_risk.sum(axis=0)
        mean = (ended.sum(axis=0) + PRIOR_WEIGHT * _prior()) / (self._together + PRIOR_WEIGHT)
        expected = np.repeat(mean[None], len(self.stages), axis=0)
        if (top := self._top(dwell)) is not None:
            expected[top] = _without_forward(mean)
        own = (ended + STAGE_WEIGHT * expected) / (self.at_risk[:, None, :] + STAGE_WEIGHT)
        self.hazard: Array = np.concatenate([own, mean[None]])

    def _top(self, dwell: Dwell) -> int | None:
        named = [row for row, name in enumerate(self.stages) if dwell.stages[name].position is not None]
        return named[-1] if named else None

    def shares(self, row: int, age: float) -> tuple[float, float, float]:
        """How much of a hazard at an age comes from the stage's own stays, from other stages, and from the prior."""
        bin_ = bin_of(age)
        heard = float(self._together[bin_] / (self._together[bin_] + PRIOR_WEIGHT))
        own = 0.0
        if row < len(self.stages):
            own = float(self.at_risk[row, bin_] / (self.at_risk[row, bin_] + STAGE_WEIGHT))
        return own, (1.0 - own) * heard, (1.0 - own) * (1.0 - heard)


def ending(hazard: Array, age: float) -> tuple[Array, Array, Array]:
    """How a stay that has lasted `age` days ends: (mass[end, bin], start[bin], width[bin]), days counted from now.

    Within a bin, ends are spread evenly. What is missing from 1 are stays that last beyond the last bin.
    """
    bin_ = bin_of(age)
    leaving = hazard[:, bin_:].copy()
    starts = np.maximum(BOUNDS[bin_:-1], age) - age
    widths = BOUNDS[bin_ + 1 :] - age - starts
    passed = min((age - BOUNDS[bin_]) / (BOUNDS[bin_ + 1] - BOUNDS[bin_]), 1.0)
    total = leaving[:, 0].sum()
    leaving[:, 0] *= (1.0 - passed) / (1.0 - passed * total)
    staying = np.cumprod(1.0 - leaving.sum(axis=0))
    return leaving * np.concatenate([[1.0], staying[:-1]]), starts, widths


def bin_of(age: float) -> int:
    """The bin of an age in days."""
    return bisect_right(EDGES, max(age, 0.0)) - 1


def _rung(stages: Mapping[str, StageDwell], name: str) -> tuple[bool, int, str]:
    position = stages[name].position
    return position is None, position or 0, name


def _ended(stage: StageDwell) -> Array:
    counts = np.zeros((len(ENDS), BINS))
    for row, end in enumerate(ENDS):
        told = stage.ends.get(end, ())
        counts[row, : len(told)] = told
    return counts


def _at_risk(ended: Array, stage: StageDwell, epoch: int) -> Array:
    """Stays that reached each bin; one that began on a day is taken to have begun at its noon."""
    going = np.zeros(BINS)
    for day, number in stage.going.items():
        going[bin_of(epoch - day - 0.5)] += number
    left = ended.sum(axis=0) + going
    reached: Array = np.cumsum(left[::-1])[::-1] - going / 2
    return reached


def _without_forward(mean: Array) -> Array:
    """What is expected at the top of the ladder, from where no move leads forward: those stays close the deal."""
    closing = np.array([0.0 if end in ("forward", "back") else PRIOR_SHARES[end] for end in ENDS])
    expected = mean + np.outer(closing / closing.sum(), mean[0])
    expected[0] = 0.0
    return expected


def _prior() -> Array:
    ending_ = 1.0 - np.exp(-np.diff(BOUNDS) / PRIOR_STAY_DAYS)
    return np.outer([PRIOR_SHARES[end] for end in ENDS], ending_)
