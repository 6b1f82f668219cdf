"""Figures about a backtest: the models beside the base rate and two rules of thumb, alerts, refusals, states. Pure.

The field names are the JSON of `dealwatch backtest --json`: they are added to, never renamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from msgspec import Struct

from models.evaluation import Figures, average_precision, evaluate, roc_auc
from streams.backtest.predictions import Prediction
from streams.backtest.run import Result
from streams.labels.outcome import INACTIVITY, SLIPPAGE
from streams.state.opportunity import DAY

_WEEK_DAYS = 7.0


class Ranking(Struct, frozen=True):
    """How well a number that is no probability orders the cases."""

    roc_auc: float
    pr_auc: float


class TargetReport(Struct, frozen=True, kw_only=True):
    """One target: the model, the constant base rate, and the rules "days since last contact" and "age of the deal".

    The figures are none where there is no case or only one kind of outcome; then nothing can be told apart.
    """

    cases: int
    positives: int
    base_rate: float | None
    model: Figures | None = None
    base: Figures | None = None
    since_contact: Ranking | None = None
    age: Ranking | None = None


class RuleReport(Struct, frozen=True):
    """The alerts of one rule, and how many an owner got to read in a week."""

    opened: int
    escalated: int
    resolved: int
    opened_per_owner_week: float


class Report(Struct, frozen=True, kw_only=True):
    """A whole backtest.

    `since` and `until` (milliseconds, the end excluded) bound the creation of the deals that are judged; targets,
    alerts, owners and weeks are about those; lines, states and dead letters about the whole log. `states` are those of
    deals that were not forgotten after they closed.
    """

    schema: int = 1
    lines: int
    since: int | None
    until: int | None
    deals: int
    states: dict[str, int]
    targets: dict[str, TargetReport]
    unanswered: int
    withdrawn: int
    alerts: dict[str, RuleReport]
    owners: int
    weeks: float
    dead_letters: dict[str, int]


def report(result: Result, since: int | None = None, until: int | None = None) -> Report:
    """Work out the figures of a backtest, of the deals created from `since` to before `until` (milliseconds)."""
    rows = within(result.predictions.rows, since, until)
    born = _births(result)
    judged = {name for name, at in born.items() if _between(at, since, until)}
    owners = {deal.facts.owner for name, deal in result.deals.items() if name in judged}
    weeks = _weeks(result, judged)
    alerts = [alert for alert in result.alerts if alert.opportunity in judged]
    owners |= {alert.owner for alert in alerts}
    share = max(len(owners), 1) * weeks
    moves = Counter((alert.rule, alert.state) for alert in alerts)
    rules = sorted({rule for rule, _ in moves}, key=lambda rule: (-moves[rule, "opened"], rule))
    return Report(
        lines=result.lines,
        since=since,
        until=until,
        deals=len(judged),
        states=dict(Counter(deal.facts.status for deal in result.deals.values()).most_common()),
        targets={each: judge([row for row in rows if row.target == each]) for each in (INACTIVITY, SLIPPAGE)},
        unanswered=result.predictions.open_questions,
        withdrawn=result.predictions.withdrawn,
        alerts={
            rule: RuleReport(
                moves[rule, "opened"], moves[rule, "escalated"], moves[rule, "resolved"], moves[rule, "opened"] / share
            )
            for rule in rules
        },
        owners=len(owners),
        weeks=weeks,
        dead_letters=dict(Counter(each.reason.value for each in result.rejections).most_common()),
    )


def within(rows: Iterable[Prediction], since: int | None, until: int | None) -> list[Prediction]:
    """Return the predictions about deals created from `since` to before `until` (milliseconds; none: no bound)."""
    return [row for row in rows if _between(created_at(row), since, until)]


def created_at(row: Prediction) -> int:
    """When the deal of a prediction came to be, in milliseconds; known by its age, also where the deal is forgotten."""
    return row.as_of - round(row.age_days * DAY)


def judge(rows: Sequence[Prediction]) -> TargetReport:
    """Judge the predictions of one target."""
    labels = [row.label for row in rows]
    cases, positives = len(labels), sum(labels)
    base_rate = positives / cases if cases else None
    if base_rate is None or not 0 < positives < cases:
        return TargetReport(cases=cases, positives=positives, base_rate=base_rate)
    return TargetReport(
        cases=cases,
        positives=positives,
        base_rate=base_rate,
        model=evaluate([row.probability for row in rows], labels),
        base=constant(cases, positives),
        since_contact=_ranking([row.quiet_days for row in rows], labels),
        age=_ranking([row.age_days for row in rows], labels),
    )


def constant(cases: int, positives: int) -> Figures:
    """The figures of always saying the share of positives; it is calibrated, and tells nothing apart.

    >>> constant(4, 1).brier
    0.1875
    """
    rate = positives / cases
    entropy = -rate * log(rate) - (1.0 - rate) * log(1.0 - rate)
    return Figures(cases, positives, 0.5, rate, rate * (1.0 - rate), entropy, 0.0)


def _ranking(scores: Sequence[float], labels: Sequence[bool]) -> Ranking:
    return Ranking(roc_auc(scores, labels), average_precision(scores, labels))


def _births(result: Result) -> dict[str, int]:
    born = {name: deal.facts.born_at for name, deal in result.deals.items()}
    for row in result.predictions.rows:
        if row.opportunity not in born:
            born[row.opportunity] = created_at(row)
    return born


def _weeks(result: Result, judged: set[str]) -> float:
    """Weeks from the first to the last sign of the judged deals; at least one, so that a short log has tame rates."""
    facts = [deal.facts for name, deal in result.deals.items() if name in judged]
    signs = [at for each in facts for at in (each.first_event_at, each.last_event_at)]
    signs += [row.as_of for row in result.predictions.rows if row.opportunity in judged]
    signs += [alert.at for alert in result.alerts if alert.opportunity in judged]
    return max((max(signs) - min(signs)) / DAY / _WEEK_DAYS, 1.0) if signs else 1.0


def _between(at: int, since: int | None, until: int | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)
