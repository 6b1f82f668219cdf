"""A worker's page with a token: asked for by the real process, and never written anywhere."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.integration.product.conftest import Product

pytestmark = pytest.mark.kafka

TOKEN = "0123456789abcdef0123456789abcdef"


def status_of(url: str, **headers: str) -> int:
    """What a worker answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_worker_asks_for_the_token_that_a_file_has(product: Product, tmp_path: Path) -> None:
    """Programs say it, a browser signs in for a session, probes need none; the log does not have it."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    product.extra["DEALWATCH_WEB_TOKEN"] = f"file:{file}"
    worker = product.start_worker().wait_ready()
    url = worker.address()
    assert [status_of(f"{url}{path}") for path in ("/", "/metrics", "/api/deals", "/readyz")] == [401, 401, 401, 200]
    assert status_of(f"{url}/metrics", authorization=f"Bearer {TOKEN}") == 200
    assert status_of(f"{url}/metrics", authorization="Bearer wrong") == 401
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = urllib.parse.urlencode({"token": TOKEN, "next": "/api/summary"}).encode()
    with browser.open(f"{url}/login", form, timeout=10) as answer:
        assert answer.url == f"{url}/api/summary"
        assert "deals" in json.dumps(json.load(answer))
    assert [cookie.has_nonstandard_attr("HttpOnly") for cookie in jar] == [True]
    shown = json.loads(product.run("doctor", "--json", check=False).stdout)
    [page] = [each for each in shown["checks"] if each["name"] == "page"]
    assert (page["verdict"], "asks for a token" in page["found"]) == ("ok", True)
    assert TOKEN not in worker.log.read_text() + json.dumps(shown)


def test_no_worker_listens_beyond_loopback_without_a_token(product: Product) -> None:
    """It says why, and ends as for any other setting that cannot be."""
    product.extra["DEALWATCH_WEB_HOST"] = "0.0.0.0"
    for token, why in (("", "for everybody"), ("short", "can be guessed"), ("env:NOT_THERE", "NOT_THERE")):
        product.extra["DEALWATCH_WEB_TOKEN"] = token
        ended = product.run_apart("worker", "--role", "track", "--port", "0")
        assert ended.returncode == 2
        assert why in ended.stderr
