"""Objectives -> recording rules and burn-rate alerts, the same bytes each time: `python -m deploy.prometheus.write`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from deploy.prometheus.objectives import (
    BUDGET_LEFT,
    BURN_RATE,
    CALLS,
    ERROR_RATIO,
    OBJECTIVES,
    WAITING_AFTER_S,
    WINDOWS,
    WORK,
    Burn,
    Objective,
)

FILE = Path(__file__).parent / "rules" / "objectives.rules.yml"
RUNBOOKS = "deploy/runbooks"
_HEAD = "# Made by `make observability` from deploy/prometheus/objectives.py; change it there.\n"


def text() -> str:
    """The rule file, as it is checked in."""
    groups = [_waiting(), *(_recorded(each) for each in OBJECTIVES), _alerts()]
    dumped: str = yaml.safe_dump({"groups": groups}, sort_keys=False, width=118, allow_unicode=True)
    return _HEAD + dumped


def _waiting() -> dict[str, Any]:
    lag = "job:dealwatch_lag_seconds:max"
    return {
        "name": "dealwatch-waiting",
        "rules": [
            {"record": lag, "expr": 'max by (job) (dealwatch_lag_seconds{role="track"})'},
            {"record": "job:dealwatch_waiting_too_long:bool", "expr": f"{lag} > bool {WAITING_AFTER_S}"},
        ],
    }


def _recorded(objective: Objective) -> dict[str, Any]:
    rules: list[dict[str, Any]] = []
    label = {"slo": objective.name}
    for window in WINDOWS:
        ratio = ERROR_RATIO.format(w=window)
        burnt = f'{ratio}{{slo="{objective.name}"}} / {1 - objective.target:.6g}'
        rules.append({"record": ratio, "expr": objective.errors.replace("{w}", window), "labels": dict(label)})
        rules.append({"record": BURN_RATE.format(w=window), "expr": burnt, "labels": dict(label)})
    spent = f'avg_over_time({BURN_RATE.format(w="1h")}{{slo="{objective.name}"}}[30d])'
    rules.append({"record": BUDGET_LEFT, "expr": f"1 - {spent}", "labels": dict(label)})
    return {"name": f"dealwatch-slo-{objective.name}", "rules": rules}


def _alerts() -> dict[str, Any]:
    rules = []
    for objective in OBJECTIVES:
        called = " or ".join(f"({_burns(objective, each)})" for each in CALLS)
        rules.append(_alert(objective, called, "critical", "The budget of 30 days is gone within days at this rate."))
        work = _burns(objective, WORK)
        rules.append(_alert(objective, work, "warning", "The budget of 30 days will not last at this rate."))
    return {"name": "dealwatch-objectives", "rules": rules}


def _alert(objective: Objective, expr: str, severity: str, how: str) -> dict[str, Any]:
    promise = f"Promised is that {100 * objective.target:.6g} % {objective.promise}."
    return {
        "alert": objective.alert,
        "expr": expr,
        "labels": {"severity": severity, "slo": objective.name},
        "annotations": {
            "summary": f"An objective is being missed: {objective.name}",
            "description": f"{promise} In {{{{ $labels.job }}}} the budget burns {{{{ $value | printf "
            f'"%.1f" }}}} times as fast as allowed. {how}',
            "runbook_url": f"{RUNBOOKS}/{objective.alert}.md",
        },
    }


def _burns(objective: Objective, burn: Burn) -> str:
    of = f'{{slo="{objective.name}"}} > {burn.factor:g}'
    both = f"{BURN_RATE.format(w=burn.long)}{of} and {BURN_RATE.format(w=burn.short)}{of}"
    if not objective.least:
        return both
    events = objective.events.replace("{w}", burn.long)
    return f"{both} and on (job) {events} >= {objective.least}"


def main() -> None:
    """Write it."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
