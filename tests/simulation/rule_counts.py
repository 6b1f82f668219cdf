"""How often each rule speaks on a generated organisation: the table of docs/rules.md.

dealwatch generate --seed 5 --deals 900 --days 240 -o g5.jsonl.gz
python -m tests.simulation.rule_counts g5.jsonl.gz
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from streams.alerts.alert import Alert
from streams.alerts.lifecycle import RANK
from streams.alerts.registry import RULES
from streams.backtest.lives import Life
from streams.backtest.report import report
from streams.backtest.run import Result, run
from streams.backtest.tellings import tellings
from streams.config.settings import load
from streams.connectors.eventfile import read_lines
from streams.state.opportunity import DAY

SEVERITIES = ("info", "warning", "critical")


def open_days(lives: Iterable[Life], ended_at: int) -> float:
    """Days of open deals up to the end of the log."""
    total = 0
    for life in lives:
        since: int | None = life.born_at
        for at, status in life.turns:
            if since is not None and status != "open":
                total, since = total + at - since, None
            elif since is None and status == "open":
                since = at
        total += 0 if since is None else ended_at - since
    return total / DAY


def reason_days(alerts: Iterable[Alert], ended_at: int) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Days for which each rule's reason was open, by severity; and those of deals by the worst of their reasons."""
    told: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        told[alert.opportunity].append(alert)
    by_rule: Counter[tuple[str, str]] = Counter()
    by_deal: Counter[str] = Counter()
    for messages in told.values():
        for alert, until in zip(messages, [*(each.at for each in messages[1:]), ended_at], strict=True):
            for reason in alert.reasons:
                by_rule[reason.rule, reason.severity] += until - alert.at
            if alert.reasons:
                by_deal[max((each.severity for each in alert.reasons), key=RANK.__getitem__)] += until - alert.at
    return by_rule, by_deal


def _table(result: Result) -> None:
    days = open_days(result.lives.values(), result.ended_at)
    by_rule, by_deal = reason_days(result.alerts, result.ended_at)
    found = report(result, resamples=1)
    spoken = Counter(rule for rule, _ in {(each.rule, each.opportunity) for each in tellings(result.alerts)})
    opened = Counter(each.rule for each in tellings(result.alerts) if each.move == "told")
    deals, share = len(result.lives) / 100, found.owners * found.weeks
    print(
        f"{days:,.0f} days of open deals, {len(result.lives)} deals, {found.owners} owners, {found.weeks:.1f} weeks\n"
    )
    print("| rule | deals | opened | open: info | warning | critical | owner |\n|---|---|---|---|---|---|---|")
    for rule in (each.name for each in RULES):
        spans = [by_rule[rule, each] / DAY / days * 100 for each in SEVERITIES]
        cells = " | ".join(f"{each:.1f}" if each else "-" for each in spans)
        print(f"| `{rule}` | {spoken[rule] / deals:.1f} | {opened[rule] / deals:.1f} | {cells} | "
              f"{opened[rule] / share:.2f} |")  # fmt: skip
    print(
        "\nof 100 open deals with nothing worse:",
        {each: round(by_deal[each] / DAY / days * 100) for each in SEVERITIES},
    )


if __name__ == "__main__":
    lines = list(read_lines(Path(sys.argv[1])))
    _table(run(lines, load().policy, round(time.time() * 1000), partitions=4))
