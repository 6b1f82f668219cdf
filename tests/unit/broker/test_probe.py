"""The one request by hand, against answers by hand."""

import socket
import struct
import threading

from streams.broker.probe import cluster_id, read_cluster_id


def text(value: str | None) -> bytes:
    """Encode a string of the Kafka protocol."""
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


def answer(*, brokers: int, cluster: str | None, rack: str | None = None) -> bytes:
    """Return a Metadata answer without its length: correlation, brokers, cluster, controller, topics."""
    broker = struct.pack(">i", 1) + text("127.0.0.1") + struct.pack(">i", 20001) + text(rack)
    return struct.pack(">ii", 1, brokers) + broker * brokers + text(cluster) + struct.pack(">ii", 1, 0)


def ask_a_server_that_says(reply: bytes) -> str | None:
    """Return what the probe makes of `reply`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        found = cluster_id(server.getsockname()[1], timeout_s=5)
        thread.join()
    return found


def test_a_ready_broker_tells_its_cluster() -> None:
    """The cluster id stands behind the list of brokers, whatever their racks."""
    assert read_cluster_id(answer(brokers=1, cluster="abc")) == "abc"
    assert read_cluster_id(answer(brokers=2, cluster="abc", rack="r1")) == "abc"


def test_a_broker_not_yet_let_in_is_not_ready() -> None:
    """An answer that lists no broker is from one the controller still keeps outside."""
    assert read_cluster_id(answer(brokers=0, cluster="abc")) is None


def test_an_answer_over_the_wire_is_understood() -> None:
    """Length first, then the answer."""
    reply = answer(brokers=1, cluster="abc")

    assert ask_a_server_that_says(struct.pack(">i", len(reply)) + reply) == "abc"


def test_whatever_else_answers_is_no_broker() -> None:
    """Another server on the port, a cut answer or a closed connection are `None`, never an exception."""
    whole = answer(brokers=1, cluster="abc")
    framed = struct.pack(">i", len(whole)) + whole
    replies = [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, *(framed[:end] for end in range(5, 30, 7))]

    assert [ask_a_server_that_says(reply) for reply in replies] == [None] * len(replies)


def test_nobody_there_is_no_broker() -> None:
    """A refused connection is `None`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert cluster_id(port) is None
