"""`dealwatch models show`: what the models of a day have learned, as curves and words, on the screen or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.models_list import quality_words
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import FileUnusable

if TYPE_CHECKING:
    from rich.console import Console

    from models.curves import Curve, Learned, Words
    from models.snapshot import ModelSet

#: A curve with more places than that has every second one printed; the small curve has them all.
_PRINTED = 11
_BLOCKS = "▁▂▃▄▅▆▇█"
_WORDS_EACH_WAY = 10

Targets = Annotated[
    list[str] | None, typer.Option("--target", metavar="NAME", help="Only this target; may be repeated.")
]


def show(
    ctx: typer.Context,
    day: Annotated[
        str, typer.Argument(metavar="[DAY]", help="2026-03-01, latest, or latest-7 for 7 days before.")
    ] = "latest",
    target: Targets = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="So many features of each target.")] = 8,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the curves into this file, .png or .svg; needs matplotlib."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document, with all features and words.")] = False,
) -> None:
    """Show what the models of a day have learned.

    A feature's curve says what each of its values adds to the log-odds, compared with the average deal: +0.7 is about
    twice the odds. A curve may differ by phase of the deal. Features stand in the order of their importance: how far
    they set deals apart, which is the standard deviation of what they add over the deals asked about before that day.

    For example:
      dealwatch models show
      dealwatch models show latest-7 --target inactivity --top 3
      dealwatch models show 2026-03-01 --plot curves.svg
    """
    from models.curves import learned
    from streams.admin.modellog import day_of, measured, read_models_of
    from streams.cli.moments import model_day
    from streams.cli.screen import out, print_document, waiting
    from streams.config.topics import plan

    wanted, settings = model_day(day), settings_of(ctx)
    kind = None if plot is None else _kind(plot)
    bootstrap, topics = bootstrap_of(settings), plan(settings)
    with waiting(f"reading {topics.models.name} ..."):
        models = read_models_of(bootstrap, topics.models.name, wanted)
        names = chosen_targets(models, target)
        found = [learned(models.targets[name], measured(bootstrap, topics, models, name)) for name in names]
    if plot is not None and kind is not None:
        _draw(plot, kind, found, f"Models of {day_of(models.epoch)}", top)
    if json:
        print_document({"day": day_of(models.epoch), "epoch": models.epoch, "targets": found})
        return
    console = out()
    console.print(f"models of {day_of(models.epoch)} (UTC)")
    for notice in models.notices:
        console.print(f"{notice.target} {notice.kind}: {notice.text}", soft_wrap=True)
    for each in found:
        _print(console, each, top)


def chosen_targets(models: ModelSet, wanted: Sequence[str] | None) -> list[str]:
    """The targets that are wanted, or all; raises `typer.BadParameter` for one that the models do not have."""
    known = list(models.targets)
    if unknown := [each for each in wanted or () if each not in known]:
        raise typer.BadParameter(
            f"there is no target {', '.join(unknown)}; choose from {', '.join(known)}", param_hint="--target"
        )
    return [each for each in known if not wanted or each in wanted]


def pinned_words(each: Learned) -> str:
    """Since when a target is pinned, by whom and why, and how both sides do since then."""
    from streams.admin.modellog import day_of

    pin = each.pin
    assert pin is not None
    why = f": {pin.reason}" if pin.reason else ""
    words = f"pinned since {day_of(pin.since)} ({pin.by}{why})"
    if pin.held.cases:
        words += (
            f"; on the {pin.held.cases:,} cases since then log loss {pin.held.log_loss:.3f}, "
            f"what is learned beside {pin.learned.log_loss:.3f}"
        )
    return words


def _kind(file: Path) -> str:
    """The format that a file's name asks for; the library is looked for before anything is read."""
    from streams.backtest.plot import FORMATS, load

    kind = file.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise typer.BadParameter(f"{file}: name it .png or .svg", param_hint="--plot")
    load()
    return kind


def _draw(file: Path, kind: str, found: Sequence[Learned], title: str, top: int) -> None:
    from streams.backtest.plot_curves import draw
    from streams.cli.screen import note

    picture = draw(found, title, kind, top)
    try:
        file.write_bytes(picture)
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}; name a place where a file can be written") from error
    note(f"curves written to {file}")


def _print(console: Console, each: Learned, top: int) -> None:
    from rich.text import Text

    from streams.cli.screen import clean

    console.print(Text.assemble((f"\n{each.target}", "bold"), f"  {each.version}, {each.trained:,} cases learned"))
    console.print(f"  {quality_words(each.quality)}", soft_wrap=True)
    console.print(f"  the average deal {each.average:.1%}, the usual rate {each.base_rate:.1%}", soft_wrap=True)
    if each.pin is not None:
        console.print(Text(f"  {clean(pinned_words(each))}", style="yellow"), soft_wrap=True)
    over = f"over {each.deals:,} questions asked before" if each.deals else "over the places of its curves alike"
    console.print(Text(f"  log-odds compared with the average deal; importance {over}\n", style="dim"), soft_wrap=True)
    for curve in each.features[:top]:
        _print_curve(console, curve)
    _print_words(console, each.words)


def _print_curve(console: Console, curve: Curve) -> None:
    from rich.text import Text

    from streams.cli.screen import table

    about = f"  {curve.unit}: {curve.meaning}" if curve.unit != "phase" else f"  {curve.meaning}"
    console.print(
        Text.assemble((f"  {curve.feature}", "bold"), about, f"  importance {curve.importance:.2f}"), soft_wrap=True
    )
    shown = _printed(curve)
    low = min(min(levels) for levels in curve.phases.values())
    high = max(max(levels) for levels in curve.phases.values())
    columns = ["   ", "", *(curve.places[index] for index in shown)]
    rows = [
        [f"   {phase}", blocks(levels[:-1], low, high), *(f"{levels[index]:+.2f}" for index in shown)]
        for phase, levels in curve.phases.items()
    ]
    console.print(table(columns, rows, right=columns[2:]))


def _printed(curve: Curve) -> list[int]:
    last = len(curve.places) - 1
    if last < _PRINTED:
        return list(range(last + 1))
    return sorted({*range(0, last, 2), last - 1, last})


def blocks(levels: Sequence[float], low: float, high: float) -> str:
    """A curve as a line of blocks, the lowest for `low` and the highest for `high`.

    >>> blocks([-1.0, 0.0, 1.0], -1.0, 1.0)
    '▁▅█'
    """
    step = (high - low) / len(_BLOCKS) or 1.0
    return "".join(_BLOCKS[min(int((level - low) / step), len(_BLOCKS) - 1)] for level in levels)


def _print_words(console: Console, words: Sequence[Words]) -> None:
    from streams.cli.screen import clean, table

    weights = sorted(
        ((weight, each.word, text) for each in words for text, weight in each.weights.items()), reverse=True
    )
    up = [each for each in weights if each[0] > 0][:_WORDS_EACH_WAY]
    down = [each for each in reversed(weights) if each[0] < 0][:_WORDS_EACH_WAY]
    if not weights:
        console.print("  no word has a weight yet")
        return
    rows = []
    for number in range(max(len(up), len(down))):
        row = []
        for side in (up, down):
            weight, word, text = side[number] if number < len(side) else (None, "", "")
            row += [
                "" if weight is None else f"   {weight:+.2f}",
                f"{word} = {clean(text) or '(none)'}" if word else "",
            ]
        rows.append(row)
    console.print(
        table(("   more", "words that make it likelier", "   less", "less likely"), rows, right=("   more", "   less"))
    )
