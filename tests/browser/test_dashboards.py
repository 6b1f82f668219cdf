"""Dashboards in a real browser: readable light and dark and on a phone, with and without a script, and kept fresh."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from streams.web.dashboards.definition import dashboards
from tests.browser.conftest import PHONE, serve
from tests.browser.stage import Stage
from tests.browser.test_accessibility import violations
from tests.unit.web.prometheus import Heard, Reply, a_prometheus, plausible, success

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
WIDE = (1400, 900)
#: All of them by day, and by night those that have every kind of panel.
LOOKS = [(uid, False) for uid in dashboards()] + [("dealwatch-overview", True), ("dealwatch-way", True)]


@dataclass
class Watched:
    """The application, the Prometheus that it asks, and for how many seconds messages wait, as that one says."""

    url: str
    heard: Heard
    waits: str = ""


@pytest.fixture(scope="module")
def watched(played: Stage) -> Iterator[Watched]:
    """The page over a stage, beside a server that answers as Prometheus does."""
    own = Watched("", Heard(""))

    def answer(path: str, fields: dict[str, str]) -> Reply:
        if own.waits and "lag_seconds" in fields.get("query", "") and 'role="send"' in fields["query"]:
            values = [[int(fields["end"]), own.waits]]
            return success({"resultType": "matrix", "result": [{"metric": {}, "values": values}]})
        return plausible(path, fields)

    with a_prometheus(answer) as own.heard:
        server = serve(played, prometheus_url=own.heard.url)
        own.url = server.url
        yield own
        server.stop()


@pytest.mark.parametrize(("uid", "dark"), LOOKS, ids=[f"{uid}-{'dark' if dark else 'light'}" for uid, dark in LOOKS])
def test_a_dashboard_has_no_violation_and_nothing_is_cut_off(
    uid: str, dark: bool, watched: Watched, open_page: Open, album: Path
) -> None:
    """By axe-core, with all of its rules; no text of a picture leaves its panel."""
    page = open_page(f"{watched.url}/dashboards/{uid}?range=15m", WIDE, dark=dark, calm=True)
    expect(page.locator("#dashboard .empty, #dashboard .problem")).to_have_count(0)
    assert violations(page) == []
    assert outside(page) == []
    page.screenshot(path=album / f"{uid}{'-dark' if dark else ''}.png", full_page=True)


def outside(page: Page) -> list[str]:
    """Texts of panels that leave them."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('#dashboard section')].flatMap((panel) => {
            const frame = panel.getBoundingClientRect();
            return [...panel.querySelectorAll('text, li, b, h3')].filter((text) => {
                const box = text.getBoundingClientRect();
                const aside = box.left < frame.left - 1 || box.right > frame.right + 1;
                return box.width > 0 && (aside || box.bottom > frame.bottom + 1);
            }).map((text) => `${panel.dataset.key}: ${text.textContent}`);
        })"""
    )
    return found


@pytest.mark.parametrize("uid", list(dashboards()))
def test_on_a_phone_panels_stand_below_one_another(uid: str, watched: Watched, open_page: Open) -> None:
    """Nothing scrolls sideways."""
    page = open_page(f"{watched.url}/dashboards/{uid}", PHONE, calm=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert outside(page) == []


def test_panels_lie_where_they_lie_in_grafana(watched: Watched, open_page: Open) -> None:
    """From the left in 24 columns, those of a row side by side."""
    page = open_page(f"{watched.url}/dashboards/dealwatch-overview", WIDE)
    whole = page.locator("#dashboard").bounding_box()
    assert whole is not None
    for panel in dashboards()["dealwatch-overview"].panels:
        if panel.type == "row":
            continue
        box = page.locator(f"[data-key=panel-{panel.id}]").bounding_box()
        assert box is not None
        place = panel.grid_pos
        assert box["x"] - whole["x"] == pytest.approx(whole["width"] * place.x / 24, abs=14)
        assert box["width"] == pytest.approx(whole["width"] * place.w / 24, abs=14)


def test_the_head_leads_to_them_and_every_one_to_the_others(watched: Watched, open_page: Open) -> None:
    """With what was chosen."""
    page = open_page(watched.url)
    page.get_by_role("link", name="Dashboards", exact=True).click()
    page.get_by_role("link", name="Pipeline").click()
    page.get_by_role("navigation", name="Time").get_by_role("link", name="1h", exact=True).click()
    expect(page).to_have_url(re.compile("range=1h"))
    page.get_by_label("Instance", exact=True).select_option("127.0.0.1:8788")
    expect(page).to_have_url(re.compile("range=1h.*var-instance=127.0.0.1%3A8788"))
    page.get_by_role("navigation", name="Dashboards").get_by_role("link", name="One deal's way").click()
    expect(page).to_have_url(re.compile("dealwatch-way.*range=1h.*var-instance=127.0.0.1%3A8788"))
    expect(page.get_by_label("Instance", exact=True)).to_have_value("127.0.0.1:8788")
    assert any("8788" in each["query"] for each in watched.heard.queries())


def test_a_deal_is_found_from_the_board_of_its_way(watched: Watched, open_page: Open) -> None:
    """Its id is written, and the page and the command that know it are a click and a copy away."""
    page = open_page(f"{watched.url}/dashboards/dealwatch-way")
    page.get_by_label("Deal", exact=True).fill("006Qh-kestrel")
    page.keyboard.press("Enter")
    expect(page.locator(".words")).to_contain_text("dealwatch deal show 006Qh-kestrel --at")
    page.get_by_role("link", name="its page").click()
    expect(page).to_have_url(f"{watched.url}/deals/006Qh-kestrel")


def test_it_stays_fresh_without_a_reload(watched: Watched, open_page: Open) -> None:
    """Where the bar of a step grows while somebody looks, they see it; what is open stays open."""
    watched.waits = "1"
    page = open_page(f"{watched.url}/dashboards/dealwatch-way?refresh=10s")
    bar = page.locator(".bars li", has_text="5 waits for who sends").locator("b")
    expect(bar).to_have_text("1 s")
    page.evaluate("window.stays = true")
    watched.waits = "95"
    expect(bar).to_have_text("1.58 min", timeout=25_000)
    expect(bar).to_have_class("is-red")
    assert page.evaluate("window.stays") is True


def test_it_reads_without_a_script(watched: Watched, open_page: Open) -> None:
    """Pictures, choices with their button, and a refresh of its own."""
    page = open_page(f"{watched.url}/dashboards/dealwatch-overview", scripts=False)
    expect(page.locator(".plot").first).to_be_visible()
    page.get_by_label("Job", exact=True).select_option("dealwatch-eu")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("var-job=dealwatch-eu"))
    assert page.locator("noscript").count() == 1


def test_hovering_says_the_values_of_a_moment(watched: Watched, open_page: Open) -> None:
    """By the browser's own means: each strip of a picture has a title."""
    page = open_page(f"{watched.url}/dashboards/dealwatch-overview?range=1h", WIDE)
    strips = page.locator("section", has_text="Burn rate, last hour").first.locator(".strip")
    assert strips.count() >= 30
    strips.nth(20).hover()
    assert re.search(r"UTC\n\w+: [\d.]+", strips.nth(20).locator("title").text_content() or "")
