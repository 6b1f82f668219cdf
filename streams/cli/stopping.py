"""Whoever asks a program with a Kafka of its own to end, ends it as Ctrl-C does: what it started is stopped first."""

from __future__ import annotations

import signal

#: Asked to end by a service manager, or by a terminal that was closed.
_LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)


def end_as_by_ctrl_c() -> None:
    """Raise KeyboardInterrupt in the main thread, whichever way the program is asked to end."""
    # A shell starts what it puts in the background with Ctrl-C ignored; then nothing would ever stop it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in _LIKE_CTRL_C:
        signal.signal(each, _stop)


def end_undisturbed() -> None:
    """Be asked no more: a terminal that closes says so after its Ctrl-C, and nothing must be left half stopped."""
    for each in _LIKE_CTRL_C:
        signal.signal(each, signal.SIG_IGN)


def _stop(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)
