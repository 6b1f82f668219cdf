"""The candidates of `models/candidates` on one log, side by side: the same rows, judged by the same figures.

The field names are the JSON of `dealwatch models compare --json`: they are added to, never renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct

from models.candidates.candidate import Terms
from models.candidates.roster import DEFAULT, Entry
from models.evaluation import average_precision, evaluate, roc_auc
from streams.backtest.contest import Clocked, Log, horizon_days, play
from streams.backtest.predictions import Prediction
from streams.backtest.report import within

#: Shows how far a candidate is: given its name and a total, a place to which the number done is told.
Showing = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class Standing(Struct, frozen=True, kw_only=True):
    """One candidate on one target. Times are of the processor, in microseconds a case; `every` says what it learned of.

    `failed` says why there are no figures. A candidate that says no probability has no Brier score, log loss and ECE.
    """

    name: str
    about: str
    reasons: str
    every: int = 1
    failed: str | None = None
    roc_auc: float | None = None
    pr_auc: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    ece: float | None = None
    learn_us: float | None = None
    predict_us: float | None = None
    state_bytes: int | None = None


class TargetStandings(Struct, frozen=True, kw_only=True):
    """One target: how many cases are judged, how many are learned and asked in all, and the candidates."""

    cases: int
    positives: int
    learned: int
    asked: int
    standings: tuple[Standing, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """A whole comparison; `since` and `until` (milliseconds, the end excluded) bound the creation of judged deals.

    `made_at` (milliseconds) and `machine` say when and where it was made, `seconds` how long it took by the clock.
    """

    schema: int = 1
    made_at: int
    machine: str
    events: str
    lines: int
    horizon_days: int
    since: int | None
    until: int | None
    seconds: float
    targets: dict[str, TargetStandings]


class Bounds(Struct, frozen=True):
    """Which rows are judged: those of deals created from `since` to before `until`, in milliseconds."""

    since: int | None = None
    until: int | None = None


def compare(
    log: Log, entries: Sequence[Entry], targets: Sequence[str], bounds: Bounds, every: int, showing: Showing
) -> Iterator[dict[str, TargetStandings]]:
    """Play the log to each of `entries`; after each, yield the standings so far. Slow ones learn one of `every` cases.

    A candidate that fails is named with the reason, and the others go on.
    """
    horizon = horizon_days(log.lessons)
    found: dict[str, list[Standing]] = {target: [] for target in targets}
    counted: dict[str, tuple[int, int, int, int]] = {}
    for entry in entries:
        thinned = every if entry.slow else 1
        failed = None
        clocked: dict[str, Clocked] = {}
        rows: list[Prediction] = []
        try:
            with showing(entry.name, len(log.lessons)) as advance:
                for target in targets:
                    made = entry.make(Terms(target, horizon), thinned)
                    clocked[target] = Clocked(target, made, entry.ranks)
                rows = within(play(log, clocked, advance), bounds.since, bounds.until)
        except Exception as error:  # noqa: BLE001  # whatever it is, the table says it and the others go on
            failed = f"{type(error).__name__}: {error}"
        for target in targets:
            own = [row for row in rows if row.target == target]
            if failed is None:
                positives = sum(row.label for row in own)
                counted[target] = (len(own), positives, clocked[target].learned, clocked[target].asked)
                found[target].append(_standing(entry, thinned, clocked[target], own))
            else:
                found[target].append(_named(entry, thinned, failed))
        yield {
            target: TargetStandings(
                **dict(zip(("cases", "positives", "learned", "asked"), counted.get(target, (0, 0, 0, 0)), strict=True)),
                standings=tuple(standings),
            )
            for target, standings in found.items()
        }


def _named(entry: Entry, every: int, failed: str) -> Standing:
    return Standing(name=entry.name, about=entry.about, reasons=entry.reasons, every=every, failed=failed)


def _standing(entry: Entry, every: int, clocked: Clocked, rows: Sequence[Prediction]) -> Standing:
    said, labels = [row.probability for row in rows], [row.label for row in rows]
    if not 0 < sum(labels) < len(labels):
        return _named(entry, every, "both outcomes are needed to judge predictions")
    figures = None if entry.ranks else evaluate(said, labels)
    return Standing(
        name=entry.name,
        about=entry.about,
        reasons=entry.reasons,
        every=every,
        roc_auc=roc_auc(said, labels) if figures is None else figures.roc_auc,
        pr_auc=average_precision(said, labels) if figures is None else figures.pr_auc,
        brier=None if figures is None else figures.brier,
        log_loss=None if figures is None else figures.log_loss,
        ece=None if figures is None else figures.ece,
        learn_us=clocked.learn_ns / max(clocked.learned, 1) / 1_000,
        predict_us=clocked.predict_ns / max(clocked.asked, 1) / 1_000,
        state_bytes=clocked.candidate.size(),
    )


def of_default(standings: TargetStandings) -> Standing | None:
    """The product's own, which the others' times are held against; none where it did not run."""
    found = [each for each in standings.standings if each.name == DEFAULT and each.failed is None]
    return found[0] if found else None
