"""What is said of listeners that are no Kafka: nothing, rather than something wrong."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
import trustme

from streams.access import handshake
from streams.access.handshake import certificate_ends, why_closed
from streams.access.kafka import Access, Kafka


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Give the address of a server that treats whoever comes as told."""

    def serve(server: socket.socket) -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                answer(caller)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def test_nobody_there_is_nothing_to_say() -> None:
    """That nobody listens is said by whoever asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert why_closed(Kafka(f"127.0.0.1:{port}, no-such-host.invalid:1")) is None


def test_who_never_answers_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy broker is none that refuses."""
    monkeypatch.setattr(handshake, "PATIENCE_S", 0.2)
    done = threading.Event()

    def keep(_: socket.socket) -> None:
        done.wait(10)

    with listening(keep) as address:
        assert why_closed(Kafka(address)) is None
        done.set()


@pytest.mark.parametrize("answer", [b"\x15\x03\x01\x00\x02\x02\x0a", b""])
def test_who_answers_with_an_alert_or_hangs_up_wants_tls(answer: bytes) -> None:
    """As TLS servers do where no handshake comes."""

    def reply(caller: socket.socket) -> None:
        caller.recv(100)
        caller.sendall(answer)

    with listening(reply) as address:
        said = why_closed(Kafka(address)) or ""
        assert said.startswith(f"{address} does not speak plaintext; set broker_protocol to SSL, or to SASL_SSL where ")


def test_when_a_certificate_ends_is_read_from_it() -> None:
    """So that somebody hears of it before nobody comes in any more."""
    authority, ends = trustme.CA(), datetime(2031, 5, 6, tzinfo=UTC)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(shown)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def show(caller: socket.socket) -> None:
        with suppress(OSError), shown.wrap_socket(caller, server_side=True) as encrypted:
            encrypted.recv(1)

    with listening(show) as address:
        assert certificate_ends(Kafka(address, Access("SSL", trusting))) == ends.timestamp()
        assert certificate_ends(Kafka(address, Access("SSL", ssl.create_default_context()))) is None
        assert certificate_ends(Kafka(address)) is None


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x02\x00\x00", b"\x00"])
def test_what_is_no_answer_of_kafka_ends_in_no_error(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a stranger sends is looked at within bounds, and nothing is guessed from it."""
    monkeypatch.setattr(handshake, "PATIENCE_S", 0.2)

    def reply(caller: socket.socket) -> None:
        caller.recv(100)
        caller.sendall(answer)

    with listening(reply) as address:
        for access in (Access(), Access("SASL_PLAINTEXT", mechanism="PLAIN", user="u", password="p")):
            assert why_closed(Kafka(address, access)) is None
