"""Ask a Kafka broker who it is, with one request by hand: no client library, no log lines, a millisecond.

The request is Metadata version 2 of the Kafka protocol. A broker lists itself only once its controller has
let it in, so an answer that names a broker means: clients can work.
"""

import socket
import struct

from streams.broker.properties import LOOPBACK

_METADATA, _VERSION, _CORRELATION = 3, 2, 1
# No client id; an empty list of topics.
_REQUEST = struct.pack(">hhihi", _METADATA, _VERSION, _CORRELATION, -1, 0)
_FRAMED_REQUEST = struct.pack(">i", len(_REQUEST)) + _REQUEST
_LARGEST_ANSWER = 1 << 20


def cluster_id(port: int, *, timeout_s: float = 1.0) -> str | None:
    """Return the cluster id of the broker ready for clients on `port`; None if there is no such broker (yet)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s) as connection:
            connection.sendall(_FRAMED_REQUEST)
            with connection.makefile("rb") as answer:
                (length,) = struct.unpack(">i", answer.read(4))
                return read_cluster_id(answer.read(min(length, _LARGEST_ANSWER)))
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def read_cluster_id(answer: bytes) -> str | None:
    """Read the cluster id out of a Metadata answer; None if it lists no broker."""
    _correlation, brokers = struct.unpack_from(">ii", answer)
    position = 8
    for _ in range(brokers):
        position += 4  # node id
        _host, position = _read_string(answer, position)
        position += 4  # port
        _rack, position = _read_string(answer, position)
    found, _ = _read_string(answer, position)
    return found if brokers > 0 else None


def _read_string(data: bytes, position: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from(">h", data, position)
    start = position + 2
    if length < 0:
        return None, start
    (raw,) = struct.unpack_from(f">{length}s", data, start)
    return raw.decode(), start + length
