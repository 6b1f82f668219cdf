"""Whether a Kafka answers soon: for commands that have most of what they say without it, and do not let people wait."""

from __future__ import annotations

import socket
import time
from queue import Empty, SimpleQueue
from threading import Thread

from streams.access.handshake import speaks, why_closed
from streams.access.kafka import Access, Kafka
from streams.access.reach import Reach, in_words


def absent(kafka: Kafka, within_s: float) -> str | None:
    """Say why no Kafka answers within so many seconds, and what to do; none as soon as one of its addresses does.

    All addresses are asked at the same time, so that one that swallows everything costs no more than the others. The
    looking up of a name cannot be interrupted, so each is asked in a thread that may outlive the call.
    """
    until = time.monotonic() + within_s
    found: dict[str, Reach] = dict.fromkeys(kafka.servers, "silent")
    answers: SimpleQueue[bool | str] = SimpleQueue()
    for address in found:
        Thread(target=_ask, args=(address, kafka.access, within_s, found, answers), daemon=True).start()
    hindrance = ""
    for _ in range(len(found)):
        try:
            answer = answers.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        if answer is True:
            return None
        hindrance = hindrance or str(answer or "")
    return hindrance or in_words(kafka, f"within {within_s:g} s", dict(found))


def _ask(
    address: str, access: Access, within_s: float, found: dict[str, Reach], answers: SimpleQueue[bool | str]
) -> None:
    """Note what is at an address as soon as it is known, and answer: whether a Kafka speaks there, or what hinders."""
    answer: bool | str = False
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), within_s) as connection:
            found[address] = "open"
            answer = speaks(connection, host.strip("[]"), access, within_s)
        answer = answer or why_closed(Kafka(address, access)) or False
    except socket.gaierror:
        found[address] = "unknown"
    except ConnectionRefusedError:
        found[address] = "closed"
    except (OSError, ValueError, OverflowError):
        pass  # it stays silent
    answers.put(answer)
