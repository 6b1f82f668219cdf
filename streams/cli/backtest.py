"""`dealwatch backtest`: the same engine without Kafka, and what its predictions were worth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from streams.cli.session import settings_of
from streams.cli.wholefile import whole

if TYPE_CHECKING:
    from streams.alerts.policy import Policy
    from streams.backtest.predictions import Prediction
    from streams.backtest.report import Report
    from streams.backtest.run import Result

_DAY_MS = 86_400_000
_RULES_CHANGED = b'"deal.rules_changed.v1"'

_RulesFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File with the rules' parameters, in place of all others, the log's too."),
]
_Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw how true the probabilities are, as .png or .svg (needs matplotlib)."),
]
_Truth = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The truth that generate wrote: judge alerts by kind of deal, too."),
]


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
    rules: _RulesFile = None,
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
    plot: _Plot = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Judge LightGBM, trained offline each month, too (needs LightGBM).")
    ] = False,
    truth: _Truth = None,
    resamples: Annotated[
        int, typer.Option(min=0, max=100_000, help="Resamples of the deals for intervals; 0 for none.")
    ] = 200,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run an event file through the engine, without Kafka, and judge every prediction whose outcome the log holds.

    The models learn as they would live: a prediction is made with what was known by then, and learned when its outcome
    is known. Beside the models stand the base rate and two rules: days since the last contact, and age of the deal.
    Warnings are judged by what came of the silence or the close date that they were about.

    For example:
      dealwatch backtest events.jsonl.gz
      dealwatch backtest events.jsonl.gz --since 2011-12-01 --until 2011-12-31 --json
      dealwatch backtest events.jsonl.gz -o predictions.csv --plot reliability.png --compare
      dealwatch backtest generated.jsonl.gz --truth generated.truth.jsonl
      dealwatch backtest events.jsonl.gz --rules stricter.toml --alerts alerts.jsonl
    """
    from streams.backtest.report import report, within
    from streams.cli.backtest_view import show
    from streams.cli.moments import day
    from streams.cli.screen import print_document, progress
    from streams.config.rules import rules_of

    first = None if since is None else day(since)
    last = None if until is None else day(until) + _DAY_MS
    kind = None if plot is None else _kind(plot)
    kinds = None if truth is None else _kinds(truth)
    settings = settings_of(ctx, inactivity_days=inactivity_days, rules=None if rules is None else str(rules))
    policy = rules_of(settings).policy(settings.policy)
    if compare:
        _need_rival()
    with ExitStack() as stack:
        # Opened first: a folder that is not there must not be found out at the end.
        csv = None if output is None else stack.enter_context(whole(output))
        picture = None if plot is None else stack.enter_context(whole(plot))
        result = lived(events, policy, compare, pinned=rules is not None)
        rows = within(result.predictions.rows, first, last)
        _write(result, rows, csv, alerts, states)
        rival = _answers(result, rows) if compare else None
        with progress("resamples", None) as advance:
            figures = report(result, first, last, resamples, rival, partial(next, map(advance, count(1))), kinds)
        if picture is not None and kind is not None:
            picture.write(_picture(figures, rows, events.name, kind))
    if json:
        print_document(figures)
    else:
        show(figures)


def _kind(plot: Path) -> str:
    """The kind of picture by its name; raises before the work where it cannot be drawn."""
    from streams.backtest.plot import FORMATS, load

    kind = plot.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise typer.BadParameter(f"{plot}: name a file that ends in .png or .svg", param_hint="--plot")
    load()
    return kind


def _kinds(truth: Path) -> dict[str, str]:
    """What kind each deal truly is; raises before the work where the file does not say."""
    from streams.cli.truthfile import read_deals

    return {each.opportunity: each.kind for each in read_deals(truth)}


def _need_rival() -> None:
    from streams.backtest.offline import load

    load()


def _answers(result: Result, rows: list[Prediction]) -> list[float | None]:
    from streams.backtest.offline import answer, fits
    from streams.cli.screen import progress

    todo = fits(result.predictions.rows, rows)
    with progress("LightGBM, months", len(todo)) as advance:
        return answer(rows, todo, advance)


def _picture(figures: Report, rows: list[Prediction], name: str, kind: str) -> bytes:
    from streams.backtest.plot import draw
    from streams.backtest.report import by_target
    from streams.cli.backtest_view import created

    said = {
        target: [(rows[each].probability, rows[each].label) for each in positions]
        for target, positions in by_target(rows).items()
    }
    bounded = figures.since is not None or figures.until is not None
    deals = f"{figures.deals:,} deal{'s' * (figures.deals != 1)}"
    subtitle = f"{name}: {deals} {created(figures) if bounded else ''}".strip()
    return draw(figures.targets, said, subtitle, kind)


def lived(events: Path, policy: Policy, keep_vectors: bool, pinned: bool) -> Result:
    """Run the file; with rules that are `pinned` by the user, those that its log has are left out."""
    from streams.backtest.run import run
    from streams.cli.screen import progress
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events

    now = int(time.time() * 1000)
    total = None if events == STANDARD_STREAM else sum(1 for _ in read_lines(events))
    with progress("events", total) as advance:
        lines = with_events(read_lines(events), str(events), now)
        if pinned:
            lines = (line for line in lines if _RULES_CHANGED not in line)
        return run(lines, policy, now, progress=advance, keep_vectors=keep_vectors)


@contextmanager
def _text(stream: IO[bytes]) -> Iterator[IO[str]]:
    """Write text into a file that stays open."""
    text = TextIOWrapper(stream, encoding="utf-8", newline="")
    yield text
    text.detach()


def _write(
    result: Result, rows: list[Prediction], csv: IO[bytes] | None, alerts: Path | None, states: Path | None
) -> None:
    from streams.alerts.alert import encode_alert
    from streams.backtest.predictions import write_csv
    from streams.connectors.eventfile import EventWriter
    from streams.state.codec import encode_deal

    if csv is not None:
        with _text(csv) as stream:
            write_csv(rows, stream)
    if alerts is not None:
        with EventWriter(alerts) as writer:
            for alert in result.alerts:
                writer.write_line(encode_alert(alert))
    if states is not None:
        with EventWriter(states) as writer:
            for name in sorted(result.deals):
                writer.write_line(encode_deal(result.deals[name]))
