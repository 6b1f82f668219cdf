"""The proxy: what is sent arrives, late, slowly, never, or with a broken line, as the weather says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from streams.broker.ports import choose
from tests.reliability.proxy import LATENCY_S, LOOPBACK, SLOW_BYTES_PER_S, Proxy, Weather

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SOON_S = 0.3


def through(talk: Callable[[Proxy, int], Awaitable[None]]) -> None:
    """Let `talk` speak through a proxy to a server that echoes; it gets the proxy and its port."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1_000):
            writer.write(chunk)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(echo, LOOPBACK, 0)
        port = choose()
        async with server, Proxy(port, server.sockets[0].getsockname()[1], seed=1) as proxy:
            await talk(proxy, port)

    asyncio.run(run())


async def answer(client: Client, question: bytes, within_s: float = 5.0) -> bytes:
    """Say something and wait for the echo; nothing where the line is broken, TimeoutError where it is silent."""
    reader, writer = client
    try:
        async with asyncio.timeout(within_s):
            writer.write(question)
            return await reader.readexactly(len(question))
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""


def test_in_clear_weather_everything_arrives() -> None:
    """A megabyte goes there and back."""

    async def talk(proxy: Proxy, port: int) -> None:
        client = await asyncio.open_connection(LOOPBACK, port)
        assert await answer(client, b"x" * 1_000_000) == b"x" * 1_000_000

    through(talk)


def test_a_cut_breaks_lines_and_refuses_new_ones_until_it_is_over() -> None:
    """Old connections end, new ones too; afterwards it is as before."""

    async def talk(proxy: Proxy, port: int) -> None:
        client = await asyncio.open_connection(LOOPBACK, port)
        assert await answer(client, b"one") == b"one"
        proxy.turn(Weather.CUT)
        assert await answer(client, b"two") == b""
        assert await answer(await asyncio.open_connection(LOOPBACK, port), b"three") == b""
        proxy.turn(Weather.CLEAR)
        assert await answer(await asyncio.open_connection(LOOPBACK, port), b"four") == b"four"

    through(talk)


@pytest.mark.parametrize("weather", [Weather.DEAF, Weather.MUTE])
def test_a_half_open_line_is_silent_and_broken_afterwards(weather: Weather) -> None:
    """Nothing is said and nobody is told; a line that lost bytes does not go on as if it had not."""

    async def talk(proxy: Proxy, port: int) -> None:
        client = await asyncio.open_connection(LOOPBACK, port)
        assert await answer(client, b"one") == b"one"
        proxy.turn(weather)
        with pytest.raises(TimeoutError):
            await answer(client, b"two", SOON_S)
        proxy.turn(Weather.CLEAR)
        assert await answer(client, b"three") == b""

    through(talk)


def test_latency_and_a_slow_line_take_their_time() -> None:
    """There and back is at least twice the latency; bytes take as long as the rate says."""

    async def talk(proxy: Proxy, port: int) -> None:
        client = await asyncio.open_connection(LOOPBACK, port)
        proxy.turn(Weather.LATE)
        began = time.monotonic()
        assert await answer(client, b"one") == b"one"
        assert time.monotonic() - began >= 2 * LATENCY_S
        proxy.turn(Weather.SLOW)
        began = time.monotonic()
        assert await answer(client, b"x" * 2_000) == b"x" * 2_000
        assert time.monotonic() - began >= 2 * 2_000 / SLOW_BYTES_PER_S

    through(talk)


def test_resets_break_some_lines() -> None:
    """Of many exchanges on many lines, some end with a broken line and most do not."""

    async def talk(proxy: Proxy, port: int) -> None:
        proxy.turn(Weather.RESETS)
        broken = 0
        for _ in range(200):
            client = await asyncio.open_connection(LOOPBACK, port)
            broken += await answer(client, b"x") == b""
            client[1].close()
        assert 0 < broken < 50

    through(talk)


def test_a_target_that_is_away_breaks_the_line() -> None:
    """Nobody behind the proxy is the same as a refused connection."""

    async def run() -> None:
        port, nobody = choose(), choose()
        async with Proxy(port, nobody):
            assert await answer(await asyncio.open_connection(LOOPBACK, port), b"x") == b""

    asyncio.run(run())
