"""Signing in, in a real browser: the form, the cookie, links from elsewhere, and what other sites may not do."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from streams.web.gate import COOKIE, SESSION_S, Gate
from tests.browser.conftest import Site, serve
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

TOKEN = "a-token-drawn-by-chance"


class Clock:
    """Seconds since 1970 that the test moves on."""

    def __init__(self) -> None:
        self.s = 1_000_000_000.0


@pytest.fixture
def clock() -> Clock:
    """The time by which sessions end."""
    return Clock()


@pytest.fixture
def site(played: Stage, clock: Clock) -> Iterator[Site]:
    """An application that asks for a token."""
    stage = copy.deepcopy(played)
    own = Site(stage, serve(stage, gate=Gate(TOKEN, lambda: clock.s, lambda: int(clock.s * 1000))))
    yield own
    own.server.stop()


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    """A browser that nobody has used."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


class _Elsewhere(BaseHTTPRequestHandler):
    """Another site, whose page is what the test says."""

    def __init__(self, text: str, *rest: object) -> None:
        self._text = text
        super().__init__(*rest)  # type: ignore[arg-type]  # what the server gives

    def do_GET(self) -> None:
        """Answer with the page."""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self._text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Elsewhere:
    """Other sites under another name of this machine; they end with the test."""

    def __init__(self) -> None:
        self._servers: list[ThreadingHTTPServer] = []

    def site(self, text: str) -> str:
        """Open a site with one page, and return its address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Elsewhere, text))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        return f"http://localhost:{server.server_address[1]}/"

    def close(self) -> None:
        """End them."""
        for each in self._servers:
            each.shutdown()
            each.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Other sites."""
    made = Elsewhere()
    yield made
    made.close()


def sign_in(page: Page, url: str, token: str = TOKEN) -> None:
    """Open an address, and fill in the form that comes."""
    page.goto(url)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_the_page_lives(site: Site, browser_page: Page) -> None:
    """A wrong token is said; the right one leads to what was asked for, which then is live and takes actions."""
    page = browser_page
    sign_in(page, f"{site.url}/inbox", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("That is not the token")
    assert page.url == f"{site.url}/login"
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/inbox")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    [cookie] = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (COOKIE, True, "Strict")
    assert page.evaluate("document.cookie") == ""
    answer = page.evaluate(
        """async () => (await fetch("/api/actions", {method: "POST", body: "{}",
           headers: {"content-type": "application/json"}})).status"""
    )
    assert answer == 400, "it came through to who reads actions, and says nothing"


def test_the_form_is_for_everybody(site: Site, browser_page: Page) -> None:
    """No violation of what axe-core knows, and the field has the focus."""
    browser_page.goto(f"{site.url}/")
    expect(browser_page.get_by_label("Token")).to_be_focused()
    assert Axe().run(browser_page).response["violations"] == []


def test_a_link_from_elsewhere_leads_to_the_deal(site: Site, browser_page: Page, elsewhere: Elsewhere) -> None:
    """The browser keeps the strict cookie back on such a way; still nobody who is signed in is asked again."""
    sign_in(browser_page, f"{site.url}/")
    expect(browser_page).to_have_url(f"{site.url}/")
    browser_page.goto(elsewhere.site(f'<a href="{site.url}/inbox">in a message</a>'))
    browser_page.get_by_text("in a message").click()
    expect(browser_page).to_have_url(f"{site.url}/inbox")
    expect(browser_page.locator("#connection")).to_have_attribute("data-state", "live")


def test_another_site_can_do_nothing_with_the_session(site: Site, browser_page: Page, elsewhere: Elsewhere) -> None:
    """Neither with a form nor with a script, of another site or of another port of this machine."""
    page = browser_page
    sign_in(page, f"{site.url}/")
    expect(page).to_have_url(f"{site.url}/")
    form = f'<form method="post" action="{site.url}/logout"><button>Win a prize</button></form>'
    ports = elsewhere.site(form).replace("localhost", "127.0.0.1")
    for address in (elsewhere.site(form), ports):
        page.goto(address)
        page.get_by_text("Win a prize").click()
        expect(page.locator("body")).to_contain_text("err-cross-site")
        page.goto(address)
        asked = f"fetch('{site.url}/api/deals', {{credentials: 'include'}}).then(() => 'read', () => 'refused')"
        assert page.evaluate(asked) == "refused"
    page.goto(f"{site.url}/inbox")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def test_when_the_session_ends_the_form_comes(site: Site, browser_page: Page, clock: Clock) -> None:
    """At the next thing that the page wants to know; and from there the way back."""
    page = browser_page
    sign_in(page, f"{site.url}/inbox")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    clock.s += SESSION_S + 1
    site.server.stop()
    site.server = serve(site.stage, site.server.port, Gate(TOKEN, lambda: clock.s, lambda: int(clock.s * 1000)))
    expect(page.get_by_label("Token")).to_be_visible(timeout=30_000)
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/inbox")


def test_signing_out_takes_the_session(site: Site, browser_page: Page) -> None:
    """On the page of the form, where it says who is signed in."""
    page = browser_page
    sign_in(page, f"{site.url}/")
    page.goto(f"{site.url}/login")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert page.context.cookies() == []
    page.goto(f"{site.url}/inbox")
    expect(page.get_by_label("Token")).to_be_visible()
