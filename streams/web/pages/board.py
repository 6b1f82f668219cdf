"""The first page: the figures, the deals at risk, the live feed, and how far all of it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.web import numbers
from streams.web.figures import FeedFigure, Summary
from streams.web.markup import Html, el, join
from streams.web.pages.alerts import feed, handling, said_on
from streams.web.pages.deal import glossary
from streams.web.pages.filters import filters, pager
from streams.web.pages.marks import (
    account_and_owner,
    deal_name,
    deal_url,
    probability,
    severity_chip,
    target_heading,
    term,
    when,
)
from streams.web.pages.trust import feeds, quality
from streams.web.read_model import Page
from streams.web.standing import Standing
from streams.web.vocabulary import HEADLINES, rule_term, target_word
from streams.web.wanted import Wanted


class Board(Struct, frozen=True):
    """Everything the first page needs."""

    summary: Summary
    page: Page
    wanted: Wanted
    alerts: Sequence[Alert]
    not_ready: Sequence[str]

    @property
    def base_rates(self) -> dict[str, float]:
        """The base rate of each target."""
        return {each.target: each.base_rate for each in self.summary.models}


def board(content: Board) -> Html:
    """The page's body. Its parts have ids, under which the browser replaces them."""
    return join(
        _figures(content),
        el(
            "div",
            _deals_section(content),
            el(
                "aside",
                el("section", el("h2", "Happening now"), feed(content.alerts), id="feed", class_="card"),
                el("section", quality(content.summary.models), id="quality", class_="card"),
                el("section", feeds(content.summary.feeds), id="feeds", class_="card"),
                el("section", el("details", el("summary", "What the alerts mean"), glossary()), class_="card"),
                aria_label="Live feed and quality",
            ),
            class_="board",
        ),
    )


def _deals_section(content: Board) -> Html:
    form = filters(content.wanted, content.summary)
    return el("section", _deals_head(content), form, _deals(content), class_="deals")


def as_of(at: int | None) -> Html:
    """Up to which event the page tells."""
    told = "no event yet" if at is None else when(at, numbers.moment(at))
    return el("p", term("as_of"), " ", told, id="as-of", class_="as-of")


def _figures(content: Board) -> Html:
    summary = content.summary
    warnings = [f"Not ready: {each}. Figures may be incomplete." for each in content.not_ready]
    if summary.unreadable_records:
        warnings.append(f"{numbers.count(summary.unreadable_records)} records could not be read and are left out.")
    return el(
        "section",
        *(el("p", each, class_="warning-line", role="status") for each in warnings),
        el(
            "dl",
            _figure(_of_all(summary), numbers.count(summary.at_risk), class_="main"),
            _figure(term("amount_at_risk", "amount at risk"), _amounts(summary)),
            _figure("open alerts", _severities(summary.alerts)),
            _figure("feeds fresh", _trusted(summary.feeds)),
            class_="figures",
        ),
        id="figures",
        aria_label="Figures",
    )


def _figure(label: Html | str, value: Html | str, class_: str = "") -> Html:
    return el("div", el("dt", label), el("dd", value), class_=class_ or None)


def _of_all(summary: Summary) -> str:
    return f"of {numbers.count(summary.open_deals)} open deals at risk"


def _amounts(summary: Summary) -> Html:
    if not summary.amount_at_risk:
        return el("span", "none", class_="quiet")
    parts = [el("span", numbers.amount(each.amount, each.currency), class_="amount") for each in summary.amount_at_risk]
    missing = summary.at_risk_without_amount
    return join(*parts, el("span", f"+ {missing} without amount", class_="sub") if missing else None)


def _severities(alerts: Mapping[str, int]) -> Html:
    if not alerts:
        return el("span", "none", class_="quiet")
    return join(*(el("span", el("b", numbers.count(each)), f" {name}", class_=name) for name, each in alerts.items()))


def _trusted(found: Sequence[FeedFigure]) -> Html:
    if not found:
        return el("span", "not monitored", class_="quiet")
    good = sum(each.status == "fresh" for each in found)
    return el("span", el("b", str(good)), f" of {len(found)}", class_="warning" if good < len(found) else None)


def _deals_head(content: Board) -> Html:
    number = content.page.total
    found = f"{numbers.count(number)} {'deal' if number == 1 else 'deals'}, the worst first"
    return el(
        "div",
        el("h1", term("at_risk", "Deals at risk" if content.wanted.show == "risk" else "Open deals"), id="deals-title"),
        el("p", found, class_="sub") if number else None,
        class_="deals-head",
        id="deals-head",
    )


def _deals(content: Board) -> Html:
    page = content.page
    if not page.total:
        return el("div", _nothing(content), id="deals")
    base_rates = content.base_rates
    head = el(
        "tr",
        _column(term("severity")),
        _column("Deal"),
        _column("Amount, stage", "num"),
        *(_column(target_heading(each, base_rates.get(each)), "p") for each in HEADLINES),
        _column("Why, and what to do"),
        _column("Open for", "num"),
        role="row",
    )
    now = content.summary.as_of or 0
    rows = [_row(each, base_rates, now) for each in page.deals]
    return el(
        "div",
        el(
            "table",
            el("thead", head, role="rowgroup"),
            el("tbody", *rows, role="rowgroup"),
            role="table",
            aria_labelledby="deals-title",
            class_="deal-table",
        ),
        pager(page, content.wanted),
        id="deals",
    )


def _column(heading: Html | str, class_: str | None = None) -> Html:
    # The roles are said although a table has them: the narrow layout, which is no table to look at, would lose them.
    return el("th", heading, scope="col", role="columnheader", class_=class_)


def _row(deal: Standing, base_rates: Mapping[str, float], now: int) -> Html:
    facts, alert = deal.facts, deal.alert
    link = el("a", deal_name(facts.name, facts.id), href=deal_url(facts.id), data_deal=True)
    owner = el("span", account_and_owner(facts), class_="sub")
    shares = [
        el("td", _share(deal, each, base_rates), role="cell", class_="p", data_label=target_word(each))
        for each in HEADLINES
    ]
    number = len(alert.reasons) if alert else 0
    age = when(alert.opened_at, numbers.span(now - alert.opened_at)) if alert else None
    return el(
        "tr",
        el(
            "td",
            severity_chip(deal.severity),
            el("span", f"{number} reasons", class_="sub") if number > 1 else None,
            role="cell",
            class_="sev",
        ),
        el("th", link, owner, scope="row", role="rowheader", class_="deal"),
        el(
            "td",
            el("span", numbers.amount(facts.amount, facts.currency), class_="amount"),
            el("span", facts.stage, class_="sub"),
            role="cell",
            class_="num money",
        ),
        *shares,
        el("td", *_why(deal, now), role="cell", class_="why"),
        el("td", age, role="cell", class_="num age"),
        role="row",
        class_=f"row {deal.severity}",
        data_key=facts.id,
    )


def _share(deal: Standing, target: str, base_rates: Mapping[str, float]) -> Html:
    estimate = deal.watch.estimates.get(target)
    if estimate is not None:
        return probability(target, estimate.probability, base_rates.get(target))
    past = target == "slippage" and deal.facts.close_due is not None
    return el("span", "date over" if past else "not asked", class_="quiet")


def _why(deal: Standing, now: int) -> list[Html]:
    alert = deal.alert
    if alert is None:
        return [el("span", "nothing to report", class_="sub")]
    title = alert.said.title if alert.said else rule_term(alert.rule).word
    return [
        el("span", title, said_on(alert, now)),
        el("span", " · ".join(filter(None, (alert.advice, *handling(alert)))), class_="sub play"),
    ]


def _nothing(content: Board) -> Html:
    summary, wanted = content.summary, content.wanted
    if wanted.narrows:
        clear = el("a", "Clear them", href=f"/{Wanted(show=wanted.show).query()}", data_filter=True)
        return el("p", "No deal passes these filters. ", clear, class_="empty")
    if not summary.open_deals:
        return el(
            "div",
            el("h2", "No deals yet"),
            el(
                "p",
                "A deal appears here with its first event on ",
                el("code", "deal.activity"),
                ". Alerts follow when a deal is at least three days old and something about it is unusual; "
                "the models begin to speak when they have seen a few hundred cases end.",
            ),
            class_="empty",
        )
    text = f"Show all {numbers.count(summary.open_deals)} open deals"
    all_deals = el("a", text, href="/?show=all", data_filter=True)
    return el("p", "No open deal is at risk. All are watched. ", all_deals, class_="empty")
