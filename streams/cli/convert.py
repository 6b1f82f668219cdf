"""`dealwatch convert`: your own CSV log as an event file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.connectors.history.convert import Conversion


def convert(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="CSV log, gzip or not: a row per thing that happened.")
    ],
    mapping: Annotated[Path, typer.Option(metavar="FILE", help="What its columns and rows mean: docs/mapping.md.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="EVENTS", help="Event file to write; .gz compresses, - is output.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn a CSV log, in which each row is something that happened to a deal, into an event file.

    Every row becomes one event or is left out for a reason that is counted. `docs/mapping.md` explains how to write a
    mapping, step by step.

    For example:
      dealwatch convert log.csv --mapping mapping.toml -o events.jsonl.gz
      dealwatch convert applications.csv.gz --mapping deploy/mappings/bpi2012.toml -o bpi.jsonl.gz
    """
    from streams.cli.boundary import WRONG_USE, complain
    from streams.cli.screen import print_document, progress
    from streams.connectors.eventfile import STANDARD_STREAM
    from streams.connectors.history.convert import convert as convert_log

    if json and output == STANDARD_STREAM:
        complain("--json and -o - would both write to standard output; name a file for the events")
        raise typer.Exit(WRONG_USE)
    with progress("rows", None) as advance:
        account = convert_log(source, mapping, output, advance)
    if json:
        print_document(account)
    else:
        _print(account, to_stderr=output == STANDARD_STREAM)


def _print(account: Conversion, to_stderr: bool) -> None:
    from streams.cli.screen import clean, err, out, table

    console = err() if to_stderr else out()
    read, written, left_out = account.rows_read, account.events_written, account.rows_left_out
    console.print(f"{read:,} rows read = {written:,} events written + {left_out:,} rows left out", soft_wrap=True)
    if account.first_time is not None and account.last_time is not None:
        first, last = account.first_time.date(), account.last_time.date()
        extra = f", plus {account.control_events} lines about the history itself"
        console.print(f"{account.opportunities:,} deals from {first} to {last}{extra}", soft_wrap=True)
    for title, counts in (("event", account.events_by_kind), ("left out because", account.left_out_by_reason)):
        if counts:
            console.print()
            rows = [(f"{number:,}", clean(name)) for name, number in counts.items()]
            console.print(table(("rows", title), rows, right=("rows",)))
