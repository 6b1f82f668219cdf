"""A steady load that nobody disturbs (S23): memory, loop lag, commit latency, and whether they are flat."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.reliability.arena import LONG_SESSION_S, Arena, Seat
from tests.reliability.episodes import finish, under_load
from tests.reliability.load import EVEN_PACE, even_lines
from tests.reliability.stage import Stage
from tests.reliability.trend import Trend, trend
from tests.reliability.verifier import Difference
from tests.reliability.workers import Nursery

WORKERS = 3
SAMPLES = 150
LEAST_EVERY_S = 1.0
MIB = 1024 * 1024
LEAK_MB_PER_HOUR = 1.0
"""S23 of the scenario table."""
NOISE_SHARE = 0.02
"""Of resident memory: pages come and go."""
SLOWER_SHARE = 0.25
SLOWER_MS = 5.0
_METRIC = re.compile(r"^dealwatch_(\w+?)(?:\{.*\})? ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(slots=True)
class Series:
    """Samples by name: (seconds since the start, value)."""

    memory: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    lag: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    commit: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))


async def steady(
    stage: Stage, nursery: Nursery, folder: Path, *, seed: int, seconds: float
) -> tuple[list[Trend], list[Difference]]:
    """Run a steady load for so long; return the trends, and what differs from the truth."""
    async with Arena(stage, nursery, folder, seed=seed, session_s=LONG_SESSION_S) as arena:
        learner = arena.learner()
        seats = [arena.seat(f"w{number}", number, static=True) for number in range(WORKERS)]
        for seat in seats:
            arena.fill(seat)
        series = Series()
        async with under_load(arena, even_lines(), EVEN_PACE):
            await _measure([*seats, learner], series, seconds)
        alone = [Difference("worker ended alone", words) for words in arena.ended_alone]
        verdict = await finish(arena, repeats_allowed=False)
        return judge(series), [*alone, *verdict.differences]


async def _measure(seats: list[Seat], series: Series, seconds: float) -> None:
    began = time.monotonic()
    every = max(LEAST_EVERY_S, seconds / SAMPLES)
    before: dict[str, dict[str, float]] = {}
    while (now := time.monotonic() - began) < seconds:
        await asyncio.sleep(every)
        for seat in seats:
            worker = seat.worker
            if worker is None or worker.code is not None:
                continue
            series.memory[seat.name].append((now, psutil.Process(worker.pid).memory_info().rss / MIB))
            text = await asyncio.to_thread(worker.get, "/metrics") if seat.role == "track" else None
            if text is None:
                continue
            sums: dict[str, float] = defaultdict(float)
            for name, value in _METRIC.findall(text):
                sums[name] += float(value)
            last = before.get(seat.name, {})
            for name, into in (("loop_lag_seconds", series.lag), ("commit_seconds", series.commit)):
                count = sums[f"{name}_count"] - last.get(f"{name}_count", 0.0)
                if count > 0:
                    spent = sums[f"{name}_sum"] - last.get(f"{name}_sum", 0.0)
                    into[seat.name].append((now, 1000 * spent / count))
            before[seat.name] = sums


def judge(series: Series) -> list[Trend]:
    """Return the trend of every series, with what each may grow."""
    found = []
    for name, samples in series.memory.items():
        hours = samples[-1][0] / 3600 if samples else 0.0
        middle = trend(name, "MB", samples, 0.0).median
        allowed = max(NOISE_SHARE * middle, LEAK_MB_PER_HOUR * hours)
        found.append(trend(f"{name}: resident memory", "MB", samples, allowed))
    for what, measured in (("loop lag", series.lag), ("commit latency", series.commit)):
        for name, samples in measured.items():
            middle = trend(name, "ms", samples, 0.0).median
            allowed = max(SLOWER_MS, SLOWER_SHARE * middle)
            found.append(trend(f"{name}: {what}", "ms", samples, allowed))
    return found
