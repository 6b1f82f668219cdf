"""Tokens: asked for once, kept until nearly used up, and refused without a secret in the words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams.access.tokens import TokenEndpoint, TokenPlace, TokenRefused

SECRET = "client-secret-7T"


class Giver:
    """A token endpoint that answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        """Give `t1`, `t2` and so on for 100 seconds each."""
        self.asked: list[str] = []
        self.status, self.body = 200, b""
        giver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                giver.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(giver.status)
                self.end_headers()
                usual = {"access_token": f"t{len(giver.asked)}", "expires_in": 100}
                self.wfile.write(giver.body or json.dumps(usual).encode())

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"


@pytest.fixture
def giver() -> Iterator[Giver]:
    """Return a token endpoint."""
    made = Giver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_token_is_kept_for_four_fifths_of_its_life(giver: Giver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many connections ask at once; none may get one that expires on the way."""
    now = 1000.0
    monkeypatch.setattr("streams.access.tokens.time", SimpleNamespace(monotonic=lambda: now))
    source = TokenEndpoint(giver.url, "client", SECRET, "kafka deals")
    assert [source.token(), source.token()] == ["t1", "t1"]
    now += 79
    assert source.token() == "t1"
    now += 2
    assert source.token() == "t2"
    assert giver.asked == ["grant_type=client_credentials&scope=kafka+deals"] * 2


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"no", "gives client no token (HTTP 401); check broker_user"),
        (200, b"hello", "answers without a token; correct broker_token_url"),
        (200, b'{"error": "x"}', "answers without a token"),
        (200, b"[]", "answers without a token"),
    ],
)
def test_what_is_no_token_is_refused_with_what_to_check(status: int, body: bytes, words: str, giver: Giver) -> None:
    """And without the client's secret."""
    giver.status, giver.body = status, body
    source = TokenEndpoint(giver.url, "client", SECRET)
    with pytest.raises(TokenRefused) as refused:
        source.token()
    assert words in str(refused.value)
    assert SECRET not in str(refused.value) + repr(source) + repr(refused.value.__cause__)


def test_an_endpoint_that_is_not_there_is_named() -> None:
    """The library's own words hold the request; what follows a question mark may be secret as well."""
    endpoint = TokenEndpoint(f"http://127.0.0.1:1/token?key={SECRET}", "client", SECRET)
    with pytest.raises(TokenRefused, match="check broker_token_url, and that it can be reached") as refused:
        endpoint.token()
    assert "no token from http://127.0.0.1:1/token (" in str(refused.value)
    assert SECRET not in str(refused.value) + repr(endpoint)


def test_a_token_in_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    """Somebody else renews it: Kubernetes, a sidecar."""
    file = tmp_path / "token"
    source = TokenPlace(f"file:{file}")
    for each in ("first", "second"):
        file.write_text(each)
        assert source.token() == each
