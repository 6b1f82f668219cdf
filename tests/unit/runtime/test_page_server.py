"""For whom a proxy asks: believed of those that are named, and of nobody else, whatever the environment says."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from streams.config.settings import load
from streams.errors import SettingsWrong
from streams.runtime.page import uvicorn_options


def heard(peer: str, proxies: str = "") -> tuple[str, str]:
    """Who asks, and by which scheme, as the application hears it of somebody who comes from `peer`."""
    found: list[tuple[str, str]] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append((scope["client"][0], scope["scheme"]))

    config = uvicorn.Config(application, **uvicorn_options(load(web_proxies=proxies).web_proxies))
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-proto", b"https")]
    scope: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/", "raw_path": b"/", "query_string": b"", "root_path": ""}
    scope |= {"scheme": "http", "client": (peer, 4711), "server": ("10.0.0.1", 8787), "headers": headers}
    asyncio.run(config.loaded_app(scope, None, None))
    return found[0]


@pytest.mark.parametrize(
    ("peer", "proxies"),
    [("127.0.0.1", ""), ("::1", ""), ("10.42.3.4", "10.42.0.0/16"), ("10.1.2.3", "192.0.2.1, 10.1.2.3")],
)
def test_a_proxy_that_is_named_is_believed(peer: str, proxies: str) -> None:
    """So each person has limits of his own, and a cookie that goes by TLS only."""
    assert heard(peer, proxies) == ("203.0.113.9", "https")


@pytest.mark.parametrize(("peer", "proxies"), [("10.42.3.4", ""), ("10.43.0.1", "10.42.0.0/16"), ("192.0.2.2", "")])
def test_nobody_else_is(peer: str, proxies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever guesses tokens would be somebody else at every guess."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert heard(peer, proxies) == (peer, "http")


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\r\n\r\n", b"GET /" + b"a" * 100_000, b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"]
)
def test_nonsense_is_refused_without_a_line_in_the_log(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reaches the port could fill it otherwise."""

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("it is no request")

    async def say() -> bytes:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(application, **uvicorn_options()))
            task = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(said)
            try:
                return await reader.read(100)
            except ConnectionError:
                return b"HTTP/1.1 400"
            finally:
                writer.close()
                server.should_exit = True
                await task

    assert asyncio.run(say()).startswith(b"HTTP/1.1 400")
    assert caplog.records == []


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.1;10.0.0.2"])
def test_names_and_everybody_are_no_proxies(proxies: str) -> None:
    """What would believe everybody, or nobody without saying so, is refused."""
    with pytest.raises(SettingsWrong, match="web_proxies: "):
        load(web_proxies=proxies)
