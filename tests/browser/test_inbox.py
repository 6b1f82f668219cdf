"""The inbox in a real browser: people act with mouse and keyboard, see what comes of it, and take it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from streams.events import activity, deal
from streams.events.envelope import Event
from streams.web.inbox import InboxWanted
from tests.browser import cast
from tests.browser.conftest import PHONE, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
FENWICK, HALDEN, ORCHARD, SABLE = "Fenwick Logistics", "Halden Energy", "Orchard Foods", "Sable Chemicals"
ME = "Mara Lindqvist"


def _entry(page: Page, name: str) -> Locator:
    return page.locator(".entry", has_text=name)


def _said(page: Page) -> Locator:
    return page.locator("#outcome-text")


def _posts(page: Page) -> list[str]:
    """The keys of what the page sends, as it goes on."""
    keys: list[str] = []

    def heard(request: Request) -> None:
        if request.method == "POST":
            keys.append((request.post_data_json or {})["key"])

    page.on("request", heard)
    return keys


def _last(site: Site, name: str) -> tuple[str, str]:
    """The latest transition of a deal's alert, and who did it."""
    said = [each for each in site.stage.alerts if each.name.startswith(name)][-1]
    return said.transition, said.by


def test_the_inbox_lists_what_presses_with_reasons_and_play(shared_site: Site, open_page: Open) -> None:
    """In the order of the read model, reached from the head of every page; the owners are a filter in the address."""
    page = open_page(shared_site.url)
    page.get_by_role("link", name="Inbox", exact=True).click()
    found = shared_site.stage.model.inbox(InboxWanted())
    expect(page.locator(".entry h2")).to_have_text([each.deal.facts.name for each in found.entries])
    entry = _entry(page, FENWICK)
    expect(entry).to_contain_text("EUR\u00a0184,000")
    expect(entry).to_contain_text("Clears when")
    expect(entry.locator(".entry-play li")).to_have_count(3)
    page.get_by_label("Owner").select_option("Priya Raman")
    expect(page).to_have_url(re.compile(r"/inbox\?owner=Priya\+Raman$"))
    expect(page.locator(".entry")).to_have_count(found.owners["Priya Raman"])
    page.go_back()
    expect(page.locator(".entry")).to_have_count(found.total)


def test_a_name_is_asked_for_once_and_an_acknowledgement_comes_back_live(site: Site, open_page: Open) -> None:
    """The entry says who has it, the tabs count anew, and nothing was loaded again."""
    page = open_page(f"{site.url}/inbox")
    page.evaluate("window.stays = true")
    before = int(page.locator("#tabs [aria-current] .number").inner_text())
    _entry(page, FENWICK).get_by_role("button", name="Acknowledge").click()
    dialogue = page.get_by_role("dialog", name="Who are you?")
    dialogue.get_by_label("Your name").fill(ME)
    page.keyboard.press("Enter")
    expect(_said(page)).to_contain_text(f"Acknowledged: {FENWICK}")
    expect(_entry(page, FENWICK)).to_contain_text(f"acknowledged by {ME}")
    expect(_entry(page, FENWICK).get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.locator("#tabs a", has_text="Unacknowledged").locator(".number")).to_have_text(str(before - 1))
    assert _last(site, FENWICK) == ("acknowledged", ME)
    _entry(page, HALDEN).get_by_role("button", name="Acknowledge").click()
    expect(_entry(page, HALDEN)).to_contain_text(f"acknowledged by {ME}")
    assert page.evaluate("window.stays") is True
    page.reload()
    expect(page.locator("#person-name")).to_have_text(ME)


def test_snooze_asks_for_how_long_and_undo_takes_it_back(site: Site, open_page: Open) -> None:
    """The alert moves to its own tab, and back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    _entry(page, HALDEN).locator(".actions").get_by_role("button", name="Snooze").click()
    dialogue = page.get_by_role("dialog", name="Snooze")
    expect(dialogue).to_contain_text(HALDEN)
    dialogue.get_by_role("button", name="1 week").click()
    expect(_entry(page, HALDEN)).to_have_count(0)
    expect(page.locator("#tabs a", has_text="Snoozed").locator(".number")).to_have_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(_entry(page, HALDEN)).to_have_count(1)
    assert _last(site, HALDEN) == ("reopened", ME)
    page.get_by_role("link", name="Snoozed").click()
    expect(page.locator("#entries")).to_contain_text("No alert is snoozed")


def test_a_snooze_until_a_day_needs_the_day(site: Site, open_page: Open) -> None:
    """Without it nothing is sent; with it the tab of snoozed ones says until when."""
    page = open_page(f"{site.url}/inbox", name=ME)
    _entry(page, HALDEN).locator(".actions").get_by_role("button", name="Snooze").click()
    dialogue = page.get_by_role("dialog", name="Snooze")
    dialogue.get_by_role("button", name="Until that day").click()
    expect(dialogue).to_be_visible()
    dialogue.get_by_label("Until").first.fill("2026-06-30")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Snoozed").click()
    expect(_entry(page, HALDEN)).to_contain_text("snoozed until 30 Jun")


def test_one_reason_of_several_is_snoozed_and_the_others_press_on(site: Site, open_page: Open) -> None:
    """The entry stays, and the reason says until when it is quiet."""
    page = open_page(f"{site.url}/inbox", name=ME)
    entry = page.locator(".entry", has=page.get_by_role("button", name="Snooze this")).first
    reason = entry.locator(".reason").first
    word = reason.get_attribute("data-word") or ""
    name = entry.get_attribute("data-name") or ""
    reason.get_by_role("button", name="Snooze this").click()
    dialogue = page.get_by_role("dialog", name="Snooze")
    expect(dialogue.get_by_label("Which reason").locator("option:checked")).to_have_text(word)
    dialogue.get_by_role("button", name="3 days").click()
    asleep = _entry(page, name).locator(f'.reason[data-word="{word}"]')
    expect(asleep).to_contain_text("snoozed until 25 May")
    expect(_entry(page, name).locator(".reason.asleep")).to_have_count(1)


def _several(page: Page) -> tuple[Locator, str, str]:
    """The first entry with several reasons, the name of its deal, and the word of its first reason."""
    entry = page.locator(".entry", has=page.locator(".reason-acts")).first
    word = entry.locator(".reason").first.get_attribute("data-word") or ""
    return entry, entry.get_attribute("data-name") or "", word


def test_one_reason_of_several_is_done_and_the_others_press_on(site: Site, open_page: Open) -> None:
    """The entry says whose doing it was; undo brings the reason back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    entry, name, word = _several(page)
    reasons = entry.locator(".reason").count()
    entry.get_by_role("button", name=f"Done: {word}", exact=True).click()
    expect(_said(page)).to_contain_text(f"Done: {word}, {name}")
    expect(_entry(page, name).locator(".reason")).to_have_count(reasons - 1)
    expect(_entry(page, name).locator(".handled")).to_contain_text(f"{word}: done, by {ME}")
    assert _last(site, name) == ("changed", ME)
    page.get_by_role("button", name="Undo").click()
    expect(_entry(page, name).locator(".reason")).to_have_count(reasons)
    expect(_entry(page, name).get_by_text(f"{word}: done")).to_have_count(0)


def test_one_reason_of_several_is_not_useful_by_keys_alone(site: Site, open_page: Open) -> None:
    """From the reason's own button, or chosen in the dialogue that n opens; later it can be taken back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    entry, name, word = _several(page)
    reasons = entry.locator(".reason").count()
    entry.get_by_role("button", name=f"Not useful: {word}").focus()
    page.keyboard.press("Enter")
    dialogue = page.get_by_role("dialog", name="Not useful: why?")
    expect(dialogue.get_by_label("Which reason").locator("option:checked")).to_have_text(word)
    expect(dialogue.get_by_label("Which reason").locator("option")).to_have_count(reasons + 1)
    page.keyboard.press("Escape")
    page.keyboard.press("n")  # the focus is back in the reason
    expect(dialogue.get_by_label("Which reason").locator("option:checked")).to_have_text(word)
    page.keyboard.press("Escape")
    entry.focus()
    page.keyboard.press("n")
    expect(dialogue.get_by_label("Which reason").locator("option:checked")).to_have_text("All reasons")
    dialogue.get_by_label("Which reason").focus()
    page.keyboard.press("ArrowDown")
    expect(dialogue.get_by_label("Which reason").locator("option:checked")).to_have_text(word)
    dialogue.get_by_role("button", name="It is not so").focus()
    page.keyboard.press("Enter")
    expect(_entry(page, name).locator(".reason")).to_have_count(reasons - 1)
    expect(_entry(page, name).locator(".handled")).to_contain_text(f"{word}: not useful, by {ME}")
    _entry(page, name).get_by_role("button", name="Take back").click()
    expect(_entry(page, name).locator(".reason")).to_have_count(reasons)


def test_an_alert_of_one_reason_asks_for_none(site: Site, open_page: Open) -> None:
    """There is nothing to choose."""
    page = open_page(f"{site.url}/inbox", name=ME)
    entry = page.locator(".entry", has_not=page.locator(".reason-acts")).first
    entry.get_by_role("button", name="Not useful").click()
    dialogue = page.get_by_role("dialog", name="Not useful: why?")
    expect(dialogue).to_be_visible()
    expect(dialogue.get_by_label("Which reason")).to_be_hidden()


def test_what_plays_without_an_alert_ask_for_has_a_tab_of_its_own(site: Site, open_page: Open) -> None:
    """Reached by keys; a step leaves it when its event comes, and so does the number."""
    page = open_page(f"{site.url}/inbox", name=ME)
    tab = page.locator("#tabs a", has_text="Plays due")
    expect(tab.locator(".number")).to_have_text("1")
    tab.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inbox\?status=due$"))
    expect(page.locator(".entry")).to_have_count(1)
    entry = _entry(page, SABLE)
    expect(entry).to_contain_text("Lower the forecast category since 18 May")
    expect(entry).to_contain_text("Nurture: the buyer is not ready")
    page.keyboard.press("j")
    expect(entry).to_be_focused()
    page.keyboard.press("a")
    expect(_said(page)).to_contain_text("There is no alert here")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("It worked when the buyer is ready, or meets again")
    expect(panel).to_contain_text("Lower the forecast category overdue since 18 May")
    data = deal.CategoryData(category="pipeline")
    site.play(deal.ForecastCategoryChanged(id="low", source=cast.CRM, time=cast.NOW, subject="006Qh-sable", data=data))
    expect(panel).to_contain_text("Lower the forecast category done")
    wrote = activity.EmailSent(id="story", source=cast.MAIL, time=cast.NOW, subject="006Qh-sable")
    site.play(wrote)
    expect(panel).to_contain_text("before and after done")
    page.keyboard.press("Escape")
    expect(page.locator("#entries")).to_contain_text("No play without an alert asks for anything now")
    expect(tab.locator(".number")).to_have_text("0")


def test_not_useful_asks_why_and_the_deal_says_who_ended_it(site: Site, open_page: Open) -> None:
    """The alert is over; the deal's page tells it, and can take it back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    _entry(page, ORCHARD).locator(".actions").get_by_role("button", name="Not useful").click()
    dialogue = page.get_by_role("dialog", name="Not useful: why?")
    dialogue.get_by_label("Note").fill("we spoke <yesterday>")
    dialogue.get_by_role("button", name="It is not so").click()
    expect(_entry(page, ORCHARD)).to_have_count(0)
    page.goto(f"{site.url}/deals/006Qh-orchard")
    expect(page.locator(".timeline .person").first).to_contain_text(f"not useful: it is not so by {ME}")
    expect(page.locator(".timeline .person").first).to_contain_text("we spoke <yesterday>")
    past = page.locator("section[data-key=past]")
    past.locator("summary").click()
    expect(past).to_contain_text(f"not useful: it is not so, by {ME}")
    past.get_by_role("button", name="Take back").click()
    expect(page.locator(".episode")).to_be_visible()


def test_an_alert_is_assigned_and_given_back(site: Site, open_page: Open) -> None:
    """It moves to the inbox of whoever has it now; undo gives it back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    _entry(page, ORCHARD).get_by_role("button", name="Assign").click()
    dialogue = page.get_by_role("dialog", name="Assign")
    dialogue.get_by_label("To", exact=True).fill("Jonas Weiss")
    dialogue.get_by_role("button", name="Assign", exact=True).click()
    expect(_entry(page, ORCHARD)).to_contain_text("assigned to Jonas Weiss")
    page.get_by_label("Owner").select_option("Jonas Weiss")
    expect(_entry(page, ORCHARD)).to_have_count(1)
    _entry(page, ORCHARD).get_by_role("button", name="Assign").click()
    dialogue.get_by_role("button", name="Give back to the owner").click()
    expect(_entry(page, ORCHARD)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(_entry(page, ORCHARD)).to_contain_text("assigned to Jonas Weiss")


def test_a_deal_is_held_from_its_panel_and_goes_on_again(site: Site, open_page: Open) -> None:
    """The line with the undo is reached while the panel is open; what the hold ends is over, and comes back."""
    page = open_page(f"{site.url}/?show=all", name=ME)
    page.get_by_role("table").get_by_role("link", name="Kestrel Clinics").click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="Hold…").click()
    dialogue = page.get_by_role("dialog", name="Hold the deal")
    dialogue.get_by_label("Because").select_option("budget")
    dialogue.get_by_label("Goes on").fill("2026-07-01")
    dialogue.get_by_role("button", name="Hold", exact=True).click()
    expect(panel).to_contain_text("On hold: Budget until 1 Jul 2026")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("button", name="Hold…")).to_be_visible()
    expect(panel.locator(".timeline")).to_contain_text("Hold ended")
    page.keyboard.press("Escape")
    expect(page.locator("body > #outcome")).to_have_count(1)


def test_keys_go_through_the_entries_and_act(site: Site, open_page: Open) -> None:
    """J and k move the focus, a and d act on the entry with the focus, u takes back, ? lists the keys."""
    page = open_page(f"{site.url}/inbox", name=ME)
    names = page.locator(".entry h2").all_inner_texts()
    for pressed, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(pressed)
        expect(page.locator(".entry").nth(place)).to_be_focused()
    page.keyboard.press("a")
    expect(_entry(page, names[1])).to_contain_text(f"acknowledged by {ME}")
    expect(page.locator(".entry").nth(1)).to_be_focused()
    page.keyboard.press("d")
    expect(_entry(page, names[1])).to_have_count(0)
    expect(page.locator(".entry").nth(1)).to_be_focused()  # the next one has moved up
    page.keyboard.press("u")
    expect(_entry(page, names[1])).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("not useful")


def test_the_dialogues_are_worked_by_keys_alone(site: Site, open_page: Open) -> None:
    """S opens the snooze with the focus on a choice; Escape closes it, and the focus is back."""
    page = open_page(f"{site.url}/inbox", name=ME)
    page.keyboard.press("j")
    name = page.locator(".entry h2").first.inner_text()
    page.keyboard.press("s")
    dialogue = page.get_by_role("dialog", name="Snooze")
    expect(dialogue.get_by_role("button", name="1 day")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialogue).to_be_hidden()
    expect(page.locator(".entry").first).to_contain_text(name)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="Not useful: why?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(_entry(page, name)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()


def test_no_key_acts_while_somebody_types_or_has_them_off(site: Site, open_page: Open) -> None:
    """Letters in a field are letters; single keys can be turned off, as who speaks to the machine needs."""
    page = open_page(f"{site.url}/inbox", name=ME)
    said = len(site.stage.alerts)
    page.keyboard.press("j")
    page.get_by_label("Search").fill("")
    page.get_by_label("Search").press_sequentially("adsnu?j")
    expect(page.get_by_label("Search")).to_have_value("adsnu?j")
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator(".entry").first.focus()
    page.keyboard.press("a")
    page.keyboard.press("j")
    expect(page.locator(".entry").first).to_be_focused()
    assert len(site.stage.alerts) == said
    page.reload()
    page.locator(".entry").first.focus()
    page.keyboard.press("j")
    expect(page.locator(".entry").first).to_be_focused()


def test_a_double_click_acts_once(site: Site, open_page: Open) -> None:
    """Both clicks are one intention."""
    page = open_page(f"{site.url}/inbox", name=ME)
    sent = _posts(page)
    _entry(page, FENWICK).locator(".actions").get_by_role("button", name="Done").dblclick()
    expect(_entry(page, FENWICK)).to_have_count(0)
    assert len(sent) == 1


def test_what_fails_says_so_and_can_be_tried_again(site: Site, open_page: Open) -> None:
    """The second try carries the same key, so that it acts once wherever the first one was lost."""
    page = open_page(f"{site.url}/inbox", name=ME, expected=("Failed to load resource",))
    keys = _posts(page)
    page.route("**/api/actions", lambda route: route.abort())
    _entry(page, FENWICK).get_by_role("button", name="Acknowledge").click()
    expect(_said(page)).to_contain_text("cannot be reached")
    page.unroute("**/api/actions")
    page.get_by_role("button", name="Try again").click()
    expect(_entry(page, FENWICK)).to_contain_text(f"acknowledged by {ME}")
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_refusal_is_said_in_words(site: Site, open_page: Open) -> None:
    """Where somebody else ended the alert before the page knew."""
    page = open_page(f"{site.url}/inbox", name=ME, expected=("Failed to load resource",))
    page.route("**/fragments/**", lambda route: route.abort())
    other = open_page(f"{site.url}/inbox", name="Tomas Okafor")
    _entry(other, FENWICK).locator(".actions").get_by_role("button", name="Done").click()
    expect(_entry(other, FENWICK)).to_have_count(0)
    _entry(page, FENWICK).get_by_role("button", name="Acknowledge").click()
    expect(_said(page)).to_contain_text("the alert is over already: done")


def test_what_others_do_does_not_take_the_focus(site: Site, open_page: Open) -> None:
    """An entry before mine goes away: mine keeps the focus, to the button."""
    page, other = (open_page(f"{site.url}/inbox", name=name) for name in (ME, "Tomas Okafor"))
    names = page.locator(".entry h2").all_inner_texts()
    button = _entry(page, names[2]).locator(".actions").get_by_role("button", name="Not useful")
    button.focus()
    _entry(other, names[0]).locator(".actions").get_by_role("button", name="Done").click()
    expect(_entry(page, names[0])).to_have_count(0)
    expect(button).to_be_focused()


def test_the_deal_page_acts_too(site: Site, open_page: Open) -> None:
    """With the same buttons and keys; the timeline says who did it."""
    page = open_page(f"{site.url}/deals/006Qh-fenwick", name=ME)
    page.keyboard.press("a")
    expect(page.locator(".episode")).to_contain_text(f"acknowledged by {ME}")
    expect(page.locator(".timeline .person")).to_contain_text(f"Alert acknowledged by {ME}")
    page.locator(".episode").get_by_role("button", name="Take back").click()
    expect(page.locator(".episode").get_by_role("button", name="Acknowledge")).to_be_visible()


def test_the_inbox_reads_without_a_script(shared_site: Site, open_page: Open) -> None:
    """Entries, tabs and filters are a list, links and a form; what needs a script is not offered."""
    page = open_page(f"{shared_site.url}/inbox", scripts=False)
    expect(page.locator(".entry").first).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    page.get_by_label("Owner").select_option("Priya Raman")
    page.get_by_role("button", name="Apply").click()
    assert "owner=Priya+Raman" in page.url
    page.get_by_role("link", name="Snoozed").click()
    assert "status=snoozed" in page.url
    expect(page.locator("#entries")).to_contain_text("No alert")


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("path", ["/inbox", "/inbox?status=snoozed", "/inbox?status=due", "/inbox?q=zzz", "/rules"])
def test_a_phone_never_scrolls_sideways(shared_site: Site, open_page: Open, width: int, path: str) -> None:
    """Nothing is wider than a small phone."""
    page = open_page(shared_site.url + path, (width, 740))
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_finger_hits_every_button(shared_site: Site, open_page: Open) -> None:
    """At least 24 pixels each way (WCAG 2.2, target size)."""
    page = open_page(f"{shared_site.url}/inbox", PHONE)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main button, main .tabs a')].filter((each) => {
            const box = each.getBoundingClientRect();
            return each.checkVisibility() && (box.height < 24 || box.width < 24);
        }).map((each) => each.textContent)"""
    )
    assert small == []


def test_photographs_of_the_inbox(shared_site: Site, open_page: Open, album: Path) -> None:
    """Pictures for the documentation; `SCREENSHOTS=docs/images` keeps them."""
    pictures = (
        ("inbox", "/inbox", False),
        ("inbox-dark", "/inbox", True),
        ("plays-due", "/inbox?status=due", False),
        ("play-running", "/deals/006Qh-sable", False),
    )
    for name, path, dark in pictures:
        page = open_page(shared_site.url + path, (1280, 800), dark=dark, calm=True, name=cast.MARA)
        page.screenshot(path=album / f"{name}.png")
        assert (album / f"{name}.png").stat().st_size > 20_000


def _happens(site: Site, kind: type[Event], subject: str) -> None:
    """Something happens to a deal now."""
    site.play(kind(id=f"now-{kind.__name__}", source=cast.MAIL, subject=subject, time=cast.NOW))


def test_a_proposed_update_is_accepted_with_one_click(site: Site, open_page: Open) -> None:
    """What was done is asked about with what speaks for it; the answer changes the deal, and is no longer asked."""
    _happens(site, activity.ProposalSent, "006Qh-rowan")
    page = open_page(f"{site.url}/deals/006Qh-rowan", name=ME)
    update = page.locator(".proposed li", has_text="Move to Proposal?")
    expect(update).to_contain_text("a proposal was sent 2026-05-22; 1 meeting held")
    update.get_by_role("button", name="Accept: Move to Proposal?").click()
    expect(_said(page)).to_contain_text("Accepted: Rowan Instruments")
    expect(page.locator(".deal-head")).to_contain_text("Proposal")
    expect(update).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("Stage: Proposal")


def test_a_win_is_asked_about_once_more_and_a_rejected_update_is_not_asked_again(site: Site, open_page: Open) -> None:
    """Accepting it opens a dialogue that says what it ends; a rejection is remembered."""
    _happens(site, activity.ProposalSigned, "006Qh-rowan")
    page = open_page(f"{site.url}/deals/006Qh-rowan", name=ME)
    page.get_by_role("button", name="Accept: Mark it as won?").click()
    dialogue = page.get_by_role("dialog", name="Accept the update")
    expect(dialogue).to_contain_text("It ends the deal, its alerts and its plays.")
    dialogue.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Reject: Mark it as won?").click()
    expect(_said(page)).to_contain_text("Rejected: Rowan Instruments")
    expect(page.locator(".proposed", has_text="Mark it as won?")).to_have_count(0)
    _happens(site, activity.EmailReceived, "006Qh-rowan")
    expect(page.locator(".timeline")).to_contain_text("The buyer wrote")
    expect(page.locator(".proposed", has_text="Mark it as won?")).to_have_count(0)


def test_the_inbox_asks_about_what_an_alert_s_deal_should_say(shared_site: Site, open_page: Open) -> None:
    """A date that is over is proposed anew where the alert stands."""
    page = open_page(f"{shared_site.url}/inbox", name=ME)
    expect(_entry(page, ORCHARD).locator(".proposed")).to_contain_text("the close date 2026-05-10 is over")
