"""Door: (stage, days in it) -> when the deal will close: P(won by a date), P(closed by it), and a date to propose.

A deal walks through stages: each stay ends, after a time that depends on the stage, with a move forward or back, a win,
a loss or no decision (a semi-Markov process; `models/hazards.py` learns it). The time until the win is the sum of the
stays until then, over all ways through the stages; its distribution follows by convolution on a grid of whole days:

    after(stage, t) = ends(stage, t) + sum over moves and u <= t of moves(stage -> next, u) x after(next, t - u)

and the same once more from the present stay, given that it has lasted so long. Nothing is drawn by chance.
Probabilities are of the competing kind: a deal that is lost will not be won later. A stay between two grid points is
dealt to both so that its length is right on average.

Why not simpler: see docs/models.md, where the ways that were tried stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.dwell import EDGES, ENDS, Dwell, End
from models.hazards import Array, Hazards, bin_of, ending

#: Days that the grid looks ahead.
HORIZON = 540
#: As if so many more moves had led to the neighbour on the ladder.
NEIGHBOUR_WEIGHT = 1.0
#: Ages are rounded to quarters of a day, after four days to whole ones, so that one calculation serves many deals.
_STEPS_A_DAY = 4
_FINE_DAYS = 4
_CLOSES = slice(ENDS.index("won"), len(ENDS))
_DIRECTIONS: tuple[End, ...] = ("forward", "back")
_GRID = np.arange(HORIZON + 1, dtype=np.float64)
_MIDDLES = np.concatenate([[0.0], _GRID + 0.5])


class Closing:
    """When a deal of a stage and an age closes. Days are counted from the instant of the question.

    `stays` were seen in this stage, `stays_so_far` of them lasted as long as this one (or go on); `own`, `others` and
    `prior` are the shares of what is said about the present stay that come from this stage, the other ones, and what is
    known without any deal. They add up to 1.
    """

    def __init__(self, parts: Array, stays: tuple[float, float], shares: tuple[float, float, float]) -> None:
        """Take the chance per day of each ending, by its way: `parts[way, ending, day]`.

        Ways are: straight from this stage, after a move forward, after a move back. Endings: won, lost, no decision.
        """
        self._ways: Array = np.pad(np.cumsum(parts, axis=2), ((0, 0), (0, 0), (1, 0)))
        self._endings: Array = self._ways.sum(axis=0)
        self.stays, self.stays_so_far = (round(each) for each in stays)
        self.own, self.others, self.prior = shares

    def won_by(self, days: float) -> float:
        """The probability that the deal is won within so many days."""
        return self._by(self._endings[0], days)

    def lost_by(self, days: float) -> float:
        """The probability that it is lost, or ends without a decision, within so many days."""
        return self._by(self._endings[1], days) + self._by(self._endings[2], days)

    def no_decision_by(self, days: float) -> float:
        """The probability that it ends without a decision within so many days; part of `lost_by`."""
        return self._by(self._endings[2], days)

    def closed_by(self, days: float) -> float:
        """The probability that it is closed within so many days, either way."""
        return self.won_by(days) + self.lost_by(days)

    def ways_to_win(self, days: float) -> tuple[float, float, float]:
        """`won_by` in its parts: won from this stage, after a move forward, after a move back; they add up to it."""
        straight, forward, back = (self._by(way[0], days) for way in self._ways)
        return straight, forward, back

    @property
    def won(self) -> float:
        """The probability that the deal is won in the end, as far as the grid looks ahead."""
        return float(self._endings[0, -1])

    def days_to_win(self, share: float) -> float | None:
        """The days within which `share` of such deals that are won are won; none where none is."""
        wins = self._endings[0]
        if wins[-1] <= 0.0:
            return None
        return float(np.interp(share * wins[-1], wins, _MIDDLES))

    def _by(self, cumulated: Array, days: float) -> float:
        return float(np.interp(days, _MIDDLES, cumulated))


class Closings:
    """The tables of one epoch: worked out when first asked, then a look into a dictionary. The answers never change."""

    def __init__(self, dwell: Dwell, epoch: int) -> None:
        """Read the stays as they were known at the beginning of `epoch` (a UTC day)."""
        self._hazards = Hazards(dwell, epoch)
        self._leads = _leads(self._hazards.stages, dwell)
        self._after: Array | None = None
        self._known: dict[tuple[int, float], Closing] = {}

    def outlook(self, stage: str, age_days: float) -> Closing:
        """When a deal closes that has been in `stage` for so many days; one never heard of is like all of them.

        Beyond the last edge of the bins a stay does not grow older.
        """
        stages = self._hazards.stages
        row = stages.index(stage) if stage in stages else len(stages)
        age = _rounded(min(age_days, EDGES[-1]))
        known = self._known.get((row, age))
        if known is None:
            known = self._known[row, age] = self._work_out(row, age)
        return known

    def _work_out(self, row: int, age: float) -> Closing:
        if self._after is None:
            self._after = _after(self._hazards.hazard, self._leads)
        chances = _by_day(self._hazards.hazard[row], age)
        parts = [chances[_CLOSES]]
        for direction, _ in enumerate(_DIRECTIONS):
            onward = np.tensordot(self._leads[direction, row], self._after, axes=1)
            parts.append(np.array([np.convolve(chances[direction], each)[: HORIZON + 1] for each in onward]))
        at_risk = self._hazards.at_risk
        stays = (at_risk[row, 0], at_risk[row, bin_of(age)]) if row < len(at_risk) else (0.0, 0.0)
        return Closing(np.array(parts), stays, self._hazards.shares(row, age))


def _rounded(age: float) -> float:
    if age >= _FINE_DAYS:
        return float(round(age))
    return round(age * _STEPS_A_DAY) / _STEPS_A_DAY


def _by_day(hazard: Array, age: float) -> Array:
    """The chance of each end on each day of the grid, counted from now."""
    mass, starts, widths = ending(hazard, age)
    until, since = _dealt(starts + widths), _dealt(starts)
    chances: Array = (mass / widths) @ (until - since)
    return chances


def _dealt(days: Array) -> Array:
    """What each grid point gets of a flat density up to each of `days`: the integral of the hat function around it."""
    far = np.clip(days[:, None] - _GRID, -1.0, 1.0)
    return np.where(far < 0.0, (1.0 + far) ** 2 / 2, 1.0 - (1.0 - far) ** 2 / 2)


def _after(hazard: Array, leads: Array) -> Array:
    """The chance of won, lost and no decision on each day after a stage was entered: `[stage, ending, day]`."""
    chances = np.array([_by_day(each, 0.0) for each in hazard])
    moves = np.einsum("sdt,dsn->tsn", chances[:, : len(_DIRECTIONS)], leads)
    closes = chances[:, _CLOSES].transpose(2, 0, 1)
    at_once = np.linalg.inv(np.eye(len(hazard)) - moves[0])
    after = np.empty_like(closes)
    rows = len(hazard)
    wide = moves.transpose(1, 0, 2).reshape(rows, -1)
    backwards = np.zeros((HORIZON + 1, rows, closes.shape[2]))
    for day in range(HORIZON + 1):
        found = closes[day]
        if day:
            earlier = backwards[HORIZON + 1 - day :].reshape(day * rows, -1)
            found = found + wide[:, rows : (day + 1) * rows] @ earlier
        after[day] = backwards[HORIZON - day] = at_once @ found
    return after.transpose(1, 2, 0)


def _leads(stages: tuple[str, ...], dwell: Dwell) -> Array:
    """Where moves lead: `[direction, stage, next]`, each row a distribution; the last stage is "any"."""
    leads = np.zeros((len(_DIRECTIONS), len(stages) + 1, len(stages) + 1))
    for row, name in enumerate(stages):
        for direction, end in enumerate(_DIRECTIONS):
            step = 1 if end == "forward" else -1
            led = leads[direction, row]
            led[_neighbour(stages, dwell, row, step)] = NEIGHBOUR_WEIGHT
            moves: Mapping[str, int] = dwell.stages[name].moves.get(end, {})
            for to, number in moves.items():
                led[stages.index(to) if to in stages else len(stages)] += number
            led /= led.sum()
    leads[:, -1, -1] = 1.0
    return leads


def _neighbour(stages: tuple[str, ...], dwell: Dwell, row: int, step: int) -> int:
    """The next rung of the ladder in a direction; "any stage" where there is none, or nobody named the rungs."""
    here = row + step
    if dwell.stages[stages[row]].position is None or not 0 <= here < len(stages):
        return len(stages)
    return len(stages) if dwell.stages[stages[here]].position is None else here
