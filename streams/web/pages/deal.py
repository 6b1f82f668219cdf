"""A deal's page, which is also the panel beside the table: what to do, why, what is known, and what happened."""

from __future__ import annotations

from streams.alerts.plays import Play
from streams.web import numbers
from streams.web.facts import close_day, hold
from streams.web.markup import Html, el, join
from streams.web.pages.actions import about_deal, deal_buttons, reopen_button
from streams.web.pages.alerts import open_alert, past_alert
from streams.web.pages.closing import closing
from streams.web.pages.history import history
from streams.web.pages.marks import deal_name, severity_chip, term, when
from streams.web.pages.plays import also_running, for_whom, running, steps
from streams.web.pages.reasons import points_note, reasons
from streams.web.pages.updates import proposed
from streams.web.portrait import Portrait
from streams.web.standing import OpenAlert
from streams.web.vocabulary import RULES, rule_term, spelled

_MAIN_TARGET = {"going_quiet": "inactivity", "silent": "inactivity", "no_next_step": "inactivity"}


def portrait(deal: Portrait, *, acts: bool = False) -> Html:
    """Everything about one deal, with what can be done where `acts`; the heading has the id `deal-title`.

    Every section has a key, by which a browser recognises it when sections before it come or go.
    """
    return el(
        "article",
        _heading(deal),
        el(
            "div",
            el(
                "div",
                *_to_do(deal, acts=acts),
                proposed(deal.updates, "h3", acts=acts),
                _alerts(deal, acts=acts),
                also_running([each for each in deal.plays if deal.alert or each.alert]),
                _why(deal),
                history(deal),
                class_="column",
            ),
            el("div", _closing(deal), _details(deal), _timeline(deal), _past(deal, acts=acts), class_="column"),
            class_="columns",
        ),
        class_="portrait acts",
        id="portrait",
        **about_deal(deal.facts, deal.as_of),
    )


def heading() -> Html:
    """The first heading of a page of its own; in the panel the deal stands under that of the table."""
    return el("h1", "One deal", class_="unseen")


def title(deal: Portrait) -> str:
    """The document's title."""
    return f"{deal_name(deal.facts.name, deal.facts.id)} · Dealwatch"


def _heading(deal: Portrait) -> Html:
    facts = deal.facts
    parts = [facts.account if facts.account not in facts.name else "", facts.owner, facts.stage]
    parts.append(numbers.amount(facts.amount, facts.currency))
    parts.append(f"closes {close_day(facts)}" if facts.is_open and facts.close_date else "")
    chip = severity_chip(deal.severity) if facts.is_open else el("span", spelled(facts.status), class_="chip none")
    return el(
        "header",
        el("p", chip, el("span", "as of ", when(deal.as_of, numbers.moment(deal.as_of)), class_="sub"), class_="over"),
        el("h2", deal_name(facts.name, facts.id), id="deal-title", tabindex="-1"),
        el("p", " · ".join(part for part in parts if part), class_="sub"),
        class_="deal-head",
    )


def _to_do(deal: Portrait, *, acts: bool) -> list[Html]:
    """What to do: the play of the alert; without one, those that the deal itself called for come first."""
    plays = [each for each in deal.plays if not (deal.alert or each.alert)]
    return [*(running(each, first=not place) for place, each in enumerate(plays)), _advice(deal, acts=acts)]


def _advice(deal: Portrait, *, acts: bool) -> Html:
    if not deal.facts.is_open:
        return el("section", el("h3", _ending(deal)), class_="advice calm", data_key="advice")
    if deal.play is None and deal.alert is not None:
        return _no_play(deal.alert)
    if deal.play is None:
        held = [f"{rule_term(rule).word} is held back: {reason}." for rule, reason in deal.held.items()]
        if resting := hold(deal.facts, deal.as_of):
            held.append(f"On hold: {resting}. Until then its silence is no surprise.")
        watched = "The deal is watched, and will be listed when that changes."
        asked = any(not each.alert for each in deal.plays)
        text = " ".join(held) or (watched if asked else f"No alert is open. {watched}")
        buttons = deal_buttons(deal.facts, deal.as_of) if acts else None
        name = "No alert is open" if asked else "Nothing to do"
        return el("section", el("h3", name), el("p", text), buttons, class_="advice calm", data_key="advice")
    return _play(deal.play)


def _ending(deal: Portrait) -> str:
    facts = deal.facts
    on = f" on {numbers.date(facts.closed_at)}" if facts.closed_at is not None else ""
    why = f": {facts.lost_reason}" if facts.lost_reason else ""
    return f"{spelled(facts.status)}{on}{why}"


def _no_play(alert: OpenAlert) -> Html:
    text = "See below why, and what would end it."
    if alert.said is not None and alert.said.withheld is not None:
        text = (
            f"The play {spelled(alert.said.withheld.play)} fits, and is withheld from this deal: it is one of those "
            "drawn by lot that show what difference the play makes. " + text
        )
    return el("section", el("h3", "No play is recommended"), el("p", text), class_="advice calm", data_key="advice")


def _play(play: Play) -> Html:
    return el(
        "section",
        el("p", term("play"), for_whom(play), class_="over"),
        el("h3", play.title),
        steps(play),
        el("p", el("b", "It worked when "), play.success, "."),
        class_="advice",
        data_key="advice",
    )


def _alerts(deal: Portrait, *, acts: bool) -> Html | None:
    if deal.alert is None:
        return None
    count = len(deal.alert.reasons)
    return el(
        "section",
        el("h3", "Open alert" if count == 1 else f"Open alert, {count} reasons"),
        open_alert(deal.alert, deal.facts, deal.as_of, acts=acts),
        *(el("p", f"{rule_term(rule).word} is held back: {why}.", class_="sub") for rule, why in deal.held.items()),
        data_key="alerts",
    )


def _why(deal: Portrait) -> Html | None:
    if not deal.facts.is_open:
        return None
    if not deal.risks:
        nothing = el("p", "No model has looked at this deal yet.", class_="sub")
        return el("section", el("h3", "What the models say"), nothing, data_key="why")
    main = _MAIN_TARGET.get(deal.alert.rule, "slippage") if deal.alert else deal.risks[0].statement.target
    shown = main if any(each.statement.target == main for each in deal.risks) else deal.risks[0].statement.target
    return el(
        "section",
        el("h3", "What the models say, and why"),
        points_note(),
        *(reasons(each, deal.horizon_days, opened=each.statement.target == shown) for each in deal.risks),
        data_key="why",
    )


def _closing(deal: Portrait) -> Html | None:
    return None if deal.closing is None else closing(deal.closing, close_day(deal.facts))


def _details(deal: Portrait) -> Html:
    lines = [el("div", el("dt", each.label), el("dd", each.text)) for each in deal.details]
    lines.append(el("div", el("dt", "Id"), el("dd", el("code", deal.facts.id))))
    return el("section", el("h3", "What is known"), el("dl", *lines), data_key="details")


def _timeline(deal: Portrait) -> Html:
    lines = [
        el(
            "li",
            when(each.at, numbers.short_date(each.at)),
            el("span", each.text, class_="what"),
            class_=each.side,
        )
        for each in deal.timeline
    ]
    legend = el("p", *_legend(), class_="legend sub")
    return el("section", el("h3", "Timeline"), legend, el("ol", *lines, class_="timeline"), data_key="timeline")


def _legend() -> list[Html]:
    sides = {
        "buyer": "buyer",
        "both": "both sides",
        "seller": "us",
        "deal": "the deal",
        "alert": "alert",
        "person": "somebody acted",
    }
    return [el("span", label, class_=side) for side, label in sides.items()]


def _past(deal: Portrait, *, acts: bool) -> Html | None:
    if not deal.past:
        return None
    latest = deal.past[0]
    ended = latest.ended if acts and deal.alert is None and deal.facts.is_open else None
    back = reopen_button(latest.id, deal.facts, deal.as_of) if ended and ended.by else None
    lines = [past_alert(each, back if each is latest else None) for each in deal.past]
    return el(
        "section",
        el(
            "details",
            el("summary", f"Past alerts ({len(deal.past)})"),
            el("ul", *lines, class_="past"),
        ),
        data_key="past",
    )


def back() -> Html:
    """The way to the table."""
    return el("nav", el("a", "← All deals at risk", href="/"), class_="back", aria_label="Back")


def no_page() -> Html:
    """What to say where an address leads nowhere."""
    return el("article", el("h2", "There is no such page"), el("p", "Begin with the deals at risk."), class_="portrait")


def missing(opportunity: str) -> Html:
    """What to say where a deal is not known."""
    return el(
        "article",
        el("h2", "This deal is not known here", id="deal-title", tabindex="-1"),
        el(
            "p",
            "No state of ",
            el("code", opportunity),
            " was read. A deal appears with its first event; closed deals leave some time after their end.",
        ),
        class_="portrait",
    )


def glossary() -> Html:
    """All rules in a sentence each."""
    return el("dl", *(join(el("dt", each.word), el("dd", each.meaning)) for each in RULES.values()), class_="glossary")
