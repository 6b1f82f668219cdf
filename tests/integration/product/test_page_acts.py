"""A click in a real browser on a real worker's page, through a real Kafka, and back to the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from streams.admin.reading import Record
from streams.events import action
from streams.events.decode import decode
from streams.web.acting import SOURCE
from tests.browser.chromium import ARGUMENTS, find_browser
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_actions import _said, _silent_deal

pytestmark = pytest.mark.browser
_PATIENCE_MS = 60_000


def _actions(product: Product) -> list[Record]:
    return product.records("deal.alert-actions")


def test_a_click_on_acknowledge_reaches_the_deal_and_comes_back_live(product: Product) -> None:
    """At the deal's own time and under the name that was given; a second click says nothing more; undo undoes."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium, Chrome, Edge or Brave found; install one, or name it in the variable CHROMIUM")
    worker = product.start_worker().wait_ready()
    alert = _silent_deal(product)
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        page = browser.new_page()
        page.goto(f"{worker.address()}/inbox")
        expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        page.evaluate("window.stays = true")
        entry = page.locator(".entry", has_text="Quiet deal")
        entry.get_by_role("button", name="Acknowledge").dblclick()
        page.get_by_role("dialog").get_by_label("Your name").fill("Zoë")
        page.keyboard.press("Enter")
        expect(entry).to_contain_text("acknowledged by Zoë")
        page.get_by_role("button", name="Undo").click()
        expect(entry.get_by_role("button", name="Acknowledge")).to_be_visible()
        assert page.evaluate("window.stays") is True
        browser.close()
    first, second = (decode(each.value, each.key, each.timestamp) for each in _actions(product))
    assert isinstance(first, action.AlertAcknowledged)
    assert isinstance(second, action.AlertReopened)
    assert (first.source, first.actor, first.data.alert) == (SOURCE, "Zoë", alert.id)
    assert abs(first.at - alert.at) < 30 * 86_400_000  # February 2026, as the deal has it
    eventually(lambda: bool(_said(product, "reopened")), 60)
    assert [each.by for each in _said(product, "acknowledged")] == ["Zoë"]
    assert [each.by for each in _said(product, "reopened")] == ["Zoë"]
