"""The reliability diagram: what was said beside what came true, one column a target, as PNG or SVG.

Drawn without any window or shared state of matplotlib's, so the same figures give the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from models.evaluation import BINS
from streams.alerts.words import about
from streams.backtest.errors import LibraryAbsent
from streams.backtest.judge import TargetReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
INK, QUIET, RULE = "#1f2933", "#6b7785", "#d5dbe1"
_MODEL, _NO, _YES = "#0b6e99", "#c9d3dc", "#d9822b"
_FINE = 50
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.hashsalt": "dealwatch",
}
#: Legends stand above their axes, where they hide nothing.
_ABOVE: dict[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (-0.02, 0.985),
    "borderaxespad": 0.0,
    "fontsize": 8.5,
    "frameon": False,
}


def load() -> Any:
    """Import matplotlib; raises `LibraryAbsent` with the command that installs it."""
    try:
        import matplotlib
    except ImportError as error:
        raise LibraryAbsent(
            "--plot needs matplotlib, which is not installed; `uv sync --extra plot` installs it here, "
            "`pip install matplotlib` elsewhere"
        ) from error
    return matplotlib


def draw(
    targets: Mapping[str, TargetReport],
    said: Mapping[str, Sequence[tuple[float, bool]]],
    subtitle: str,
    kind: str,
) -> bytes:
    """Return the picture of the targets that could be judged, as `kind` ("png" or "svg").

    `said` has every probability with its outcome, for the histograms.
    """
    matplotlib = load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    shown = {name: each for name, each in targets.items() if each.model is not None}
    with matplotlib.rc_context(STYLE):
        columns = max(len(shown), 1)
        layout = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.08, wspace=0.07, hspace=0.03)
        lines = wrap(subtitle, 52 * columns)
        # As wide as the squares need: a square that leaves room beside it no longer stands above its histogram.
        figure = Figure(figsize=(4.9 * columns, 8.0 + 0.25 * len(lines)), dpi=150, layout=layout)
        FigureCanvasAgg(figure)
        bars = "vertical bars: 95 % intervals, from resampled deals"
        title = "\n".join(["How true the probabilities are", *lines, bars])
        figure.suptitle(title, x=0.012, ha="left", fontsize=10.5, linespacing=1.4)
        if shown:
            _columns(figure, shown, said)
        else:
            figure.text(0.5, 0.5, "No target has both outcomes: nothing to judge.", ha="center", color=QUIET)
        picture = BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(picture, format=kind, metadata=metadata)
    return picture.getvalue()


def _columns(
    figure: Figure, shown: Mapping[str, TargetReport], said: Mapping[str, Sequence[tuple[float, bool]]]
) -> None:
    grid = figure.subplots(2, len(shown), sharex="col", squeeze=False, gridspec_kw={"height_ratios": (3.4, 1)})
    for number, (name, target) in enumerate(shown.items()):
        _reliability(grid[0][number], name, target, first=number == 0)
        _histogram(grid[1][number], target, said[name], first=number == 0)


def _reliability(axes: Axes, name: str, target: TargetReport, first: bool) -> None:
    assert target.model is not None and target.base_rate is not None
    question = f"\n{about(name)}"
    axes.set_title(f"{name}{question}", loc="left", fontsize=11, pad=48)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label="said = came true", zorder=1)
    axes.axhline(
        target.base_rate, color=_YES, linewidth=1.2, linestyle=":", label=f"base rate {target.base_rate:.1%}", zorder=1
    )
    at = [each.said for each in target.reliability]
    came = [each.came_true for each in target.reliability]
    for each in target.reliability:
        if each.interval is not None:
            axes.vlines(each.said, each.interval.low, each.interval.high, color=_MODEL, linewidth=1.6, alpha=0.75)
    ece = target.intervals.get("ece")
    bounds = "" if ece is None else f" ({ece.low:.3f} to {ece.high:.3f})"
    label = f"model, ECE {target.model.ece:.3f}{bounds}"
    axes.plot(at, came, color=_MODEL, linewidth=1.3, marker="o", markersize=5.5, label=label, zorder=3)
    axes.set(xlim=(0, 1), ylim=(-0.015, 1.015), aspect="equal")
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.yaxis.set_major_formatter(_percent)
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if first:
        axes.set_ylabel("came true (share of the predictions)")
    handles, labels = axes.get_legend_handles_labels()
    order = (2, 0, 1)
    axes.legend([handles[each] for each in order], [labels[each] for each in order], **_ABOVE)


def _histogram(axes: Axes, target: TargetReport, said: Sequence[tuple[float, bool]], first: bool) -> None:
    edges = np.linspace(0, 1, _FINE + 1)
    true = np.histogram([each for each, label in said if label], edges)[0]
    false = np.histogram([each for each, label in said if not label], edges)[0]
    width = 1 / _FINE
    axes.bar(edges[:-1], true, width, align="edge", color=_YES, label="came true")
    axes.bar(edges[:-1], false, width, align="edge", bottom=true, color=_NO, label="did not")
    top = max(int((true + false).max()), 1)
    axes.set_ylim(0, top * 1.28)
    for each in target.reliability:
        middle = (each.low + each.high) / 2
        axes.text(middle, top * 1.25, _short(each.cases), ha="center", va="top", fontsize=7.5, color=QUIET)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_xticks(np.linspace(0, 1, BINS + 1), minor=True)
    axes.xaxis.set_major_formatter(_percent)
    axes.yaxis.set_major_formatter(lambda value, _: _short(round(value)))
    axes.grid(axis="x", which="both", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("said (probability)")
    axes.legend(ncols=2, **_ABOVE)
    if first:
        axes.set_ylabel("predictions")


def _percent(value: float, _position: object = None) -> str:
    return f"{value:.0%}"


def _short(number: int) -> str:
    """A count in at most four characters.

    >>> [_short(each) for each in (7, 940, 4321, 12_345, 123_456, 2_500_000)]
    ['7', '940', '4.3k', '12k', '123k', '2.5M']
    """
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}{letter}" if number < 10 * size else f"{number / size:.0f}{letter}"
    return str(number)
