"""Printing: tables and lines for people, JSON for programs, progress while somebody waits.

Results go to standard output, everything else to standard error. Colour only on a terminal, and never with NO_COLOR.
Text from events is printed as text: no markup in it is obeyed, and no control character reaches the terminal.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Literal

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from streams.events.envelope import moment_of
from streams.printable import printable

#: Columns of a table that is not printed on a terminal, unless COLUMNS says otherwise.
_FILE_COLUMNS = 120
_ONE_LINE = {0x0A: " ", 0x09: " "}

SEVERITY_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


#: What takes longer than this says what it does.
_SELDOM_S = 2.0
#: Text is folded by its own width in columns; rich asks for a console all the same.
_MEASURE = Console(file=StringIO(), width=_FILE_COLUMNS)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the boundary."""
        raise BrokenPipeError


def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if terminal or "COLUMNS" in os.environ else _FILE_COLUMNS
    return _Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def clean(text: object) -> str:
    """Return text without control characters: what came in an event must not steer the terminal."""
    return printable(str(text)).translate(_ONE_LINE)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = (), whole: Sequence[str] = ()
) -> Table:
    """Return a plain table; columns named in `right` are numbers. A cell may be a `Text` with a style.

    Those named in `whole`, such as days, are not broken where the terminal is narrow, as long as others can give way.
    """
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        side: Literal["left", "right"] = "right" if name in right else "left"
        made.add_column(name, justify=side, overflow="fold", no_wrap=name in whole)
    for row in rows:
        made.add_row(*(each if isinstance(each, Text) else Text(clean(each)) for each in row))
    return made


def folded(parts: Sequence[Text], between: str, width: int, indent: int = 0) -> Text:
    """Join parts into lines of at most `width` columns; every line but the first is set in by `indent`.

    A line ends between two parts, or between two words of a part that is longer than a line; a word is only broken
    where it alone is longer.
    """
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(between) + part.cell_len <= width:
            lines[-1].append(between).append_text(part)
        elif not lines and part.cell_len <= width:
            lines.append(part.copy())
        else:
            for line in part.wrap(_MEASURE, max(width - indent, 1)):
                line.rstrip()
                lines.append(Text(" " * indent if lines else "").append_text(line))
    return Text("\n").join(lines)


def document(value: object) -> str:
    """Return one JSON document, indented, with a line's end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def print_document(value: object) -> None:
    """Print one JSON document, indented."""
    sys.stdout.write(document(value))


def print_line(value: object) -> None:
    """Print one JSON value as a line; bytes are JSON already."""
    encoded = value if isinstance(value, bytes) else msgspec.json.encode(value)
    sys.stdout.write(encoded.decode() + "\n")


def note(sentence: str) -> None:
    """Say something beside the result, on standard error."""
    sys.stderr.write(f"{sentence}\n")


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs (only on a terminal); call what is given with how much is done.

    `total` none: the end is unknown, and the count alone is shown.
    """
    console = err()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"))
    known = () if total is None else (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, *known, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def counting(label: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar while the block reads (on a terminal), else a line now and then.

    Call what is given with what is read, how much of it all is done, and how much there is.
    """
    console = err()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    say = seldom(note)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(clean(label), total=None)

        def tell(what: str, done: int, total: int) -> None:
            if console.is_terminal:
                bar.update(task, description=f"{clean(label)}: {clean(what)}", completed=done, total=total)
            else:
                say(f"{label}: {what}, {done:,} of {total:,} records")

        yield tell


@contextmanager
def waiting(label: str) -> Iterator[Callable[[str], None]]:
    """Say what is waited for: a spinner on a terminal, else a line for each thing that is told."""
    console = err()
    if not console.is_terminal:
        yield note
        return
    with console.status(clean(label)) as status:
        yield lambda text: status.update(clean(text))


def seldom(tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> Callable[[str], None]:
    """Return a teller that is silent for the first two seconds, and then says the latest every two seconds."""
    said = clock()

    def say(sentence: str) -> None:
        nonlocal said
        if clock() - said >= _SELDOM_S:
            said = clock()
            tell(sentence)

    return say


def when(at: int) -> str:
    """An instant in milliseconds as `2026-03-01 09:30` (UTC)."""
    return moment_of(at).strftime("%Y-%m-%d %H:%M")


def money(amount: str | None, currency: str) -> str:
    """An amount with its currency, as `36,000 EUR`; a dash where there is none."""
    if amount is None:
        return "-"
    whole, _, rest = amount.partition(".")
    return f"{int(whole):,}{'.' + rest if rest.strip('0') else ''} {currency}".strip()
