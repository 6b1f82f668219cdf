"""What the models have learned, in a real browser: found from the front page, readable, and of today."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from models.snapshot import Pin, Quality
from streams.events import activity
from streams.events.envelope import Event
from streams.web import numbers
from tests.browser import cast
from tests.browser.conftest import PHONE, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_the_front_page_leads_to_what_the_models_have_learned(shared_site: Site, open_page: Open) -> None:
    """By the card that says how good they are, and by the head of every page; and back again."""
    page = open_page(shared_site.url)
    page.get_by_role("link", name="What they have learned").click()
    expect(page.get_by_role("heading", name="What the models have learned")).to_be_visible()
    words = ("Silent", "Going quiet", "Slip", "Win", "No decision")
    expect(page.locator(".target h2")).to_have_text([re.compile(word) for word in words])
    page.get_by_role("link", name="All deals at risk").click()
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page).to_have_url(re.compile("/models$"))


def test_each_picture_says_its_chances_in_words_too(shared_site: Site, open_page: Open) -> None:
    """The most important features of the read model, in its order; a picture's name is read out with its figures."""
    page = open_page(f"{shared_site.url}/models")
    for learned in shared_site.stage.model.learned():
        figures = page.locator(f".target[data-key={learned.target}] figure")
        wanted = [each.feature for each in learned.features[:6] if each.importance >= 0.05]
        assert [each.get_attribute("data-key") for each in figures.all()] == wanted
        for figure in figures.all():
            picture = figure.get_by_role("img")
            expect(picture).to_have_attribute("aria-label", re.compile(r".+: \d+\u202f% at .+, \d+\u202f% at .+"))
            assert picture.locator("polyline, circle").count() > 0
        section = page.locator(f".target[data-key={learned.target}]")
        expect(section).to_contain_text(f"{learned.trained:,} outcomes learned")
        expect(section).to_contain_text(f"the average deal has {numbers.percent(learned.average)}")


@pytest.mark.parametrize("size", [PHONE, (1280, 800)])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off(size: tuple[int, int], dark: bool, shared_site: Site, open_page: Open, album: Path) -> None:
    """Neither on a phone: no text of a picture leaves it, and nothing scrolls sideways."""
    page = open_page(f"{shared_site.url}/models", size, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.curves svg')].flatMap((svg) => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
            }).map((text) => text.textContent);
        })"""
    )
    assert outside == []
    page.screenshot(path=album / f"models-{size[0]}{'-dark' if dark else ''}.png", full_page=True)


def test_it_reads_without_a_script(shared_site: Site, open_page: Open) -> None:
    """Everything is in the page that the server sends."""
    page = open_page(f"{shared_site.url}/models", scripts=False)
    expect(page.locator(".curves figure").first).to_be_visible()


def _a_call() -> Event:
    """Something that happens an hour later."""
    data = activity.CallData(duration_seconds=60)
    return activity.CallLogged(id="later", source=cast.CRM, time=cast.day(0, 1), subject="006Qh-kestrel", data=data)


def test_a_pin_appears_while_somebody_looks(site: Site, open_page: Open) -> None:
    """Models that come are shown without a reload, and say whose hand is on them."""
    page = open_page(f"{site.url}/models")
    expect(page.locator(".chip.warning")).to_have_count(0)
    page.evaluate("window.stays = true")

    def pinned() -> None:
        models = site.stage.model.models
        assert models is not None
        pin = Pin(models.epoch, "mara", "learned a broken feed", Quality(30, 0.5, 0.1, 0.6), Quality(30, 0.4, 0.1, 0.6))
        win = replace(models.targets["win"], pin=pin)
        site.stage.model.on_models(replace(models, epoch=models.epoch + 1, targets={**models.targets, "win": win}))

    site.server.do(pinned)
    site.play(_a_call())
    expect(page.locator(".target[data-key=win]")).to_contain_text("by mara: learned a broken feed", timeout=15_000)
    expect(page.locator(".target[data-key=win] .chip.warning")).to_have_text("pinned")
    assert page.evaluate("window.stays") is True
