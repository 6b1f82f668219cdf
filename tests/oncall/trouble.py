"""What befalls a program or a topic: too little processor, a setting that somebody changed, one that comes and goes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams.admin.client import ConfigResource, ConfigResourceType, admin


@contextmanager
def again_and_again(what: Callable[[], object], pause_s: float) -> Iterator[None]:
    """Do something in a thread, with pauses, until the block ends; an error in it is raised there."""
    over = threading.Event()
    failed: list[BaseException] = []

    def turn() -> None:
        try:
            while not over.is_set():
                what()
                over.wait(pause_s)
        except BaseException as error:  # noqa: BLE001  # raised below, where it is seen
            failed.append(error)

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)
    if failed:
        raise failed[0]


@contextmanager
def starved(pid: int, runs_s: float, stands_s: float) -> Iterator[None]:
    """Let a process run for a moment and stand for a while, in turn, as a limit of its processor time does."""
    moment = threading.Event()

    def turn() -> None:
        os.kill(pid, signal.SIGSTOP)
        moment.wait(stands_s)
        os.kill(pid, signal.SIGCONT)

    with again_and_again(turn, runs_s):
        yield


def configure(bootstrap: str, topic: str, **settings: str) -> None:
    """Change settings of a topic, with `_` for the dots in their names."""
    named = {name.replace("_", "."): value for name, value in settings.items()}
    with admin(bootstrap) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
