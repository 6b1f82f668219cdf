"""How a comparison of models is shown: tables on the screen, and the same tables in a page."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.placed import place

if TYPE_CHECKING:
    from streams.backtest.standings import Comparison, Standing, TargetStandings

_COLUMNS = ("ROC-AUC", "PR-AUC", "Brier", "log loss", "ECE", "learn µs", "predict µs", "state", "exact reasons")
_ONE_KILOBYTE, _ONE_MEGABYTE = 1_000, 1_000_000


def show(found: Comparison) -> None:
    """Print a table for each target, and what failed."""
    from streams.cli.screen import clean, out, table

    console = out()
    for name, target in found.targets.items():
        print(f"\n{_heading(name, target)}")
        if whole := [each for each in target.standings if each.failed is None]:
            rows = [(_name(each), *_cells(each, target)) for each in whole]
            console.print(table(("candidate", *_COLUMNS), rows, right=_COLUMNS[:-1]))
        failures = {each.failed: each.name for each in target.standings if each.failed is not None}
        if not whole and len(failures) == 1:  # the same for all: it lies with the log
            print(f"  {clean(next(iter(failures)))}")
            continue
        for each in target.standings:
            if each.failed is not None:
                print(f"{each.name} failed: {clean(each.failed)}")


def place_in(page: Path, log: str, found: Comparison | None) -> None:
    """Put the tables between the page's marks for a log; with none only look whether there is such a place.

    Raises `FileUnusable` where there is not.
    """
    place(page, f"compare {log}", None if found is None else as_page(found))


def as_page(found: Comparison) -> str:
    """The tables as Markdown, with where and when they were made."""
    from streams.cli.screen import when

    first = "the beginning" if found.since is None else when(found.since)[:10]
    last = "the end" if found.until is None else when(found.until - 1)[:10]
    lines = [
        f"`{found.events}`: {found.lines:,} lines; judged are deals created from {first} to {last}. Inactivity: "
        f"{found.horizon_days} days. Made on {when(found.made_at)[:10]} in {found.seconds / 60:.0f} minutes on "
        f"{found.machine}.",
        "",
    ]
    for name, target in found.targets.items():
        lines += [f"**{_heading(name, target)}**", "", f"| candidate | {' | '.join(_COLUMNS)} |"]
        lines += ["|---|" + "---:|" * (len(_COLUMNS) - 1) + "---|"]
        for each in target.standings:
            cells = _cells(each, target) if each.failed is None else (f"failed: {each.failed}", *[""] * 8)
            shown = f"**{_name(each)}**" if each.name == "default" else _name(each)
            lines.append(f"| {shown} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def this_machine() -> str:
    """Where figures come from: processor, cores, and the versions that matter."""
    from streams.bench.machine import describe

    machine = describe("")
    return f"{machine.processor}, {machine.cores} cores, Python {machine.python}, River {version('river')}"


def _heading(name: str, target: TargetStandings) -> str:
    rate = f", {target.positives / target.cases:.1%} came true" if target.cases else ""
    return f"{name}: {target.cases:,} cases judged{rate}; {target.asked:,} asked and {target.learned:,} learned in all"


def _name(standing: Standing) -> str:
    return standing.name if standing.every == 1 else f"{standing.name} (learns 1 of {standing.every} cases)"


def _cells(standing: Standing, target: TargetStandings) -> tuple[str, ...]:
    from streams.backtest.standings import of_default

    default = of_default(target)
    return (
        _figure(standing.roc_auc, 4),
        _figure(standing.pr_auc, 4),
        *(_figure(each, 4) for each in (standing.brier, standing.log_loss, standing.ece)),
        _time(standing.learn_us, None if default is None else default.learn_us),
        _time(standing.predict_us, None if default is None else default.predict_us),
        _size(standing.state_bytes),
        standing.reasons,
    )


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _time(taken: float | None, default: float | None) -> str:
    if taken is None:
        return "-"
    shown = f"{taken:,.0f}" if taken >= 10 else f"{taken:.1f}"
    if not default:
        return shown
    ratio = taken / default
    return f"{shown} (<0.01x)" if ratio < 0.01 else f"{shown} ({ratio:.2g}x)"


def _size(size: int | None) -> str:
    if size is None:
        return "-"
    if size < _ONE_KILOBYTE:
        return f"{size} B"
    return f"{size / _ONE_KILOBYTE:,.0f} kB" if size < _ONE_MEGABYTE else f"{size / _ONE_MEGABYTE:,.1f} MB"
