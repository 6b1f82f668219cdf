"""`make fuzz MINUTES=10`: look for inputs that break a reader, for as long as you like, elsewhere in every run.

    python -m tests.fuzz.hunt --minutes 10 [--seed 7] [--only event,mapping]

The seed is printed: with it a run begins the same way. What breaks a reader is made as small as it can be, and written
below `.dealwatch/fuzz/`. Once it is mended it goes to `tests/fuzz/found/<target>/`, where every run tries it again.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from hashlib import blake2b
from pathlib import Path
from secrets import randbelow
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS, Target

FOLDER = Path(".dealwatch") / "fuzz"
#: Examples of a target in one turn: then it is the next one's.
_TURN = 300


def broken_by(target: Target, examples: int, number: int) -> tuple[bytes, Exception] | None:
    """Try so many examples of a target; return the smallest found that breaks it, and how. `number` decides which."""
    tried: list[bytes] = [b""]

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(target.values)
    def attempt(value: bytes) -> None:
        tried[0] = value
        target.holds(value)

    try:
        attempt()
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what was looked for
        return tried[0], error
    return None


def hunt(minutes: float, start: int, names: list[str]) -> int:
    """Give each target its turn until the time is over; return how many were broken, which get no more turns."""
    print(f"seed {start}", flush=True)
    end = monotonic() + 60 * minutes
    turn, tries, broken = 0, 0, 0
    waiting = list(names)
    while waiting and monotonic() < end:
        name = waiting[turn % len(waiting)]
        examples = min(_TURN, TARGETS[name].examples)
        found = broken_by(TARGETS[name], examples, start + turn)
        turn, tries = turn + 1, tries + examples
        if found is not None:
            broken += 1
            waiting.remove(name)
            _report(name, *found)
    print(f"{tries:,} inputs, {broken} broke a reader (seed {start})", flush=True)
    return broken


def _report(name: str, value: bytes, error: Exception) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}-{blake2b(value, digest_size=4).hexdigest()}"
    path.write_bytes(value)
    traceback.print_exception(error)
    print(f"\n{name}: {type(error).__name__} by {path} ({len(value)} bytes): {value[:200]!r}", flush=True)
    print(f"mend it, then keep the file as tests/fuzz/found/{name}/<what was wrong>", flush=True)


def main() -> None:
    """Read the options, and hunt."""
    parser = argparse.ArgumentParser(description="Look for inputs that break a reader.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="begins the same way again")
    parser.add_argument("--only", default="", help=f"targets, of {', '.join(TARGETS)}")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(TARGETS)
    if strange := [name for name in names if name not in TARGETS]:
        parser.error(f"no such target: {', '.join(strange)}; there are {', '.join(TARGETS)}")
    start = randbelow(1_000_000) if options.seed is None else options.seed
    sys.exit(1 if hunt(options.minutes, start, names) else 0)


if __name__ == "__main__":
    main()
