"""Alerts as HTML: a line of the live feed, and an open or past alert in full."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.alert import Alert
from streams.state.opportunity import DAY
from streams.web import numbers
from streams.web.alert_log import Episode
from streams.web.markup import Html, el, join
from streams.web.pages.marks import deal_name, deal_url, explained, severity_chip, when
from streams.web.standing import OpenAlert
from streams.web.vocabulary import STATES, rule_term, spelled

_SIGNS = {"opened": "●", "escalated": "▲", "resolved": "✓"}


def feed(alerts: Sequence[Alert]) -> Html:
    """The latest alert messages, newest first."""
    empty = el(
        "p",
        "Alerts opening, getting worse and resolving will appear here as they happen.",
        class_="empty",
        hidden=bool(alerts),
    )
    lines = el("ol", *(feed_line(each) for each in alerts), id="feed-lines", class_="feed-lines")
    return join(empty, lines)


def feed_key(alert: Alert) -> str:
    """What names one message: repeats have the same key."""
    return f"{alert.id}:{alert.sequence}"


def feed_line(alert: Alert) -> Html:
    """One message of the feed."""
    tone = "resolved" if alert.state == "resolved" else alert.severity
    title = f"{rule_term(alert.rule).word}: {alert.resolution}" if alert.resolution else alert.title
    return el(
        "li",
        el("span", _SIGNS[alert.state], class_=f"sign {tone}", aria_hidden="true"),
        el(
            "div",
            el("a", deal_name(alert.name, alert.opportunity), href=deal_url(alert.opportunity), data_deal=True),
            el("p", el("b", spelled(STATES[alert.state])), f" · {title}"),
            el("p", when(alert.at, f"{numbers.short_date(alert.at)}, {numbers.clock_time(alert.at)}"), class_="sub"),
        ),
        data_key=feed_key(alert),
        class_=tone,
    )


def announcement(alert: Alert) -> str:
    """A message in one sentence for a screen reader."""
    name = deal_name(alert.name, alert.opportunity)
    if alert.state == "resolved":
        return f"{name}: {rule_term(alert.rule).word} resolved, {alert.resolution}."
    return f"{name}: {alert.severity} alert {STATES[alert.state]}, {alert.title}."


def open_alert(alert: OpenAlert, now: int) -> Html:
    """An open alert in full: what, on what evidence, and what would end it."""
    said = alert.said
    rule = rule_term(alert.rule)
    evidence = [el("li", each.text) for each in said.evidence] if said else []
    return el(
        "article",
        el(
            "h4",
            severity_chip(alert.severity),
            " ",
            said.title if said else rule.word,
            said_on(alert, now),
            class_="alert-title",
        ),
        el("ul", *evidence) if evidence else None,
        el("p", el("b", "Clears when "), alert.clears_when, ".") if alert.clears_when else None,
        el("p", explained(f"rule-{alert.rule}", rule), " · ", _since(alert.opened_at, now), _trust(said), class_="sub"),
        class_=f"episode {alert.severity}",
        data_key=alert.id,
    )


def said_on(alert: OpenAlert, now: int) -> Html | None:
    """The day on which an alert spoke, where that is some time ago: its numbers are of that day."""
    if alert.said is None or now - alert.said.at < DAY:
        return None
    return el("span", " ", when(alert.said.at, f"({numbers.short_date(alert.said.at)})"), class_="said-on")


def past_alert(episode: Episode) -> Html:
    """An alert that ended, in a line."""
    last = episode.last
    title = episode.said.title if episode.said else rule_term(last.rule).word
    how = last.resolution or "no longer reported"
    begun = when(last.opened_at, numbers.short_date(last.opened_at))
    return el(
        "li",
        begun,
        " to ",
        when(last.at, numbers.short_date(last.at)),
        " ",
        el("b", title),
        f" · {how}",
        data_key=last.id,
    )


def _since(opened_at: int, now: int) -> Html:
    return when(opened_at, f"open for {numbers.span(now - opened_at)}")


def _trust(said: Alert | None) -> str | None:
    if said is None:
        return " · the message with its evidence is no longer kept"
    if said.feed == "unmonitored":
        return " · the feed sends no heartbeats, so the silence is taken as the buyer's"
    return None
