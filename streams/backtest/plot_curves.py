"""What the models have learned as small pictures: of each target its most important features, a curve a phase."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from models.curves import ALL_PHASES, Curve, Learned
from models.schema import FEATURES, PHASES
from streams.backtest.plot import INK, QUIET, RULE, STYLE, load

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_COLUMNS = 4
_COLOURS = dict(zip(PHASES, ("#8a6d3b", "#0b6e99", "#d9822b", "#5b8c5a"), strict=True))
_ONE = "#0b6e99"
_CATEGORIES = {feature.name for feature in FEATURES if feature.categorical}
#: So many places of an axis are named.
_NAMED = 6


def draw(found: Sequence[Learned], title: str, kind: str, top: int) -> bytes:
    """Return the picture of what was learned, as `kind` ("png" or "svg"), with the `top` features of each target."""
    matplotlib = load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = -(-top // _COLUMNS)
    with matplotlib.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.04, hspace=0.05)
        figure = Figure(figsize=(3.6 * _COLUMNS, (2.7 * rows + 0.9) * len(found) + 0.7), dpi=110, layout=layout)
        FigureCanvasAgg(figure)
        about = "what each value adds to the log-odds, compared with the average deal; the most important first"
        figure.suptitle(f"{title}: {about}", x=0.012, ha="left", fontsize=11)
        parts = figure.subfigures(len(found), 1, squeeze=False)
        for part, each in zip(parts[:, 0], found, strict=True):
            _target(part, each, rows, top)
        _legend(figure)
        picture = BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(picture, format=kind, metadata=metadata)
    return picture.getvalue()


def _target(part: SubFigure, each: Learned, rows: int, top: int) -> None:
    pinned = "" if each.pin is None else ", pinned"
    heading = f"{each.target}  ({each.version}{pinned}, {each.trained:,} cases, average deal {each.average:.0%})"
    part.suptitle(heading, x=0.012, ha="left", fontsize=11, fontweight="bold", color=INK)
    grid = part.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, curve in zip(grid, each.features[:top], strict=False):
        _curve(axes, curve)
    for axes in grid[min(top, len(each.features)) :]:
        axes.set_visible(False)


def _curve(axes: Axes, curve: Curve) -> None:
    axes.set_title(f"{curve.feature}: {curve.importance:.2f}\n{curve.meaning}", loc="left", fontsize=9)
    knots = range(len(curve.knots))
    never = len(curve.knots)
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    for phases, levels in curve.phases.items():
        colour = _ONE if phases == ALL_PHASES else _COLOURS[phases.split(", ")[0]]
        line = "" if curve.feature in _CATEGORIES else "-"
        axes.plot(knots, levels[:-1], color=colour, linestyle=line, marker="o", markersize=2.6, linewidth=1.3)
        axes.plot([never + 0.5], [levels[-1]], color=colour, marker="D", markersize=3.6, linestyle="")
    step = max(round(never / _NAMED), 1)
    named = list(range(0, never, step))
    axes.set_xticks([*named, never + 0.5], [*(curve.places[index] for index in named), "never"], fontsize=7.5)
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlabel("amount" if curve.feature == "amount" else curve.unit, fontsize=8)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, marker="o", markersize=3, label=name) for name, colour in _COLOURS.items()]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), frameon=False, fontsize=9)
