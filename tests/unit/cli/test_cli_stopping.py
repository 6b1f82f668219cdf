"""Being asked to end: what was started is stopped, once and wholly, however often and in which way one is asked."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from streams.cli.stopping import end_as_by_ctrl_c, end_undisturbed, run_until_asked

_REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Give the signals back to the test runner."""
    before = [signal.getsignal(each) for each in _REQUESTS]
    yield
    for each, handler in zip(_REQUESTS, before, strict=True):
        signal.signal(each, handler)


class _Work:
    """A coroutine that takes a while to clean up."""

    def __init__(self, requests: tuple[signal.Signals, ...], later: tuple[signal.Signals, ...] = ()) -> None:
        self._requests, self._later = requests, later
        self.cleaned = 0

    async def run(self) -> None:
        """Be asked to end in one instant in several ways, and again while cleaning up."""
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, _REQUESTS)
            for each in self._requests:
                signal.raise_signal(each)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _REQUESTS)
            await asyncio.sleep(60)
        finally:
            for each in self._later:
                signal.raise_signal(each)
            await asyncio.sleep(0)
            self.cleaned += 1


@pytest.mark.parametrize("second", _REQUESTS)
@pytest.mark.parametrize("first", _REQUESTS)
def test_a_second_request_of_the_same_instant_is_the_first_one(first: signal.Signals, second: signal.Signals) -> None:
    """Two signals at once end a coroutine as one does: it cleans up to its end, and KeyboardInterrupt comes out."""
    end_as_by_ctrl_c()
    work = _Work((first, second))
    with pytest.raises(KeyboardInterrupt):
        run_until_asked(work.run())
    assert work.cleaned == 1


@pytest.mark.parametrize("later", _REQUESTS)
def test_a_request_while_everything_is_being_stopped_does_not_keep_it_from_that(later: signal.Signals) -> None:
    """Neither the coroutine that cleans up nor what is stopped after it is interrupted."""
    end_as_by_ctrl_c()
    work = _Work((signal.SIGTERM,), (later, later))
    with pytest.raises(KeyboardInterrupt):
        run_until_asked(work.run())
    assert work.cleaned == 1
    signal.raise_signal(later)


@pytest.mark.parametrize("request_", _REQUESTS)
def test_outside_of_the_loop_the_first_request_interrupts_and_the_second_does_not(request_: signal.Signals) -> None:
    """Before and after the coroutine a request is a Ctrl-C too, and only one."""
    end_as_by_ctrl_c()

    async def nothing() -> None:
        """End at once."""

    run_until_asked(nothing())
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(request_)
    signal.raise_signal(request_)


def test_a_coroutine_that_fails_fails_as_it_does() -> None:
    """An error is no request, and a cancellation from inside stays one."""
    end_as_by_ctrl_c()

    async def fail() -> None:
        raise LookupError("lost")

    async def give_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(LookupError, match="lost"):
        run_until_asked(fail())
    with pytest.raises(asyncio.CancelledError):
        run_until_asked(give_up())


def test_whoever_is_asked_no_more_is_not_interrupted() -> None:
    """After the end of the work no request changes anything."""
    end_as_by_ctrl_c()
    end_undisturbed()
    for each in _REQUESTS:
        signal.raise_signal(each)
