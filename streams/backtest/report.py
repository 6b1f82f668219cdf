"""Figures about a backtest: models beside base rate, rules of thumb and a rival, warnings, alerts, refusals. Pure.

The field names are the JSON of `dealwatch backtest --json`: they are added to, never renamed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from streams.backtest.bootstrap import RESAMPLES
from streams.backtest.early import Foresight, foresee_silence, foresee_slips
from streams.backtest.judge import TargetReport, judge
from streams.backtest.kinds import KindReport, by_kind
from streams.backtest.predictions import Prediction
from streams.backtest.run import Result
from streams.backtest.tellings import tellings
from streams.labels.outcome import TARGETS
from streams.state.opportunity import DAY

_WEEK_DAYS = 7.0


class RuleReport(Struct, frozen=True):
    """What was told of one rule: reasons of alerts, how many got worse and how many are over, and how many a week."""

    told: int
    worse: int
    over: int
    told_per_owner_week: float


class Report(Struct, frozen=True, kw_only=True):
    """A whole backtest.

    `since` and `until` (milliseconds, the end excluded) bound the creation of the deals that are judged; targets,
    warnings, alerts, owners and weeks are about those; lines, states and dead letters about the whole log. `states` are
    those of deals that were not forgotten after they closed. `warnings` has "silence" and "slip".
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
    #: Of all alerts, by transition.
    transitions: dict[str, int]
    alerts: dict[str, RuleReport]
    owners: int
    weeks: float
    dead_letters: dict[str, int]
    resamples: int
    opened_per_owner_week: float
    warnings: dict[str, Foresight]
    #: How many predictions a rival answered; none where no rival was asked.
    rival_answers: int | None = None
    #: The alerts about silence by kind of deal, where somebody knows what kind a deal is.
    kinds: dict[str, KindReport] = {}


def report(
    result: Result,
    since: int | None = None,
    until: int | None = None,
    resamples: int = RESAMPLES,
    rival: Sequence[float | None] | None = None,
    tick: Callable[[], None] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Report:
    """Work out the figures of a backtest, of the deals created from `since` to before `until` (milliseconds).

    `rival` is what another model says of the rows of `within`, in their order; `tick` is called for each resample;
    `kinds` says of deals what kind they truly are.
    """
    rows = within(result.predictions.rows, since, until)
    born = _births(result)
    judged = {name for name, at in born.items() if _between(at, since, until)}
    owners = {deal.facts.owner for name, deal in result.deals.items() if name in judged}
    weeks = _weeks(result, judged)
    alerts = [alert for alert in result.alerts if alert.opportunity in judged]
    owners |= {alert.owner for alert in alerts}
    share = max(len(owners), 1) * weeks
    moves = Counter((each.rule, each.move) for each in tellings(alerts))
    rules = sorted({rule for rule, _ in moves}, key=lambda rule: (-moves[rule, "told"], rule))
    transitions = Counter(alert.transition for alert in alerts)
    lives = {name: life for name, life in result.lives.items() if name in judged}
    questions = [each for each in result.predictions.questions if each.opportunity in judged]
    warned = (lives, result.ended_at, alerts, questions, share)
    return Report(
        lines=result.lines,
        since=since,
        until=until,
        deals=len(judged),
        states=dict(Counter(deal.facts.status for deal in result.deals.values()).most_common()),
        targets=_targets(rows, resamples, rival, tick),
        unanswered=result.predictions.open_questions,
        withdrawn=result.predictions.withdrawn,
        transitions=dict(transitions.most_common()),
        alerts={
            rule: RuleReport(
                moves[rule, "told"], moves[rule, "worse"], moves[rule, "over"], moves[rule, "told"] / share
            )
            for rule in rules
        },
        owners=len(owners),
        weeks=weeks,
        dead_letters=dict(Counter(each.reason.value for each in result.rejections).most_common()),
        resamples=resamples,
        opened_per_owner_week=(transitions["opened"] + transitions["reopened"]) / share,
        warnings={"silence": foresee_silence(*warned), "slip": foresee_slips(*warned)},
        rival_answers=None if rival is None else sum(each is not None for each in rival),
        kinds=by_kind(kinds or {}, lives, result.ended_at, alerts, share),
    )


def by_target(rows: Iterable[Prediction]) -> Mapping[str, list[int]]:
    """Return the positions of the rows of each target; those of `TARGETS` come first, also without any row."""
    found: dict[str, list[int]] = {target: [] for target in TARGETS}
    for position, row in enumerate(rows):
        found.setdefault(row.target, []).append(position)
    return found


def within(rows: Iterable[Prediction], since: int | None, until: int | None) -> list[Prediction]:
    """Return the predictions about deals created from `since` to before `until` (milliseconds; none: no bound)."""
    return [row for row in rows if _between(created_at(row), since, until)]


def created_at(row: Prediction) -> int:
    """When the deal of a prediction came to be, in milliseconds; known by its age, also where the deal is forgotten."""
    return row.as_of - round(row.age_days * DAY)


def _targets(
    rows: Sequence[Prediction],
    resamples: int,
    rival: Sequence[float | None] | None,
    tick: Callable[[], None] | None,
) -> dict[str, TargetReport]:
    reports = {}
    for target, positions in by_target(rows).items():
        said = None if rival is None else [rival[position] for position in positions]
        reports[target] = judge([rows[position] for position in positions], resamples, said, tick)
    return reports


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
