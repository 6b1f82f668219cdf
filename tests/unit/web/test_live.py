"""The hub: browsers hear of changes a few times a second, lose the oldest when they are slow, and are told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import cast

import pytest

from streams.web.live import Hub, HubLimits, TooManyBrowsers

QUICK = HubLimits(pulse_s=0.001, heartbeat_s=5.0)
#: A hub that never asks its source again within a test, and serves as fast as it can.
SELDOM = HubLimits(pulse_s=0.02, heartbeat_s=5.0, queue=3, ring=5)


def live(test: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a test on an event loop, for at most ten seconds."""
    asyncio.run(asyncio.wait_for(test(), 10))


def _opened(stream: AsyncIterator[bytes]) -> aclosing[AsyncGenerator[bytes, None]]:
    return aclosing(cast(AsyncGenerator[bytes, None], stream))


async def _said(stream: AsyncIterator[bytes]) -> list[str]:
    """The data and events of the next chunk, `reload` for the request to reload."""
    chunk = (await anext(stream)).decode()
    events = [part for part in chunk.split("\n\n") if part]
    return ["reload" if "event: reload" in part else part.rpartition("data: ")[2] for part in events]


async def _begun(stream: AsyncIterator[bytes]) -> None:
    assert (await anext(stream)).startswith(b"retry: 2000\n")


def test_what_the_source_says_reaches_every_browser_with_a_number() -> None:
    """One look at the source makes one message, with an id to resume from, for all that listen."""

    async def test() -> None:
        hub = Hub(QUICK)
        news = iter(("one",))
        hub.listen_to(lambda: next(news, None))
        async with _opened(hub.stream()) as first, _opened(hub.stream()) as second:
            await _begun(first)
            await _begun(second)
            chunk = (await anext(first)).decode()
            assert chunk == f"id: {hub.position}\nevent: change\ndata: one\n\n"
            assert (await anext(second)).decode() == chunk

    live(test)


def test_ten_thousand_changes_cost_a_few_messages() -> None:
    """The source is asked at its pace, not called at every change, and nobody asks while nobody listens."""

    async def test() -> None:
        hub = Hub(HubLimits(pulse_s=0.05, heartbeat_s=5.0))
        asked = 0

        def source() -> str:
            nonlocal asked
            asked += 1
            return "changed"

        hub.listen_to(source)
        await asyncio.sleep(0.1)
        assert asked == 0
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            chunks = 0
            until = asyncio.get_running_loop().time() + 0.5
            while asyncio.get_running_loop().time() < until:
                await anext(stream)
                chunks += 1
            assert asked <= 12
            assert chunks <= 11
        await asyncio.sleep(0.15)
        before = asked
        await asyncio.sleep(0.15)
        assert asked == before

    live(test)


def test_a_browser_gets_what_came_meanwhile_in_one_piece() -> None:
    """However fast messages are published, a browser is served once a pulse, with all that came since."""

    async def test() -> None:
        hub = Hub(HubLimits(pulse_s=0.1, heartbeat_s=5.0, queue=1000))
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            hub.publish("first")
            assert await _said(stream) == ["first"]
            waiting = asyncio.ensure_future(_said(stream))
            for number in range(20):
                hub.publish(f"m{number}")
                await asyncio.sleep(0)  # turns of the loop, in which a stream without a pulse would serve
            assert await waiting == [f"m{number}" for number in range(20)]

    live(test)


def test_a_slow_browser_loses_the_oldest_and_is_told_to_reload() -> None:
    """A queue that overflows drops from its old end; the browser hears "reload" before what is left."""

    async def test() -> None:
        hub = Hub(SELDOM)
        async with _opened(hub.stream()) as slow, _opened(hub.stream()) as quick:
            await _begun(slow)
            await _begun(quick)
            for number in range(5):
                hub.publish(f"m{number}")
                if number < 3:
                    assert await _said(quick) == [f"m{number}"]
            assert await _said(slow) == ["reload", "m2", "m3", "m4"]
            assert await _said(quick) == ["m3", "m4"]

    live(test)


def test_a_browser_that_comes_back_gets_what_it_missed() -> None:
    """`Last-Event-ID` resumes from the ring; a position that left the ring, or another process's, means reload."""

    async def test() -> None:
        hub = Hub(SELDOM)
        start = hub.position
        hub.publish("m1")
        seen = hub.position
        hub.publish("m2")
        hub.publish("m3")
        async with _opened(hub.stream(seen)) as stream:
            await _begun(stream)
            assert await _said(stream) == ["m2", "m3"]
        async with _opened(hub.stream(start)) as stream:
            await _begun(stream)
            assert await _said(stream) == ["m1", "m2", "m3"]
        for number in range(4, 8):
            hub.publish(f"m{number}")
        for stranger in (start, "0badf00d-3", "nonsense", f"{start.split('-')[0]}-9999", f"x-{'9' * 5000}"):
            async with _opened(hub.stream(stranger)) as stream:
                await _begun(stream)
                assert await _said(stream) == ["reload"]

    live(test)


def test_a_reload_gives_the_position_to_go_on_from() -> None:
    """After "reload" with nothing to follow, the browser resumes from now, not from where it was lost."""

    async def test() -> None:
        hub = Hub(SELDOM)
        hub.publish("m1")
        async with _opened(hub.stream("gone-1")) as stream:
            await _begun(stream)
            assert (await anext(stream)).decode() == f"id: {hub.position}\nevent: reload\ndata: {{}}\n\n"

    live(test)


def test_silence_is_filled_with_heartbeats() -> None:
    """A stream without news sends comments, so that a dead connection is noticed on both sides."""

    async def test() -> None:
        hub = Hub(HubLimits(pulse_s=0.01, heartbeat_s=0.02))
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            assert (await anext(stream)).startswith(b":")
            hub.publish("news")
            assert await _said(stream) == ["news"]

    live(test)


def test_connections_are_capped_and_come_free_again() -> None:
    """Beyond the cap a browser is refused; one that leaves makes room, also one that never began to read."""

    async def test() -> None:
        hub = Hub(HubLimits(browsers=1, pulse_s=0.01))
        hub.stream()
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            with pytest.raises(TooManyBrowsers, match="err-too-many-browsers"):
                hub.stream()
        assert len(hub) == 0
        hub.stream()

    live(test)


def test_closing_ends_every_stream_also_those_that_come_afterwards() -> None:
    """A server that waits for its connections can stop at once."""

    async def test() -> None:
        hub = Hub(HubLimits(pulse_s=0.01, heartbeat_s=60))
        async with _opened(hub.stream()) as stream, _opened(hub.stream()) as late:
            await _begun(stream)
            await hub.close()
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
            await _begun(late)
            with pytest.raises(StopAsyncIteration):
                await anext(late)

    live(test)


def test_a_source_that_breaks_ends_the_streams_instead_of_going_silent() -> None:
    """Browsers come back to a new pulse; a page that looks live and is not would be worse than an error."""

    async def test() -> None:
        hub = Hub(QUICK)

        def broken() -> str | None:
            raise RuntimeError("broken")

        hub.listen_to(broken)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
            hub.listen_to(lambda: "well again")
        async with _opened(hub.stream()) as stream:
            await _begun(stream)
            assert await _said(stream) == ["well again"]
            await hub.close()

    live(test)
