"""Whoever reaches the port cannot take the worker's files by opening connections and saying nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from streams.runtime.connections import MOST_CONNECTIONS, BoundedConnection, most_connections

HOST = "127.0.0.1"
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE_S = 30


class Few(BoundedConnection):
    """Three connections at once, and nobody waits for long."""

    most = 3
    request_s = 0.2


class Patient(Few):
    """The same, but whoever is in may think."""

    request_s = 3600.0


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, and answer; `/live` goes on for a while."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if scope["path"] == "/live":
        for _ in range(8):
            await send({"type": "http.response.body", "body": b"still here\n", "more_body": True})
            await asyncio.sleep(0.2)
    await send({"type": "http.response.body", "body": b"done"})


@asynccontextmanager
async def served(protocol: type[BoundedConnection]) -> AsyncIterator[int]:
    """A server with such connections, at a port."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        options = uvicorn.Config(application, http=protocol, lifespan="off", log_level="critical", access_log=False)
        server = uvicorn.Server(options)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await task


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Everything that comes until the other side ends."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["nothing", "half of the head", "half of the body"],
)
def test_a_request_that_does_not_come_to_its_end_is_not_awaited_for_ever(said: bytes) -> None:
    """Neither its head nor its body."""

    async def hold() -> bytes:
        async with served(Few) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(said)
            found = await until_closed(reader)
            writer.close()
            return found

    assert b"200 OK" not in asyncio.run(hold())


def test_beyond_the_most_connections_nobody_comes_in_until_one_leaves() -> None:
    """Those that are in are served."""

    async def crowd() -> tuple[bytes, bytes, bytes]:
        async with served(Patient) as port:
            held = [await asyncio.open_connection(HOST, port) for _ in range(Patient.most)]
            await answered(held[0])
            late = await asyncio.open_connection(HOST, port)
            late[1].write(ASK)
            refused = await until_closed(late[0])
            inside = await answered(held[1])
            held[2][1].close()
            await held[2][1].wait_closed()
            after = b""
            while not after:  # until the server has noticed
                again = await asyncio.open_connection(HOST, port)
                after = await answered(again)
                again[1].close()
            for _, writer in (*held, late):
                writer.close()
            return refused, inside, after

    refused, inside, after = asyncio.run(crowd())
    assert refused == b""
    assert b"200 OK" in inside and b"200 OK" in after


async def answered(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bytes:
    """The beginning of the answer to a request; nothing where there is none."""
    reader, writer = connection
    try:
        writer.write(ASK)
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read(200)
    except ConnectionError:
        return b""


def test_what_is_being_answered_is_left_alone_as_long_as_it_takes() -> None:
    """The live stream has no end, and its browsers say nothing more."""

    async def listen() -> bytes:
        async with served(Few) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            found = await until_closed(reader)
            writer.close()
            return found

    found = asyncio.run(listen())
    assert found.count(b"still here") == 8 and b"done" in found


def test_the_page_has_a_part_of_the_files_and_never_more_than_it_needs() -> None:
    """A quarter, where there are few."""
    assert 0 < most_connections() <= MOST_CONNECTIONS
