"""Whether a Kafka answers soon: all addresses at once, no longer than was said, and why where none does."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import trustme

from streams.access.kafka import Access, Kafka
from streams.access.soon import absent
from tests.unit.access.test_access_handshake import listening

WITHIN_S = 1.0
#: What a machine that is busy may add.
LATE_S = 2.0


@contextmanager
def swallowing() -> Iterator[str]:
    """Give an address at which no connection comes about, as behind a firewall: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"
        for each in waiting:
            each.close()


def closed() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def answer_as_kafka(caller: socket.socket) -> None:
    """Answer ApiVersions as Kafka does: with the number of the request."""
    with suppress(OSError):
        caller.recv(100)
        caller.sendall(struct.pack(">iihi", 10, 1, 0, 0))


def hang_up(caller: socket.socket) -> None:
    """Read what comes, and close, as a listener that wants TLS does."""
    caller.recv(100)


def asked(addresses: str, access: Access | None = None) -> str | None:
    """What comes of asking, in time."""
    began = time.monotonic()
    found = absent(Kafka(addresses, access or Access()), WITHIN_S)
    assert time.monotonic() - began < WITHIN_S + LATE_S
    return found


def test_one_that_answers_is_enough_beside_any_that_do_not() -> None:
    """Whichever is named first."""
    with swallowing() as swallows, listening(answer_as_kafka) as kafka:
        for addresses in (kafka, f"{closed()},{kafka}", f"{kafka},{swallows}", f"{swallows},{swallows},{kafka}"):
            assert asked(addresses) is None, addresses


def test_who_swallows_everything_is_waited_for_once_and_not_once_each() -> None:
    """Four of them cost no more than one."""
    with swallowing() as one, swallowing() as two, swallowing() as three, swallowing() as four:
        said = asked(f"{one},{two},{three},{four}") or ""
    assert "within 1 s; check the address, that it runs, and what is between" in said


def test_nobody_there_is_said_at_once_and_what_listens_in_silence_when_the_time_is_over() -> None:
    """Each in the words of those who wait longer."""
    began = time.monotonic()
    assert "nobody listens there" in (absent(Kafka(closed()), 60.0) or "")
    assert "knows no address for the name no-such-host.invalid" in (absent(Kafka("no-such-host.invalid:1"), 60.0) or "")
    assert time.monotonic() - began < 30.0
    done = threading.Event()

    def keep(_: socket.socket) -> None:
        done.wait(10)

    with listening(keep) as address:
        assert (asked(address) or "").startswith(f"something listens at {address}, but no Kafka answers within 1 s")
        done.set()


def test_who_wants_to_be_spoken_to_otherwise_is_said_with_what_to_set() -> None:
    """A TLS listener hangs up on plaintext, and a stranger's certificate is not trusted."""
    with listening(hang_up) as address:
        assert (asked(address) or "").startswith(f"{address} does not speak plaintext; set broker_protocol to SSL")


def test_one_that_speaks_tls_is_asked_through_it() -> None:
    """With whom one trusts; where that is somebody else the sentence says so."""
    authority = trustme.CA()
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(shown)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def answer(caller: socket.socket) -> None:
        with suppress(OSError), shown.wrap_socket(caller, server_side=True) as encrypted:
            answer_as_kafka(encrypted)

    with listening(answer) as address:
        assert asked(address, Access("SSL", trusting)) is None
        assert "is not trusted" in (asked(address, Access("SSL", ssl.create_default_context())) or "")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x04\x00\x00\x00\x02", b"\x00"])
def test_an_answer_that_is_not_kafkas_counts_as_none(answer: bytes) -> None:
    """A web server listens there, say."""

    def reply(caller: socket.socket) -> None:
        caller.recv(100)
        caller.sendall(answer)

    with listening(reply) as address:
        assert (asked(address) or "").startswith("something listens at")
