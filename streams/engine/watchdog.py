"""A worker that does not get on ends itself: its partitions go to one that does, and its supervisor starts it anew.

Two things can be stuck. Work: records wait and none is handled, or is handled and not committed, a recovery stands
still, or the group is asked for partitions and never deals any; that is seen from the event loop, and ends the worker
in order (`Watch`). The event loop itself: then nothing in it can end anything, so a thread looks whether it turns, says
where it stands, and ends the process (`Heartbeat`). A C function that never returns and never lets go of the
interpreter's lock stops the thread as well.

A member that was dealt nothing, because there are more workers than partitions, has nothing to do and is not stuck.

A task that says it waits for something outside is not stuck. It has a bound of its own, since what it waits for may
never come.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

EXIT_STUCK = 1
TICKS = 20
"""How often the thread looks within the time that it allows."""


class Work(NamedTuple):
    """Something that should get on, as it is at this moment."""

    name: str
    at: tuple[int, ...]
    """How far it is; any change is progress."""
    pending: bool
    """Whether there is anything to do."""
    waiting: bool = False
    """Whether it waits for something outside, by its own account."""
    grace_s: float = 0.0
    """How long others may rightly keep it waiting, in seconds; added to what is allowed."""


@dataclass(slots=True)
class _Still:
    at: tuple[int, ...]
    pending: bool
    since: float
    waited: bool = False


class Watch:
    """Notices work that stands still. Times in seconds of any clock."""

    def __init__(self, stuck_s: float, stall_s: float) -> None:
        """Allow `stuck_s` without progress, and `stall_s` to work that says it is waiting."""
        self._stuck_s = stuck_s
        self._stall_s = stall_s
        self._still: dict[str, _Still] = {}

    def look(self, now: float, works: Iterable[Work]) -> str | None:
        """Take note of all there is; return what is wrong, if anything."""
        seen: dict[str, _Still] = {}
        complaint = None
        for work in works:
            still = self._still.get(work.name)
            if still is None or still.at != work.at or not (still.pending and work.pending):
                still = _Still(work.at, work.pending, now)
            # Whoever has waited at this place is waiting, also in the moment between being woken and looking again.
            still.waited = still.waited or work.waiting
            seen[work.name] = still
            seconds = now - still.since
            if seconds > (self._stall_s if still.waited else self._stuck_s) + work.grace_s:
                complaint = f"{work.name} has not got on for {seconds:.0f} s" + (
                    ", waiting for something outside that does not come" if still.waited else ""
                )
        self._still = seen
        return complaint


class Heartbeat:
    """Ends the process when `beat` is not called for too long."""

    def __init__(self, name: str, timeout_s: float) -> None:
        """Allow `timeout_s` between two beats; `name` is who ends."""
        self._name = name
        self._timeout_s = timeout_s
        self._beats = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def beat(self) -> None:
        """Say that the loop turns."""
        self._beats += 1

    def end(self) -> None:
        """Watch no more."""
        self._ended.set()

    def _watch(self) -> None:
        # Ticks are counted, not time: a process that was stopped as a whole has missed one tick, however long it was.
        seen, missed = self._beats, 0
        while not self._ended.wait(self._timeout_s / TICKS):
            if self._beats != seen:
                seen, missed = self._beats, 0
                continue
            missed += 1
            if missed >= TICKS:
                self._give_up()

    def _give_up(self) -> None:
        print(
            f"{self._name}: Stuck: the event loop has not turned for {self._timeout_s:.0f} s; this is where it stands:",
            file=sys.stderr,
            flush=True,
        )
        faulthandler.dump_traceback(file=sys.stderr)
        os._exit(EXIT_STUCK)
