"""Whoever receives messages: a real web server and a real mail server, which keep what came and answer as told."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """Its body, read."""
        return json.loads(self.body)

    @property
    def key(self) -> str:
        """The delivery's id that went along."""
        return self.headers.get("idempotency-key", "")


class Answer:
    """How a server answers: a status, with headers, after a while."""

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None, after_s: float = 0.0) -> None:
        """Answer so."""
        self.status, self.headers, self.after_s = status, headers or {}, after_s


OK = Answer()


@dataclass
class Hook:
    """A web server. `answer` decides about each request, by its path and how many came before."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[str, int], Answer] = lambda _path, _before: OK
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def taken(self) -> list[Request]:
        """The requests that were answered with success."""
        with self.lock:
            return [each for each in self.requests if each.status < 300]

    def keys(self) -> list[str]:
        """The ids of what was taken, in order."""
        return [each.key for each in self.taken]


@contextmanager
def a_hook(port: int = 0) -> Iterator[Hook]:
    """Give a web server on loopback, at a free port where none is named."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            with hook.lock:
                answer = hook.answer(self.path, len(hook.requests))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.requests.append(Request(self.path, headers, body, answer.status))
            time.sleep(answer.after_s)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


class Mailbox:
    """What a mail server took. `refuse` is what it answers to a message instead, such as `550 no such user`."""

    def __init__(self) -> None:
        """Take everything."""
        self.messages: list[Message] = []
        self.refuse = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Take a message, or refuse it."""
        if self.refuse:
            return self.refuse
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    @property
    def ids(self) -> list[str]:
        """The delivery ids of what was taken, as in `Message-ID`."""
        return [str(each["Message-ID"]).strip("<>").partition("@")[0] for each in self.messages]


@contextmanager
def a_mail_server() -> Iterator[tuple[Mailbox, int]]:
    """Give a mail server on loopback, and its port."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop(no_assert=True)
