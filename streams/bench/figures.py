"""What a part found: figures with their spread, and what is missing by name."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Score(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One contender's figures over all rounds: medians; or why there are none."""

    events_per_second: float | None = None
    spread: float | None = None
    """Greatest less least, as a share of the median."""
    cpu_us_per_event: float | None = None
    runs: list[float] = []
    events: int = 0
    """Handled in a round (median)."""
    verified: bool = False
    """Whether the result of every round was what had to come out."""
    absent: str = ""
    failed: str = ""


def spread(values: Sequence[float]) -> float:
    """Greatest less least, as a share of the median.

    >>> spread([90.0, 100.0, 120.0])
    0.3
    """
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


class Tally:
    """Collects the rounds of one contender."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rates: list[float] = []
        self._cpu: list[float] = []
        self._handled: list[int] = []
        self._faults: list[str] = []

    def add(self, rate: float, cpu_us: float, handled: int) -> None:
        """Take the figures of a round."""
        self._rates.append(rate)
        self._cpu.append(cpu_us)
        self._handled.append(handled)

    def fault(self, what: str) -> None:
        """Note what was wrong in a round."""
        self._faults.append(what)

    def score(self) -> Score:
        """Return the medians."""
        failed = "; ".join(dict.fromkeys(self._faults))
        if not self._rates:
            return Score(failed=failed or "no round")
        return Score(
            events_per_second=median(self._rates),
            spread=spread(self._rates),
            cpu_us_per_event=median(self._cpu),
            runs=self._rates,
            events=int(median(self._handled)),
            verified=not self._faults,
            failed=failed,
        )
