"""Why nobody comes in: one look at a listener by hand, where the client libraries only say that they waited in vain.

Requests of the Kafka protocol: ApiVersions 0, which everybody may ask; then SaslHandshake 1, which names the
mechanisms, or Metadata 2, which a listener that wants a name first does not answer.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from typing import Protocol

from streams.access.kafka import Access, Kafka

#: Seconds for a connection, and for each answer.
PATIENCE_S = 3.0
_API_VERSIONS, _SASL_HANDSHAKE, _SASL_AUTHENTICATE, _METADATA = (18, 0), (17, 1), (36, 1), (3, 2)
_CORRELATION = 1
_ANSWERED = struct.pack(">i", _CORRELATION)
_NO_TOPICS = struct.pack(">i", 0)
_UNSUPPORTED_MECHANISM, _NO_SASL_HERE = 33, 34
#: OpenSSL's numbers of what a certificate can lack (`X509_V_ERR_…`).
_EXPIRED, _OTHER_NAMES = 10, (62, 64)
_LARGEST_ANSWER = 1 << 20
#: How a TLS alert begins.
_TLS_ALERT = 0x15


class Proof(Protocol):
    """The client's part of a SASL mechanism, as kafka-python has them."""

    def auth_bytes(self) -> bytes: ...  # noqa: D102
    def receive(self, auth_bytes: bytes) -> object: ...  # noqa: D102
    def is_done(self) -> bool: ...  # noqa: D102


#: Makes the proof of a client for one connection.
Prove = Callable[[Access], Proof]


def why_closed(kafka: Kafka, prove: Prove | None = None) -> str | None:
    """Return what hinders, and after a semicolon what to do; none where nothing is found, or nobody listens.

    Whether a password or a token is accepted is tried where there is something to `prove` it with.
    """
    for address in kafka.servers:
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S) as connection:
                return _look(connection, host.strip("[]"), address, kafka.access, prove)
        except (OSError, ValueError, struct.error):
            continue
    return None


def speaks(connection: socket.socket, host: str, access: Access, within_s: float) -> bool:
    """Whether a Kafka is at the other end of a connection, and answers within so many seconds; nobody comes in."""
    try:
        if access.tls is None:
            return _ask(connection, _API_VERSIONS, b"", within_s)[:4] == _ANSWERED
        with access.tls.wrap_socket(connection, server_hostname=host) as encrypted:
            return _ask(encrypted, _API_VERSIONS, b"", within_s)[:4] == _ANSWERED
    except (OSError, ValueError, struct.error):
        return False


def certificate_ends(kafka: Kafka) -> float | None:
    """When the certificate of the first listener that shows one ends, in seconds since 1970; none without TLS."""
    if kafka.access.tls is None:
        return None
    for address in kafka.servers:
        host, _, port = address.rpartition(":")
        name = host.strip("[]")
        try:
            with (
                socket.create_connection((name, int(port)), PATIENCE_S) as connection,
                kafka.access.tls.wrap_socket(connection, server_hostname=name) as encrypted,
            ):
                shown = encrypted.getpeercert() or {}
                return ssl.cert_time_to_seconds(str(shown["notAfter"]))
        except (OSError, ValueError, KeyError):
            continue
    return None


def _look(connection: socket.socket, host: str, address: str, access: Access, prove: Prove | None) -> str | None:
    if access.tls is None:
        return _talk(connection, address, access, prove)
    try:
        encrypted = access.tls.wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return _of_certificate(error, address)
    except TimeoutError:
        return None
    except (ssl.SSLError, OSError) as error:
        if "ALERT" in str(getattr(error, "reason", "")):
            return _of_own_certificate(address, access)
        other = "SASL_PLAINTEXT" if access.mechanism else "PLAINTEXT"
        return f"{address} does not speak TLS; name the address that does, or set broker_protocol to {other}"
    with encrypted:
        return _talk(encrypted, address, access, prove)


def _talk(connection: socket.socket, address: str, access: Access, prove: Prove | None) -> str | None:
    try:
        answer = _ask(connection, _API_VERSIONS, b"")
    except TimeoutError:
        return None
    except ssl.SSLError:
        return _of_own_certificate(address, access)
    except OSError:
        answer = b""
    if access.tls is None and (not answer or answer[0] == _TLS_ALERT):
        return f"{address} does not speak plaintext; set broker_protocol to {_encrypted(access)}"
    if not answer:
        return None
    try:
        if access.mechanism:
            answer = _ask(connection, _SASL_HANDSHAKE, _text(access.mechanism))
            return _of_mechanism(answer, address, access) or _of_proof(connection, address, access, prove)
        answered = bool(_ask(connection, _METADATA, _NO_TOPICS))
    except TimeoutError:
        return None
    except OSError:
        answered = False
    if answered:
        return None
    return f"{address} asks who one is; set broker_protocol to SASL_{access.protocol}, broker_user and broker_password"


def _encrypted(access: Access) -> str:
    return "SASL_SSL" if access.mechanism else "SSL, or to SASL_SSL where a password is asked for"


def _of_certificate(error: ssl.SSLCertVerificationError, address: str) -> str:
    if error.verify_code in _OTHER_NAMES:
        todo = "name the broker as its certificate does, or let its operator put this name into it"
        return f"the certificate of {address} is for another name; {todo}"
    if error.verify_code == _EXPIRED:
        return f"the certificate of {address} has expired; let its operator renew it, or set the clock of this machine"
    todo = "set broker_ca to the file with the certificate of the authority that signed it"
    return f"the certificate of {address} is not trusted ({error.verify_message}); {todo}"


def _of_own_certificate(address: str, access: Access) -> str:
    if not access.certificate:
        return f"{address} asks for a certificate of the client; set broker_certificate and broker_key"
    todo = "use one that is valid and signed by an authority that the broker trusts"
    return f"{address} does not accept the certificate in {access.certificate}; {todo}"


def _of_mechanism(answer: bytes, address: str, access: Access) -> str | None:
    try:
        _, error, number = struct.unpack_from(">ihi", answer)
        offered = _texts(answer, 10, number)
    except (struct.error, UnicodeDecodeError):
        return None
    if error == _NO_SASL_HERE:
        return f"{address} asks for no password; set broker_protocol to {access.protocol.removeprefix('SASL_')}"
    if error == _UNSUPPORTED_MECHANISM:
        names = ", ".join(sorted(offered))
        return (
            f"{address} does not offer {access.mechanism}; set broker_mechanism to one of those that it does: {names}"
        )
    return None


def _of_proof(connection: socket.socket, address: str, access: Access, prove: Prove | None) -> str | None:
    if prove is None:
        return None
    proof = prove(access)
    while not proof.is_done():
        said = proof.auth_bytes()
        answer = _ask(connection, _SASL_AUTHENTICATE, struct.pack(">i", len(said)) + said)
        if not answer:
            return None
        error, length = struct.unpack_from(">hh", answer, 4)
        if error:
            return f"{address} does not accept {access.whom}; {access.correction}"
        position = 8 + max(length, 0)
        (length,) = struct.unpack_from(">i", answer, position)
        proof.receive(answer[position + 4 : position + 4 + length])
    return None


def _ask(connection: socket.socket, request: tuple[int, int], body: bytes, patience_s: float | None = None) -> bytes:
    """Send a request and return the answer, empty where the connection is closed instead, or the TLS alert that comes.

    Raises OSError, and ValueError for an answer that is not Kafka's.
    """
    connection.settimeout(PATIENCE_S if patience_s is None else patience_s)
    message = struct.pack(">hhih", *request, _CORRELATION, -1) + body
    connection.sendall(struct.pack(">i", len(message)) + message)
    answer = b""
    wanted = 4
    while len(answer) < wanted:
        received = connection.recv(64 * 1024)
        if not answer and (not received or received[0] == _TLS_ALERT):
            return received
        answer += received
        if len(answer) >= 4:
            wanted = 4 + int(struct.unpack_from(">i", answer)[0])
        if not received or not 0 < wanted <= _LARGEST_ANSWER:
            raise ValueError("the answer is no frame of Kafka's protocol")
    if answer[4:8] != _ANSWERED:
        raise ValueError("the answer is not to this request")
    return answer[4:]


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _texts(data: bytes, position: int, number: int) -> Sequence[str]:
    found = []
    for _ in range(number):
        (length,) = struct.unpack_from(">h", data, position)
        position += 2 + length
        found.append(data[position - length : position].decode())
    return found
