"""`dealwatch replay`: an event file through Kafka and the worker, with every event accounted for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from streams.cli.pacing import paced_lines
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import SettingsWrong

if TYPE_CHECKING:
    from streams.access.kafka import Address
    from streams.config.topics import Topics
    from streams.replay.sequence import Outbound
    from streams.state.feeds import Counts

_POLL_S = 0.5
#: Without any sign of the workers for this long, waiting ends.
_PATIENCE_S = 60.0
#: Without a record handled for this long, although there are signs, it is said what goes on.
_SAID_AFTER_S = 10.0


class Sent(NamedTuple):
    """What went into Kafka: lines of the file (control events apart), and copies of control and clock records.

    `about_feeds` are the lines that are control events: the rest of the file.
    """

    events: int
    controls: int
    records: int
    about_feeds: int


def replay(
    ctx: typer.Context,
    events: Annotated[Path, typer.Argument(help="Event file: JSON Lines, .gz or not.")],
    speed: Annotated[
        str, typer.Option(metavar="N|max", help="Simulated seconds per second, or max: as fast as it goes.")
    ] = "max",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the worker handled it all.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Send an event file through Kafka, wait until the worker has handled it, and account for every event.

    Events of a deal stay in order; time is announced to all partitions as the file goes on, so that deadlines pass as
    they did. Sending a file twice changes nothing: its events are recognised. Where no worker runs nothing is sent,
    unless with --no-wait.

    Examples:
      dealwatch replay events.jsonl.gz
      dealwatch replay events.jsonl.gz --speed 86400      a day per second
      dealwatch replay events.jsonl.gz --no-wait

    """
    from streams.admin.accounting import read_counts
    from streams.cli.screen import note, print_document, progress
    from streams.config.topics import group_of, plan
    from streams.connectors.eventfile import read_lines, with_events

    pace = _pace(speed)
    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    topics = plan(settings)
    group = group_of(settings, "track")
    if wait:
        require_worker(bootstrap, group)
    before = read_counts(bootstrap, topics.state.name)
    found = with_events(read_lines(events), str(events), int(time.time() * 1000))
    lines = list(found) if pace is None else found
    with progress("sending", len(lines) if isinstance(lines, list) else None) as tell:
        sent = asyncio.run(_send(bootstrap, topics, lines, pace, tell))
    if not wait:
        _print_sent(sent, json)
        return
    note(f"sent {_said(sent)}; waiting for the worker ...")
    with progress("records still to handle", None) as tell:
        _wait(bootstrap, group, topics, tell)
    after = read_counts(bootstrap, topics.state.name)
    account = _account(sent, before, after)
    if json:
        print_document(account)
    else:
        print(
            f"{sent.events:,} events sent = {account['folded']:,} folded + {account['duplicates']:,} duplicates"
            f" + {account['dead_letters']:,} dead letters"
            + ("" if account["balanced"] else f"   DOES NOT BALANCE: {account['handled']:,} were handled")
        )
    if not account["balanced"]:
        raise typer.Exit(1)


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        raise SettingsWrong(f"--speed {speed} is neither max nor a positive number of simulated seconds per second")
    return pace


async def _send(
    bootstrap: Address, topics: Topics, lines: Iterable[bytes], pace: float | None, tell: Callable[[int], None]
) -> Sent:
    from streams.replay.sequence import Sequencer
    from streams.runtime.feeder import Feeder

    events = controls = done = 0
    async with Feeder(bootstrap, topics.activity.name) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        async for chunk in paced_lines(lines, pace):
            records: list[Outbound] = []
            now = int(time.time() * 1000)
            for line in chunk:
                records += sequencer.take(line, now)
            await feeder.send(records)
            events += sum(each.is_line and not each.is_control for each in records)
            controls += sum(each.is_control for each in records)
            done += len(chunk)
            tell(done)
        last = list(sequencer.finish())
        await feeder.send(last)
        return Sent(events, controls + len(last), feeder.sent, done - events)


def require_worker(bootstrap: Address, group: str) -> None:
    """Raise `WorkerAbsent` where nobody is in the group, which is found out before anything is sent."""
    from streams.admin.lag import members
    from streams.errors import WorkerAbsent

    if not members(bootstrap, group):
        raise WorkerAbsent(
            f"no worker runs (nobody is in the group {group}), so nothing was sent; start one with `dealwatch worker`, "
            "or send without waiting for it with --no-wait"
        )


def _wait(bootstrap: Address, group: str, topics: Topics, tell: Callable[[int], None]) -> None:
    from streams.admin.lag import group_lag
    from streams.admin.reading import sizes
    from streams.cli.screen import note

    def lag() -> int:
        return sum(group_lag(bootstrap, group, topics.activity.name).values())

    def signs() -> object:
        return sizes(bootstrap, topics.state.name), sizes(bootstrap, topics.examples.name)

    until_handled(lag, signs, tell, note)


def until_handled(
    lag: Callable[[], int],
    signs: Callable[[], object],
    tell: Callable[[int], None],
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until nothing is left to handle; raises `WorkerAbsent` where there is no sign of a worker for a minute.

    `signs` is anything that changes while a worker works: one record that is months after the last one lets all the
    days in between pass, each with its models, before it counts as handled.
    """
    from streams.errors import WorkerAbsent

    moved = seen = clock()
    last, known, said = -1, signs(), False
    while (left := lag()) > 0:
        tell(left)
        now = clock()
        if left != last:
            moved, seen, last = now, now, left
        elif (found := signs()) != known:
            seen, known = now, found
        if seen - moved > _SAID_AFTER_S and not said:
            said = True
            say(f"the worker is at it: {left:,} records wait while it passes day after day up to their time ...")
        if now - seen > _PATIENCE_S:
            raise WorkerAbsent(
                f"{left:,} records wait, and there was no sign of the worker for {_PATIENCE_S:.0f} s; "
                "`dealwatch doctor` looks for what is wrong"
            )
        sleep(_POLL_S)


def _account(sent: Sent, before: Counts, after: Counts) -> dict[str, int | bool]:
    handled = after.events - before.events
    return {
        "events_sent": sent.events,
        "handled": handled,
        "folded": after.folded - before.folded,
        "duplicates": after.duplicates - before.duplicates,
        "dead_letters": after.dead - before.dead,
        "control_records": sent.controls,
        "records_sent": sent.records,
        "balanced": handled == sent.events,
    }


def _print_sent(sent: Sent, json: bool) -> None:
    from streams.cli.screen import print_document

    if json:
        print_document({"events_sent": sent.events, "control_records": sent.controls, "records_sent": sent.records})
    else:
        print(f"{_said(sent)} sent; with copies for every partition, and the time: {sent.controls:,} control records")


def _said(sent: Sent) -> str:
    """How many lines went out, so that they add up to those of the file."""
    feeds = f" and {sent.about_feeds:,} lines about the feeds (heartbeats and the like)" if sent.about_feeds else ""
    return f"{sent.events:,} events{feeds}"
