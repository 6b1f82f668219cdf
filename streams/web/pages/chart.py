"""A picture of lines over time, as SVG that fits any width: lines stretch, texts beside them do not.

What hovering says is in strips of the picture, each with the values of its moment; no script is needed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log2
from typing import NamedTuple

from streams.web import numbers
from streams.web.dashboards.definition import Panel, Threshold
from streams.web.dashboards.expand import Window
from streams.web.dashboards.lines import Line, apart, piled, unbroken
from streams.web.dashboards.units import written
from streams.web.markup import Html, el, join

#: The picture's own units, which are stretched to what there is.
_WIDTH, _HEIGHT = 1_000, 100
#: Strips to hover over, lines that one of them names, lines that the legend names before it folds.
_STRIPS, _NAMED, _LISTED = 45, 12, 8
#: Colours; from there on they begin again, dashed.
_COLOURS = 8
_MARKS, _MOMENTS = 4, 5
_TENS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SECONDS = (60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 43_200.0)
_DAY = 86_400
_TIMES = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY)


def chart(panel: Panel, lines: Sequence[Line], window: Window) -> Html:
    """The picture with its axes and its legend. There must be a line."""
    layers = piled(lines) if panel.stacked else [(None, line) for line in lines]
    axis = _axis_of(panel, [line for _, line in layers])
    scale = _Scale(window, axis)
    shapes = [*scale.grid(), *_limits(panel, scale)]
    for number, (below, line) in enumerate(layers):
        shapes += _drawn(line, below, scale, _colour(number))
    shapes += _strips(panel, lines, scale)
    return el(
        "div",
        _values(panel, scale),
        el(
            "svg",
            *shapes,
            class_="plot",
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
            preserveAspectRatio="none",
            role="img",
            aria_label=_said(panel, lines),
        ),
        _moments(scale),
        _legend(panel, lines),
        class_="chart",
    )


class _Axis(NamedTuple):
    """From where to where the values go, and the distance of the marks."""

    low: float
    high: float
    step: float


class _Scale:
    """Where a moment and a value lie."""

    def __init__(self, window: Window, axis: _Axis) -> None:
        self.window, self.axis = window, axis

    def x(self, at: float) -> float:
        return (at - self.window.start) / (self.window.end - self.window.start) * _WIDTH

    def share(self, value: float) -> float:
        """The share of the height from above."""
        return (self.axis.high - value) / (self.axis.high - self.axis.low)

    def y(self, value: float) -> float:
        return self.share(value) * _HEIGHT

    def point(self, at: float, value: float) -> str:
        return f"{self.x(at):.1f},{self.y(value):.2f}"

    def marks(self) -> list[float]:
        low, high, step = self.axis
        return [low + step * number for number in range(round((high - low) / step) + 1)]

    def grid(self) -> list[Html]:
        return [
            el("line", x1=0, x2=_WIDTH, y1=f"{self.y(mark):.2f}", y2=f"{self.y(mark):.2f}", class_="grid")
            for mark in self.marks()
        ]


def _axis_of(panel: Panel, lines: Sequence[Line]) -> _Axis:
    """From 0 on unless all values are far from it; to marks that are round in the panel's unit."""
    values = [value for line in lines for _, value in line.points]
    low, high = min(values), max(values)
    least, most = panel.bounds
    low = min(low, least) if least is not None else low
    high = max(high, most) if most is not None else high
    if 0.0 <= low <= 0.6 * high:
        low = 0.0
    low, high = apart(low, high)
    step = _step(panel.unit, (high - low) / _MARKS)
    return _Axis(floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step, step)


def _step(unit: str, least: float) -> float:
    """A distance of marks of at least so much that is round in a unit."""
    if unit == "s" and least > 20.0:
        found = next((each for each in _SECONDS if each >= least), None)
        return found or _round(least / _DAY) * _DAY
    if unit == "bytes" and least >= 1.0:
        return 2.0 ** ceil(log2(least))
    return _round(least)


def _round(least: float) -> float:
    """The next 1, 2, 2.5, 5 or 10 of its size.

    >>> _round(0.3), _round(1.0), _round(70)
    (0.5, 1.0, 100.0)
    """
    size = 1.0
    while size * 10.0 <= least:
        size *= 10.0
    while size > least:
        size /= 10.0
    # To twelve digits: marks are to be 0.3, not 0.30000000000000004.
    return next(each for each in (float(f"{ten * size:.12g}") for ten in _TENS) if each >= least * (1 - 1e-9))


def _colour(number: int) -> str:
    return f"c{number % _COLOURS}" + (" again" if number >= _COLOURS else "")


def _drawn(line: Line, below: Line | None, scale: _Scale, colour: str) -> list[Html]:
    shapes: list[Html] = []
    ground = min(max(0.0, scale.axis.low), scale.axis.high)
    lower = {} if below is None else dict(below.points)
    for stretch in unbroken(line.points, scale.window.step):
        upper = " ".join(scale.point(*each) for each in stretch)
        if len(stretch) > 1:
            back = " ".join(scale.point(at, lower.get(at, ground)) for at, _ in reversed(stretch))
            shapes.append(el("polygon", points=f"{upper} {back}", class_=f"{colour} {'layer' if below else 'area'}"))
        else:
            upper = f"{upper} {upper}"  # a line of no length, with round ends, is a dot
        shapes.append(el("polyline", points=upper, class_=colour))
    return shapes


def _limits(panel: Panel, scale: _Scale) -> list[Html]:
    """The thresholds that lie within the picture."""
    return [
        el("line", x1=0, x2=_WIDTH, y1=(y := f"{scale.y(value):.2f}"), y2=y, class_=f"limit is-{each.color}")
        for each, value in _thresholds(panel)
        if scale.axis.low <= value <= scale.axis.high
    ]


def _thresholds(panel: Panel) -> list[tuple[Threshold, float]]:
    if not panel.draws_thresholds:
        return []
    return [(each, each.value) for each in panel.thresholds if each.value is not None]


def _strips(panel: Panel, lines: Sequence[Line], scale: _Scale) -> list[Html]:
    """Strips of the picture, each with what the lines say at its latest moment."""
    start, end, step = scale.window
    width = max(ceil((end - start) / step / _STRIPS), 1) * step
    known = [dict(line.points) for line in lines]
    shapes = []
    for left in range(start, end, width):
        moments = range(min(left + width, end), left, -step)
        found = [
            (value, line.name)
            for line, points in zip(lines, known, strict=True)
            if (value := next((points[at] for at in moments if at in points), None)) is not None
        ]
        if not found:
            continue
        found.sort(key=lambda each: -each[0])
        said = [f"{name}: {written(panel.unit, value)}" for value, name in found[:_NAMED]]
        more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
        title = "\n".join([numbers.moment(moments[0] * 1000), *said, *more])
        x, wide = scale.x(left), scale.x(left + width) - scale.x(left)
        shapes.append(
            el("rect", el("title", title), class_="strip", x=f"{x:.1f}", y=0, width=f"{wide:.1f}", height=_HEIGHT)
        )
    return shapes


def _mark(unit: str, value: float, step: float) -> str:
    """What a mark says; of marks that are whole days apart no other one says weeks.

    >>> _mark("s", 1_296_000.0, 432_000.0), _mark("s", 90.0, 30.0), _mark("bytes", 1024.0, 1024.0)
    ('15 days', '1.5 min', '1 KiB')
    """
    if unit == "s" and step >= _DAY and value:
        return written("suffix: day" + "s" * (value != _DAY), value / _DAY)
    return written(unit, value)


def _values(panel: Panel, scale: _Scale) -> Html:
    """What the marks at the left say."""
    texts = [
        el("text", _mark(panel.unit, mark, scale.axis.step), x="100%", y=f"{100 * scale.share(mark):.1f}%", dx=-6, dy=4)
        for mark in scale.marks()
    ]
    return el("svg", *texts, class_="values", aria_hidden="true")


def _moments(scale: _Scale) -> Html:
    """What the marks beneath say, in UTC."""
    start, end, _ = scale.window
    step = next((each for each in _TIMES if (end - start) / each <= _MOMENTS), _TIMES[-1])
    texts = []
    for at in range(ceil(start / step) * step, end + 1, step):
        share = (at - start) / (end - start)
        if 0.03 < share < 0.97:
            text = numbers.short_date(at * 1000) if step >= _DAY else numbers.clock_time(at * 1000)
            texts.append(el("text", text, x=f"{100 * share:.2f}%", y=13))
    return el("svg", *texts, class_="moments", aria_hidden="true")


def _legend(panel: Panel, lines: Sequence[Line]) -> Html:
    """The lines by colour, name and last value; and where the thresholds are."""
    entries = [_entry(_colour(number), line.name, written(panel.unit, line.last)) for number, line in enumerate(lines)]
    limits = [
        _entry(f"limit is-{each.color}", f"from {written(panel.unit, value)}", "") for each, value in _thresholds(panel)
    ]
    first, rest = entries[:_LISTED], entries[_LISTED:]
    folded = None
    if rest:
        folded = el(
            "details", el("summary", f"and {len(rest)} more"), el("ul", *rest, class_="line-names"), data_key="rest"
        )
    return join(el("ul", *first, *limits, class_="line-names"), folded)


def _entry(colour: str, name: str, value: str) -> Html:
    sign = el("svg", el("line", x1=0, x2=14, y1=5, y2=5, class_=colour), class_="swatch", aria_hidden="true")
    return el("li", sign, el("span", name), el("b", value) if value else None)


def _said(panel: Panel, lines: Sequence[Line]) -> str:
    """The picture for whoever does not see it: what each line was at least, at most, and is now."""
    said = []
    for line in lines[:_NAMED]:
        values = [value for _, value in line.points]
        low, high, last = (written(panel.unit, each) for each in (min(values), max(values), line.last))
        said.append(f"{line.name} {last}" if low == high else f"{line.name} {last}, from {low} to {high}")
    more = [f"and {len(lines) - _NAMED} more"] if len(lines) > _NAMED else []
    return f"{panel.title}: {'; '.join([*said, *more])}"
