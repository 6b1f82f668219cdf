"""Every page and dialogue under axe-core, the field's own checker, with all of its rules, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import cast
from tests.browser.conftest import PHONE, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATHS = (
    "/",
    "/?show=all",
    "/?q=zzz",
    "/inbox",
    "/inbox?status=snoozed",
    "/inbox?status=due",
    "/deals/006Qh-fenwick",
    "/deals/006Qh-marlow",
    "/deals/006Qh-sable",
    "/deals/006Qh-vantage",
    "/deals/unknown",
    "/models",
    "/rules",
)
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule, why, and where."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']}: {node['target']}" for each in found for node in each["nodes"]]


@SCHEMES
@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_violation(path: str, dark: bool, shared_site: Site, open_page: Open) -> None:
    """Roles, names, order of headings, contrast and the rest."""
    page = open_page(shared_site.url + path, dark=dark, calm=True, name=cast.MARA, expected=("404",))
    assert violations(page) == []


@SCHEMES
def test_neither_has_a_phone(dark: bool, shared_site: Site, open_page: Open) -> None:
    """Where the table is laid out as cards."""
    for path in ("/", "/inbox", "/deals/006Qh-fenwick"):
        page = open_page(shared_site.url + path, PHONE, dark=dark, calm=True)
        assert violations(page) == []


@SCHEMES
@pytest.mark.parametrize("button", ["Snooze…", "Not useful…", "Assign…", "Hold…", "Acknowledge", "Keys"])
def test_a_dialogue_has_no_violation(button: str, dark: bool, shared_site: Site, open_page: Open) -> None:
    """Each of them; who acknowledges first is asked for a name."""
    page = open_page(f"{shared_site.url}/inbox", dark=dark, calm=True)
    page.get_by_role("button", name=button, exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


@SCHEMES
def test_a_dialogue_about_one_reason_has_no_violation(dark: bool, shared_site: Site, open_page: Open) -> None:
    """With the choice of the reason, which an alert of one reason has not."""
    page = open_page(f"{shared_site.url}/inbox", dark=dark, calm=True, name=cast.MARA)
    page.locator(".reason-acts").first.get_by_role("button", name="Not useful").click()
    expect(page.get_by_role("dialog").get_by_label("Which reason")).to_be_visible()
    assert violations(page) == []


@SCHEMES
def test_a_deal_beside_the_table_has_no_violation(dark: bool, shared_site: Site, open_page: Open) -> None:
    """The panel, over the page that it came from."""
    page = open_page(shared_site.url, dark=dark, calm=True)
    page.locator("tr.row a[data-deal]").first.click()
    expect(page.locator("#panel")).to_be_visible()
    assert violations(page) == []


@SCHEMES
def test_what_came_of_an_action_has_no_violation(dark: bool, site: Site, open_page: Open) -> None:
    """The line with the undo, and the entry that changed."""
    page = open_page(f"{site.url}/inbox", dark=dark, calm=True, name=cast.MARA)
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator(".handled").first).to_contain_text("acknowledged by")
    assert violations(page) == []
