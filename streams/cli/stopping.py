"""Whoever asks a program with a Kafka of its own to end, ends it as Ctrl-C does: what it started is stopped first.

The first request counts. A service manager may send a second one of another kind in the same instant, and a terminal
that closes sends one after its Ctrl-C: they ask for what is being done already, and must not leave it half done.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType

#: Asked to end by a person, by a service manager, or by a terminal that was closed.
_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_as_by_ctrl_c() -> None:
    """Raise KeyboardInterrupt in the main thread at the first request, whichever way the program is asked to end."""
    # Also where Ctrl-C was ignored: a shell starts so what it puts in the background, and nothing would ever stop it.
    _answer(_interrupt)


def end_undisturbed() -> None:
    """Be asked no more."""
    # Python complains of a signal that waits for its handler while that is set to be ignored: a handler it must be.
    _answer(_leave_unheard)


def run_until_asked(main: Coroutine[object, object, None]) -> None:
    """Run a coroutine; a request cancels it once, lets it clean up undisturbed, and then raises KeyboardInterrupt.

    `asyncio.run` alone takes a second request for impatience, and drops everything.
    """
    asked = False

    async def supervised() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(_number: int, _frame: FrameType | None) -> None:
            nonlocal asked
            asked = True
            end_undisturbed()
            loop.call_soon_threadsafe(task.cancel)

        _answer(stop)
        await main

    try:
        asyncio.run(supervised())
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        if not asked:
            end_as_by_ctrl_c()
    if asked:
        raise KeyboardInterrupt


def _answer(handler: Callable[[int, FrameType | None], None]) -> None:
    for each in _REQUESTS:
        signal.signal(each, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    end_undisturbed()
    raise KeyboardInterrupt


def _leave_unheard(_number: int, _frame: FrameType | None) -> None:
    """Go on stopping."""
