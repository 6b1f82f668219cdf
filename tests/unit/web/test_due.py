"""Plays without an alert on the page: in full on the deal's, in the inbox what they ask for now; no withheld ones."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from streams.alerts.running import is_pressing
from streams.config.plays import shipped
from streams.plays.arm import is_held_out
from streams.state.calendar import Calendar
from streams.web.app import build_web
from streams.web.health import HealthNotes
from streams.web.inbox import InboxWanted
from streams.web.live import Hub
from streams.web.read_model import ReadModel
from streams.web.wanted import NOBODY
from tests.builders import (
    Timeline,
    a_call,
    a_hold,
    a_message,
    a_next_step,
    a_policy,
    a_readiness,
    a_win,
    an_opportunity,
    ms,
)
from tests.unit.web.samples import ask, show

STAY_CLOSE = "Stay close until the budget comes"


def _plain(html: str) -> str:
    """The text of a page, without its tags."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def _app(model: ReadModel) -> Starlette:
    async def taken(_event: object) -> None:
        raise AssertionError("nobody acts")

    return build_web(
        model,
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        submit=taken,
    )


def _model(timeline: Timeline, **given: Any) -> ReadModel:
    model = ReadModel(policy=a_policy(), **given)
    show(model, timeline)
    return model


def _resting(day: float = 2.2) -> Timeline:
    return Timeline().tell(an_opportunity(0), a_hold(1, resumes=80)).until(day)


@pytest.fixture
def withheld() -> tuple[str, Timeline]:
    """A deal on hold from which `stay_close` is withheld."""
    definition = shipped().of("stay_close")
    assert definition is not None
    name = next(f"opp-{number}" for number in range(100) if is_held_out(f"opp-{number}", definition))
    told = (an_opportunity(0, subject=name), a_hold(1, resumes=80, subject=name))
    return name, Timeline().tell(*told).until(2.2)


def test_the_deals_page_shows_the_play_with_its_steps_and_its_end() -> None:
    """In place of "nothing to do"; the hold is said beside it, and can be ended."""
    text = ask(_app(_model(_resting())), "/deals/opp-1").text
    for words in (
        STAY_CLOSE, "for rep-1", "without an alert", "Put the budget date into the calendar", "overdue since 3 Jan",
        "by 5 Jan", "It worked when", "within 5 business days of the budget date", "28 Mar 2024", "No alert is open",
        "A light touch every 30 days, the next by", "On hold: Budget until 21 Mar 2024", 'data-act="release"',
    ):  # fmt: skip
        assert words in text or words in _plain(text), words
    assert "Nothing to do" not in text


def test_a_withheld_play_leaves_no_trace(withheld: tuple[str, Timeline]) -> None:
    """Neither on the deal's page, nor in its JSON, nor in the inbox, although its run goes on."""
    name, timeline = withheld
    assert timeline.deal(name).watch.runs["stay_close"].status == "running"
    model = _model(timeline)
    app = _app(model)
    page, answer = ask(app, f"/deals/{name}").text, ask(app, f"/api/deals/{name}").body.decode()
    inbox, due = ask(app, "/inbox?status=due").text, ask(app, "/api/inbox?status=due").body.decode()
    for text in (page, answer, inbox, due):
        for word in ("stay_close", "Stay close", "budget date", "withheld", "by lot"):
            assert word not in text, word
    assert "Nothing to do" in page
    assert model.inbox(InboxWanted()).statuses["due"] == 0


def test_the_same_stands_in_the_json_of_the_deal() -> None:
    """With due dates, what is done, and what is asked for."""
    [found] = ask(_app(_model(_resting())), "/api/deals/opp-1").json["running_plays"]
    assert found["play"]["id"] == "stay_close"
    assert [each["due"] for each in found["play"]["schedule"]] == [ms(2), ms(4), ms(30)]
    assert found["asks"][0] == {"text": "Put the budget date into the calendar", "due": ms(2), "over": True}
    assert found["play"]["ends_at"] == ms(87)


def test_due_steps_have_a_place_of_their_own_in_the_inbox() -> None:
    """With their number on the tab; they are no alerts, so nothing else counts them."""
    model = _model(_resting())
    found = model.inbox(InboxWanted(status="due"))
    assert [(each.deal.facts.id, each.whose, each.asks[0].text) for each in found.due] == [
        ("opp-1", "rep-1", "Put the budget date into the calendar")
    ]
    assert (found.total, found.entries, found.owners) == (1, (), {"rep-1": 1})
    assert found.statuses == {"": 0, "open": 0, "acknowledged": 0, "snoozed": 0, "due": 1}
    plain = model.inbox(InboxWanted())
    assert (plain.due, plain.total, plain.statuses["due"], plain.owners) == ((), 0, 1, {})
    text = _plain(ask(_app(model), "/inbox?status=due").text)
    for words in ("Plays due 1", "Deal", STAY_CLOSE, "Put the budget date into the calendar since 3 Jan"):
        assert words in text, words


def test_due_steps_pass_the_filters_of_owner_team_and_words() -> None:
    """Those of alerts, severity and reason, let none through."""
    model = _model(_resting(), team_of=lambda owner: "north" if owner == "rep-1" else "")

    def due(**wanted: Any) -> int:
        found = model.inbox(InboxWanted(status="due", **wanted))
        assert found.total == found.statuses["due"] == len(found.due)
        return found.total

    assert [due(), due(owner="rep-1"), due(team="north"), due(text="DEAL")] == [1, 1, 1, 1]
    assert [due(owner="rep-2"), due(owner=NOBODY), due(team="south"), due(text="zzz")] == [0, 0, 0, 0]
    assert [due(severity="critical"), due(rule="silent")] == [0, 0]
    assert model.inbox(InboxWanted(status="due")).teams == {"north": 1}
    assert "Nothing that is due passes these filters" in ask(_app(model), "/inbox?status=due&q=zzz").text


def test_what_was_due_first_comes_first_and_pages_divide_it() -> None:
    """A page beyond the last one is the last one."""
    timeline = Timeline()
    for number, day in ((1, 1.0), (2, 0.5), (3, 0.8)):
        name = f"opp-{number}"
        timeline.tell(an_opportunity(day / 2, subject=name))
    for number, day in ((2, 0.5), (3, 0.8), (1, 1.0)):
        timeline.tell(a_hold(day, resumes=80, subject=f"opp-{number}"))
    model = _model(timeline.until(2.2))
    assert [each.deal.facts.id for each in model.inbox(InboxWanted(status="due")).due] == ["opp-2", "opp-3", "opp-1"]
    last = model.inbox(InboxWanted(status="due", size=2, page=9))
    assert ([each.deal.facts.id for each in last.due], last.page, last.pages) == (["opp-1"], 2, 2)


def test_nothing_due_says_so() -> None:
    """Later than a week after it was due nobody is asked any more; a closed deal asks for nothing."""
    assert "No play without an alert asks" in ask(_app(_model(_resting(15))), "/inbox?status=due").text
    closed = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_win(2)).until(2.2)
    assert _model(closed).inbox(InboxWanted(status="due")).total == 0
    portrait = _model(closed).deal("opp-1")
    assert portrait is not None and portrait.plays == ()


def test_what_an_alert_called_for_is_no_step_due_without_one() -> None:
    """A play that outlives its alert stands on the deal's page, and says for which; the inbox asks for it no more."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(8)
    timeline.tell(a_next_step(8.1, due=90), a_readiness(8.2, "not_ready"), a_call(9)).until(9.5)
    assert [each.transition for each in timeline.alerts if each.rule == "no_next_step"] == ["opened", "resolved"]
    state = timeline.deal()
    unseen = replace(state.watch.runs["book_next_step"], followed_at=None, done=0)  # as if nobody had followed it
    watch = replace(state.watch, runs={**state.watch.runs, "book_next_step": unseen})
    timeline.partition.deals["opp-1"] = replace(state, watch=watch)
    model = _model(timeline)
    portrait = model.deal("opp-1")
    assert portrait is not None and portrait.alert is None
    assert {each.play.id: each.rule for each in portrait.plays} == {"nurture": "", "book_next_step": "no_next_step"}
    assert all(any(is_pressing(step, ms(9.5), Calendar()) for step in each.asks) for each in portrait.plays)
    due = model.inbox(InboxWanted(status="due")).due
    assert [(each.running.play.id, [ask.text for ask in each.asks]) for each in due] == [
        ("nurture", ["Lower the forecast category"])
    ]
    assert ", for the alert No next step" in _plain(ask(_app(model), "/deals/opp-1").text)


def test_the_play_that_the_alert_carries_is_not_said_twice() -> None:
    """Others that run stand under the alert, folded; where the alert's message is gone its run is one of them."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_message(1)).until(20)
    portrait = _model(timeline).deal("opp-1")
    assert portrait is not None and portrait.play is not None
    others = [each.play.title for each in portrait.plays]
    assert others and portrait.play.title not in others
    text = ask(_app(_model(timeline)), "/deals/opp-1").text
    assert text.count(f"<summary>{others[0]}") == 1
    timeline.alerts.clear()
    forgotten = _model(timeline).deal("opp-1")
    assert forgotten is not None and forgotten.alert is not None and forgotten.play is None
    assert {each.play.title for each in forgotten.plays} == {portrait.play.title, *others}
