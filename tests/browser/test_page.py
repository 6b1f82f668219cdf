"""The page in a real browser: what people see, with the mouse, the keyboard, a phone, and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from streams.alerts.drivers import GROUPS
from streams.web import numbers
from streams.web.wanted import Wanted
from tests.browser import cast
from tests.browser.conftest import PHONE, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
FENWICK = "Fenwick Logistics - fleet planning"


def test_the_table_shows_deals_with_probabilities_reason_and_play(shared_site: Site, open_page: Open) -> None:
    """Every deal at risk stands in the table, in the order of the read model, with numbers, words and advice."""
    page = open_page(shared_site.url)
    deals = shared_site.stage.model.ranked(Wanted()).deals
    expect(page.locator("tr.row .deal a")).to_have_text([deal.facts.name for deal in deals])
    fenwick = next(deal for deal in deals if deal.facts.name == FENWICK)
    row = page.locator("tr.row", has_text=FENWICK)
    said = fenwick.watch.estimates
    for target, label in (("inactivity", "Silent"), ("slippage", "Slip"), ("win", "Win")):
        expect(row.locator(f"[data-label={label}]")).to_contain_text(numbers.percent(said[target].probability))
    expect(row).to_contain_text("EUR\u00a0184,000")
    expect(row).to_contain_text("Mara Lindqvist")
    assert fenwick.alert is not None and fenwick.alert.said is not None
    expect(row.locator(".why")).to_contain_text(fenwick.alert.said.title)
    expect(row.locator(".play")).to_have_text(fenwick.alert.advice)
    expect(page.locator("#figures")).to_contain_text(f"of {len(shared_site.stage.model._ranking)} open deals at risk")
    expect(page.locator("#as-of")).to_contain_text("Fri 22 May 2026, 14:40 UTC")


def test_the_keyboard_opens_a_deal_and_closes_it_again(shared_site: Site, open_page: Open) -> None:
    """Enter on a deal opens its panel under its own address; Escape closes it, and the focus is where it was."""
    page = open_page(f"{shared_site.url}/?owner=Mara+Lindqvist")
    link = page.get_by_role("table").get_by_role("link", name=FENWICK)
    link.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=FENWICK)
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile("/deals/006Qh-fenwick$"))
    expect(panel.locator(".advice ol li")).to_have_count(3)
    expect(panel.locator(".timeline li").first).to_be_visible()
    expect(panel.locator(".episode").first).to_contain_text("Clears when")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/\?owner=Mara"))
    expect(link).to_be_focused()


def test_reasons_add_up_before_the_reader(shared_site: Site, open_page: Open) -> None:
    """The points that are shown, added by hand, give the sum that is shown, for every target."""
    page = open_page(f"{shared_site.url}/deals/006Qh-fenwick")
    for risk in page.locator(".risk").all():
        if risk.get_attribute("open") is None:
            risk.locator("summary").click()
        shown = [_points(text) for text in risk.locator("tbody .num").all_inner_texts()]
        total, share = risk.locator("tfoot .num").all_inner_texts()
        assert len(shown) == 1 + len(GROUPS)
        assert sum(shown) == _points(total)
        assert share == risk.locator("summary .share").inner_text()
        assert len(risk.locator("tbody svg").all()) == 1 + len(GROUPS)


def test_every_driver_has_its_name(shared_site: Site, open_page: Open) -> None:
    """All of them, once a target, beside their sentences."""
    page = open_page(f"{shared_site.url}/deals/006Qh-fenwick")
    for risk in page.locator(".risk").all():
        if risk.get_attribute("open") is None:
            risk.locator("summary").click()
        assert sorted(risk.locator(".driver").all_inner_texts()) == sorted(group.name for group in GROUPS)


def test_the_history_is_a_curve_with_signs_and_the_same_as_a_table(shared_site: Site, open_page: Open) -> None:
    """Each point can be hovered, signs say what happened, and the table has every point with the latest first."""
    page = open_page(f"{shared_site.url}/deals/006Qh-fenwick")
    portrait = shared_site.stage.model.deal("006Qh-fenwick")
    assert portrait is not None
    points = portrait.history
    section = page.locator("section.history")
    expect(section.get_by_role("img")).to_have_accessible_name(re.compile("How the probabilities went from .* table"))
    strips = section.locator(".strip")
    expect(strips).to_have_count(len(points))
    strips.last.hover(force=True)
    now = ", ".join(
        f"{word} {numbers.percent(points[-1].probabilities[target])}"
        for target, word in (("inactivity", "Silent"), ("slippage", "Slip"), ("win", "Win"))
        if target in points[-1].probabilities
    )
    assert now in (strips.last.locator("title").text_content() or "")
    titles = section.locator("circle title").all_text_contents()
    assert any("Call" in each for each in titles)
    section.locator("summary").click()
    rows = section.locator("tbody tr")
    expect(rows).to_have_count(len(points))
    for target, share in zip(
        ("inactivity", "slippage", "win"), rows.first.locator(".num").all_inner_texts(), strict=True
    ):
        said = points[-1].probabilities.get(target)
        assert share == ("-" if said is None else numbers.percent(said))
    box, around = section.locator(".course").bounding_box(), section.bounding_box()
    assert box is not None and around is not None
    assert around["x"] <= box["x"] and box["x"] + box["width"] <= around["x"] + around["width"]


def _points(text: str) -> int:
    return round(float(text.replace("\u2212", "-")) * 100)


def test_the_back_button_leaves_the_panel_and_a_click_opens_it(shared_site: Site, open_page: Open) -> None:
    """A click anywhere on a row opens the deal; the browser's own history leads back and forth."""
    page = open_page(shared_site.url)
    page.locator("tr.row", has_text=FENWICK).locator(".why").click()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    page.go_back()
    expect(panel).to_be_hidden()
    page.go_forward()
    expect(panel).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(panel).to_be_hidden()
    expect(page).to_have_url(shared_site.url + "/")


def test_filters_stand_in_the_address(shared_site: Site, open_page: Open) -> None:
    """Choosing narrows the table at once, survives a reload, and goes away with the back button."""
    page = open_page(shared_site.url)
    rows = page.locator("tr.row")
    before = rows.count()
    page.get_by_label("Owner").select_option("Priya Raman")
    expect(page).to_have_url(re.compile(r"\?owner=Priya\+Raman$"))
    expect(rows).not_to_have_count(before)
    narrowed = rows.count()
    expect(page.locator("#announcer")).to_have_text(re.compile(rf"^{narrowed} deals?, the worst first$"))
    page.reload()
    expect(rows).to_have_count(narrowed)
    expect(page.get_by_label("Owner")).to_have_value("Priya Raman")
    page.go_back()
    expect(rows).to_have_count(before)
    page.get_by_label("Search").fill("halden")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    expect(rows).to_have_count(before)
    expect(page.get_by_label("Search")).to_have_value("")


def test_a_hostile_name_is_inert(shared_site: Site, open_page: Open) -> None:
    """A deal named like an attack is text in the table, in the feed and on its page, whatever its id holds."""
    page = open_page(shared_site.url)
    page.locator("tr.row", has_text="<script>").get_by_role("link").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", level=2)).to_have_text(cast.HOSTILE_NAME)
    assert "owned" not in page.title().replace(cast.HOSTILE_NAME, "")
    page = open_page(f"{shared_site.url}/deals/{quote(cast.HOSTILE_ID, safe='')}")
    expect(page.get_by_role("heading", level=2)).to_have_text(cast.HOSTILE_NAME)
    expect(page.locator("main img")).to_have_count(0)
    expect(page.locator("main script")).to_have_count(0)
    assert page.title().startswith("<script>")


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("path", ["/", "/?show=all", "/deals/006Qh-fenwick", "/deals/unknown", "/?q=zzz"])
def test_a_phone_never_scrolls_sideways(shared_site: Site, open_page: Open, width: int, path: str) -> None:
    """Nothing is wider than a small phone."""
    page = open_page(shared_site.url + path, (width, 740), expected=("404",))
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_a_phone_shows_the_same_as_cards(shared_site: Site, open_page: Open) -> None:
    """Deal, reason and labelled probabilities are there, and a tap opens the deal over the whole screen."""
    page = open_page(shared_site.url, PHONE)
    row = page.locator("tr.row", has_text=FENWICK)
    expect(row.locator("td.p").first).to_contain_text("usual")
    row.get_by_role("link").click()
    expect(page.locator("#panel")).to_be_visible()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE[0])


def test_everything_works_without_a_script(shared_site: Site, open_page: Open) -> None:
    """Links, filters and pages are links, forms and pages."""
    page = open_page(shared_site.url, scripts=False)
    page.get_by_label("Owner").select_option("Priya Raman")
    page.get_by_role("button", name="Apply").click()
    assert "owner=Priya+Raman" in page.url
    first = page.locator("tr.row .deal a").first
    name = first.inner_text()
    first.click()
    assert "/deals/" in page.url
    expect(page.get_by_role("heading", level=2)).to_contain_text(name)
    page.get_by_role("link", name="All deals at risk").click()
    expect(page.locator("tr.row").first).to_be_visible()


def test_landmarks_labels_and_explanations_are_there_for_everybody(shared_site: Site, open_page: Open) -> None:
    """A screen reader finds its way, and a keyboard reaches every explanation."""
    page = open_page(shared_site.url)
    for role in ("banner", "main", "complementary", "search", "table"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("columnheader")).to_have_count(8)
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"
    for field in page.locator("main form input, main form select").all():
        expect(field).to_have_accessible_name(re.compile(r"\w"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_role("button", name="Slip", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#about-slippage")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#about-slippage")).to_be_hidden()


def test_dark_and_light_follow_the_system(shared_site: Site, open_page: Open) -> None:
    """The page is dark where the system is, without a switch."""
    colours = [
        open_page(shared_site.url, dark=dark).evaluate("getComputedStyle(document.documentElement).backgroundColor")
        for dark in (True, False)
    ]
    dark, light = (sum(int(part) for part in re.findall(r"\d+", colour)[:3]) for colour in colours)
    assert dark < 150 < 600 < light


def test_photographs_for_the_documentation(shared_site: Site, open_page: Open, album: Path) -> None:
    """Pictures of the page; `SCREENSHOTS=docs/images` keeps them."""
    for name, size, dark in (("board", (1280, 800), False), ("board-dark", (1280, 800), True), ("phone", PHONE, False)):
        page = open_page(shared_site.url, size, dark=dark, calm=True)
        page.screenshot(path=album / f"{name}.png")
    page = open_page(f"{shared_site.url}/?owner=Mara+Lindqvist", calm=True)
    page.get_by_role("table").get_by_role("link", name=FENWICK).click()
    expect(page.locator("#panel .risk").first).to_be_visible()
    page.screenshot(path=album / "deal.png")
    assert all(each.stat().st_size > 20_000 for each in album.glob("*.png"))
