"""What `dealwatch backtest` shows: a table for each target, how steady it was, warnings, alerts, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from streams.cli.screen import clean, out, table, when

if TYPE_CHECKING:
    from models.evaluation import Figures
    from streams.backtest.early import Foresight
    from streams.backtest.judge import Compared, Intervals, TargetReport
    from streams.backtest.report import Report
    from streams.backtest.warned import AtThreshold, Warned

_FIGURES = ("ROC-AUC", "PR-AUC", "Brier", "log loss", "ECE")
_NAMES = {"roc_auc": 3, "pr_auc": 3, "brier": 4, "log_loss": 4, "ece": 4}
_EVENTS = {
    "silence": ("silences", "reached the deal's inactivity horizon", "no contact for {} days"),
    "slip": ("planned close dates", "passed without a win", "close within {} days"),
}
_WARNED = ("warned", "precision", "recall", "told at all", "lead, days", "per owner, week")
_MOST_DROPS = 4

Row = tuple[str, ...]


def show(figures: Report) -> None:
    """Print a report for people."""
    states = ", ".join(f"{number:,} {status}" for status, number in figures.states.items())
    print(f"{figures.lines:,} lines; deals: {states or 'none'}")
    if figures.since is not None or figures.until is not None:
        print(f"judged: the {figures.deals:,} deals {created(figures)}")
    for name, target in figures.targets.items():
        _target(name, target, figures.rival_answers is not None)
    _steadiness(figures)
    print(f"\nnot judged: {figures.unanswered:,} whose outcome the log does not hold, {figures.withdrawn:,} withdrawn")
    for name, foresight in figures.warnings.items():
        _foresight(name, foresight)
    _kinds(figures)
    _alerts(figures)
    dead = ", ".join(f"{number:,} {clean(reason)}" for reason, number in figures.dead_letters.items())
    print(f"\ndead letters: {dead or 'none'}")


def created(figures: Report) -> str:
    """When the judged deals were created, in words."""
    start = "the beginning" if figures.since is None else when(figures.since)[:10]
    end = "the end" if figures.until is None else when(figures.until - 1)[:10]
    return f"created from {start} to {end}"


def _target(name: str, target: TargetReport, rival: bool) -> None:
    share = "" if target.base_rate is None else f", {target.base_rate:.1%} came true"
    print(f"\n{clean(name)}: {target.cases:,} predictions{share}")
    if target.model is None or target.base is None or target.since_contact is None or target.age is None:
        print("  both outcomes are needed to judge predictions")
        return
    rows: list[Row] = [("model", *_cells(target.model)), *_bounds(target.intervals)]
    rows.append(("base rate", *_cells(target.base)))
    for rule, ranking in (("days since last contact", target.since_contact), ("age of the deal", target.age)):
        rows.append((f"rule: {rule}", f"{ranking.roc_auc:.3f}", f"{ranking.pr_auc:.3f}", "-", "-", "-"))
    out().print(table(("predictor", *_FIGURES), rows, right=_FIGURES))
    if target.compared is not None:
        _compared(target.compared, target.cases)
    elif rival:
        print("LightGBM: nothing to compare; at the first of no month had it both outcomes to learn from")


def _compared(compared: Compared, cases: int) -> None:
    print(f"the {compared.cases:,} of {cases:,} that LightGBM, trained anew each month, could answer:")
    rows: list[Row] = [
        ("model", *_cells(compared.model)),
        *_bounds(compared.model_intervals),
        ("LightGBM, offline", *_cells(compared.rival)),
        *_bounds(compared.rival_intervals),
        ("model minus LightGBM", *_differences(compared)),
        *_bounds(compared.difference, signed=True),
    ]
    out().print(table(("predictor", *_FIGURES), rows, right=_FIGURES))


def _cells(figures: Figures) -> Row:
    return tuple(f"{getattr(figures, name):.{digits}f}" for name, digits in _NAMES.items())


def _differences(compared: Compared) -> Iterator[str]:
    for name, digits in _NAMES.items():
        yield f"{getattr(compared.model, name) - getattr(compared.rival, name):+.{digits}f}"


def _bounds(intervals: Intervals, signed: bool = False) -> list[Row]:
    if not intervals:
        return []
    sign = "+" if signed else ""
    low = [f"{intervals[name].low:{sign}.{digits}f}" if name in intervals else "-" for name, digits in _NAMES.items()]
    high = [f"{intervals[name].high:{sign}.{digits}f}" if name in intervals else "-" for name, digits in _NAMES.items()]
    return [("  95 % interval, from", *low), ("                  to", *high)]


def _steadiness(figures: Report) -> None:
    rows: list[Row] = []
    for name, target in figures.targets.items():
        found = target.steadiness
        if found is None or found.usual is None or found.volatility is None:
            continue
        rows.append(
            (
                name,
                f"{found.days:,}",
                f"{found.usual:.2f}",
                f"{found.volatility:.2f}",
                f"{found.worse_days:,}",
                f"{len(found.drops):,}",
                "-" if found.largest is None else f"{found.largest:.2f}",
            )
        )
    if not rows:
        return
    print("\nskill week by week: the share of the base rate's log loss that the model saves")
    columns = ("days", "usual", "volatility", "days below 0", "drops", "largest")
    out().print(table(("target", *columns), rows, right=columns))
    for name, target in figures.targets.items():
        drops = () if target.steadiness is None else target.steadiness.drops
        for drop in sorted(drops, key=lambda each: -each.size)[:_MOST_DROPS]:
            end = "the log ends first" if drop.recovered_days is None else f"recovered after {drop.recovered_days} days"
            print(
                f"  {clean(name)} dropped from {when(drop.began_at)[:10]}: {drop.size:.2f} below the usual "
                f"on {when(drop.lowest_at)[:10]}; {end}"
            )
        if len(drops) > _MOST_DROPS:
            print(f"  {clean(name)}: {len(drops) - _MOST_DROPS:,} smaller ones")


def _foresight(name: str, found: Foresight) -> None:
    spells, happened, rule = _EVENTS[name]
    if not found.spells:
        return
    print(
        f"\nwarnings: of {found.spells:,} {spells} {found.happened:,} ({found.happened / found.spells:.1%}) {happened}"
    )
    rows: list[Row] = [(each, *_warned(figures)) for each, figures in found.rules.items()]
    if len(found.rules) > 1:
        rows.append(("these rules together", *_warned(found.together)))
    rows += [(f"rule: {rule.format(each.days)}", *_warned(each.figures)) for each in found.plain]
    for target, thresholds in found.models.items():
        rows += [
            (f"{target} of {each.threshold:.0%} or more", *_warned(each.figures))
            for each in thresholds
            if each.figures.warned
        ]
    out().print(table(("who warned", *_WARNED), rows, right=_WARNED))
    _as_precise(found, rule)


def _as_precise(found: Foresight, rule: str) -> None:
    rows: list[Row] = []
    for plain in found.plain:
        for target, each in plain.as_precise.items():
            rows.append((rule.format(plain.days), *_thumb(plain.figures), target, *_model(each, plain.figures)))
    if not rows:
        return
    # Two columns of a name are told apart by a blank.
    columns = ("precision", "recall", "lead", "from", "recall ", "lead ", "earlier")
    print("as precise as a rule, the model's daily probability (lead in days):")
    out().print(table(("rule", *columns[:3], "model", *columns[3:]), rows, right=columns))


def _thumb(figures: Warned) -> Row:
    return _share(figures.precision), _share(figures.recall), _days(figures.lead_days)


def _model(found: AtThreshold | None, rule: Warned) -> Row:
    if found is None:
        return ("never", "-", "-", "-")
    lead, other = found.figures.lead_days, rule.lead_days
    earlier = "-" if lead is None or other is None else f"{lead - other:+.1f}"
    return f"{found.threshold:.0%}", _share(found.figures.recall), _days(lead), earlier


def _kinds(figures: Report) -> None:
    if not figures.kinds:
        return
    print("\nalerts about silence by kind of deal, beside the rule that speaks when the horizon is reached:")
    columns = ("deals", "rule spoke", "alerts", "warned before", "earlier than the rule, days")
    rows: list[Row] = [
        (
            kind.replace("_", " "),
            f"{each.deals:,}",
            f"{each.rule:,}",
            f"{each.alerts:,}",
            _share(each.figures.recall),
            _days(each.figures.lead_days),
        )
        for kind, each in figures.kinds.items()
    ]
    totals = map(sum, zip(*((it.deals, it.rule, it.alerts) for it in figures.kinds.values()), strict=True))
    rows.append(("all", *(f"{total:,}" for total in totals), "", ""))
    out().print(table(("kind", *columns), rows, right=columns))


def _warned(figures: Warned) -> Row:
    return (
        f"{figures.warned:,}",
        _share(figures.precision),
        _share(figures.recall),
        _share(figures.told),
        _days(figures.lead_days),
        f"{figures.per_owner_week:.2f}",
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _days(days: float | None) -> str:
    return "-" if days is None else f"{days:.1f}"


def _alerts(figures: Report) -> None:
    owners = f"{figures.owners:,} owner{'s' * (figures.owners != 1)}"
    print(f"\nalerts ({owners}, {figures.weeks:.1f} weeks)")
    said = ", ".join(f"{many:,} {transition.replace('_', '-')}" for transition, many in figures.transitions.items())
    print(said or "none")
    print(f"{figures.opened_per_owner_week:.2f} opened or reopened per owner and week")
    numbers = ("told", "worse", "over", "told per owner and week")
    moved: list[Row] = [
        (rule, f"{it.told:,}", f"{it.worse:,}", f"{it.over:,}", f"{it.told_per_owner_week:.2f}")
        for rule, it in figures.alerts.items()
    ]
    out().print(table(("reason", *numbers), moved, right=numbers))
