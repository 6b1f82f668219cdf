"""`dealwatch models diff`: what changed from the models of one day to those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.models_list import quality_words
from streams.cli.models_show import Targets, chosen_targets
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from models.curves import Move
    from models.snapshot import Weights


def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="DAY", help="2026-03-01, latest, or latest-7 for 7 days before.")],
    after: Annotated[str, typer.Argument(metavar="[DAY]", help="The later day.")] = "latest",
    target: Targets = None,
    top: Annotated[int, typer.Option(min=1, help="So many features and words of each target.")] = 12,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document, with everything that moved.")] = False,
) -> None:
    """Show which features and words moved most from one day's models to another's.

    A feature is named once, at the value and in the phase where its curve moved most; in log-odds, compared with the
    average deal of the day. A word without a weight has a dash.

    For example:
      dealwatch models diff latest-7
      dealwatch models diff 2026-03-01 2026-03-08 --target slippage
    """
    from models.curves import moves
    from streams.admin.modellog import day_of, read_models_of
    from streams.cli.moments import model_day
    from streams.cli.screen import print_document, waiting
    from streams.config.topics import plan

    days, settings = (model_day(before), model_day(after)), settings_of(ctx)
    bootstrap, topic = bootstrap_of(settings), plan(settings).models.name
    with waiting(f"reading {topic} ..."):
        old, new = (read_models_of(bootstrap, topic, day) for day in days)
    names = chosen_targets(new, target)
    found = {name: moves(old.targets[name], new.targets[name]) for name in names if name in old.targets}
    if json:
        document = {
            name: {"before": old.targets[name].version, "after": new.targets[name].version, "moves": each}
            for name, each in found.items()
        }
        print_document({"before": day_of(old.epoch), "after": day_of(new.epoch), "targets": document})
        return
    print(f"from {day_of(old.epoch)} to {day_of(new.epoch)} (UTC)")
    for name, each in found.items():
        _print(old.targets[name], new.targets[name], each[:top], len(each))


def _print(old: Weights, new: Weights, shown: tuple[Move, ...], number: int) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table

    console = out()
    versions = new.version if old.version == new.version else f"{old.version} -> {new.version}"
    cases = f"{new.trained - old.trained:+,} cases" if new.trained != old.trained else f"{new.trained:,} cases"
    console.print(Text.assemble((f"\n{new.target}", "bold"), f"  {versions}, {cases}"))
    console.print(f"  before  {quality_words(old.quality)}\n  after   {quality_words(new.quality)}", soft_wrap=True)
    if not shown:
        console.print("  nothing moved")
        return
    rows = [
        (
            f"  {each.name}",
            each.place or "(none)",
            each.phase,
            _figure(each.before),
            _figure(each.after),
            f"{each.by:+.2f}",
        )
        for each in shown
    ]
    columns = ("  feature or word", "at", "phase", "before", "after", "moved")
    console.print(table(columns, rows, right=columns[3:]))
    if number > len(shown):
        console.print(Text(f"  and {number - len(shown):,} more, which moved less", style="dim"))


def _figure(level: float | None) -> str:
    return "-" if level is None else f"{level:+.2f}"
