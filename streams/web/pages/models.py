"""What the models have learned: how good they are, whose hand is on them, and the curves and words that matter most.

A curve is drawn as chances: what the model would say of the average deal, were this one thing about it as the axis
says. All curves of a target share one scale, so that a steep one matters more than a flat one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from models.curves import ALL_PHASES, Curve, Learned
from models.risk import log_odds, sigmoid
from models.schema import FEATURES, PHASES
from models.snapshot import ModelSet, Notice, Quality
from streams.state.opportunity import DAY
from streams.web import numbers
from streams.web.figures import quality_of
from streams.web.markup import Html, el
from streams.web.pages.marks import explained
from streams.web.pages.trust import gain
from streams.web.vocabulary import QUESTIONS, TARGETS, event_words, word_heading

#: So many curves of a target, and so many words either way: what comes after them moves next to nothing.
_CURVES, _WORDS = 6, 5
#: Phases whose curves differ by less than this (log-odds) everywhere are drawn as one.
_SAME = 0.2
#: Words and curves that move less than this (log-odds) are not worth a line.
_SLIGHT = 0.05
_WIDTH, _HEIGHT = 300, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 288, 8, 128
_TICKS = 5
#: Labels closer than this would touch.
_LINE = 13
_STEP = 0.05
_CATEGORIES = {feature.name for feature in FEATURES if feature.categorical}
_UNITS_SAID = ("days", "minutes")
#: Phases, as an axis has room for them.
_SHORT = {"no contact": "none yet", "in talks": "in talks", "proposal out": "offered", "proposal answered": "answered"}
_SAID_BY_EVENT = ("last_event", "event_before")


def models(found: ModelSet | None, learned: Sequence[Learned]) -> Html:
    """The page's body, under the id `models`."""
    if found is None:
        return el("div", el("h1", "What the models have learned"), _nothing(), id="models", class_="models")
    day = numbers.date(found.epoch * DAY)
    return el(
        "div",
        el("h1", "What the models have learned"),
        el(
            "p",
            f"The models of {day}, learned from what became of deals until the day before. Each picture shows the ",
            "chance that they would give the average deal, if this one thing about it were different: ",
            el("span", "the dashed line", class_="dashed"),
            " is the average deal itself. What sets today's deals apart most comes first.",
            class_="sub intro",
        ),
        _legend(learned),
        *(_target(each, [one for one in found.notices if one.target == each.target]) for each in learned),
        id="models",
        class_="models",
    )


def _nothing() -> Html:
    return el("p", "No models yet: they appear with the first day of events.", class_="empty")


def _legend(learned: Sequence[Learned]) -> Html | None:
    if not any(len(_lines(curve)) > 1 for each in learned for curve in _shown(each)):
        return None
    phases = [el("span", name, class_=_class_of(name)) for name in PHASES]
    return el("p", "Where the deal stands: ", *phases, class_="sub phases")


def _target(each: Learned, notices: Sequence[Notice]) -> Html:
    curves = _shown(each)
    scale = _Scale(each, curves)
    return el(
        "section",
        el(
            "header",
            el("h2", explained(each.target, TARGETS[each.target])),
            el("span", "pinned", class_="chip warning") if each.pin is not None else None,
            el("p", QUESTIONS[each.target], class_="sub"),
        ),
        _standing(each),
        *(el("p", f"{one.kind}: {one.text}.", class_="sub") for one in notices if one.kind != "pinned"),
        el("div", *(scale.picture(curve) for curve in curves), class_="curves") if curves else _flat(),
        _words(each),
        class_="card target",
        data_key=each.target,
    )


def _flat() -> Html:
    return el("p", "Nothing that it knows of a deal moves it yet.", class_="empty")


def _standing(each: Learned) -> Html:
    """How good it is, and who pinned it."""
    cases = f"{numbers.count(each.trained)} outcomes learned"
    usual = f"the average deal has {numbers.percent(each.average)}, {numbers.percent(each.base_rate)} is usual"
    lines: list[Html] = [el("p", gain(quality_of(each)), el("span", f" · {cases}; {usual}", class_="sub"))]
    if each.pin is not None:
        pin = each.pin
        why = f": {pin.reason}" if pin.reason else ""
        said = f"Pinned since {numbers.date(pin.since * DAY)} by {pin.by}{why}. What is learned since is not said."
        lines.append(el("p", said, class_="pin-line"))
        if pin.held.cases:
            lines.append(el("p", _beside(pin.held, pin.learned), class_="sub"))
    return el("div", *lines, class_="standing")


def _beside(held: Quality, learned: Quality) -> str:
    better = "worse" if held.log_loss > learned.log_loss else "better"
    return (
        f"On the {numbers.count(held.cases)} outcomes since then the pinned model is {better} than the one that goes "
        f"on learning: log loss {held.log_loss:.3f} against {learned.log_loss:.3f}."
    )


def _shown(each: Learned) -> list[Curve]:
    return [curve for curve in each.features[:_CURVES] if curve.importance >= _SLIGHT]


def _lines(curve: Curve) -> dict[str, tuple[float, ...]]:
    """The lines to draw, by the first phase that each stands for; one where all phases are much the same."""
    columns = list(zip(*curve.phases.values(), strict=True))
    if max(max(column) - min(column) for column in columns) < _SAME:
        return {ALL_PHASES: tuple(sum(column) / len(column) for column in columns)}
    return {names.split(", ")[0]: levels for names, levels in curve.phases.items()}


def _class_of(phase: str) -> str:
    return "phase-all" if phase == ALL_PHASES else f"phase-{PHASES.index(phase)}"


class _Scale:
    """The chances that the curves of one target reach, and how they are drawn."""

    def __init__(self, each: Learned, curves: Sequence[Curve]) -> None:
        self._average = log_odds(each.average)
        levels = [level for curve in curves for line in _lines(curve).values() for level in line]
        chances = [sigmoid(self._average + level) for level in (*levels, 0.0)]
        self._low = max(floor(min(chances) / _STEP) * _STEP, 0.0)
        self._high = min(ceil(max(chances) / _STEP) * _STEP, 1.0)

    def picture(self, curve: Curve) -> Html:
        """One feature: what it is, between which chances it moves, and its curve."""
        lines = _lines(curve)
        unit = f" ({curve.unit})" if curve.unit in _UNITS_SAID else ""
        title = f"{curve.meaning[:1].upper()}{curve.meaning[1:]}{unit}"
        return el(
            "figure",
            el("figcaption", el("b", title), el("span", self._extremes(curve, lines), class_="sub")),
            el(
                "svg",
                *self._axes(curve),
                *(part for phase, levels in lines.items() for part in self._line(curve, levels, _class_of(phase))),
                viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
                role="img",
                aria_label=f"{title}: {self._extremes(curve, lines)}",
            ),
            data_key=curve.feature,
        )

    def _extremes(self, curve: Curve, lines: dict[str, tuple[float, ...]]) -> str:
        places = [
            (level, place) for levels in lines.values() for level, place in zip(levels, curve.places, strict=True)
        ]
        (low, there), (high, here) = min(places), max(places)
        return f"{self._percent(low)} at {there}, {self._percent(high)} at {here}"

    def _percent(self, level: float) -> str:
        return numbers.percent(sigmoid(self._average + level))

    def _axes(self, curve: Curve) -> list[Html]:
        middle = self._y(0.0)
        parts = [el("line", x1=_LEFT, x2=_RIGHT, y1=f"{middle:.1f}", y2=f"{middle:.1f}", class_="average")]
        if middle - _TOP > _LINE and _BOTTOM - middle > _LINE:
            parts.append(el("text", self._percent(0.0), x=_LEFT - 5, y=f"{middle + 4:.1f}", class_="y"))
        for chance, y in ((self._high, _TOP), (self._low, _BOTTOM)):
            parts.append(el("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, class_="grid"))
            parts.append(el("text", f"{chance:.0%}", x=_LEFT - 5, y=y + 4, class_="y"))
        knots = len(curve.knots)
        step = max(ceil(knots / _TICKS), 1)
        for index in (*range(0, knots, step), knots):  # "never" last
            place = _SHORT.get(curve.places[index], curve.places[index])
            parts.append(el("text", place, x=f"{self._x(curve, index):.1f}", y=_HEIGHT - 6, class_="x"))
        return parts

    def _line(self, curve: Curve, levels: tuple[float, ...], name: str) -> list[Html]:
        places = [(self._x(curve, index), self._y(level)) for index, level in enumerate(levels)]
        *known, never = places
        dots = places if curve.feature in _CATEGORIES else [never]
        parts = [el("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3", class_=name) for x, y in dots]
        if curve.feature not in _CATEGORIES:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
            parts.append(el("polyline", points=path, class_=name))
        return parts

    def _x(self, curve: Curve, index: int) -> float:
        """Knots stand at equal distances, "never" somewhat apart."""
        last = len(curve.knots)
        return _LEFT + 8 + (index + (0.6 if index == last else 0.0)) / (last + 0.6) * (_RIGHT - _LEFT - 16)

    def _y(self, level: float) -> float:
        share = (sigmoid(self._average + level) - self._low) / ((self._high - self._low) or 1.0)
        return _BOTTOM - share * (_BOTTOM - _TOP)


def _words(each: Learned) -> Html | None:
    """The words that move most either way, each with the chance of the average deal that has it."""
    weights = sorted((weight, kind.word, text) for kind in each.words for text, weight in kind.weights.items())
    less = [one for one in weights if one[0] <= -_SLIGHT][:_WORDS]
    more = [one for one in reversed(weights) if one[0] >= _SLIGHT][:_WORDS]
    if not less and not more:
        return None
    columns = (("More likely with", more), ("Less likely with", less))
    return el("div", *(_column(each, heading, found) for heading, found in columns if found), class_="word-columns")


def _column(each: Learned, heading: str, found: Sequence[tuple[float, str, str]]) -> Html:
    average = log_odds(each.average)
    lines = [
        el(
            "div",
            el("dt", el("span", f"{word_heading(word)} ", class_="sub"), _text(word, text)),
            el("dd", numbers.percent(sigmoid(average + weight))),
        )
        for weight, word, text in found
    ]
    return el("div", el("h3", heading), el("dl", *lines, class_="lines"))


def _text(word: str, text: str) -> str:
    if not text:
        return "none"
    return event_words(text) if word in _SAID_BY_EVENT else text
