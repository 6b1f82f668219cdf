"""The page of the rules in a real browser: votes by team, reached from the head, made anew with the models of a day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from models.ballots import Tallies, Tally
from tests.browser import cast
from tests.browser.conftest import PHONE, Site
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
VOTES: Tallies = {
    "": {"going_quiet": Tally(2, 11, 6, 1.0, 8.5), "close_date_missed": Tally(4, 3, 3, 2.0, 2.0)},
    "emea": {"going_quiet": Tally(9, 1, 4, 6.0, 0.5)},
}


def _vote(site: Site, votes: Tallies) -> None:
    """Let the models of the day come with votes."""
    latest = site.stage.model.models
    assert latest is not None
    site.server.do(lambda: site.stage.model.on_models(replace(latest, feedback=votes)))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
def test_votes_are_shown_by_rule_and_team_without_a_violation(
    site: Site, open_page: Open, album: Path, size: tuple[int, int], dark: bool
) -> None:
    """With what they moved and the bound; nothing is wider than the window, and axe-core finds nothing."""
    _vote(site, VOTES)
    page = open_page(site.url, size, dark=dark, calm=True, name=cast.MARA)
    page.get_by_role("link", name="Rules", exact=True).click()
    table = page.get_by_role("table", name="What people say of Going quiet")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("row").nth(1)).to_contain_text("no team")
    expect(table.get_by_role("row").nth(1)).to_contain_text("from 65 %")
    expect(page.locator("#rule-close_date_missed")).to_contain_text("move nothing")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert violations(page) == []
    page.screenshot(path=album / f"rules-{size[0]}{'-dark' if dark else ''}.png", full_page=True)


def test_the_page_follows_the_models_and_a_link_leads_to_a_rule(site: Site, open_page: Open) -> None:
    """Votes appear without loading the page again."""
    page = open_page(f"{site.url}/rules", name=cast.MARA)
    expect(page.locator("#rules")).to_contain_text("Nobody has said")
    page.evaluate("window.stays = true")
    _vote(site, VOTES)
    site.play(*cast.feeds(until=-0.1, hours=240))  # time goes on, of which browsers are told
    expect(page.locator("#rule-going_quiet")).to_be_visible()
    assert page.evaluate("window.stays") is True
    page.goto(f"{site.url}/rules#rule-close_date_missed")
    expect(page.locator("#rule-close_date_missed")).to_be_in_viewport()
