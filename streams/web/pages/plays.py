"""Plays that run without an alert, or beside it: on a deal's page in full, in the inbox what they ask for now."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.plays import Play
from streams.alerts.running import Ask, RunningPlay
from streams.web import numbers
from streams.web.due import DueEntry
from streams.web.markup import Html, el, join
from streams.web.pages.marks import deal_name, deal_url, term, when
from streams.web.vocabulary import TERMS, rule_term


def steps(play: Play) -> Html:
    """The steps in order, each with when it is due, and whether it was seen to be done or its time is over."""
    return el("ol", *(el("li", step, due(play, place)) for place, step in enumerate(play.steps)))


def due(play: Play, place: int) -> Html | None:
    """When a step is due, and whether it was seen to be done or its time is over; nothing without a run."""
    if place >= len(play.schedule):
        return None
    step = play.schedule[place]
    mark = "done" if step.done else ("overdue since" if step.over else "by")
    return el("span", f" {mark}" + ("" if step.done else f" {numbers.short_date(step.due)}"), class_="sub")


def for_whom(play: Play) -> str:
    """For whom a play is, after a dot; empty where that is nobody in particular."""
    whose = play.owner or ("" if play.who == "owner" else f"the {play.who}")
    return f" · for {whose}" if whose else ""


def running(each: RunningPlay, *, first: bool) -> Html:
    """A play that runs without the deal's alert: why, its steps, its rhythm, what shows that it worked, until when.

    The `first` one of a page explains what that is.
    """
    play = each.play
    return el(
        "section",
        el("p", term("running") if first else TERMS["running"].word, for_whom(play), class_="over"),
        el("h3", play.title),
        *_course(each),
        class_="advice calm",
        data_key=f"play-{play.id}",
    )


def also_running(plays: Sequence[RunningPlay]) -> Html | None:
    """Plays that run beside the one of an open alert, or outlive theirs, folded: others come first."""
    if not plays:
        return None
    folded = [
        el(
            "details",
            el("summary", each.play.title, el("span", for_whom(each.play), class_="sub")),
            *_course(each),
            data_key=f"play-{each.play.id}",
        )
        for each in plays
    ]
    return el("section", el("h3", "Other plays that run"), *folded, class_="also", data_key="also")


def _course(each: RunningPlay) -> tuple[Html | None, ...]:
    play = each.play
    return (
        el("p", play.situation, ". " if play.situation else None, _since(each), class_="sub"),
        steps(play),
        el("p", el("b", "It worked when "), play.success, _until(play), "."),
        _rhythm(each),
    )


def _since(each: RunningPlay) -> Html:
    begun = each.play.started_at
    day = None if begun is None else join("since ", when(begun, numbers.short_date(begun)))
    why = f", for the alert {rule_term(each.rule).word}" if each.alert and each.rule else ", without an alert"
    return join("Running ", day, why, ".")


def _until(play: Play) -> Html | None:
    if play.ends_at is None:
        return Html("; it goes on until the hold ends")
    return join(", by ", when(play.ends_at, numbers.date(play.ends_at)))


def _rhythm(each: RunningPlay) -> Html | None:
    if each.touch_every_days is None or each.touch_due is None:
        return None
    owed = any(ask.due == each.touch_due and ask.over for ask in each.asks)
    said = "one was due on " if owed else "the next by "
    day = when(each.touch_due, numbers.short_date(each.touch_due))
    return el("p", f"A light touch every {each.touch_every_days} days, {said}", day, ".", class_="sub")


def due_entry(entry: DueEntry) -> Html:
    """What a play without an alert asks for, as an entry of the inbox: no severity, since nothing is wrong."""
    facts, play = entry.deal.facts, entry.running.play
    title = f"due-{play.run}"
    account = "" if facts.account in facts.name else facts.account
    parts = [account, entry.whose or "nobody's", entry.team, facts.stage]
    return el(
        "li",
        el(
            "header",
            el("h2", el("a", deal_name(facts.name, facts.id), href=deal_url(facts.id), data_deal=True), id=title),
            el("span", numbers.amount(facts.amount, facts.currency), class_="amount"),
            class_="entry-head",
        ),
        el("p", " · ".join(part for part in parts if part), class_="sub"),
        el(
            "div",
            el("ul", *(_ask(each) for each in entry.asks), class_="asks"),
            el(
                "div",
                el("h3", play.title),
                el("p", play.situation, "." if play.situation else None, class_="sub"),
                class_="entry-play",
            ),
            class_="entry-body",
        ),
        class_="entry",
        data_key=play.run,
        tabindex="-1",
        aria_labelledby=title,
    )


def _ask(ask: Ask) -> Html:
    mark = " since " if ask.over else " by "
    return el("li", ask.text, el("span", mark, when(ask.due, numbers.short_date(ask.due)), class_="sub"))
