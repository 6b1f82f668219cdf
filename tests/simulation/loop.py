"""An event loop that only moves when it is told to, one callback at a time, in a time that is told to it as well.

Each simulated process has one. A process that is never stepped again is as dead as after `kill -9`: nothing of it runs,
no `finally` and no `except`; one that is not stepped for a while was stopped with SIGSTOP.
"""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

MOST_STEPS_TO_END = 500


class Killed(SystemExit):
    """The process dies in the middle of a callback. Passes through everything, as nothing else does in asyncio."""


class SteppedLoop(asyncio.BaseEventLoop):
    """A loop without a selector: the network calls it back."""

    _ready: Any
    _scheduled: Any

    def __init__(self, clock: Callable[[], float]) -> None:
        """Live in the time of `clock`."""
        super().__init__()
        self._clock_of_world = clock
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        """Return the world's time."""
        return self._clock_of_world()

    def _process_events(self, event_list: Any) -> None:
        raise NotImplementedError

    def _write_to_self(self) -> None:
        pass

    @property
    def runnable(self) -> bool:
        """Whether a callback is due."""
        due = self.next_timer()
        return bool(self._ready) or (due is not None and due <= self.time())

    def next_timer(self) -> float | None:
        """Return when the next timer is due."""
        while self._scheduled and self._scheduled[0]._cancelled:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
        return self._scheduled[0]._when if self._scheduled else None

    def end(self) -> None:
        """Take the tasks apart, so that nothing of them is left for the garbage collector to complain of."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        for _ in range(MOST_STEPS_TO_END):
            if not self._ready:
                break
            self.step()
        self.close()

    def step(self) -> None:
        """Run one callback. Raises Killed."""
        now = self.time()
        while (due := self.next_timer()) is not None and due <= now:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False
            self._ready.append(handle)
        handle = self._ready.popleft()
        if handle._cancelled:
            return
        asyncio._set_running_loop(self)
        try:
            handle._run()
        finally:
            asyncio._set_running_loop(None)
