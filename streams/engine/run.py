"""DOOR: an app -> an exit code. Runs the worker in this process until a signal or a failure ends it."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import faust

from streams.engine.app import EngineApp

EXIT_OK = 0
EXIT_FAILED = 1
STOP_AFTER_FAILURE_S = 4.0
STOP_RESERVE_S = 0.5
"""The process is ended by force this long before the time it was given is over."""
COLLECT = (20_000, 20, 50)
"""Python looks for cycles after so many new objects (700 by default), and at old objects so much more rarely. Records,
states and messages have no cycles. With the defaults looking took 7 % of a worker's time, 80 ms at once at worst."""


def to_stderr(sentence: str) -> None:
    """Say it to whoever looks at standard error."""
    print(sentence, file=sys.stderr, flush=True)


class EngineWorker(faust.Worker):
    """Faust's worker without its hands on logging, standard output and the debugger."""

    app: EngineApp

    def __init__(self, app: EngineApp, tell: Callable[[str], None] = to_stderr, **kwargs: Any) -> None:
        """Run `app`; `tell` people what they have to know."""
        self._tell = tell
        super().__init__(app, quiet=True, override_logging=False, redirect_stdouts=False, **kwargs)
        self.spinner = None
        self._guard: threading.Timer | None = None

    def install_signal_handlers(self) -> None:
        """Stop on SIGINT and SIGTERM. Faust would also open a debugger on SIGUSR2."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(signum, self._schedule_shutdown, signum)

    def _setproctitle(self, info: str, *, ident: str = "") -> None:
        pass

    async def on_startup_finished(self) -> None:
        """Say nothing."""

    def work(self) -> BaseException | None:
        """Start, and return when the worker has stopped: what ended it, or None for a signal."""
        starting = self._starting_fut = asyncio.ensure_future(self.start(), loop=self.loop)
        failure: BaseException | None = None
        try:
            self.loop.run_until_complete(starting)
        except asyncio.CancelledError:
            pass
        except Exception as exc:
            self.log.exception("The worker could not start: %r", exc)
            failure = exc
        self._limit_stop()
        try:
            if self._signal_stop_future is not None:
                self.loop.run_until_complete(self._signal_stop_future)
            elif not self._stopped.is_set():
                self.loop.run_until_complete(self._stop_after_failure())
            self.loop.run_until_complete(_cancel_everything_else())
        except Exception as exc:
            self.log.exception("The worker could not stop in order: %r", exc)
            failure = failure or exc
        finally:
            if self._guard is not None:
                self._guard.cancel()
        return failure or self.crash_reason or self.app.engine.stop_failure

    async def _stop_after_failure(self) -> None:
        # Half-started services of Faust can wait for each other for ever.
        try:
            await asyncio.wait_for(self.stop(), STOP_AFTER_FAILURE_S)
        except TimeoutError:
            self.log.warning("Some services did not stop after the failure")

    def _limit_stop(self) -> None:
        if self._guard is None:
            self._guard = _force_exit_after(self.app.settings.stop_timeout_s, self._tell)

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        self._limit_stop()
        super()._schedule_shutdown(signal)


def run(
    app: EngineApp,
    advise: Callable[[BaseException], str] = lambda _: "",
    tell: Callable[[str], None] = to_stderr,
) -> int:
    """Run the worker; return 0 when a signal stopped it and everything handled is committed, 1 otherwise.

    SIGTERM and SIGINT finish the slice at hand, commit, leave the group, and end the process within `stop_timeout_s`,
    by force if need be. A failure is told in one line (`tell`: on standard error), with what `advise` has to say of it
    after a semicolon; tracebacks go to the log.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app.loop = loop
    failure: BaseException | None
    try:
        with _collecting_seldom():
            failure = EngineWorker(app, tell, loop=loop).work()
    finally:
        loop.close()
    if failure is None:
        return EXIT_OK
    words = [f"{app.settings.app_id}: {type(failure).__name__}: {failure}", advise(failure)]
    tell("; ".join(filter(None, words)))
    return EXIT_FAILED


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Leave all that was imported out of the search for cycles, and search seldom."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _force_exit_after(seconds: float, tell: Callable[[str], None]) -> threading.Timer:
    """End the process a moment before `seconds` are over, unless the timer is cancelled."""

    def give_up() -> None:
        tell(f"could not stop within {seconds:.0f} s, exiting by force")
        os._exit(EXIT_FAILED)

    timer = threading.Timer(max(0.1, seconds - STOP_RESERVE_S), give_up)
    timer.daemon = True
    timer.start()
    return timer


async def _cancel_everything_else() -> None:
    """Cancel what still runs in this loop, and wait until it has noticed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
