"""What warnings were worth: signals (alerts, rules of thumb, probabilities) against spells whose end is known. Pure.

A signal belongs to the spell of its deal in which it came. A spell is *warned of* where the first signal in it came
before its event was due. Then

    precision   of the spells that were warned of, the share whose event happened
    recall      of the spells whose event happened, the share that was warned of
    told        the same, but signals at or after the event count too
    lead        days from the first signal to the event: the median over spells that were warned of, and it happened

The unit is the spell: three alerts about one silence are one warning, the earliest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.backtest.spells import Spell
from streams.state.opportunity import DAY

Instants = NDArray[np.float64]
_NEVER = np.inf


class Warned(Struct, frozen=True, kw_only=True):
    """How good warnings were; figures that would be a share of nothing are none."""

    warned: int
    right: int
    precision: float | None
    recall: float | None
    told: float | None
    lead_days: float | None
    per_owner_week: float


class AtThreshold(Struct, frozen=True):
    """Warnings of a model from a probability on."""

    threshold: float
    figures: Warned


class Course:
    """Spells, ready to be looked up and counted. `share` is owners times weeks: what volumes are divided by."""

    def __init__(self, spells: Sequence[Spell], share: float) -> None:
        """Take spells in the order of deal and time."""
        self.start = np.array([each.start for each in spells], dtype=np.float64)
        self.until = np.array([each.until for each in spells], dtype=np.float64)
        self.due = np.array([each.due for each in spells], dtype=np.float64)
        self.happened = np.array([each.happened for each in spells], dtype=bool)
        self._share = share
        self._of: dict[str, tuple[list[int], list[int]]] = {}
        for index, each in enumerate(spells):
            starts, indexes = self._of.setdefault(each.opportunity, ([], []))
            starts.append(each.start)
            indexes.append(index)

    def find(self, opportunity: str, at: int) -> int | None:
        """Return the spell in which an instant of a deal lies; of two that meet there, the one that begins."""
        starts, indexes = self._of.get(opportunity, ([], []))
        place = bisect_right(starts, at) - 1
        if place < 0 or at > self.until[indexes[place]]:
            return None
        return indexes[place]

    def first_signals(self, signals: Iterable[tuple[str, int]]) -> Instants:
        """Return when the first of the signals (deal, instant) came in each spell."""
        first = np.full(self.due.size, _NEVER)
        for opportunity, at in signals:
            index = self.find(opportunity, at)
            if index is not None and at < first[index]:
                first[index] = at
        return first

    def judge(self, first: Instants) -> Warned:
        """Judge the first signal of each spell (infinite where there was none)."""
        early = first < self.due
        right = early & self.happened
        warned, hits, events = int(early.sum()), int(right.sum()), int(self.happened.sum())
        return Warned(
            warned=warned,
            right=hits,
            precision=hits / warned if warned else None,
            recall=hits / events if events else None,
            told=int((np.isfinite(first) & self.happened).sum()) / events if events else None,
            lead_days=float(np.median((self.due - first)[right])) / DAY if hits else None,
            per_owner_week=int(np.isfinite(first).sum()) / self._share,
        )

    def after_start(self, days: float) -> Instants:
        """The signals of a rule that speaks so many days after a spell began, if it goes on for so long."""
        at = self.start + days * DAY
        return np.where(at <= self.until, at, _NEVER)

    def before_due(self, days: float) -> Instants:
        """The signals of a rule that speaks so many days before the event is due, or at once where fewer are left."""
        at = np.maximum(self.due - days * DAY, self.start)
        return np.where(at <= self.until, at, _NEVER)


class Daily:
    """What a model said day by day within spells: from which probability on it would have warned, and when."""

    def __init__(self, course: Course, said: Iterable[tuple[str, int, float]]) -> None:
        """Put each of (deal, instant, probability) into its spell."""
        placed = [(course.find(name, at), at, said) for name, at, said in said]
        known = [(index, at, said) for index, at, said in placed if index is not None]
        self._course = course
        self._index = np.array([index for index, _, _ in known], dtype=np.int64)
        self._at = np.array([at for _, at, _ in known], dtype=np.float64)
        self._said = np.array([said for _, _, said in known], dtype=np.float64)

    def at(self, threshold: float) -> AtThreshold:
        """Judge warnings that come on the first day on which the probability is at least `threshold`."""
        loud = self._said >= threshold
        first = np.full(self._course.due.size, _NEVER)
        np.minimum.at(first, self._index[loud], self._at[loud])
        return AtThreshold(threshold, self._course.judge(first))

    def as_precise_as(self, precision: float) -> AtThreshold | None:
        """Judge the lowest threshold whose warnings are at least so precise; none where there is no such threshold.

        Lowest: it has the most recall and the longest lead.
        """
        early = self._at < self._course.due[self._index]
        highest = np.full(self._course.due.size, -_NEVER)
        np.maximum.at(highest, self._index[early], self._said[early])
        warned = np.flatnonzero(np.isfinite(highest))
        falling = warned[np.argsort(-highest[warned], kind="stable")]
        said = highest[falling]
        precisions = np.cumsum(self._course.happened[falling]) / np.arange(1, falling.size + 1)
        last_of_equals = np.append(said[1:] != said[:-1], True)[: said.size]
        good = np.flatnonzero(last_of_equals & (precisions >= precision))
        return self.at(float(said[good[-1]])) if good.size else None
