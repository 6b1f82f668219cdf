"""Where things lie in a picture of amounts over days, or of shares over shares. Pictures stretch, texts do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import ceil

from msgspec import Struct

from streams.web.markup import Html, el

#: The picture's own units, which are stretched to what there is.
WIDTH, HEIGHT = 1_000, 100
_MARKS = 4
_TENS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Scale(Struct, frozen=True):
    """From where to where a picture goes, and the distance of the marks at its left."""

    left: float
    right: float
    top: float
    step: float

    def x(self, place: float) -> float:
        """Where something lies across, in the picture's units."""
        return (place - self.left) / ((self.right - self.left) or 1.0) * WIDTH

    def y(self, value: float) -> float:
        """Where something lies from above."""
        return (1.0 - value / self.top) * HEIGHT

    def point(self, place: float, value: float) -> str:
        """Both, as pictures want it."""
        return f"{self.x(place):.1f},{self.y(value):.2f}"

    def marks(self) -> list[float]:
        """The values at the left."""
        return [self.step * number for number in range(round(self.top / self.step) + 1)]


def scale_of(left: float, right: float, values: Iterable[float]) -> Scale:
    """From nothing to a round value that is above all others."""
    highest = max(max(values, default=0.0), 1.0)
    step = rounded(highest / _MARKS)
    return Scale(left, right, max(ceil(highest / step - 1e-9), 1) * step, step)


def rounded(least: float) -> float:
    """The next 1, 2, 2.5, 5 or 10 of its size.

    >>> rounded(0.3), rounded(1.0), rounded(70)
    (0.5, 1.0, 100.0)
    """
    size = 1.0
    while size * 10.0 <= least:
        size *= 10.0
    while size > least:
        size /= 10.0
    return next(each for each in (float(f"{ten * size:.12g}") for ten in _TENS) if each >= least * (1 - 1e-9))


def line(points: Sequence[str], kind: str) -> Html:
    """A line through points; of one point it is a dot, since ends are round."""
    return el("polyline", points=" ".join(points if len(points) > 1 else [*points, *points]), class_=kind)


def level(scale: Scale, value: float, kind: str) -> Html:
    """A line across the whole picture."""
    return el("line", x1=0, x2=WIDTH, y1=(y := f"{scale.y(value):.2f}"), y2=y, class_=kind)


def upright(scale: Scale, place: float, kind: str) -> Html:
    """A line from the top to the bottom."""
    return el("line", x1=(x := f"{scale.x(place):.1f}"), x2=x, y1=0, y2=HEIGHT, class_=kind)


def values(scale: Scale, said: Callable[[float], str]) -> Html:
    """What the marks at the left say."""
    texts = [
        el("text", said(mark), x="100%", y=f"{100 * (1 - mark / scale.top):.1f}%", dx=-6, dy=4)
        for mark in scale.marks()
    ]
    return el("svg", *texts, class_="values", aria_hidden="true")


def places(marks: Iterable[tuple[float, str, str]], scale: Scale) -> Html:
    """What stands beneath: where, what, and which end of the text is there (the middle where none is said)."""
    texts = [
        el("text", text, x=f"{100 * scale.x(place) / WIDTH:.2f}%", y=13, class_=anchor or None)
        for place, text, anchor in marks
    ]
    return el("svg", *texts, class_="moments", aria_hidden="true")


def day_text(day: date) -> str:
    """`12 Mar`."""
    return f"{day.day} {day:%b}"
