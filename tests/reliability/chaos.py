"""The chaos run: three workers and a learner under load while everything around them breaks.

`python -m tests.reliability.chaos --minutes 5 --seed 1 [--json]`, or `make chaos`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path

from streams.broker.jars import jar_directory
from tests.brokers import stopped_in_any_case
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.injector import ROUND, Injector, schedule
from tests.reliability.report import Report
from tests.reliability.stage import Stage
from tests.reliability.watch import Watch
from tests.reliability.workers import PROJECT, Nursery

LINES_PER_S = 150.0
WARM_UP_S = 3.0
STOP_WITHIN_S = 10.0
#: Two keep their names through restarts (static membership), one does not.
SEATS = {"one": True, "two": True, "three": False}


async def chaos(
    stage: Stage, nursery: Nursery, folder: Path, *, seed: int, seconds: float | None = None, pace: float = LINES_PER_S
) -> Report:
    """Run for so long, or for one round of faults; return what was found."""
    began = time.monotonic()
    async with Arena(stage, nursery, folder, seed=seed) as arena:
        watch, injector = Watch(arena), Injector(arena)
        ended, rested = asyncio.Event(), asyncio.Event()
        watching = asyncio.create_task(watch.run(rested))
        loading = asyncio.create_task(
            load.flow(stage.bootstrap, arena.topics.plan.activity.name, load.lines(seed), pace, until=ended)
        )
        arena.learner()
        for door, (name, static) in enumerate(SEATS.items()):
            arena.fill(arena.seat(name, door, static=static))
        arena.seat("guest", len(SEATS))
        await asyncio.sleep(WARM_UP_S)
        await _inject(injector, seed, seconds)
        ended.set()
        lines = await loading
        silent = time.monotonic()
        await arena.rest()
        caught_up_s = time.monotonic() - silent
        rested.set()
        await watching
        await arena.stop()
        truth, verdict = await arena.verdict()
        seen, longest = watch.seen, watch.standstills.longest
        return Report(
            name="chaos",
            seed=seed,
            seconds=time.monotonic() - began,
            faults={kind.value: count for kind, count in injector.injected.items()},
            lines=lines,
            records=truth.records,
            compared=verdict.compared,
            ticks=truth.ticks,
            repeats=verdict.repeats,
            samples=seen.samples,
            strangers=seen.strangers,
            lives=sum(seat.lives for seat in arena.seats.values()),
            ended_alone=arena.ended_alone,
            longest_standstill_s=longest.seconds if longest else 0.0,
            standstill_partition=longest.partition if longest else None,
            standstill_spent=dict(longest.told()) if longest else {},
            slowest_stop_s=arena.slowest_stop_s,
            caught_up_s=caught_up_s,
            differences=[*seen.differences, *verdict.differences],
        )


async def _inject(injector: Injector, seed: int, seconds: float | None) -> None:
    faults = schedule(seed, tuple(SEATS))
    if seconds is None:
        await injector.run(islice(faults, ROUND.total()))
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(injector.run(faults), seconds)


def main() -> int:
    """Run the command; return 0 where nothing differs."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=LINES_PER_S, help="event lines a second")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    # What they would say is what is being done to them.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="dealwatch-chaos-"))
    with stopped_in_any_case(folder / "kafka") as directory, Nursery() as nursery:
        stage = Stage(directory, jar_directory(PROJECT))
        stage.start()
        report = asyncio.run(
            chaos(stage, nursery, folder, seed=asked.seed, seconds=asked.minutes * 60, pace=asked.pace)
        )
    print(json.dumps(report.document(), indent=2) if asked.json else report.table())
    print(f"logs: {folder}", file=sys.stderr)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
