"""Why a model says what it says: signed bars that add up to the probability in front of the reader's eyes."""

from __future__ import annotations

from streams.alerts import words
from streams.alerts.alert import RiskStatement
from streams.alerts.explain import provenance
from streams.web import numbers
from streams.web.markup import Html, el, join
from streams.web.pages.marks import gauge, term, when
from streams.web.portrait import RiskFigure
from streams.web.vocabulary import target_word

_HALF = 50.0


def hundredths(statement: RiskStatement) -> tuple[int, list[int], int]:
    """The level, the drivers and their sum in hundredths of a point, rounded so that what is shown adds up exactly.

    Each figure is rounded for itself; the last driver, the smallest, takes up what rounding leaves over (at most a few
    hundredths). The exact figures are in the API.
    """
    level, total = round(statement.level * 100), round(statement.log_odds * 100)
    lines = [round((driver.log_odds or 0.0) * 100) for driver in statement.drivers]
    if lines:
        lines[-1] = total - level - sum(lines[:-1])
    return level, lines, total


def reasons(risk: RiskFigure, horizon_days: int | None, *, opened: bool) -> Html:
    """One target: its probability beside the base rate, and behind it the reasons."""
    statement = risk.statement
    headline = words.about(statement.target, horizon_days)
    return el(
        "details",
        el(
            "summary",
            el("span", target_word(statement.target), class_="target"),
            el("span", numbers.percent(statement.probability), class_="share"),
            gauge(statement.target, statement.probability, statement.base_rate),
            el("span", f"{headline}; {_usual(statement)}", class_="sub"),
        ),
        _sum(statement),
        _help(statement),
        el("p", _provenance(risk), when(risk.at, numbers.moment(risk.at)), ".", class_="sub"),
        class_="risk",
        open=opened,
        data_key=statement.target,
    )


def _usual(statement: RiskStatement) -> str:
    rate, comparable = numbers.percent(statement.base_rate), numbers.percent(statement.comparable_rate)
    among = "" if statement.rank is None else f"{words.rank(statement.rank)}; "
    return f"{among}{rate} is usual, {comparable} where the deal stands ({statement.comparable})"


def _help(statement: RiskStatement) -> Html | None:
    helpful = statement.what_if
    if helpful is None:
        return None
    after = numbers.percent(helpful.probability)
    return el("p", f"What would help most: {helpful.text}. Deals like this one after it: {after}.", class_="what-if")


def _sum(statement: RiskStatement) -> Html:
    level, lines, total = hundredths(statement)
    widest = max(1, abs(level), *(abs(each) for each in lines)) if lines else max(1, abs(level))
    up_is_bad = statement.target != "win"
    rows = [_row("", "an average deal starts at", level, widest, "base")]
    for driver, value in zip(statement.drivers, lines, strict=True):
        rows.append(_row(driver.feature, driver.text, value, widest, "bad" if (value > 0) == up_is_bad else "good"))
    share = numbers.percent(statement.probability)
    heads = (
        el("th", "Driver", scope="col"),
        el("th", "Reason", scope="col"),
        el("td", class_="bar"),
        el("th", "Points", scope="col", class_="num"),
    )
    return el(
        "table",
        el("thead", el("tr", *heads)),
        el("tbody", *rows),
        el("tfoot", _foot("Sum", numbers.points(total)), _foot("as a probability", share)),
        class_="reasons",
    )


def _foot(label: str, value: str) -> Html:
    return el("tr", el("th", label, scope="row", colspan=3), el("td", value, class_="num"))


def _row(driver: str, text: str, value: int, widest: int, tone: str) -> Html:
    width = abs(value) / widest * _HALF
    start = _HALF if value >= 0 else _HALF - width
    bar = el(
        "svg",
        el("rect", class_="axis", x="50%", width="1", height="12"),
        el("rect", class_=tone, x=f"{start:.2f}%", y="2", width=f"{width:.2f}%", height="8", rx="1"),
        class_="signed",
        height="12",
        aria_hidden="true",
    )
    named = el("th", text, scope="row", colspan=2)
    if driver:
        named = join(el("th", driver, scope="row", class_="driver"), el("td", text))
    return el("tr", named, el("td", bar, class_="bar"), el("td", numbers.points(value), class_="num"))


def _provenance(risk: RiskFigure) -> str:
    statement = risk.statement
    learned = f"Learned from {provenance(statement)} (model {statement.model_version}); said "
    return learned if risk.exact else f"The model that said it is gone; worked out anew. {learned}"


def points_note() -> Html:
    """What points are, said once above the lists."""
    return el(
        "p", "Reasons add up in ", term("points"), ": plus makes it more likely, minus less.", class_="sub points-note"
    )
