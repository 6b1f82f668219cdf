"""The forecast over its period: what every version said on the days of the weekly lock, what it says now, and the end.

Behind today lies what was said; ahead lies the cone: from what is won today to where eight of ten courses end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from streams.revenue.answers import ForecastTold
from streams.revenue.version import CLOSED, DEFAULT
from streams.web.markup import Html, el, join
from streams.web.pages.revenue import plot
from streams.web.pages.revenue.frame import table
from streams.web.pages.revenue.money import NONE, brief, named, whole
from streams.web.pages.revenue.versions import DRAWN, version_word

#: The part of a narrow picture that the name of today takes.
_WIDE = 0.34


class Moment(Struct, frozen=True):
    """What was said on a day, in cents by version, and the band of the default; none where it gave none."""

    day: date
    said: Mapping[str, int]
    low: int | None
    high: int | None


def moments_of(told: ForecastTold) -> list[Moment]:
    """The days of the weekly lock, and now."""
    found = []
    for said in told.course:
        default = next((each for each in said.versions if each.version == DEFAULT), None)
        found.append(
            Moment(
                said.day,
                {each.version: each.cents for each in said.versions},
                None if default is None else default.low,
                None if default is None else default.high,
            )
        )
    now = told.figure(DEFAULT)
    found = [each for each in found if each.day < told.day]
    found.append(
        Moment(
            told.day,
            {each.version: each.cents for each in told.figures},
            None if now is None else now.low,
            None if now is None else now.high,
        )
    )
    return found


def cone(told: ForecastTold, quota: int | None) -> Html:
    """The picture, its legend, and the same as a table."""
    moments = moments_of(told)
    now, period = moments[-1], told.period
    left = min(period.start, moments[0].day)
    tops = [cents for each in moments for name, cents in each.said.items() if name in DRAWN]
    tops += [each.high for each in moments if each.high is not None] + ([quota] if quota else [])
    scale = plot.scale_of(left.toordinal(), max(period.end, now.day).toordinal(), [float(each) for each in tops])
    shapes = [plot.level(scale, mark, "grid") for mark in scale.marks()]
    shapes += _band(moments, scale)
    shapes += _ahead(now, told, scale)
    if quota:
        shapes.append(plot.level(scale, quota, "limit quota"))
    for name, kind in DRAWN.items():
        points = [scale.point(each.day.toordinal(), each.said[name]) for each in moments if name in each.said]
        if points:
            shapes.append(plot.line(points, kind))
    shapes.append(plot.upright(scale, now.day.toordinal(), "today"))
    picture = el(
        "div",
        plot.values(scale, lambda mark: brief(round(mark))),
        el(
            "svg",
            *shapes,
            class_="plot",
            viewBox=f"0 0 {plot.WIDTH} {plot.HEIGHT}",
            preserveAspectRatio="none",
            aria_hidden="true",
        ),
        plot.places(_places(told, left, now.day), scale),
        _legend(now, quota),
        class_="chart cone",
    )
    return join(picture, _as_table(moments, told))


def _band(moments: list[Moment], scale: plot.Scale) -> list[Html]:
    known = [(each.day.toordinal(), each.low, each.high) for each in moments if each.low is not None]
    if len(known) < 2:
        return []
    above = [scale.point(day, high or 0) for day, _, high in known]
    below = [scale.point(day, low or 0) for day, low, _ in reversed(known)]
    return [el("polygon", points=" ".join([*above, *below]), class_="c0 band")]


def _ahead(now: Moment, told: ForecastTold, scale: plot.Scale) -> list[Html]:
    """From what is won to where it may end."""
    if now.low is None or now.high is None or now.day >= told.period.end:
        return []
    here = scale.point(now.day.toordinal(), now.said.get(CLOSED, 0))
    end = told.period.end.toordinal()
    ends = [scale.point(end, each) for each in (now.high, now.low)]
    middle = [here, scale.point(end, now.said.get(DEFAULT, 0))]
    return [el("polygon", points=" ".join([here, *ends]), class_="c0 ahead"), plot.line(middle, "c0 dashed")]


def _places(told: ForecastTold, left: date, today: date) -> list[tuple[float, str, str]]:
    """Where today's name stands, towards the wider side, and the days around it that have room."""
    end = told.period.end
    last, whole = date.fromordinal(end.toordinal() - 1), max((end - left).days, 1)
    firsts = [each for each in map(date.fromordinal, range(left.toordinal(), end.toordinal())) if each.day == 1]
    found: list[tuple[float, str, str]] = []
    taken: list[tuple[float, float]] = []
    if left <= today < end:
        share = (today - left).days / whole
        early = share < 0.5
        found.append((today.toordinal(), f"today, {plot.day_text(today)}", "start" if early else "end"))
        taken.append((share - 0.1, share + _WIDE) if early else (share - _WIDE, share + 0.12))
    for day in (left, last, *firsts):
        share = (day - left).days / whole
        if all(not low < share < high for low, high in taken):
            anchor = "start" if day == left else "end" if day == last else ""
            found.append((day.toordinal(), plot.day_text(day), anchor))
            taken.append((share - 0.15, share + 0.15))
    return found


def _legend(now: Moment, quota: int | None) -> Html:
    entries = [
        _entry(kind, version_word(name), brief(now.said[name])) for name, kind in DRAWN.items() if name in now.said
    ]
    if quota:
        entries.append(_entry("limit quota", "quota", brief(quota)))
    if now.low is not None and now.high is not None:
        box = el("svg", el("rect", width=14, height=10, class_="c0 band"), class_="swatch", aria_hidden="true")
        entries.append(
            el("li", box, el("span", "8 of 10 end between"), el("b", f"{brief(now.low)} and {brief(now.high)}"))
        )
    return el("ul", *reversed(entries), class_="line-names")


def _entry(kind: str, name: str, value: str) -> Html:
    sign = el("svg", el("line", x1=1, x2=13, y1=5, y2=5, class_=kind), class_="swatch", aria_hidden="true")
    return el("li", sign, el("span", name), el("b", value))


def _as_table(moments: list[Moment], told: ForecastTold) -> Html:
    names = [name for name in reversed(DRAWN) if any(name in each.said for each in moments)]
    heads = ("Day", *(version_word(name) for name in names), "P10", "P90")
    rows = [
        (
            f"{plot.day_text(each.day)} {each.day.year}",
            *(whole(each.said[name]) if name in each.said else NONE for name in names),
            NONE if each.low is None else whole(each.low),
            NONE if each.high is None else whole(each.high),
        )
        for each in reversed(moments)
    ]
    caption = f"What was said week by week, in {named(told.currency)}"
    return el(
        "details",
        el("summary", "Week by week, as a table"),
        table(caption, heads, rows, range(1, len(heads)), "course"),
        data_key="course",
    )
