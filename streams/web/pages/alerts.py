"""Alerts as HTML: a line of the live feed, and an open or past alert in full."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.alert import Alert
from streams.state.opportunity import DAY
from streams.web import numbers
from streams.web.alert_log import Episode
from streams.web.markup import Html, el, join
from streams.web.pages.marks import deal_name, deal_url, explained, severity_chip, when
from streams.web.standing import OpenAlert, OpenReason
from streams.web.vocabulary import TRANSITIONS, rule_term, spelled

_SIGNS = {
    "opened": "●",
    "reopened": "●",
    "escalated": "▲",
    "de_escalated": "▽",
    "changed": "◆",
    "acknowledged": "◇",
    "snoozed": "◇",
    "assigned": "◇",
    "resolved": "✓",
}


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
    tone = "resolved" if alert.status == "resolved" else alert.severity
    title = f"{rule_term(alert.rule).word}: {alert.resolution}" if alert.resolution else alert.title
    return el(
        "li",
        el("span", _SIGNS[alert.transition], class_=f"sign {tone}", aria_hidden="true"),
        el(
            "div",
            el("a", deal_name(alert.name, alert.opportunity), href=deal_url(alert.opportunity), data_deal=True),
            el(
                "p",
                el("b", spelled(TRANSITIONS[alert.transition])),
                f" by {alert.by}" if alert.by else "",
                f" · {title}",
            ),
            el("p", when(alert.at, f"{numbers.short_date(alert.at)}, {numbers.clock_time(alert.at)}"), class_="sub"),
        ),
        data_key=feed_key(alert),
        class_=tone,
    )


def announcement(alert: Alert) -> str:
    """A message in one sentence for a screen reader."""
    name = deal_name(alert.name, alert.opportunity)
    if alert.status == "resolved":
        return f"{name}: {rule_term(alert.rule).word} resolved, {alert.resolution}."
    return f"{name}: {alert.severity} alert {TRANSITIONS[alert.transition]}, {alert.title}."


def open_alert(alert: OpenAlert, now: int) -> Html:
    """The open alert in full: every reason, on what evidence, and what would end it."""
    about = [f"open for {numbers.span(now - alert.opened_at)}", *handling(alert)]
    return el(
        "article",
        *(_reason(each, alert, now) for each in alert.reasons),
        el("p", when(alert.opened_at, " · ".join(about)), _trust(alert.said), class_="sub"),
        class_=f"episode {alert.severity}",
        data_key=alert.id,
    )


def handling(alert: OpenAlert) -> list[str]:
    """What people did about an alert, in words."""
    said = [f"acknowledged by {alert.acknowledged_by}"] if alert.acknowledged_by else []
    said += [f"assigned to {alert.assignee}"] if alert.assignee else []
    quiet = [each.snoozed_until for each in alert.reasons if each.snoozed_until]
    if alert.status == "snoozed" and quiet:
        said.append(f"snoozed until {numbers.short_date(min(quiet))}")
    return said


def _reason(reason: OpenReason, alert: OpenAlert, now: int) -> Html:
    said, rule = reason.said, rule_term(reason.rule)
    evidence = [el("li", each.text) for each in said.evidence] if said else []
    snoozed = None if reason.snoozed_until is None else f" · snoozed until {numbers.short_date(reason.snoozed_until)}"
    return el(
        "section",
        el(
            "h4",
            severity_chip(reason.severity),
            " ",
            said.title if said else rule.word,
            said_on(alert, now),
            class_="alert-title",
        ),
        el("ul", *evidence) if evidence else None,
        el("p", el("b", "Clears when "), reason.clears_when, ".") if reason.clears_when else None,
        el("p", explained(f"rule-{reason.rule}", rule), snoozed, class_="sub"),
        class_="reason",
        data_key=f"{alert.id}-{reason.rule}",
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


def _trust(said: Alert | None) -> str | None:
    if said is None:
        return " · the message with its evidence is no longer kept"
    if said.feed == "unmonitored":
        return " · the feed sends no heartbeats, so the silence is taken as the buyer's"
    return None
