"""When the deal will close: the chance by the planned date, a date to propose, and the distribution as small bars."""

from __future__ import annotations

from streams.alerts.closing import BARS, CloseStatement
from streams.state.opportunity import DAY
from streams.web import numbers
from streams.web.markup import Html, el
from streams.web.pages.marks import term, when

_HEIGHT = 36
_WHOLE = 100.0


def closing(said: CloseStatement, planned_day: str) -> Html:
    """The section of a deal's page; numbers first, the drawing only repeats them."""
    return el(
        "section",
        el("h3", term("closing")),
        el("dl", *_lines(said, planned_day)),
        _drawing(said),
        el("p", said.reason, class_="sub"),
        class_="closing",
        data_key="closing",
    )


def _lines(said: CloseStatement, planned_day: str) -> list[Html]:
    lines = []
    if said.won_by is not None and said.closed_by is not None:
        chance = f"{numbers.percent(said.won_by)} won, {numbers.percent(said.closed_by)} closed either way"
        lines.append(_line(f"By {planned_day}", chance, ", as planned"))
    if said.proposed is not None and said.safe is not None:
        halfway = when(said.proposed, numbers.date(said.proposed))
        safe = when(said.safe, numbers.date(said.safe))
        lines.append(_line("Date to propose", halfway, " (half of those that are won), ", safe, " to be safe (80 %)"))
    lines.append(_line("Won in the end", numbers.percent(said.won)))
    return lines


def _line(label: str, *text: Html | str) -> Html:
    return el("div", el("dt", label), el("dd", *text))


def _drawing(said: CloseStatement) -> Html:
    """One bar a part of the time ahead, its height the chance of being won in it; lines mark the two dates."""
    tallest = max(said.bars) or 1.0
    step = _WHOLE / BARS
    bars = [
        el(
            "rect",
            class_="win",
            x=f"{index * step:.2f}%",
            y=f"{_HEIGHT - chance / tallest * (_HEIGHT - 2):.2f}",
            width=f"{step * 0.8:.2f}%",
            height=f"{chance / tallest * (_HEIGHT - 2):.2f}",
        )
        for index, chance in enumerate(said.bars)
    ]
    marks = []
    for name, at in (("planned", said.planned), ("proposed", said.proposed)):
        if at is not None:
            place = (at - said.at) / DAY / said.span_days * _WHOLE
            marks.append(el("rect", class_=name, x=f"{place:.2f}%", y="0", width="2", height=str(_HEIGHT)))
    legend = el(
        "p",
        el("span", "chance of a win over time", class_="win"),
        el("span", "planned", class_="planned") if said.planned is not None else None,
        el("span", "proposed", class_="proposed") if said.proposed is not None else None,
        el("span", f"until {numbers.date(said.at + round(said.span_days * DAY))}", class_="until"),
        class_="sub closing-legend",
    )
    drawing = el("svg", *bars, *marks, class_="closing-bars", height=str(_HEIGHT), aria_hidden="true")
    return el("div", drawing, legend)
