"""The inbox as HTML: whose alerts press, why, what would end them, what to do, and the buttons to do it."""

from __future__ import annotations

from collections.abc import Mapping

from streams.web import numbers
from streams.web.inbox import STATUSES, Entry, Inbox, InboxStatus, InboxWanted
from streams.web.markup import Html, el
from streams.web.pages.actions import about_alert, alert_buttons
from streams.web.pages.alerts import evidence, handling, last_word, said_on
from streams.web.pages.deal import glossary
from streams.web.pages.filters import choice, field, pages_nav
from streams.web.pages.marks import deal_name, deal_url, severity_chip
from streams.web.pages.plays import due_entry
from streams.web.pages.updates import proposed
from streams.web.standing import SEVERITIES, OpenAlert
from streams.web.vocabulary import RULES, rule_term, spelled
from streams.web.wanted import NOBODY

_TABS: dict[InboxStatus, str] = {
    "": "All",
    "open": "Unacknowledged",
    "acknowledged": "Acknowledged",
    "snoozed": "Snoozed",
    "due": "Plays due",
}
_EMPTY: dict[InboxStatus, str] = {
    "": "No alert presses. All deals are watched.",
    "open": "Somebody looks after every alert that presses.",
    "acknowledged": "No alert is acknowledged.",
    "snoozed": "No alert is snoozed.",
    "due": "No play without an alert asks for anything now.",
}


def inbox(found: Inbox, wanted: InboxWanted, *, acts: bool) -> Html:
    """The page's body. Its parts have ids, under which the browser replaces them."""
    return el(
        "div",
        el(
            "section",
            el(
                "div",
                el("h1", "Inbox", id="deals-title"),
                el("p", _counted(found, wanted), class_="sub"),
                class_="deals-head",
                id="deals-head",
            ),
            _tabs(found, wanted),
            _filters(found, wanted),
            _entries(found, wanted, acts=acts),
            class_="deals",
        ),
        el("details", el("summary", "What the reasons mean"), glossary(), class_="card"),
        class_="inbox",
    )


def _counted(found: Inbox, wanted: InboxWanted) -> str:
    if wanted.status == "due":
        return f"{numbers.count(found.total)} due without an alert, what was due first in front"
    order = "the first to wake in front" if wanted.status == "snoozed" else "the worst first"
    return f"{numbers.count(found.total)} {'alert' if found.total == 1 else 'alerts'}, {order}"


def _tabs(found: Inbox, wanted: InboxWanted) -> Html:
    links = [
        el(
            "a",
            _TABS[each],
            " ",
            el("span", numbers.count(found.statuses[each]), class_="number"),
            href=f"/inbox{wanted.query(status=each, page=1)}",
            data_filter=True,
            aria_current="page" if each == wanted.status else None,
        )
        for each in STATUSES
    ]
    return el("nav", *links, class_="tabs", id="tabs", aria_label="Alerts by status")


def _filters(found: Inbox, wanted: InboxWanted) -> Html:
    search = el(
        "input",
        type="search",
        id="filter-q",
        name="q",
        value=wanted.text,
        placeholder="Search deal, account, owner",
        autocomplete="off",
    )
    owners = [(each or NOBODY, f"{each or 'nobody'} ({number})") for each, number in found.owners.items()]
    if wanted.owner == NOBODY and "" not in found.owners:
        owners.append((NOBODY, "nobody (0)"))
    teams = [(each, f"{each} ({number})") for each, number in found.teams.items()]
    severities = [(each, f"{spelled(each)} ({found.severities.get(each, 0)})") for each in SEVERITIES]
    rules = [(rule, f"{rule_term(rule).word} ({found.rules.get(rule, 0)})") for rule in RULES]
    return el(
        "form",
        el("input", type="hidden", name="status", value=wanted.status),
        field("Search", "filter-q", search),
        choice("Owner", "owner", wanted.owner, owners, "Everybody's"),
        choice("Team", "team", wanted.team, teams, "All teams") if teams or wanted.team else None,
        choice("Severity", "severity", wanted.severity, severities, "All severities"),
        choice("Reason", "rule", wanted.rule, rules, "All reasons"),
        el("button", "Apply", type="submit", class_="apply"),
        el(
            "a",
            "Clear",
            href=f"/inbox{InboxWanted(status=wanted.status).query()}",
            class_="clear",
            data_filter=True,
            hidden=not wanted.narrows,
        ),
        id="filters",
        action="/inbox",
        method="get",
        role="search",
        aria_label="Filter alerts",
    )


def _entries(found: Inbox, wanted: InboxWanted, *, acts: bool) -> Html:
    if not found.total:
        return el("div", _nothing(wanted), id="entries")
    now = found.as_of
    shown = [_entry(each, now, acts=acts) for each in found.entries]
    shown += [due_entry(each) for each in found.due]
    return el(
        "div",
        el("ol", *shown, class_="entries"),
        pages_nav(found.page, found.pages, lambda number: f"/inbox{wanted.query(page=number)}"),
        id="entries",
    )


def _nothing(wanted: InboxWanted) -> Html:
    if not wanted.narrows:
        return el("p", _EMPTY[wanted.status], class_="empty")
    clear = el("a", "Clear them", href=f"/inbox{InboxWanted(status=wanted.status).query()}", data_filter=True)
    what = "Nothing that is due" if wanted.status == "due" else "No alert"
    return el("p", f"{what} passes these filters. ", clear, class_="empty")


def _entry(entry: Entry, now: int, *, acts: bool) -> Html:
    facts, alert = entry.deal.facts, entry.alert
    title = f"entry-{alert.id}"
    name = el("a", deal_name(facts.name, facts.id), href=deal_url(facts.id), data_deal=True)
    attributes: Mapping[str, str | None] = about_alert(alert, facts, now)
    return el(
        "li",
        el(
            "header",
            severity_chip(alert.severity),
            el("h2", name, id=title),
            el("span", numbers.amount(facts.amount, facts.currency), class_="amount"),
            class_="entry-head",
        ),
        el("p", " · ".join(_about(entry, now)), class_="sub"),
        _handled(entry),
        el(
            "div",
            el("div", *(_reason(entry, place, now, acts=acts) for place in range(len(alert.reasons))), class_="why"),
            el(
                "div",
                _play(alert),
                proposed(entry.updates, "h3", acts=acts),
                alert_buttons(alert, facts, now) if acts else None,
                class_="entry-side",
            ),
            class_="entry-body",
        ),
        class_=f"entry acts {alert.severity}",
        data_key=alert.id,
        tabindex="-1",
        aria_labelledby=title,
        **attributes,
    )


def _about(entry: Entry, now: int) -> list[str]:
    facts, alert = entry.deal.facts, entry.alert
    parts = [
        facts.account if facts.account not in facts.name else "",
        facts.owner or "nobody's",
        entry.team,
        facts.stage,
        f"open for {numbers.span(now - alert.opened_at)}",
        "deal on hold" if facts.on_hold(now) else "",
    ]
    return [each for each in parts if each]


def _handled(entry: Entry) -> Html | None:
    said, word = handling(entry.alert), last_word(entry.alert)
    if not said and word is None:
        return None
    return el("p", el("b", "; ".join(said)) if said else None, word, class_="handled")


def _reason(entry: Entry, place: int, now: int, *, acts: bool) -> Html:
    return evidence(
        entry.alert,
        entry.alert.reasons[place],
        "h3",
        said_on(entry.alert, now) if not place else None,
        acts=acts and len(entry.alert.reasons) > 1,
    )


def _play(alert: OpenAlert) -> Html | None:
    play = alert.play
    if play is None:
        return el("p", alert.advice, class_="entry-play sub") if alert.advice else None
    return el(
        "div",
        el("h3", play.title),
        el("ol", *(el("li", step) for step in play.steps)),
        el("p", "It worked when ", play.success, ".", class_="sub"),
        class_="entry-play",
    )
