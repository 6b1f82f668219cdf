"""The clock of every contender: counts in the handler, samples now and then, and leaves the warm-up out."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, process_time
from typing import NamedTuple

from streams.bench.job import Measured, Progress, Said

#: The share of what was handled that counts as warm-up.
WARM_UP = 0.1
_SAMPLES = 400
_TELL_EVERY_S = 0.5


class Sample(NamedTuple):
    """The state of a run at an instant; seconds of the wall and of the processor."""

    at: float
    cpu: float
    handled: int


class Meter:
    """Call `tick` for every record handled. The process's start is not in it: the first record starts the clock.

    It is over when `events` are handled or `limit_s` has passed; `finished` is then set and `on_finish` called, once.
    """

    __slots__ = ("_at", "_events", "_limit_s", "_samples", "_step", "_told", "finished", "handled", "on_finish", "say")

    def __init__(self, events: int, limit_s: float, say: Callable[[Said], None]) -> None:
        """Begin to count; `say` is told now and then, and at the end."""
        self._events = events
        self._limit_s = limit_s
        self.say = say
        self._step = max(1, events // _SAMPLES)
        self._at = 1
        self._samples: list[Sample] = []
        self._told = 0.0
        self.handled = 0
        self.finished = False
        self.on_finish: Callable[[], None] = _nothing

    def tick(self) -> None:
        """Count one record."""
        self.handled += 1
        if self.handled == self._at:
            self._sample()

    def _sample(self) -> None:
        now = monotonic()
        self._at = min(self.handled + self._step, self._events)
        if self.finished:
            return
        self._samples.append(Sample(now, process_time(), self.handled))
        if self.handled >= self._events or now - self._samples[0].at >= self._limit_s:
            self.finished = True
            self.say(measured(self._samples))
            self.on_finish()
        elif now - self._told >= _TELL_EVERY_S:
            self._told = now
            self.say(Progress(self.handled, now))


def measured(samples: list[Sample]) -> Measured:
    """Return the rate between the first sample after the warm-up and the last one.

    >>> run = [Sample(0.0, 0.0, 1), Sample(2.0, 1.0, 100), Sample(3.0, 1.5, 600), Sample(4.0, 2.0, 1000)]
    >>> round(measured(run).events_per_second)
    450
    """
    last = samples[-1]
    first = next((each for each in samples if each.handled >= WARM_UP * last.handled), samples[0])
    n, seconds = last.handled - first.handled, last.at - first.at
    if n <= 0 or seconds <= 0.0:
        return Measured(last.handled, 0.0, 0.0, 0.0)
    return Measured(last.handled, n / seconds, (last.cpu - first.cpu) / n * 1e6, seconds)


def _nothing() -> None:
    pass
