"""A real browser before the real application, which shows what the real core made of hand-written events."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from streams.events.envelope import Event
from streams.web.app import build_web
from streams.web.desk import Submit
from streams.web.gate import Gate
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.revenue_model import RevenueModel
from tests.browser import cast
from tests.browser.chromium import ARGUMENTS, find_browser
from tests.browser.server import PageServer
from tests.browser.stage import Stage

T = TypeVar("T")
PATIENCE_MS = 8_000
DESKTOP = (1280, 800)
PHONE = (390, 844)

expect.set_options(timeout=PATIENCE_MS)


@dataclass(slots=True)
class Site:
    """The running application with the stage behind it."""

    stage: Stage
    server: PageServer

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    def play(self, *events: Event) -> None:
        """Let events happen while browsers look on."""
        self.server.do(lambda: self.stage.play(events))

    def stop(self) -> None:
        """Let the server go away."""
        self.server.stop()

    def start(self) -> None:
        """Start another process's worth of application at the same address."""
        self.server = serve(self.stage, self.server.port)


def serve(
    stage: Stage,
    port: int = 0,
    gate: Gate | None = None,
    prometheus_url: str = "",
    revenue: RevenueModel | None = None,
    submit: Submit | None = None,
    user_header: str = "",
) -> PageServer:
    """Start the application over a stage, on which also happens what people do on the page, unless `submit` says else.

    `gate` asks for a token; `prometheus_url` is where dashboards ask; `revenue` has its answers; `user_header` names
    who asks.
    """
    hub = Hub()

    async def happens(event: Event) -> None:
        stage.play([event])

    app = build_web(
        stage.model,
        hub,
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="0.0.0",
        submit=submit or happens,
        gate=gate,
        prometheus_url=prometheus_url,
        revenue=revenue,
        user_header=user_header,
    )
    return PageServer(app, hub, port)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser of this machine; the tests are skipped, and say so, where there is none.

    Not for the whole session: Playwright keeps an event loop running, and no other test could run one of its own.
    """
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium, Chrome, Edge or Brave found; install one, or name it in the variable CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def played() -> Stage:
    """A stage after all events up to `cast.NOW`; not to be played on, since all tests share it."""
    stage = Stage()
    stage.play(cast.everything(cast.leading_parts()))
    return stage


@pytest.fixture(scope="session")
def shared_site(played: Stage) -> Iterator[Site]:
    """The application before that stage, for tests that only look."""
    server = serve(played)
    yield Site(played, server)
    server.stop()


@pytest.fixture(scope="session")
def frozen(played: Stage) -> bytes:
    """That stage as bytes, which never leave this process: made of them, another one comes sooner than by a copy."""
    return pickle.dumps(played)


@pytest.fixture
def site(frozen: bytes) -> Iterator[Site]:
    """An application of the test's own, whose stage may be played on."""
    stage = pickle.loads(frozen)
    own = Site(stage, serve(stage))
    yield own
    own.server.stop()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens an address; nothing may appear on the console, except what a test expects to."""
    contexts = []
    complaints: list[str] = []

    def open_page(
        url: str,
        size: tuple[int, int] = DESKTOP,
        *,
        dark: bool = False,
        scripts: bool = True,
        calm: bool = False,
        name: str = "",
        expected: tuple[str, ...] = (),
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        if name:  # whom the browser remembers
            page.add_init_script(f"localStorage.setItem('dealwatch.name', {json.dumps(name)})")

        def heard(text: str) -> None:
            if not any(each in text for each in expected):
                complaints.append(text)

        page.on("console", lambda message: heard(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard(str(error)))
        page.goto(url)
        if scripts:
            expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where photographs go: `SCREENSHOTS` in the environment (for example docs/images), else they are thrown away."""
    chosen = Path(os.environ.get("SCREENSHOTS", tmp_path))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen
