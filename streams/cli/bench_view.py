"""What `dealwatch bench` shows: a bar while a run goes on, tables at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from streams.cli.screen import clean, err, note, out, table

if TYPE_CHECKING:
    from streams.bench.figures import Score
    from streams.bench.growth import Size
    from streams.bench.latency import Latency
    from streams.bench.plan import Listener
    from streams.bench.revenue import RevenueFigures
    from streams.bench.run import Report


class _Lines:
    """For a file or a log: one line for each run."""

    def say(self, sentence: str) -> None:
        """Say it."""
        note(clean(sentence))

    def begin(self, what: str, total: int) -> None:
        """Say that it begins."""
        note(clean(what))

    def progress(self, done: int) -> None:
        """Nobody waits."""


class _Bar:
    """For a terminal: one bar, for the run at hand."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def say(self, sentence: str) -> None:
        """Say it above the bar."""
        self._bar.console.print(clean(sentence))

    def begin(self, what: str, total: int) -> None:
        """Start the bar anew."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(clean(what), total=total or None)

    def progress(self, done: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.update(self._task, completed=done)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener that shows progress on standard error."""
    console = err()
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        yield _Bar(bar)


def show(report: Report) -> None:
    """Print the tables."""
    machine = report.machine
    print(
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gb} GB; Python {machine.python}, {machine.kafka}"
    )
    if machine.load is not None and machine.load > 0.5:
        print(f"the machine was not idle before the first run: load {machine.load}")
    for name, scores in (("engine", report.engine), ("pipeline", report.pipeline)):
        if scores is not None:
            _contest(name, scores, "event")
    if report.models is not None:
        _contest("models: scoring, five probabilities a deal", report.models.scoring, "deal")
        _contest("models: learning", report.models.learning, "label")
    if report.latency is not None:
        _latency(report.latency)
    if report.growth is not None:
        _growth(report.growth)
    if report.revenue is not None:
        _revenue(report.revenue)
    if report.targets:
        _targets(report.targets)


def _contest(name: str, scores: Mapping[str, Score], unit: str) -> None:
    print(f"\n{name}")
    ours = scores["dealwatch"].events_per_second if "dealwatch" in scores else None
    columns = (f"{unit}s/s", "spread", f"CPU us/{unit}", "dealwatch is", f"{unit}s", "result")
    rows = []
    for contender, score in scores.items():
        if score.events_per_second is None:
            rows.append((contender, "-", "-", "-", "-", "-", score.absent or score.failed))
            continue
        times = f"{ours / score.events_per_second:.2f} x" if ours and score.events_per_second else "-"
        figures = (f"{score.events_per_second:,.0f}", f"{score.spread:.0%}", f"{score.cpu_us_per_event:.1f}")
        rows.append((contender, *figures, times, f"{score.events:,}", "right" if score.verified else score.failed))
    out().print(table(("program", *columns), rows, right=columns[:-1]))


def _latency(latency: Latency) -> None:
    full = f"{latency.full_events_per_second:,.0f}"
    print(f"\nlatency: event in to alert out, milliseconds; the full rate is {full} events/s")
    columns = ("events/s", "p50", "p99", "p99.9", "most", "spread of p99", "alerts", "missing")
    rows = [
        (
            f"{each.share:.0%}",
            f"{each.events_per_second:,.0f}",
            *(_number(value, 1) for value in (each.p50_ms, each.p99_ms, each.p999_ms, each.max_ms)),
            "-" if each.spread is None else f"{each.spread:.0%}",
            f"{each.alerts:,}",
            f"{each.missing:,}",
        )
        for each in latency.at
    ]
    out().print(table(("of the full rate", *columns), rows, right=columns))
    if (ticks := latency.ticks) is None:
        print("no deadline was noticed")
    else:
        print(
            f"deadline to alert on the wall clock: p50 {ticks.p50_ms:,.0f} ms, p99 {ticks.p99_ms:,.0f} ms, at most "
            f"{ticks.max_ms:,.0f} ms ({ticks.alerts:,} alerts, {ticks.missing:,} missing)"
        )


def _growth(sizes: list[Size]) -> None:
    print("\ngrowth")
    columns = (
        "partitions",
        "workers",
        "events/s",
        "spread",
        "KB/deal",
        "recovery s",
        "states/s",
        "bare states/s",
        "checkpoint ms",
    )
    rows = []
    for size in sizes:
        counts = (f"{size.deals:,}", str(size.partitions), str(size.workers))
        if size.events_per_second is None:
            rows.append((*counts, size.failed, *[""] * 6))
            continue
        weight = None if size.resident_bytes_per_deal is None else size.resident_bytes_per_deal / 1024
        rows.append(
            (
                *counts,
                f"{size.events_per_second:,.0f}",
                f"{size.spread or 0:.0%}",
                _number(weight, 2),
                _number(size.recovery_seconds, 1),
                _number(size.recovery_states_per_second, 0),
                _number(size.bare_states_per_second, 0),
                _number(size.checkpoint_ms, 0),
            )
        )
    out().print(table(("open deals", *columns), rows, right=("open deals", *columns)))


def _revenue(revenue: RevenueFigures) -> None:
    beside = revenue.beside
    _contest("revenue: the worker with the program of revenue beside it, and alone", beside.worker, "event")
    if beside.revenue_cpu_us_per_event is not None:
        print(
            f"the program of revenue: CPU us/event {beside.revenue_cpu_us_per_event:.1f}; {beside.behind or 0:,} "
            f"records behind when the worker was through, all answered {beside.caught_up_s or 0.0:,.1f} s later"
        )
    _contest("revenue: taking in the log at a start", {"catching_up": revenue.catching_up}, "event")
    print("\nrevenue: making answers, seconds")
    columns = ("deals", "events", "answers", "first", "later", "CPU later", "lock", "peak MB")
    rows = [
        (
            f"{each.open_deals:,}",
            *(f"{count:,}" for count in (each.deals, each.events, each.answers)),
            *(_number(seconds, 1) for seconds in (each.first_s, each.later_s, each.later_cpu_s, each.lock_s)),
            f"{each.peak / 2**20:,.0f}",
        )
        for each in revenue.rounds
    ]
    out().print(table(("open deals", *columns), rows, right=("open deals", *columns)))
    print("\nrevenue: views of the whole company, milliseconds")
    times = ("open deals", "cold", "cold, worst", "warm", "warm, worst")
    views = [
        (
            each.path,
            f"{each.open_deals:,}",
            *(_number(ms, 1) for ms in (each.cold_ms, each.cold_worst_ms, each.warm_ms, each.warm_worst_ms)),
        )
        for each in revenue.views
    ]
    out().print(table(("view", *times), views, right=times))


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _targets(targets: list[dict[str, Any]]) -> None:
    print("\ntargets")
    rows: list[tuple[str | Text, ...]] = []
    for target in targets:
        least, most = target.get("at_least"), target.get("at_most")
        limit = f"at least {least:g}" if least is not None else f"at most {most:g}"
        figure = "not measured" if target["figure"] is None else f"{target['figure']:,.2f}"
        verdict = {True: Text("reached", "green"), False: Text("missed", "bold red"), None: Text("-")}[
            target["reached"]
        ]
        rows.append((target["name"], figure, limit, verdict))
    out().print(table(("target", "figure", "wanted", ""), rows, right=("figure",)))
