"""The soak: the scenarios that are too long for the tests, one after the other, until the minutes are used.

`python -m tests.reliability.soak --minutes 30 --seed 1`, or `make soak`. What is done is kept in
`.dealwatch/soak/seed-N.json` and not done again, so a soak that was stopped goes on; `.dealwatch/soak/seed-N.txt` is
the report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from streams.broker.jars import jar_directory
from tests.brokers import stopped_in_any_case
from tests.reliability.arena import LONG_SESSION_S, Arena
from tests.reliability.chaos import chaos
from tests.reliability.column import long_column
from tests.reliability.episodes import absence, burst, fault_points, handovers
from tests.reliability.part import Part, Play, of_episode, told
from tests.reliability.stage import Stage
from tests.reliability.steady import steady
from tests.reliability.verifier import Difference, Verdict
from tests.reliability.workers import PROJECT, Nursery

KEPT = Path(".dealwatch") / "soak"
STEADY_SHARE = 0.3
SLICE_S = 240.0
LEAST_SLICE_S = 30.0


def parts(seed: int, minutes: float) -> Iterator[tuple[str, Play]]:
    """Yield the parts of a soak by name; those at the end are slices of chaos that fill the time."""
    scale = minutes / 30
    yield "steady load (S23)", _steadily(seed, minutes * 60 * STEADY_SHARE)
    rounds = max(1, round(8 * scale))
    yield f"fault points, {rounds} rounds (S2)", of_episode(seed, lambda arena: fault_points(arena, rounds))
    turns, beats = max(1, round(6 * scale)), max(2, round(20 * scale))
    name = f"rolling restarts, {turns} rounds; rebalance storm, {beats} beats (S3, S4)"
    yield name, of_episode(seed, lambda arena: handovers(arena, turns, beats), LONG_SESSION_S)
    yield "30 kills, each within a second (S5)", of_episode(seed, lambda arena: burst(arena, 30))
    for point, turn in (("before send", 3), ("before commit", 2), ("before states", 3)):
        for cut_off in (False, True):
            name = f"{'cut off' if cut_off else 'stopped'} {point} (S6)"
            yield name, of_episode(seed, _absent(point, turn, cut_off))
    yield from long_column(seed, minutes)
    for number in range(1_000_000):
        yield f"chaos, slice {number + 1}", _chaotically(seed + number)


def _absent(point: str, turn: int, cut_off: bool) -> Callable[[Arena], Awaitable[Verdict]]:
    return lambda arena: absence(arena, point, turn, cut_off=cut_off)


def _steadily(seed: int, seconds: float) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        trends, differences = await steady(stage, nursery, folder, seed=seed, seconds=seconds)
        said = [
            f"{each.name}: {each.verdict}; median {each.median:.1f} {each.unit}, growth {each.growth:+.2f}, "
            f"allowed {each.allowed:.2f}, z {each.z:+.1f}, {each.samples} samples"
            for each in trends
        ]
        growing = [Difference("not flat", each.name) for each in trends if each.flat is False]
        return told([*differences, *growing]) | {"measured": said}

    return play


def _chaotically(seed: int) -> Play:
    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        report = await chaos(stage, nursery, folder, seed=seed, seconds=min(SLICE_S, left_s))
        spent = "; ".join(f"{what} {s}" for what, s in report.standstill_spent.items())
        measured = [f"longest standstill {report.longest_standstill_s:.1f} s: {spent}", f"{report.records:,} records"]
        return told(report.differences) | {"faults": dict(report.faults), "measured": measured}

    return play


async def soak(stage: Stage, nursery: Nursery, folder: Path, *, seed: int, minutes: float, kept: Path) -> list[Part]:
    """Play what is left to play; keep each part as it is done."""
    done: list[Part] = json.loads(kept.read_text()) if kept.exists() else []
    names = {part["name"] for part in done}
    for number, (name, play) in enumerate(parts(seed, minutes)):
        used = sum(part["seconds"] for part in done)
        if name.startswith("chaos") and minutes * 60 - used < LEAST_SLICE_S:
            break
        if name in names:
            continue
        print(f"{used / 60:5.1f} min  {name} ...", file=sys.stderr, flush=True)
        place = folder / str(number)
        place.mkdir()
        began = time.monotonic()
        try:
            part = await play(stage, nursery, place, minutes * 60 - used)
        except (TimeoutError, AssertionError) as error:
            part = told([Difference("the part did not come to its end", str(error)[:500])])
        done.append({"name": name, "seconds": time.monotonic() - began, **part})
        kept.write_text(json.dumps(done, indent=2))
    return done


def text_of(seed: int, done: list[Part]) -> str:
    """Return the report as text."""
    faults: Counter[str] = Counter()
    lines = [f"soak, seed {seed}: {sum(part['seconds'] for part in done) / 60:.1f} minutes"]
    for part in done:
        faults.update(part.get("faults", {}))
        lines.append(f"{part['differences']:>4} differences  {part['seconds']:6.0f} s  {part['name']}")
        lines += [f"{'':20}{each}" for each in (*part.get("measured", ()), *part["first"])]
    lines.append(f"faults of the chaos slices: {faults.total()}")
    lines += [f"{count:>6}  {kind}" for kind, count in sorted(faults.items())]
    lines.append(f"DIFFERENCES: {sum(part['differences'] for part in done)}")
    return "\n".join(lines)


def main() -> int:
    """Run the command; return 0 where nothing differs."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"seed-{asked.seed}.json"
    folder = Path(tempfile.mkdtemp(prefix="dealwatch-soak-"))
    with stopped_in_any_case(folder / "kafka") as directory, Nursery() as nursery:
        stage = Stage(directory, jar_directory(PROJECT))
        stage.start()
        done = asyncio.run(soak(stage, nursery, folder, seed=asked.seed, minutes=asked.minutes, kept=kept))
    text = text_of(asked.seed, done)
    kept.with_suffix(".txt").write_text(text + "\n")
    print(text)
    print(f"report: {kept.with_suffix('.txt')}; logs: {folder}", file=sys.stderr)
    return 1 if any(part["differences"] for part in done) else 0


if __name__ == "__main__":
    sys.exit(main())
