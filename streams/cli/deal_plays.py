"""A play as `deal show` prints it: that of an alert, or one that runs without."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from streams.alerts.plays import Play
    from streams.alerts.running import RunningPlay


def print_play(console: Console, play: Play) -> None:
    """Print the play of an alert under it."""
    from streams.cli.screen import clean

    console.print(f"  play: {_named(play)}", soft_wrap=True)
    _print_steps(console, play)
    console.print(f"    worked if: {clean(play.success)}", soft_wrap=True)


def print_running(console: Console, running: RunningPlay) -> None:
    """Print a play that runs without the deal's alert: since when and why, its steps, its rhythm, until when."""
    from rich.text import Text

    from streams.cli.screen import clean, when

    play = running.play
    since = "" if play.started_at is None else f", since {when(play.started_at)}"
    why = f"begun for {running.rule}" if running.alert else "without an alert"
    line = Text.assemble("\n", ("play", "bold"), f"  {_named(play)}", (f"  {why}{since}", "dim"))
    console.print(line, soft_wrap=True)
    if play.situation:
        console.print(f"  {clean(play.situation)}", soft_wrap=True)
    _print_steps(console, play)
    if running.touch_every_days is not None and running.touch_due is not None:
        owed = any(each.due == running.touch_due and each.over for each in running.asks)
        next_one = f"{'one was due on' if owed else 'the next by'} {when(running.touch_due)}"
        console.print(f"    a light touch every {running.touch_every_days} days, {next_one}", soft_wrap=True)
    until = "goes on until the hold ends" if play.ends_at is None else f"by {when(play.ends_at)}"
    console.print(f"    worked if: {clean(play.success)}; {until}", soft_wrap=True)


def _named(play: Play) -> str:
    from streams.cli.screen import clean

    whose = play.owner or ("" if play.who == "owner" else f"the {play.who}")
    return clean(f"{play.title}, for {whose}" if whose else play.title)


def _print_steps(console: Console, play: Play) -> None:
    from streams.cli.screen import clean

    for number, step in enumerate(play.steps, start=1):
        console.print(f"    {number}. {clean(step)}{_due(play, number - 1)}", soft_wrap=True)


def _due(play: Play, place: int) -> str:
    """When a step is due, and whether it was seen to be done or its time is over."""
    from streams.cli.screen import when

    if place >= len(play.schedule):
        return ""
    step = play.schedule[place]
    return " (done)" if step.done else f" ({'overdue since' if step.over else 'by'} {when(step.due)})"
