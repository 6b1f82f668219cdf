"""Alerts as HTML: a line of the live feed, and an open or past alert in full."""

from __future__ import annotations

from collections.abc import Sequence

from streams.alerts.alert import Alert, Driver
from streams.alerts.heed import FEEDBACK
from streams.state.opportunity import DAY, Opportunity
from streams.web import numbers
from streams.web.alert_log import Episode
from streams.web.markup import Html, el, join
from streams.web.pages.actions import about_alert, alert_buttons, reason_buttons
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


def open_alert(alert: OpenAlert, facts: Opportunity, now: int, *, acts: bool) -> Html:
    """The open alert in full: every reason, on what evidence, and what would end it; and what can be done about it."""
    handled, word = handling(alert), last_word(alert)
    several = acts and len(alert.reasons) > 1
    dated = said_on(alert, now)
    said = (
        el("p", el("b", "; ".join(handled)) if handled else None, word, class_="handled") if handled or word else None
    )
    about = f"open for {numbers.span(now - alert.opened_at)}"
    return el(
        "article",
        *(evidence(alert, each, "h4", dated, acts=several, explain=True) for each in alert.reasons),
        said,
        el("p", when(alert.opened_at, about), _trust(alert.said), class_="sub open-for"),
        alert_buttons(alert, facts, now) if acts else None,
        class_=f"episode acts {alert.severity}",
        data_key=alert.id,
        tabindex="-1",
        **about_alert(alert, facts, now),
    )


def handling(alert: OpenAlert) -> list[str]:
    """What people did about an alert, in words."""
    said = [f"acknowledged by {alert.acknowledged_by}"] if alert.acknowledged_by else []
    said += [
        f"{rule_term(each.rule).word}: {'done' if each.useful else 'not useful'}, by {each.by}"
        for each in alert.set_aside
    ]
    said += [f"assigned to {alert.assignee}"] if alert.assignee else []
    quiet = [each.snoozed_until for each in alert.reasons if each.snoozed_until]
    if alert.status == "snoozed" and quiet:
        said.append(f"snoozed until {numbers.short_date(min(quiet))}")
    return said


def last_word(alert: OpenAlert) -> Html | None:
    """What somebody wrote with what they did last."""
    said = alert.said
    if said is None or not said.note:
        return None
    return el("span", f" {said.by}: “{said.note}”", class_="note")


def evidence(
    alert: OpenAlert, reason: OpenReason, heading: str, dated: Html | None, *, acts: bool, explain: bool = False
) -> Html:
    """One reason: on what evidence it stands, and what would end it; with a button of its own where `acts`.

    What an earlier reason of the alert says already is not said again. `explain` has its rule explained, which a page
    can do once for each.
    """
    said, rule = reason.said, rule_term(reason.rule)
    before = {line.text for each in alert.reasons[: alert.reasons.index(reason)] for line in _lines(each)}
    lines = [_line(each, reason.rule) for each in _lines(reason) if each.feature == FEEDBACK or each.text not in before]
    asleep = reason.snoozed_until is not None
    snoozed = f"snoozed until {numbers.short_date(reason.snoozed_until)}" if reason.snoozed_until is not None else ""
    name = explained(f"rule-{reason.rule}", rule) if explain else None
    both = " · " if name and snoozed else None
    chip = join(severity_chip(reason.severity), " ") if explain or len(alert.reasons) > 1 else None
    return el(
        "section",
        el(
            "div",
            el(heading, chip, said.title if said else rule.word, dated, class_="alert-title"),
            reason_buttons(reason.rule, rule.word, snoozed=asleep) if acts else None,
            class_="reason-head",
        ),
        el("ul", *lines) if lines else None,
        el("p", el("b", "Clears when "), reason.clears_when, ".") if reason.clears_when else None,
        el("p", name, both, snoozed or None, class_="sub") if name or snoozed else None,
        class_="reason asleep" if asleep else "reason",
        data_key=f"{alert.id}-{reason.rule}",
        data_reason=reason.rule,
        data_word=rule.word,
    )


def _line(said: Driver, rule: str) -> Html:
    """A line of evidence; what people said of the rule leads to where all of it stands."""
    if said.feature != FEEDBACK:
        return el("li", said.text)
    return el("li", said.text, " (", el("a", "all votes", href=f"/rules#rule-{rule}"), ")", class_="moved")


def _lines(reason: OpenReason) -> Sequence[Driver]:
    return reason.said.evidence if reason.said else ()


def said_on(alert: OpenAlert, now: int) -> Html | None:
    """The day on which an alert spoke, where that is some time ago: its numbers are of that day."""
    if alert.said is None or now - alert.said.at < DAY:
        return None
    return el("span", " ", when(alert.said.at, f"({numbers.short_date(alert.said.at)})"), class_="said-on")


def past_alert(episode: Episode, back: Html | None = None) -> Html:
    """An alert that ended, in a line: when, what it said, why it ended and who ended it; `back` takes that back."""
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
        f", by {last.by}" if last.by else None,
        f": “{last.note}”" if last.by and last.note else None,
        back,
        data_key=last.id,
    )


def _trust(said: Alert | None) -> str | None:
    if said is None:
        return " · the message with its evidence is no longer kept"
    if said.feed == "unmonitored":
        return " · the feed sends no heartbeats, so the silence is taken as the buyer's"
    return None
