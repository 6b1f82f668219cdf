"""The terminal view of `dealwatch up`: alerts as they come, and one line at the foot that says how things stand."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from streams.alerts.alert import Alert
from streams.cli.alerts import one_line
from streams.cli.screen import SEVERITY_STYLES, out

if TYPE_CHECKING:
    from streams.runtime.demo_feed import Progress

#: Alerts shown per second at most; the others are counted, so that a person can read.
_SHOWN_PER_SECOND = 6
#: Where there is no terminal to redraw, the foot is printed this often (seconds).
_PLAIN_EVERY_S = 10.0


class LiveView:
    """Prints lines above a foot that is redrawn; on anything but a terminal it prints plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        """Begin without a foot."""
        self._console = console or out()
        self._live: Live | None = None
        self._open: dict[str, Alert] = {}
        self._sequences: dict[str, int] = {}
        self._opened = 0
        self._skipped = 0
        self._budget = float(_SHOWN_PER_SECOND)
        self._refilled = time.monotonic()
        self._printed_at = time.monotonic()
        self._began = time.monotonic()

    def say(self, sentence: str) -> None:
        """Print one line of the program's own."""
        self._console.print(Text(sentence, style="cyan"))

    def alert(self, alert: Alert, shown: bool) -> None:
        """Take in one transition of an alert; repeats are recognised by (id, sequence)."""
        if alert.sequence <= self._sequences.get(alert.id, 0):
            return
        self._sequences[alert.id] = alert.sequence
        if alert.state == "resolved":
            self._open.pop(alert.id, None)
        else:
            self._opened += alert.state == "opened"
            self._open[alert.id] = alert
        if shown and self._may_show():
            self._console.print(one_line(alert), soft_wrap=True)

    def progress(self, progress: Progress) -> None:
        """Redraw the foot."""
        foot = self._foot(progress)
        if self._console.is_terminal:
            if self._live is None:
                self._live = Live(foot, console=self._console, auto_refresh=False)
                self._live.start()
            self._live.update(foot, refresh=True)
        elif time.monotonic() - self._printed_at >= _PLAIN_EVERY_S:
            self._printed_at = time.monotonic()
            self._console.print(foot)

    def close(self) -> None:
        """Take the foot away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _foot(self, progress: Progress) -> RenderableType:
        from streams.runtime.demo_feed import simulated_day

        severities = Counter(alert.severity for alert in self._open.values())
        text = Text.assemble(
            (simulated_day(progress), "bold"),
            f"   {progress.lines:,} events fed   {len(self._open):,} alerts open (",
            (f"{severities['critical']:,} critical", SEVERITY_STYLES["critical"]),
            ", ",
            (f"{severities['warning']:,} warning", SEVERITY_STYLES["warning"]),
            f")   {self._opened:,} opened so far",
        )
        if self._skipped:
            text.append(f"   {self._skipped:,} not shown here", style="dim")
        if progress.live:
            text.append("   at the pace of real life now", style="green")
        if progress.ended:
            text.append("   the file is played; Ctrl-C ends", style="green")
        return Group(Text(""), text) if self._console.is_terminal else text

    def _may_show(self) -> bool:
        now = time.monotonic()
        self._budget = min(self._budget + (now - self._refilled) * _SHOWN_PER_SECOND, float(_SHOWN_PER_SECOND) * 4)
        self._refilled = now
        if self._budget < 1:
            self._skipped += 1
            return False
        self._budget -= 1
        return True
