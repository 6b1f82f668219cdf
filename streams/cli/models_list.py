"""`dealwatch models list`: the models of every day, how good they were, and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from models.snapshot import ModelSet, Quality
    from streams.admin.modellog import Snapshot
    from streams.labels.lesson import Handling


def list_models(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Only the last so many days.")] = 14,
    everything: Annotated[bool, typer.Option("--all", help="All days that there are.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the models of the last days, the latest last.

    Of each target: the cases learned, and the log loss of what was said beside that of always saying the usual rate,
    over about the last 1,000 cases: the smaller the better. Below stands what somebody did that counts from the next
    day on.

    For example:
      dealwatch models list
      dealwatch models list --all --json | jq '.days[] | select(.notices != [])'
    """
    from streams.admin.modellog import read_snapshots, waiting
    from streams.cli.screen import note, print_document
    from streams.cli.screen import waiting as busy
    from streams.config.topics import plan

    settings = settings_of(ctx)
    bootstrap, topics = bootstrap_of(settings), plan(settings)
    with busy(f"reading {topics.models.name} ..."):
        found = read_snapshots(bootstrap, topics.models.name, None if everything else limit)
        newest = found[-1].models if found else None
        handled = waiting(bootstrap, topics, newest) if newest is not None else {}
    if json:
        print_document({"days": [_document(each) for each in found], "from_the_next_day_on": list(handled.values())})
        return
    if not found:
        note(f"{topics.models.name} is empty: the learner publishes the first models with the first day of events")
    else:
        _print(found, list(handled.values()))


def _document(snapshot: Snapshot) -> dict[str, object]:
    models = snapshot.models
    if models is None:
        return {"day": snapshot.day, "epoch": snapshot.epoch, "bytes": snapshot.size, "refused": snapshot.why}
    return {
        "day": snapshot.day,
        "epoch": snapshot.epoch,
        "bytes": snapshot.size,
        "parent": models.parent,
        "offset": models.offset,
        "targets": {
            name: {
                "version": each.version,
                "trained": each.trained,
                "quality": each.quality,
                "pin": each.pin,
                "challenger": each.challenger,
            }
            for name, each in models.targets.items()
        },
        "notices": models.notices,
    }


def _print(found: Sequence[Snapshot], handled: Sequence[Handling]) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table

    names = next((list(each.models.targets) for each in reversed(found) if each.models is not None), [])
    rows: list[list[object]] = []
    for each in found:
        size = f"{each.size / 1000:,.0f} kB"
        if each.models is None:
            rows.append([each.day, size, *("" for _ in names), Text(clean(each.why), style="red")])
        else:
            cells = [_cell(each.models, name) for name in names]
            happened = "\n".join(f"{one.target} {one.kind}: {one.text}" for one in each.models.notices)
            rows.append([each.day, size, *cells, Text(_plain(happened), style="yellow")])
    headings = [f"{name}\ncases, log loss / usual" for name in names]
    out().print(table(("day", "size", *headings, "what happened"), rows, right=("size", *headings), whole=("day",)))
    for one in handled:
        print(f"from the next day on: {_plain(handling_words(one))}")


def handling_words(handling: Handling) -> str:
    """What somebody did, in words."""
    from streams.labels.lesson import Pinned

    why = f": {handling.reason}" if handling.reason else ""
    if isinstance(handling, Pinned):
        return f"{handling.target} is pinned to {handling.weights.version} ({handling.by}{why})"
    return f"{handling.target} is resumed ({handling.by}{why})"


def quality_words(quality: Quality) -> str:
    """How good something was, in words."""
    if not quality.cases:
        return "not judged yet"
    words = f"log loss {quality.log_loss:.3f}, usual rate {quality.base_log_loss:.3f}"
    if not quality.base_log_loss:
        return f"{words}: always the same outcome so far"
    gain = 1.0 - quality.log_loss / quality.base_log_loss
    return f"{words}: {abs(gain):.0%} {'better' if gain >= 0 else 'worse'}; Brier {quality.brier:.3f}"


def _cell(models: ModelSet, name: str) -> object:
    from rich.text import Text

    weights = models.targets.get(name)
    if weights is None:
        return ""
    quality = weights.quality
    losses = f"{quality.log_loss:.3f} / {quality.base_log_loss:.3f}" if quality.cases else "-"
    worse = quality.cases and quality.log_loss > quality.base_log_loss
    said = Text.assemble(f"{weights.trained:,}  ", (losses, "red" if worse else ""))
    return said if weights.pin is None else said.append(f"\npinned: {weights.version}", style="yellow")


def _plain(text: str) -> str:
    from streams.cli.screen import clean

    return "\n".join(clean(line) for line in text.split("\n"))
