"""How the probabilities went: a curve per target over one line of what happened, and the same as a table."""

from __future__ import annotations

from itertools import pairwise

from streams.alerts.history import ScorePoint, connected, words_of
from streams.labels.outcome import TARGETS
from streams.web import numbers
from streams.web.markup import Html, el
from streams.web.pages.marks import term, when
from streams.web.portrait import Happening, Portrait
from streams.web.vocabulary import event_words, target_word

#: Pixels: a curve, the room for its name above it, and the two lines of signs beneath all curves.
_CURVE, _NAME, _SIGNS = 46, 22, 34
_BAND = _CURVE + _NAME
#: Percent of the width that stay free at both ends, so that no sign is cut.
_EDGE = 1.0
_ALERTS = ("alert", "person", "resolved")


def history(deal: Portrait) -> Html | None:
    """The section of a deal's page; nothing where the models have looked at the deal once at most."""
    if len(deal.history) < 2:
        return None
    return el(
        "section",
        el("h3", term("history")),
        _drawing(deal),
        _table(deal.history),
        class_="history",
        data_key="history",
    )


class _Scale:
    """Where an instant lies, in percent of the width."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def x(self, at: int) -> float:
        return _EDGE + (at - self.start) / max(self.end - self.start, 1) * (100.0 - 2 * _EDGE)

    def holds(self, at: int) -> bool:
        return self.start <= at <= self.end


def _drawing(deal: Portrait) -> Html:
    points = deal.history
    scale = _Scale(points[0].at, max(points[-1].at, deal.facts.closed_at or 0))
    targets = [each for each in TARGETS if any(each in point.probabilities for point in points)]
    height = len(targets) * _BAND + _SIGNS
    shapes = [shape for place, target in enumerate(targets) for shape in _curve(points, target, place * _BAND, scale)]
    shapes += _spans(points, scale, len(targets) * _BAND)
    shapes += _hovers(points, scale, len(targets) * _BAND)
    shapes += [_sign(each, scale, len(targets) * _BAND) for each in deal.timeline if scale.holds(each.at)]
    first, last = numbers.date(scale.start), numbers.date(scale.end)
    about = f"How the probabilities went from {first} to {last}, with what happened. The table below says the same."
    return el(
        "div",
        el("svg", *shapes, class_="course", height=str(height), role="img", aria_label=about),
        el("p", el("span", first), el("span", last), class_="sub curve-ends"),
    )


def _curve(points: tuple[ScorePoint, ...], target: str, top: int, scale: _Scale) -> list[Html]:
    """One target between 0 and 100 %, with its name and where it ends."""
    floor = top + _BAND

    def y(share: float) -> str:
        return f"{floor - share * _CURVE:.1f}"

    said = [(each, each.probabilities[target]) for each in points if target in each.probabilities]
    now = numbers.percent(said[-1][1]) if said[-1][0] is points[-1] else "not asked any more"
    shapes = [
        el("text", target_word(target), class_="name", x=f"{_EDGE}%", y=str(top + 12)),
        el("text", now, class_="now", x=f"{100 - _EDGE}%", y=str(top + 12)),
        el("line", class_="floor", x1="0", x2="100%", y1=str(floor), y2=str(floor)),
    ]
    for before, after in pairwise(points):
        shares = before.probabilities.get(target), after.probabilities.get(target)
        if shares[0] is None or shares[1] is None or not connected(after):
            continue
        ends = {"x1": f"{scale.x(before.at):.2f}%", "x2": f"{scale.x(after.at):.2f}%"}
        shapes.append(el("line", class_="curve", **ends, y1=y(shares[0]), y2=y(shares[1])))
    shapes += [el("circle", class_="point", cx=f"{scale.x(each.at):.2f}%", cy=y(share), r="2") for each, share in said]
    return shapes


def _hovers(points: tuple[ScorePoint, ...], scale: _Scale, height: int) -> list[Html]:
    """For each point a strip of the drawing that says it when hovered: half the way to its neighbours."""
    middles = [(before.at + after.at) // 2 for before, after in pairwise(points)]
    starts = [scale.x(scale.start) - _EDGE, *(scale.x(each) for each in middles)]
    ends = [*(scale.x(each) for each in middles), 100.0]
    return [
        el(
            "rect",
            el("title", _said(point, before)),
            class_="strip",
            x=f"{start:.2f}%",
            width=f"{end - start:.2f}%",
            y="0",
            height=str(height),
        )
        for before, point, start, end in zip((None, *points), points, starts, ends, strict=False)
    ]


def _said(point: ScorePoint, before: ScorePoint | None) -> str:
    shares = ", ".join(f"{target_word(name)} {numbers.percent(share)}" for name, share in point.probabilities.items())
    since = "" if before is None else f"\nSince {numbers.short_date(before.at)}: {between(point)}"
    return f"{numbers.date(point.at)}: {shares}{since}"


def _spans(points: tuple[ScorePoint, ...], scale: _Scale, top: int) -> list[Html]:
    """Bars where something happened of which only the kind is still known, but not the day."""
    return [
        el(
            "rect",
            el("title", f"{numbers.short_date(before.at)} to {numbers.date(after.at)}: {words_of(after)}"),
            class_="span",
            x=f"{scale.x(before.at):.2f}%",
            width=f"{scale.x(after.at) - scale.x(before.at):.2f}%",
            y=str(top + 8),
            height="4",
            rx="2",
        )
        for before, after in pairwise(points)
        if not after.complete and not after.silent
    ]


def _sign(each: Happening, scale: _Scale, top: int) -> Html:
    title = el("title", f"{numbers.date(each.at)}: {each.text}")
    x = f"{scale.x(each.at):.2f}%"
    if each.side not in _ALERTS:
        return el("circle", title, class_=each.side, cx=x, cy=str(top + 10), r="4")
    line = el("rect", class_="raised", x=x, y="0", width="1", height=str(top + 18))
    # The middle of the square, not its edge, is at `x`: in percent and pixels at once only a translation can say that.
    square = {"x": x, "y": str(top + 20), "width": "8", "height": "8", "transform": "translate(-4)"}
    return el("g", line, el("rect", title, class_=each.side, **square))


def _table(points: tuple[ScorePoint, ...]) -> Html:
    targets = [each for each in TARGETS if any(each in point.probabilities for point in points)]
    names = [el("th", target_word(each), scope="col", class_="num") for each in targets]
    heads = (el("th", "Day", scope="col"), *names, el("th", "Since the point before", scope="col"))
    rows = []
    for before, point in reversed(list(zip((None, *points), points, strict=False))):
        shares = [point.probabilities.get(each) for each in targets]
        rows.append(
            el(
                "tr",
                el("th", when(point.at, numbers.short_date(point.at)), scope="row"),
                *(el("td", "-" if share is None else numbers.percent(share), class_="num") for share in shares),
                el("td", "the first estimate" if before is None else between(point)),
            )
        )
    return el(
        "details",
        el("summary", f"As a table ({len(points)} points)"),
        el(
            "table",
            el("thead", el("tr", *heads)),
            el("tbody", *rows),
            class_="history-table",
        ),
        data_key="history-table",
    )


def between(point: ScorePoint) -> str:
    """What lies between the point before and this one: the events where they are known, else their kinds."""
    if point.silent:
        return "silence"
    if not point.complete:
        return words_of(point)
    return "; ".join(dict.fromkeys(event_words(each.kind, each.detail) for each in point.events)) or words_of(point)
