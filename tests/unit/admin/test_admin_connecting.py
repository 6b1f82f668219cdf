"""How a Kafka that is not there yet is waited for."""

import socket
import threading

import pytest

from streams.admin import client
from streams.errors import BrokerUnreachable

PATIENCE_S = 6.0
LEAST = 9
"""Twice a second; with pauses that double it would be seven times."""


def test_a_kafka_that_is_away_is_asked_again_and_again_without_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a worker would notice only seconds later that it is back."""
    monkeypatch.setattr(client, "CONNECT_SECONDS", PATIENCE_S)
    asked = 0

    def refuse(listening: socket.socket) -> None:
        nonlocal asked
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            asked += 1
            caller.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=refuse, args=(listening,), daemon=True).start()
        port = listening.getsockname()[1]
        with pytest.raises(BrokerUnreachable), client.admin(f"127.0.0.1:{port}"):
            pass
        listening.shutdown(socket.SHUT_RDWR)
    assert asked >= LEAST, asked
