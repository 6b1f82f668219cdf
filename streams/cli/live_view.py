"""The terminal view of `dealwatch up`: alerts as they come, and a foot that says how things stand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from streams.alerts.alert import Alert
from streams.cli.alert_lines import one_line, two_lines
from streams.cli.screen import SEVERITY_STYLES, folded, out

if TYPE_CHECKING:
    from streams.runtime.demo_feed import Progress

#: So often alerts are shown, and so many of those that came meanwhile: what a person can read.
_SHOW_EVERY_S = 1.0
_SHOWN = 3
#: Where there is no terminal to redraw, the foot is printed this often (seconds).
_PLAIN_EVERY_S = 10.0
#: The worker is always a second or two behind, as it commits once a second; more than this is worth saying.
_BEHIND_S = 4.0
_RANK = {"critical": 2, "warning": 1, "info": 0}


class LiveView:
    """Prints lines above a foot that is redrawn; on anything but a terminal it prints plain lines."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without a foot; `clock` counts seconds."""
        self._console = console or out()
        self._clock = clock
        self._live: Live | None = None
        self._open: dict[str, Alert] = {}
        self._sequences: dict[str, int] = {}
        self._opened = 0
        self._waiting: list[Alert] = []
        self._skipped = 0
        self._shown_at = self._printed_at = clock()

    def say(self, sentence: str) -> None:
        """Print one line of the program's own."""
        self._console.print(Text(sentence, style="cyan"))

    def alert(self, alert: Alert, shown: bool) -> None:
        """Take in one transition of an alert; repeats are recognised by (id, sequence)."""
        if alert.sequence <= self._sequences.get(alert.id, 0):
            return
        self._sequences[alert.id] = alert.sequence
        if alert.status == "resolved":
            self._open.pop(alert.id, None)
        else:
            self._opened += alert.transition in ("opened", "reopened")
            self._open[alert.id] = alert
        if shown:
            self._waiting.append(alert)

    def progress(self, progress: Progress) -> None:
        """Show what came since the last time, and redraw the foot."""
        if self._clock() - self._shown_at >= _SHOW_EVERY_S:
            self._show()
        foot = self._foot(progress)
        if self._console.is_terminal:
            if self._live is None:
                self._live = Live(foot, console=self._console, auto_refresh=False, vertical_overflow="visible")
                self._live.start()
            self._live.update(foot, refresh=True)
        elif self._clock() - self._printed_at >= _PLAIN_EVERY_S:
            self._printed_at = self._clock()
            self._console.print(foot, soft_wrap=True)

    def close(self) -> None:
        """Show what still waits, and take the foot away."""
        self._show()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _show(self) -> None:
        """Print the worst of the alerts that wait, in the order in which they came, and count the others."""
        self._shown_at = self._clock()
        chosen, left = worst(self._waiting, _SHOWN)
        self._waiting.clear()
        for alert in chosen:
            text = two_lines(alert, self._console.width) if self._console.is_terminal else one_line(alert)
            self._console.print(text, soft_wrap=True)
        self._skipped += len(left)

    def _foot(self, progress: Progress) -> RenderableType:
        from streams.runtime.demo_feed import simulated_day

        severities = Counter(alert.severity for alert in self._open.values())
        parts = [
            Text(simulated_day(progress.at), style="bold"),
            Text(f"{progress.events:,} events fed"),
            Text.assemble(
                f"{len(self._open):,} alerts open (",
                (f"{severities['critical']:,} critical", SEVERITY_STYLES["critical"]),
                ", ",
                (f"{severities['warning']:,} warning", SEVERITY_STYLES["warning"]),
                f", {severities['info']:,} info)",
            ),
            Text(f"{self._opened:,} opened so far"),
        ]
        if progress.behind_s > _BEHIND_S:
            waits = ", the feed waits for it" if progress.waits else ""
            where = f" at {simulated_day(progress.handled)}" if progress.handled is not None else ""
            parts.append(Text(f"worker {progress.behind_s:.0f} s behind{where}{waits}", style="bold yellow"))
        if self._skipped:
            parts.append(Text(f"{self._skipped:,} lesser alerts not shown here", style="dim"))
        if progress.live:
            parts.append(Text("at the pace of real life now", style="green"))
        if progress.ended:
            parts.append(Text("the file is played; Ctrl-C ends", style="green"))
        if not self._console.is_terminal:
            return Text("   ").join(parts)
        return Group(Text(""), folded(parts, "   ", self._console.width))


def worst(alerts: Sequence[Alert], number: int) -> tuple[list[Alert], list[Alert]]:
    """Part alerts into the `number` that matter most, by severity and then by amount, and the others; each in order.

    One that ended matters less than any that did not. Amounts are compared as numbers, whatever the currency.
    """

    def weight(alert: Alert) -> tuple[int, Decimal]:
        rank = -1 if alert.status == "resolved" else _RANK[alert.severity]
        return rank, Decimal(alert.amount or 0)

    ranked = sorted(range(len(alerts)), key=lambda index: weight(alerts[index]), reverse=True)
    chosen = set(ranked[:number])
    return (
        [each for index, each in enumerate(alerts) if index in chosen],
        [each for index, each in enumerate(alerts) if index not in chosen],
    )
