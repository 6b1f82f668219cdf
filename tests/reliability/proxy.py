"""A TCP proxy between a worker and the broker, and the weather on that line."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum
from random import Random

CHUNK_BYTES = 16 * 1024
LATENCY_S = 0.5
SLOW_BYTES_PER_S = 10_000
RESET_SHARE = 0.01
LOOPBACK = "127.0.0.1"


class Weather(Enum):
    """What the line does to the bytes on it."""

    CLEAR = "clear"
    CUT = "cut"
    """Connections break, and new ones are closed at once."""
    DEAF = "half-open, nothing reaches the broker"
    """What the worker says vanishes; nobody is told."""
    MUTE = "half-open, nothing comes back"
    """What the broker says vanishes."""
    LATE = "500 ms latency"
    SLOW = "10 kB/s"
    RESETS = "1 % resets"
    """Each chunk breaks its connection with this chance."""


class Proxy:
    """Listens on one port, connects to another, and lets `weather` happen; an async context manager."""

    def __init__(self, port: int, target: int, seed: int = 0) -> None:
        """Stand between `port` and `target`, both on the loopback."""
        self._port = port
        self._target = target
        self._chance = Random(seed)
        self._weather = Weather.CLEAR
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Proxy:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Break every connection and listen no more."""
        assert self._server is not None
        self._server.close()
        self._break(self._lines)
        await self._server.wait_closed()

    @property
    def weather(self) -> Weather:
        """What the line does now."""
        return self._weather

    def turn(self, weather: Weather) -> None:
        """Change the weather; connections that lost bytes are broken, for what follows would be garbage."""
        self._weather = weather
        self._break(self._lines if weather is Weather.CUT else {line for line in self._lines if line.lost})

    def forget(self) -> None:
        """Let nothing more through on the connections there are, and tell neither end; new ones are not concerned.

        What a firewall does that has lost its table, or a machine that is gone.
        """
        for line in self._lines:
            line.forgotten = True

    def _break(self, lines: set[_Line]) -> None:
        for line in tuple(lines):
            line.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.CUT:
            writer.transport.abort()
            return
        try:
            back, forth = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, forth)
        self._lines.add(line)
        try:
            pumps = (self._pump(line, reader, forth, Weather.DEAF), self._pump(line, back, writer, Weather.MUTE))
            await asyncio.gather(*pumps)
        finally:
            line.abort()
            self._lines.discard(line)

    async def _pump(
        self, line: _Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter, swallows: Weather
    ) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK_BYTES):
                weather = self._weather
                if line.forgotten:
                    continue
                if weather is swallows:
                    line.lost = True
                    continue
                if weather is Weather.RESETS and self._chance.random() < RESET_SHARE:
                    break
                if weather is Weather.LATE:
                    await asyncio.sleep(LATENCY_S)
                elif weather is Weather.SLOW:
                    await asyncio.sleep(len(chunk) / SLOW_BYTES_PER_S)
                sink.write(chunk)
                await sink.drain()
        line.abort()


class _Line:
    """One connection, as its two ends."""

    def __init__(self, *ends: asyncio.StreamWriter) -> None:
        self._ends = ends
        self.lost = False
        self.forgotten = False

    def abort(self) -> None:
        """Break both ends at once."""
        for end in self._ends:
            end.transport.abort()
