"""`dealwatch backtest`: the same engine without Kafka, and what its predictions were worth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from streams.cli.session import settings_of
from streams.errors import FileUnusable

if TYPE_CHECKING:
    from models.evaluation import Figures
    from streams.backtest.report import Report
    from streams.backtest.run import Result

_DAY_MS = 86_400_000


def backtest(
    ctx: typer.Context,
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="Event file, JSON Lines, gzip or not; - is input.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write every judged prediction as CSV.")
    ] = None,
    inactivity_days: Annotated[
        int | None,
        typer.Option(
            min=1, max=365, help="Days without contact that count as inactivity, where the log says none [14]."
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge only deals created on or after this day (UTC).")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge only deals created on or before this day (UTC).")
    ] = None,
    alerts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every alert, as on deal.alerts, one a line.")
    ] = None,
    states: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the last state of every deal, as on deal.state, one a line."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run an event file through the engine, without Kafka, and judge every prediction whose outcome the log holds.

    The models learn as they would live: a prediction is made with what was known by then, and learned when its outcome
    is known. Beside the models stand the base rate and two rules: days since the last contact, and age of the deal.

    For example:
      dealwatch backtest events.jsonl.gz
      dealwatch backtest events.jsonl.gz -o predictions.csv --alerts alerts.jsonl
      dealwatch backtest events.jsonl.gz --since 2011-12-01 --until 2011-12-31 --json
    """
    from streams.backtest.predictions import write_csv
    from streams.backtest.report import report, within
    from streams.cli.moments import day
    from streams.cli.screen import print_document

    first = None if since is None else day(since)
    last = None if until is None else day(until) + _DAY_MS
    with ExitStack() as stack:
        # Opened first: a folder that is not there must not be found out at the end.
        csv = None if output is None else stack.enter_context(_whole(output))
        result = _run(ctx, events, inactivity_days)
        if csv is not None:
            write_csv(within(result.predictions.rows, first, last), csv)
        _write(result, alerts, states)
    figures = report(result, first, last)
    if json:
        print_document(figures)
    else:
        _print(figures)


def _run(ctx: typer.Context, events: Path, inactivity_days: int | None) -> Result:
    from streams.backtest.run import run
    from streams.cli.screen import progress
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events

    policy = settings_of(ctx, inactivity_days=inactivity_days).policy
    now = int(time.time() * 1000)
    total = None if events == STANDARD_STREAM else sum(1 for _ in read_lines(events))
    with progress("events", total) as advance:
        return run(with_events(read_lines(events), str(events), now), policy, now, progress=advance)


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """Open a text file that appears when all of it is written, or not at all."""
    draft = path.with_name(f".{path.name}.part")
    try:
        stream = draft.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise FileUnusable(
            f"{path}: {error.strerror}; name a file in a folder that is there and can be written"
        ) from error
    try:
        with stream:
            yield stream
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(result: Result, alerts: Path | None, states: Path | None) -> None:
    from streams.alerts.alert import encode_alert
    from streams.connectors.eventfile import EventWriter
    from streams.state.codec import encode_deal

    if alerts is not None:
        with EventWriter(alerts) as writer:
            for alert in result.alerts:
                writer.write_line(encode_alert(alert))
    if states is not None:
        with EventWriter(states) as writer:
            for name in sorted(result.deals):
                writer.write_line(encode_deal(result.deals[name]))


def _print(figures: Report) -> None:
    from streams.cli.screen import clean, out, table, when

    console = out()
    states = ", ".join(f"{number:,} {status}" for status, number in figures.states.items())
    print(f"{figures.lines:,} lines; deals: {states or 'none'}")
    if figures.since is not None or figures.until is not None:
        start = "the beginning" if figures.since is None else when(figures.since)[:10]
        end = "the end" if figures.until is None else when(figures.until - 1)[:10]
        print(f"judged: the {figures.deals:,} deals created from {start} to {end}")
    for name, target in figures.targets.items():
        share = "" if target.base_rate is None else f", {target.base_rate:.1%} came true"
        print(f"\n{name}: {target.cases:,} predictions{share}")
        if target.model is None or target.base is None or target.since_contact is None or target.age is None:
            print("  both outcomes are needed to judge predictions")
            continue
        rules = (("days since last contact", target.since_contact), ("age of the deal", target.age))
        rows = [
            ("model", *_cells(target.model)),
            ("base rate", *_cells(target.base)),
            *((f"rule: {rule}", _three(it.roc_auc), _three(it.pr_auc), "-", "-", "-") for rule, it in rules),
        ]
        columns = ("ROC-AUC", "PR-AUC", "Brier", "log loss", "ECE")
        console.print(table(("predictor", *columns), rows, right=columns))
    print(f"\nnot judged: {figures.unanswered:,} whose outcome the log does not hold, {figures.withdrawn:,} withdrawn")
    owners = f"{figures.owners:,} owner{'s' * (figures.owners != 1)}"
    print(f"\nalerts ({owners}, {figures.weeks:.1f} weeks)")
    numbers = ("opened", "escalated", "resolved", "opened per owner and week")
    moved = [
        (rule, f"{it.opened:,}", f"{it.escalated:,}", f"{it.resolved:,}", f"{it.opened_per_owner_week:.2f}")
        for rule, it in figures.alerts.items()
    ]
    console.print(table(("rule", *numbers), moved, right=numbers))
    dead = ", ".join(f"{number:,} {clean(reason)}" for reason, number in figures.dead_letters.items())
    print(f"\ndead letters: {dead or 'none'}")


def _cells(figures: Figures) -> tuple[str, ...]:
    shown = (figures.brier, figures.log_loss, figures.ece)
    return (_three(figures.roc_auc), _three(figures.pr_auc), *(f"{each:.4f}" for each in shown))


def _three(figure: float) -> str:
    return f"{figure:.3f}"
