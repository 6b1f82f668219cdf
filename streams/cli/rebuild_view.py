"""How a rebuild looks on a terminal: a bar while it copies, a table of how it stands, what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from streams.alerts.words import count
from streams.cli.screen import err, note, out, table, when

if TYPE_CHECKING:
    from streams.admin.comparison import Compared
    from streams.admin.rebuilding import RebuildStatus
    from streams.runtime.copymeter import Progress as Copied

#: Every so many looks, about one a second, a line is printed where there is no terminal.
_LINE_EVERY = 10
_EXAMPLES = 5
_ROLES = {"leads": "leads", "follows": "follows, and tells nobody", "retired": "retired: kept up to date, tells nobody"}


@contextmanager
def copying_bar() -> Iterator[Callable[[Copied], None]]:
    """Show a bar while the block copies (on a terminal), else a line now and then."""
    console = err()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    looks = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("copying", total=None)

        def tell(found: Copied) -> None:
            nonlocal looks
            bar.update(task, description=sentence(found), completed=found.done, total=found.total)
            if not console.is_terminal and looks % _LINE_EVERY == 0:
                note(sentence(found))
            looks += 1

        yield tell


def sentence(found: Copied) -> str:
    """Say how far copying is, on a line.

    >>> from streams.runtime.copymeter import Progress
    >>> sentence(Progress(1200, 3000, 400.0, 4.5, 1772442000000, 0, "follows", False))
    '1,200 of 3,000 records, 400 a second, 5 s left, up to 2026-03-02 09:00'
    """
    parts = [f"{found.done:,} of {found.total:,} records", f"{found.per_second:,.0f} a second"]
    if found.role != "follows":
        parts.append("passing on, both ways")
    elif found.follows:
        parts.append("following")
    else:
        parts.append("time left unknown" if found.left_s is None else f"{span(found.left_s)} left")
    if found.clock is not None:
        parts.append(f"up to {when(found.clock)}")
    if found.held and found.follows:
        parts.append(f"{found.held:,} wait for partitions that are behind")
    if found.overtaken and found.role == "follows":
        parts.append(f"{found.overtaken:,} came after their time: give more --patience, and compare")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """A span of time as a person says it.

    >>> span(4.5), span(200), span(9000)
    ('5 s', '3 min', '2.5 h')
    """
    if seconds < 100:
        return f"{-int(-seconds // 1)} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def print_status(found: RebuildStatus) -> None:
    """Print how a rebuild stands, and what comes next."""
    left = "" if found.left_seconds is None or found.copied >= found.records else f", {span(found.left_seconds)} left"
    speed = f"{found.per_second:,.0f} a second{left}" if found.copying else "nobody copies: run `rebuild start` again"
    handling = f"{found.to_handle:,} records, by {count(found.workers, 'worker')}"
    if found.workers and found.to_handle:
        left = "unknown" if found.handled_left_seconds is None else span(found.handled_left_seconds)
        handling += f", {found.handled_per_second:,.0f} a second; until all is handled: {left}"
    rows = [
        (f"from {found.old!r}", f"{count(found.old_partitions, 'partition')}, {_ROLES[found.old_role]}"),
        (f"into {found.new!r}", f"{count(found.new_partitions, 'partition')}, {_ROLES[found.new_role]}"),
        ("copied", f"{found.copied:,} of {found.records:,} records, {speed}"),
        ("to be handled", handling),
    ]
    out().print(table(("rebuild", ""), rows))


def print_compared(found: Compared) -> None:
    """Print what is the same in both environments, and what is not, with examples."""
    until = "" if found.until is None else f" (up to {when(found.until)}, event time)"
    rows = [
        ("deals with equal states", f"{found.equal:,}"),
        ("deals that are on the way", f"{found.on_the_way:,}"),
        ("deals that differ", f"{len(found.differing):,}"),
        ("deals only in the old", f"{len(found.only_old):,}"),
        ("deals only in the new", f"{len(found.only_new):,}"),
        ("alerts in both", f"{found.alerts:,}"),
        ("alerts only in the old", f"{len(found.alerts_only_old):,}"),
        ("alerts only in the new", f"{len(found.alerts_only_new):,}"),
        ("messages of alerts that are equal", f"{found.messages:,}"),
        ("messages that differ", f"{len(found.messages_differing):,}"),
    ]
    console = out()
    console.print(table((f"compared{until}", ""), rows, right=("",)))
    if found.fields:
        rows = [(name, f"{many:,}") for name, many in found.fields.most_common(12)]
        console.print()
        console.print(table(("field that differs", "deals"), rows, right=("deals",)))
    examples = [
        *((each.opportunity, f"differs in {', '.join(each.fields[:4])}") for each in found.differing[:_EXAMPLES]),
        *((name, "only in the old environment") for name in found.only_old[:_EXAMPLES]),
        *((name, "only in the new environment") for name in found.only_new[:_EXAMPLES]),
        *((each.opportunity, f"{each.id} {each.rule}: only in the old") for each in found.alerts_only_old[:_EXAMPLES]),
        *((each.opportunity, f"{each.id} {each.rule}: only in the new") for each in found.alerts_only_new[:_EXAMPLES]),
        *(
            (each.opportunity, f"{each.id} message {each.sequence}, {each.transition}: other words or numbers")
            for each in found.messages_differing[:_EXAMPLES]
        ),
    ]
    if examples:
        console.print()
        console.print(table(("deal", "for example"), examples))
    console.print()
    console.print("nothing differs" if found.same else "some differ: see why before the switch (docs/upgrade.md)")
