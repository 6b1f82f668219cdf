"""The pages of revenue in a real browser: readable for everybody, on any screen, without a script, and of now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from streams.events.control import ForecastAdjusted
from streams.events.envelope import Event
from streams.revenue.answers import encode_answer, key_of
from streams.revenue.company import Unit
from streams.revenue.rollup import adjustment_of
from streams.state.opportunity import DAY
from streams.web.revenue_model import RevenueModel
from tests.browser import cast
from tests.browser.conftest import DESKTOP, PHONE, Site, serve
from tests.browser.server import PageServer
from tests.browser.stage import Stage
from tests.browser.test_accessibility import SCHEMES, violations
from tests.quarter import MANAGER, NEXT, QUARTER, WHY, a_revenue_model

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
EMEA = Unit("region", "emea")
PATHS = (
    "/revenue",
    "/revenue?level=region&name=emea",
    f"/revenue?period={NEXT}",
    "/revenue?period=FY2031",
    "/revenue/pipeline",
    "/revenue/matrix",
    "/revenue/coaching",
    "/revenue/coaching/team/team-uk-1",
    "/revenue/coaching/rep/rep-uk-02",
    "/revenue/attribution",
    "/revenue/attribution?by=campaign",
)


class Room:
    """The application with answers of revenue; what managers say becomes an answer, as the program makes it."""

    def __init__(self, stage: Stage) -> None:
        """Serve a stage's page with a model of its own."""
        self.model = a_revenue_model()
        self.events: list[Event] = []
        self.server: PageServer = serve(stage, revenue=self.model, submit=self._submit)

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    async def _submit(self, event: Event) -> None:
        self.events.append(event)
        assert isinstance(event, ForecastAdjusted)
        said = adjustment_of(event)
        told = self.model.forecast(said.period, said.unit)
        assert told is not None
        new = replace(told, adjustment=None if said.cents is None else said)
        self.model.take(key_of(new), encode_answer(new))


@pytest.fixture(scope="module")
def room(played: Stage) -> Iterator[Room]:
    """One for tests that only look."""
    made = Room(played)
    yield made
    made.server.stop()


@pytest.fixture
def own_room(played: Stage) -> Iterator[Room]:
    """One of the test's own."""
    made = Room(played)
    yield made
    made.server.stop()


@SCHEMES
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_revenue_has_no_violation(path: str, dark: bool, room: Room, open_page: Open) -> None:
    """axe-core with all of its rules, with everything unfolded."""
    page = open_page(room.url + path, dark=dark, calm=True, name=cast.MARA)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(page) == []


@SCHEMES
def test_neither_have_an_empty_one_and_the_dialogue(dark: bool, room: Room, shared_site: Site, open_page: Open) -> None:
    """What is shown before the program has run, and what asks for a figure."""
    page = open_page(f"{shared_site.url}/revenue", dark=dark, calm=True)
    expect(page.locator("main")).to_contain_text("dealwatch worker --role revenue")
    assert violations(page) == []
    page = open_page(f"{room.url}/revenue?level=region&name=emea", dark=dark, calm=True, name=cast.MARA)
    page.get_by_role("button", name="Say a figure").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_revenue_is_cut_off(
    path: str, size: tuple[int, int], room: Room, open_page: Open, album: Path
) -> None:
    """Only tables scroll sideways, by themselves; no text of a picture runs into another one, or out of it."""
    page = open_page(room.url + path, size, dark=size == PHONE, calm=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    crossing = page.evaluate(
        """() => [...document.querySelectorAll('.chart .moments')].flatMap((svg) => {
            const frame = svg.getBoundingClientRect();
            const texts = [...svg.querySelectorAll('text')];
            const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
            boxes.sort((one, other) => one[1].left - other[1].left);
            return boxes.filter(([, box], place) => box.left < frame.left - 1 || box.right > frame.right + 1 ||
                (place && box.left < boxes[place - 1][1].right + 2)).map(([text]) => text);
        })"""
    )
    assert crossing == []
    name = re.sub(r"\W+", "-", path.strip("/"))
    page.screenshot(path=album / f"{name}-{size[0]}.png", full_page=True)


def test_everything_of_revenue_is_there_without_a_script(room: Room, open_page: Open) -> None:
    """Another period and another unit are chosen by a form, deals and units by links; nothing offers what cannot be."""
    page = open_page(f"{room.url}/revenue", scripts=False)
    expect(page.get_by_role("heading", name=f"Forecast of the company for {QUARTER}")).to_be_visible()
    page.get_by_role("combobox", name="Period", exact=True).select_option(NEXT)
    page.get_by_role("combobox", name="Of", exact=True).select_option("emea")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name=f"Forecast of region emea for {NEXT}")).to_be_visible()
    expect(page.get_by_role("button", name="Say a figure")).to_be_hidden()
    page.get_by_role("link", name="team-uk-1").click()
    expect(page.get_by_role("heading", name=f"Forecast of team team-uk-1 for {NEXT}")).to_be_visible()
    page.get_by_role("link", name="Pipeline", exact=True).click()
    expect(page.get_by_role("heading", name=f"Pipeline of team team-uk-1 for {NEXT}")).to_be_visible()


def test_a_choice_is_shown_at_once_with_a_script(room: Room, open_page: Open) -> None:
    """And the button that is not needed then is not there."""
    page = open_page(f"{room.url}/revenue/pipeline")
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    page.get_by_role("combobox", name="Period", exact=True).select_option(NEXT)
    expect(page.get_by_role("heading", name=f"Pipeline of the company for {NEXT}")).to_be_visible()


def test_the_ways_lead_to_each_page(room: Room, open_page: Open) -> None:
    """From the head of the page, then by the second row; where one is, is marked."""
    page = open_page(room.url)
    page.get_by_role("link", name="Revenue", exact=True).click()
    ways = page.get_by_role("navigation", name="Revenue")
    for name in ("Pipeline", "Matrix", "Coaching", "Attribution", "Forecast"):
        ways.get_by_role("link", name=name).click()
        expect(ways.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_wide_table_is_scrolled_with_the_keyboard(room: Room, open_page: Open) -> None:
    """It takes the focus, and the arrow keys move it."""
    page = open_page(f"{room.url}/revenue/attribution", PHONE, calm=True)
    table = page.get_by_role("region", name=re.compile("Credit by every model"))
    table.focus()
    assert table.evaluate("each => each.scrollLeft") == 0
    page.keyboard.press("ArrowRight")
    for _ in range(100):
        if table.evaluate("each => each.scrollLeft") > 0:
            return
        page.wait_for_timeout(100)
    pytest.fail("the table has not moved within 10 s")


def test_an_answer_that_changes_is_shown_while_somebody_looks(own_room: Room, open_page: Open) -> None:
    """Without a reload, with what was unfolded and the focus as they were."""
    page = open_page(f"{own_room.url}/revenue?level=region&name=emea")
    page.get_by_text("Week by week, as a table").click()
    link = page.get_by_role("link", name="team-uk-1")
    link.focus()
    page.evaluate("window.stays = true")
    told = own_room.model.forecast(QUARTER, EMEA)
    assert told is not None
    new = replace(told, open=told.open + 1_000)
    own_room.server.do(lambda: own_room.model.take(key_of(new), encode_answer(new)))
    expect(page.locator("#revenue")).to_contain_text(f"{told.open + 1_000:,} open", timeout=15_000)
    assert page.evaluate("window.stays") is True
    expect(link).to_be_focused()
    expect(page.get_by_role("table", name=re.compile("week by week"))).to_be_visible()


def test_a_page_that_did_not_change_is_not_sent_again(own_room: Room, open_page: Open) -> None:
    """Another unit's news costs a question, and no content."""
    page = open_page(f"{own_room.url}/revenue?level=region&name=emea")
    sent: list[int] = []
    page.on("response", lambda each: sent.append(each.status) if "/fragments/revenue" in each.url else None)
    told = own_room.model.forecast(NEXT, Unit())
    assert told is not None
    for more in (1, 2):
        new = replace(told, open=told.open + more)
        with page.expect_response(re.compile("/fragments/revenue"), timeout=15_000):
            own_room.server.do(lambda new=new: own_room.model.take(key_of(new), encode_answer(new)))  # type: ignore[misc]
    assert page.evaluate("performance.getEntriesByType('resource').at(-1).transferSize") < 1_000


def test_a_manager_says_a_figure_and_takes_it_back_in_a_browser(own_room: Room, open_page: Open) -> None:
    """Signed by the name that the browser keeps; undone at once, or later."""
    page = open_page(f"{own_room.url}/revenue?level=region&name=americas", name=cast.MARA)
    card = page.locator(".manager")
    expect(card).to_contain_text("Nobody has said a figure")
    page.get_by_role("button", name="Say a figure").click()
    dialogue = page.get_by_role("dialog")
    expect(dialogue).to_contain_text(f"region americas, {QUARTER}")
    dialogue.get_by_role("button", name="Say it").click()
    expect(dialogue).to_be_visible()  # a figure is missing
    dialogue.get_by_label("Amount").fill("1250000.50")
    dialogue.get_by_label("Why").fill("a renewal is signed")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome-text")).to_contain_text(f"Said: region americas, {QUARTER}")
    expect(card).to_contain_text(f"{cast.MARA} said EUR\u00a01.3\u00a0M", timeout=15_000)
    expect(card).to_contain_text("a renewal is signed")
    page.get_by_role("button", name="Undo").click()
    expect(card).to_contain_text("Nobody has said a figure", timeout=15_000)
    assert [each.data.amount for each in own_room.events] == ["1250000.50", None]  # type: ignore[attr-defined]


def test_what_was_taken_back_can_be_said_again(own_room: Room, open_page: Open) -> None:
    """By the undo of the taking back, with its reason."""
    page = open_page(f"{own_room.url}/revenue?level=region&name=emea", name=cast.MARA)
    card = page.locator(".manager")
    expect(card).to_contain_text(f"{MANAGER} said")
    card.get_by_role("button", name="Take back").click()
    expect(card).to_contain_text("Nobody has said a figure", timeout=15_000)
    page.get_by_role("button", name="Undo").click()
    expect(card).to_contain_text(WHY, timeout=15_000)
    assert [each.data.amount for each in own_room.events] == [None, "3100000"]  # type: ignore[attr-defined]


@SCHEMES
def test_only_who_a_proxy_names_reads_their_own_sheet_first(dark: bool, played: Stage, open_page: Open) -> None:
    """The name that a browser keeps opens nothing; what it says until then has no violation."""
    model, now = a_revenue_model(), played.model.as_of
    told = model.sheet("rep", "rep-uk-02")
    assert told is not None
    assert now is not None
    fresh = replace(told, sheet=replace(told.sheet, manager_from=now + DAY))
    model.take(key_of(fresh), encode_answer(fresh))
    server = serve(played, revenue=model, user_header="x-user")
    try:
        page = open_page(f"{server.url}/revenue/coaching/rep/rep-uk-02", name="rep-uk-02", dark=dark, calm=True)
        expect(page.get_by_role("heading", name="The rep reads it first")).to_be_visible()
        assert violations(page) == []
        page.context.set_extra_http_headers({"x-user": "rep-uk-02"})
        page.reload()
        expect(page.get_by_role("heading", name=re.compile("Stage by stage"))).to_be_visible()
    finally:
        server.stop()


def test_a_model_begins_empty_and_is_filled_while_somebody_looks(played: Stage, open_page: Open) -> None:
    """As when the program is started for the first time."""
    model = RevenueModel()
    server = serve(played, revenue=model)
    try:
        page = open_page(f"{server.url}/revenue/matrix")
        expect(page.locator("main")).to_contain_text("Nothing is known of revenue yet")
        told = a_revenue_model().matrix()
        assert told is not None
        server.do(lambda: model.take(key_of(told), encode_answer(told)))
        expect(page.get_by_role("heading", name="Where teams stand")).to_be_visible(timeout=15_000)
    finally:
        server.stop()
