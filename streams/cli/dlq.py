"""`dealwatch dlq`: read dead letters, repair them, send them back, clear the rest away."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.plain import plain_app
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import FileUnusable, NotFound

if TYPE_CHECKING:
    from streams.access.kafka import Address
    from streams.admin.deadletters import DeadLetter, Ready, StillBad
    from streams.config.settings import Settings
    from streams.config.topics import Topics

#: Columns of a list that id, time, reason and origin take, and the least that are left for the value.
_BESIDE = 66
_LEAST = 24

app = plain_app(
    no_args_is_help=True,
    help="""Read dead letters, repair them, send them back, and clear the rest away.

A dead letter is a record that could not be processed, with the reason; its bytes are kept as they came.

The way of a repair:
  dealwatch dlq list --json > letters.jsonl     one letter a line
  $EDITOR letters.jsonl                         repair the values, delete what shall stay dead
  dealwatch dlq replay letters.jsonl --dry-run  which are events now?
  dealwatch dlq replay letters.jsonl            send those back
  dealwatch dlq list --since 5m                 were they taken?
  dealwatch dlq clear --save rest.jsonl         what is left is garbage: off the topic, so that the next one is seen""",
)

Reasons = Annotated[
    list[str] | None, typer.Option("--reason", metavar="REASON", help="Only this reason; may be given again.")
]
Ids = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="P:O", help="Only this letter (partition:offset); may be given again."),
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only those refused since then: 2026-03-01, or 3d for 3 days ago.")
]


@app.command("list")
def list_letters(
    ctx: typer.Context,
    reason: Reasons = None,
    since: Since = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the youngest so many.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, to be repaired.")] = False,
) -> None:
    """List dead letters with their reasons, the oldest first.

    For example:
      dealwatch dlq list
      dealwatch dlq list --reason unknown_type --since 3d
      dealwatch dlq list --json > letters.jsonl
    """
    from streams.admin.deadletters import to_line
    from streams.cli.screen import print_line

    settings = settings_of(ctx)
    letters = sorted(_chosen(settings, reason, None, since), key=lambda each: (each.refused_at, each.id))
    shown = letters[-limit:] if limit else letters
    if json:
        for letter in shown:
            print_line(to_line(letter))
        return
    _print(shown, letters)


@app.command()
def replay(
    ctx: typer.Context,
    letters: Annotated[
        Path | None, typer.Argument(metavar="LETTERS", help="Repaired lines of `dlq list --json`; - is input.")
    ] = None,
    unchanged: Annotated[
        bool, typer.Option("--unchanged", help="Send letters back as they are, instead of a repaired file.")
    ] = False,
    reason: Reasons = None,
    letter_id: Ids = None,
    since: Since = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; say what would be sent and refused.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Send letters back: repaired ones, or as they are.

    They go to deal.activity again. As they are: where the reason is gone, as after an upgrade. Each value is checked
    first; one that is still no event is listed and not sent, and the exit code is 1. So is one that is more than 7 days
    behind its partition's clock: it would be refused again, now and for ever. Events keep their ids, so sending a
    letter twice does no harm: the second is a duplicate. A value in the file may be the text of the event, or, easier
    to edit, the JSON object itself.

    For example:
      dealwatch dlq replay letters.jsonl --dry-run
      dealwatch dlq replay letters.jsonl
      jq -c '.value |= (fromjson | .data.amount = "100")' letters.jsonl | dealwatch dlq replay -
      dealwatch dlq replay --unchanged --reason unknown_type     after an upgrade
      dealwatch dlq replay --unchanged --id 2:17
    """
    from streams.admin.deadletters import from_lines, judge, send_back
    from streams.config.topics import plan

    if unchanged == (letters is not None):
        raise typer.BadParameter("give either a file of repaired letters, or --unchanged with what to send")
    if letters is not None and (reason or letter_id or since):
        raise typer.BadParameter("--reason, --id and --since choose letters for --unchanged; a file is sent as a whole")
    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    if letters is not None:
        values = list(from_lines(_lines(letters), str(letters)))
    else:
        chosen = list(_chosen(settings, reason, letter_id, since))
        if missing := set(letter_id or ()) - {letter.id for letter in chosen}:
            raise NotFound(_no_letter(sorted(missing), bool(reason or since)))
        values = [(letter.id, letter.value) for letter in chosen]
    topics = plan(settings)
    ready, bad = judge(values, int(time.time() * 1000))
    ready, late = _in_time(bootstrap, topics, ready)
    bad += late
    if not dry_run:
        send_back(bootstrap, topics.activity.name, ready)
    _account(ready, bad, dry_run, json)
    if bad:
        raise typer.Exit(FAILED)


@app.command()
def clear(
    ctx: typer.Context,
    save: Annotated[
        Path, typer.Option(metavar="FILE", help="Where they are kept, one a line, as `dlq list --json` prints them.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take all letters that nobody needs any more off the topic, into a file.

    Repair and send back what is worth it first: what is left is garbage, and hides the next letter. All that there are
    now are written to the file, and then deleted from Kafka; one that comes meanwhile stays. `dlq replay FILE` still
    sends back what somebody repairs in it.

    For example:
      dealwatch dlq clear --save letters-2026-03-02.jsonl
    """
    from streams.admin.deadletters import clear as delete
    from streams.admin.deadletters import letter_of, to_line
    from streams.admin.reading import read_topic
    from streams.cli.screen import print_document, progress
    from streams.cli.wholefile import whole
    from streams.config.topics import plan

    if save.exists():
        raise FileUnusable(f"{save}: is there already; name a new file. Nothing was deleted")
    settings = settings_of(ctx)
    bootstrap, topic = bootstrap_of(settings), plan(settings).dead.name
    with progress("dead letters", None) as advance:
        records = list(read_topic(bootstrap, topic, progress=lambda done, _: advance(done)))
    if records:
        with whole(save) as stream:
            stream.writelines(to_line(letter_of(each)) + b"\n" for each in records)
    delete(bootstrap, topic, records)
    number = len(records)
    if json:
        print_document({"cleared": number, "file": str(save) if number else None})
    elif number:
        print(f"{number:,} dead letters cleared; they are in {save}")
    else:
        print("there are no dead letters")


def _no_letter(ids: list[str], narrowed: bool) -> str:
    named = f"no dead letter {ids[0]}" if len(ids) == 1 else f"no dead letters {', '.join(ids)}"
    where = " with this --reason and --since" if narrowed else ""
    return f"{named}{where}; `dealwatch dlq list` shows which there are. Nothing was sent"


def _in_time(bootstrap: Address, topics: Topics, ready: list[Ready]) -> tuple[list[Ready], list[StillBad]]:
    """Part what could be sent by the clocks of the partitions, as far as a worker has written them down."""
    from streams.admin.accounting import read_partitions
    from streams.admin.deadletters import in_time
    from streams.admin.reading import partition_count

    if not any(letter.key for letter in ready):
        return ready, []
    books = read_partitions(bootstrap, topics.state.name)
    clocks = {number: state.clock for number, state in books.items() if state.clock is not None}
    return in_time(ready, clocks, partition_count(bootstrap, topics.activity.name))


def _chosen(
    settings: Settings, reasons: list[str] | None, ids: list[str] | None, since: str | None
) -> Iterable[DeadLetter]:
    from streams.admin.deadletters import letter_of, select
    from streams.admin.reading import read_topic
    from streams.cli.moments import instant
    from streams.cli.screen import progress
    from streams.config.topics import plan
    from streams.events.rejection import Reason

    known = [each.value for each in Reason]
    for name in reasons or ():
        if name not in known:
            raise typer.BadParameter(
                f"there is no reason {name!r}; reasons are {', '.join(known)}", param_hint="--reason"
            )
    after = None if since is None else instant(since, int(time.time() * 1000))
    bootstrap, topic = bootstrap_of(settings), plan(settings).dead.name
    with progress("dead letters", None) as advance:
        records = read_topic(bootstrap, topic, progress=lambda done, _: advance(done))
        return list(select(map(letter_of, records), reasons or (), ids or (), after))


def _lines(path: Path) -> list[bytes]:
    if path == Path("-"):
        return sys.stdin.buffer.read().splitlines()
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}; name a file that `dealwatch dlq list --json` wrote") from error


def _print(shown: Sequence[DeadLetter], letters: Sequence[DeadLetter]) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table, when

    if shown:
        console = out()
        # The value last, and only as much of it as the line has room for: it is there to be recognised, not to be read.
        room = max(console.width - _BESIDE, _LEAST)
        rows = [
            (
                each.id,
                when(each.refused_at),
                each.reason,
                f"{each.partition}:{each.offset}",
                Text.assemble(clean(each.detail), "\n", (clean(_glimpse(each, room)), "dim")),
            )
            for each in shown
        ]
        console.print(table(("id", "refused", "reason", "came from", "detail, and how the value begins"), rows))
    counts = Counter(letter.reason for letter in letters)
    reasons = ", ".join(f"{number:,} {clean(name)}" for name, number in counts.most_common())
    print(f"{len(letters):,} dead letters{': ' if reasons else ''}{reasons}")


def _glimpse(letter: DeadLetter, room: int) -> str:
    """The beginning of a value on one line of `room` columns; every byte that is no text counts as one."""
    value = letter.value
    if value is None:
        return "(no value)"
    text = value[:room].decode(errors="replace")
    return text if len(value) <= room else f"{text[: room - 3]}..."


def _account(ready: Sequence[Ready], bad: Sequence[StillBad], dry_run: bool, json: bool) -> None:
    from streams.cli.screen import out, print_document, table

    if json:
        done = [{"id": each.id, "event": each.event.id, "subject": each.event.subject} for each in ready]
        print_document({"sent": not dry_run, "ready": done, "refused": [each._asdict() for each in bad]})
        return
    if bad:
        out().print(table(("id", "still refused because", ""), bad))
    verb = "would be sent" if dry_run else "sent back"
    print(f"{len(ready):,} {verb}, {len(bad):,} still refused")
    if ready and not dry_run:
        print(
            "`dealwatch dlq list --since 5m` shows whether the worker took them: a letter of an id that is known, with"
        )
        print("another content, comes back as conflicting_duplicate")
