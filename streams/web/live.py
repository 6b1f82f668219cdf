"""Telling browsers what changed: server-sent events with bounded memory, and at most a few messages a second.

The theory. Nobody is told about single state changes. While at least one browser listens, a task asks the source four
times a second what changed, and makes one message of it: so 10,000 changes a second cost four messages. Every message
has a number and stays in a ring for a while; a browser that comes back with the last number it saw gets what it missed.
One that was away for too long, or comes back to another process, is told to reload. The same goes for a browser that
reads too slowly: its queue has a bound, the oldest messages are dropped, and it is told so before it gets the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import NamedTuple

from streams.errors import DealwatchError

#: What is new, as the data of one message; none where nothing is.
Source = Callable[[], str | None]

_BOOT_BYTES = 4
_MAX_DIGITS = 16


class TooManyBrowsers(DealwatchError):
    """The page is open in more browsers than it serves live; close some, or raise the limit."""

    id = "err-too-many-browsers"


class Message(NamedTuple):
    """One message: its number within this process, and its data in one line."""

    number: int
    data: str


@dataclass(slots=True, eq=False)
class _Browser:
    """One open connection: what waits for it, and whether something was dropped."""

    waiting: deque[Message] = field(default_factory=deque)
    lost: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLimits:
    """Bounds in numbers and seconds."""

    browsers: int = 100
    queue: int = 16
    ring: int = 240
    pulse_s: float = 0.25
    heartbeat_s: float = 15.0
    retry_s: float = 2.0


class Hub:
    """All open connections. `stream` serves one of them, `close` ends them all before the server stops."""

    def __init__(self, limits: HubLimits | None = None) -> None:
        """Begin without connections; nothing runs until the first one."""
        self._limits = limits or HubLimits()
        # The number of a message means nothing to another process, so every process has a name of its own.
        self._boot = token_hex(_BOOT_BYTES)
        self._number = 0
        self._ring: deque[Message] = deque(maxlen=self._limits.ring)
        self._browsers: set[_Browser] = set()
        self._source: Source = lambda: None
        self._pulse: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        """How many browsers listen."""
        return len(self._browsers)

    @property
    def position(self) -> str:
        """The id of the latest message: a page made now needs to be told what comes after it."""
        return f"{self._boot}-{self._number}"

    def listen_to(self, source: Source) -> None:
        """Ask this source what is new, from now on."""
        self._source = source

    def publish(self, data: str) -> None:
        """Give one message to all browsers; `data` must be one line."""
        self._number += 1
        message = Message(self._number, data)
        self._ring.append(message)
        for browser in self._browsers:
            browser.waiting.append(message)
            if len(browser.waiting) > self._limits.queue:
                browser.waiting.popleft()
                browser.lost = True
            browser.news.set()

    def stream(self, last_id: str = "") -> AsyncIterator[bytes]:
        """Serve one browser, from after the message `last_id` on; ends with `close`. Raises `TooManyBrowsers`."""
        if len(self._browsers) >= self._limits.browsers:
            raise TooManyBrowsers(f"{self._limits.browsers} browsers listen already")
        return self._serve(last_id)

    async def close(self) -> None:
        """End all streams; browsers will try again. A server that drains its connections would wait for them."""
        self._closed = True
        self._wake_all()
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.wait([self._pulse])
            self._pulse = None

    async def _serve(self, last_id: str) -> AsyncIterator[bytes]:
        # Counted from the first step on: an iterator that is never begun is never ended either.
        limits = self._limits
        browser = _Browser()
        self._resume(browser, last_id)
        self._browsers.add(browser)
        self._start_pulse()
        try:
            yield f"retry: {int(limits.retry_s * 1000)}\n: hello\n\n".encode()
            while True:
                try:
                    await asyncio.wait_for(browser.news.wait(), limits.heartbeat_s)
                    chunk = self._take(browser)
                except TimeoutError:
                    chunk = b": still here\n\n"
                if not self._is_on:
                    return
                yield chunk
                # One chunk per pulse and browser, however fast messages come.
                await asyncio.sleep(limits.pulse_s)
        finally:
            self._browsers.discard(browser)

    def _take(self, browser: _Browser) -> bytes:
        """Everything that waits for a browser, as one chunk."""
        parts = [f"id: {self._boot}-{each.number}\nevent: change\ndata: {each.data}\n\n" for each in browser.waiting]
        if browser.lost:
            # Without an id when nothing follows: the number last seen stays what it was.
            position = f"id: {self.position}\n" if not parts else ""
            parts.insert(0, f"{position}event: reload\ndata: {{}}\n\n")
        browser.waiting.clear()
        browser.lost = False
        browser.news.clear()
        return "".join(parts).encode()

    def _resume(self, browser: _Browser, last_id: str) -> None:
        """Put into the queue what was missed since `last_id`; a browser that names none begins with what comes next."""
        if not last_id or last_id == self.position:
            return
        boot, _, number = last_id.rpartition("-")
        last = int(number) if number.isascii() and number.isdigit() and len(number) < _MAX_DIGITS else -1
        oldest = self._ring[0].number if self._ring else self._number + 1
        if boot == self._boot and oldest - 1 <= last <= self._number:
            missed = [each for each in self._ring if each.number > last]
            browser.lost = len(missed) > self._limits.queue
            browser.waiting.extend(missed[-self._limits.queue :])
        else:
            browser.lost = True
        browser.news.set()

    @property
    def _is_on(self) -> bool:
        return not self._closed and self._pulse is not None and not self._pulse.done()

    def _wake_all(self) -> None:
        for browser in self._browsers:
            browser.news.set()

    def _start_pulse(self) -> None:
        if self._pulse is None or self._pulse.done():
            self._pulse = asyncio.get_running_loop().create_task(self._beat(), name="web-pulse")

    async def _beat(self) -> None:
        """Ask the source while anybody listens. Where it raises, the streams end, and browsers come back."""
        try:
            while self._browsers and not self._closed:
                data = self._source()
                if data is not None:
                    self.publish(data)
                await asyncio.sleep(self._limits.pulse_s)
        finally:
            self._wake_all()
