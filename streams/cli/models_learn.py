"""`dealwatch models learn`: models from a file of history, all at once, without Kafka."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from streams.cli.session import settings_of
from streams.cli.wholefile import whole
from streams.errors import FileUnusable

if TYPE_CHECKING:
    from models.evaluation import Figures
    from models.history import Held
    from streams.backtest.history import History

_DAY_MS = 86_400_000
#: The part of the labels, from the end, on which the models are judged before they learn them.
HELD_SHARE = 0.2


class Worth(Struct, frozen=True):
    """What the models of the cut were worth on what was asked from then on; `base_brier` is that of a constant."""

    cases: int
    positives: int
    base_brier: float | None = None
    model: Figures | None = None


class LearnReport(Struct, frozen=True, kw_only=True):
    """What was read, learned and judged; instants are milliseconds, `seconds` those of learning."""

    schema: int = 1
    history: str
    lines: int
    refused: dict[str, int]
    deals: int
    since: int
    until: int
    labels: dict[str, int]
    seconds: float
    labels_per_second: float
    judged_since: int | None
    worth: dict[str, Worth]
    seed: str
    bytes: int


def learn(
    ctx: typer.Context,
    history: Annotated[
        Path, typer.Argument(metavar="HISTORY", help="Event file, JSON Lines, gzip or not; - is input.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the learner is written.")],
    judge_since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Judge on what was asked from this day (UTC) on [the last fifth of labels]."),
    ] = None,
    inactivity_days: Annotated[
        int | None,
        typer.Option(
            min=1, max=365, help="Days without contact that count as inactivity, where the log says none [14]."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Learn a file of history at once, so that a system has good models on its first day.

    Every answer that is due by the end of the file is learned, as the learner would have, but in blocks of weeks.
    Before the last part is learned, too, the models are judged on it. `dealwatch models seed` puts the file into Kafka.

    For example:
      dealwatch models learn history.jsonl.gz -o history.seed
      dealwatch models learn history.jsonl.gz -o history.seed --judge-since 2026-06-01 --json
    """
    from models.history import learn_history
    from models.seed import Seed, pack_seed
    from streams.cli.moments import day
    from streams.cli.screen import print_document, progress

    cut = None if judge_since is None else day(judge_since) // _DAY_MS
    with whole(output) as stream:
        past = _read(ctx, history, inactivity_days)
        if not past.cases:
            raise FileUnusable(
                f"{history}: no question about a deal is answered in it ({past.deals:,} deals); name a longer history"
            )
        cut = _last_fifth(past) if cut is None else cut
        began = time.perf_counter()
        with progress("labels", past.cases) as advance:
            learned = learn_history(past.days, past.norms, cut, tick=advance)
        seconds = time.perf_counter() - began
        packed = pack_seed(Seed(learned.state, past.until, history.name, past.deals, past.cases))
        stream.write(packed)
    report = LearnReport(
        history=history.name,
        lines=past.lines,
        refused=dict(past.refused.most_common()),
        deals=past.deals,
        since=past.days[0].epoch * _DAY_MS,
        until=past.until * _DAY_MS,
        labels={name: target.trained for name, target in learned.state.targets.items()},
        seconds=seconds,
        labels_per_second=past.cases / max(seconds, 1e-9),
        judged_since=cut * _DAY_MS,
        worth=_worth(learned.held),
        seed=str(output),
        bytes=len(packed),
    )
    if json:
        print_document(report)
    else:
        _show(report)


def _read(ctx: typer.Context, history: Path, inactivity_days: int | None) -> History:
    from streams.backtest.history import read_history
    from streams.cli.screen import progress
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events

    policy = settings_of(ctx, inactivity_days=inactivity_days).policy
    now = int(time.time() * 1000)
    total = None if history == STANDARD_STREAM else sum(1 for _ in read_lines(history))
    with progress("events", total) as advance:
        return read_history(with_events(read_lines(history), str(history), now), policy, now, progress=advance)


def _last_fifth(past: History) -> int:
    """The day from which on the last fifth of the labels fell due."""
    left = past.cases * HELD_SHARE
    for day in reversed(past.days):
        left -= len(day.cases)
        if left <= 0:
            return day.epoch
    return past.days[0].epoch


def _worth(held: Mapping[str, Held]) -> dict[str, Worth]:
    from models.evaluation import Figures, Judged

    worth = {}
    for name, (said, labels) in held.items():
        cases, positives = len(labels), sum(labels)
        if not 0 < positives < cases:
            worth[name] = Worth(cases, positives)
            continue
        figures = Figures(cases, positives, *Judged(said, labels).figures().tolist())
        rate = positives / cases
        worth[name] = Worth(cases, positives, rate * (1.0 - rate), figures)
    return worth


def _show(report: LearnReport) -> None:
    from streams.cli.screen import clean, out, table, when

    print(f"{clean(report.history)}: {report.lines:,} lines, {report.deals:,} deals, until {_day(report.until - 1)}")
    if report.refused:
        reasons = ", ".join(f"{number:,} {clean(reason)}" for reason, number in report.refused.items())
        print(f"refused: {reasons}")
    labels = sum(report.labels.values())
    each = ", ".join(f"{number:,} {name}" for name, number in report.labels.items())
    print(f"learned {labels:,} labels in {report.seconds:.1f} s, {report.labels_per_second:,.0f} a second ({each})")
    if report.judged_since is not None:
        print(f"\nworth, on what was asked from {when(report.judged_since)[:10]} on, by what was known before:")
    rows = []
    for name, worth in report.worth.items():
        share = f"{worth.positives / worth.cases:.1%}" if worth.cases else "-"
        if worth.model is None or worth.base_brier is None:
            rows.append((name, f"{worth.cases:,}", share, "-", "-", "-", "-", "-"))
            continue
        model = worth.model
        said = (f"{model.roc_auc:.3f}", f"{model.pr_auc:.3f}", f"{model.brier:.4f}", f"{worth.base_brier:.4f}")
        rows.append((name, f"{worth.cases:,}", share, *said, f"{model.ece:.4f}"))
    columns = ("target", "cases", "came true", "ROC-AUC", "PR-AUC", "Brier", "of a constant", "ECE")
    out().print(table(columns, rows, right=columns[1:]))
    print(f"\n{clean(report.seed)}: {report.bytes / 1e6:,.1f} MB. `dealwatch models seed` puts it into Kafka.")


def _day(at: int) -> str:
    from streams.cli.screen import when

    return when(at)[:10]
