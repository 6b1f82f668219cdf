"""Panels that are no picture of lines: numbers with a small course, bars side by side, and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt

from streams.web.dashboards.definition import Panel
from streams.web.dashboards.expand import NAMED, Window
from streams.web.dashboards.lines import Line, apart, colour_of, unbroken
from streams.web.dashboards.units import written
from streams.web.markup import Html, el

_WIDTH, _HEIGHT = 200, 40
#: What stands for a variable while Markdown is read: letters that mean nothing there, in text, code or address.
_STAND_IN = "dealwatchVariable{}Here"
_markdown = MarkdownIt("commonmark", {"html": False})


def numbers_of(panel: Panel, lines: Sequence[Line], window: Window, now_s: float) -> Html:
    """The last value of each line, coloured, with its course beneath; named where the title is not name enough."""
    many = len(lines) > 1
    named = many or any("{{" in each.legend_format for each in panel.targets)
    return el(
        "ul",
        *(
            el(
                "li",
                el("span", line.name, class_="sub" if named else "unseen"),
                el("b", written(panel.unit, line.last, now_s), class_=_is(panel, line.last)),
                None if panel.unit == "dateTimeFromNow" else _course(line, window, _is(panel, line.last)),
            )
            for line in lines
        ),
        class_="readings many" if many else "readings",
    )


def _is(panel: Panel, value: float) -> str | None:
    return f"is-{colour}" if (colour := colour_of(panel.thresholds, value)) else None


def _course(line: Line, window: Window, name: str | None) -> Html:
    """How the value went, without axes."""
    values = [value for _, value in line.points]
    low, high = apart(min(values), max(values))

    def point(at: float, value: float) -> str:
        x = (at - window.start) / (window.end - window.start) * _WIDTH
        return f"{x:.1f},{2 + (high - value) / (high - low) * (_HEIGHT - 4):.1f}"

    shapes = []
    for stretch in unbroken(line.points, window.step):
        points = [point(*each) for each in stretch]
        left, right = points[0].partition(",")[0], points[-1].partition(",")[0]
        shapes.append(el("polygon", points=f"{left},{_HEIGHT} {' '.join(points)} {right},{_HEIGHT}", class_="area"))
        shapes.append(el("polyline", points=" ".join(points if len(points) > 1 else points * 2)))
    return el(
        "svg",
        *shapes,
        class_=f"spark {name or ''}".strip(),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def bars(panel: Panel, lines: Sequence[Line]) -> Html:
    """The last value of each line as a bar; the longest fills the width."""
    least, most = panel.bounds
    low = least or 0.0
    high = most if most is not None else max(line.last for line in lines)
    width = (high - low) or 1.0

    def bar(line: Line) -> Html:
        share = min(max((line.last - low) / width, 0.0), 1.0)
        return el(
            "svg",
            el("rect", class_="track", width="100%", height="100%", rx="3"),
            el(
                "rect",
                class_=f"fill {_is(panel, line.last) or ''}".strip(),
                width=f"{100 * share:.1f}%",
                height="100%",
                rx="3",
            ),
            class_="bar",
            aria_hidden="true",
        )

    return el(
        "ul",
        *(
            el(
                "li",
                el("span", line.name),
                bar(line),
                el("b", written(panel.unit, line.last), class_=_is(panel, line.last)),
            )
            for line in lines
        ),
        class_="bars",
    )


def words(panel: Panel, values: Mapping[str, str]) -> Html:
    """A text in Markdown, in which `${name}` and `${name:percentencode}` are replaced.

    The text comes with Dealwatch, the values from whoever looks: they are put in after Markdown was read, so whatever
    they hold is text, and never markup or the beginning of an address.
    """
    found: list[str] = []

    def stand_in(name: str, encoding: str) -> str:
        value = values.get(name, "")
        found.append(quote(value, safe="") if encoding == "percentencode" else escape(value))
        return _STAND_IN.format(len(found) - 1)

    source = NAMED.sub(lambda each: stand_in(each[1] or each[3], each[2] or ""), panel.options.content)
    html = _markdown.render(source)
    for number, value in enumerate(found):
        html = html.replace(_STAND_IN.format(number), value)
    return el("div", Html(html), class_="words")
