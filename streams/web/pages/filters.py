"""The filters over the table, and the way to the next page. A plain form: its state is the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from streams.web import numbers
from streams.web.figures import Summary
from streams.web.markup import Html, el
from streams.web.read_model import Page
from streams.web.standing import SEVERITIES
from streams.web.vocabulary import RULES, rule_term, spelled
from streams.web.wanted import NOBODY, Wanted


def filters(wanted: Wanted, summary: Summary) -> Html:
    """The form. Without a script it is sent with its button, with one at every change."""
    rules = [(rule, f"{rule_term(rule).word} ({summary.alerts_by_rule.get(rule, 0)})") for rule in RULES]
    owners = [(owner or NOBODY, f"{owner or 'nobody'} ({number})") for owner, number in summary.owners.items()]
    if wanted.owner == NOBODY and "" not in summary.owners:
        owners.append((NOBODY, "nobody (0)"))
    severities = [(each, f"{spelled(each)} ({summary.alerts.get(each, 0)})") for each in SEVERITIES]
    search = el(
        "input",
        type="search",
        id="filter-q",
        name="q",
        value=wanted.text,
        placeholder="Search deal, account, owner",
        autocomplete="off",
    )
    return el(
        "form",
        field("Search", "filter-q", search),
        choice("Owner", "owner", wanted.owner, owners, "All owners"),
        choice("Alert", "rule", wanted.rule, rules, "All alerts"),
        choice("Severity", "severity", wanted.severity, severities, "All severities"),
        choice("Show", "show", wanted.show, [("risk", "At risk"), ("all", "All open deals")]),
        el("button", "Apply", type="submit", class_="apply"),
        el("a", "Clear", href="/", class_="clear", data_filter=True, hidden=not wanted.query(page=1)),
        id="filters",
        action="/",
        method="get",
        role="search",
        aria_label="Filter deals",
    )


def pager(page: Page, wanted: Wanted) -> Html | None:
    """The way to the pages before and after; none where there is only one."""
    return pages_nav(page.page, page.pages, lambda number: f"/{wanted.query(page=number)}")


def pages_nav(page: int, pages: int, address: Callable[[int], str]) -> Html | None:
    """The way from one of so many pages to those before and after; none where there is only one."""
    if pages == 1:
        return None
    here = el("span", f"Page {numbers.count(page)} of {numbers.count(pages)}")
    before = _to(address(page - 1), "Previous", exists=page > 1)
    after = _to(address(page + 1), "Next", exists=page < pages)
    return el("nav", before, here, after, class_="pager", aria_label="Pages")


def _to(address: str, label: str, *, exists: bool) -> Html:
    if not exists:
        return el("span", label, class_="quiet", aria_disabled="true")
    return el("a", label, href=address, data_filter=True)


def field(label: str, name: str, control: Html) -> Html:
    """A control of the form with its label; `name` is its id."""
    return el("div", el("label", label, for_=name, class_="unseen"), control, class_="field")


def choice(
    label: str, name: str, chosen: str, options: Iterable[tuple[str, str]], everything: str | None = None
) -> Html:
    """A choice of the form: values with what they are called, and what choosing none is called."""
    listed = list(options)
    if chosen and all(value != chosen for value, _ in listed):
        listed.append((chosen, chosen))
    first = [] if everything is None else [el("option", everything, value="", selected=not chosen)]
    rest = [el("option", text, value=value, selected=value == chosen) for value, text in listed]
    return field(label, f"filter-{name}", el("select", *first, *rest, id=f"filter-{name}", name=name))
