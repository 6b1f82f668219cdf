"""Reps who answer alerts on a generated organisation, of which the truth is known: what their votes are worth.

    dealwatch generate --seed 7 --deals 400 --days 240 -o g7.jsonl.gz
    python -m tests.simulation.answering_reps g7.jsonl.gz        # the tables of docs/alerts.md, twice a backtest

A rep answers 60 % of the alerts that open on their deals within a day: "wrong" where the truth does not have it within
a week, "done" where it does, and the other way round in every tenth answer. Once votes move nothing, once they do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from heapq import heappop, heappush
from pathlib import Path

from streams.alerts.alert import Alert
from streams.alerts.policy import General, Policy, TeamRules
from streams.backtest.run import Host, Result, feed
from streams.backtest.tellings import tellings
from streams.connectors.eventfile import read_lines
from streams.demo.truth import DealTruth, read_truth
from streams.events.action import AlertDismissed, AlertDone, DismissedData, DoneData
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import millis, moment_of
from streams.events.rejection import Rejection
from streams.state.opportunity import DAY

PARTITIONS = 4
ANSWERED, MISTAKEN = 0.6, 0.1
#: Rules by what is told of together, and the family of the truth that deserves it.
JUDGED = {
    ("going_quiet",): "going_quiet",
    ("going_quiet", "silent"): "going_quiet",
    ("slipping",): "slipping",
    ("stuck_in_stage",): "stuck_in_stage",
    ("no_next_step",): "no_next_step",
}
_FAMILY = {"silent": "going_quiet", "dark_after_proposal": "going_quiet"}
_ANSWERABLE = {*_FAMILY, *(rule for rules in JUDGED for rule in rules), "close_date_missed", "pushed_repeatedly"}
_WEEK = 7 * DAY
Truths = Mapping[str, DealTruth]


def truths_of(events: Path) -> Truths:
    """What the deals of a generated file are in truth."""
    file = events.with_name(events.name.replace(".jsonl.gz", ".truth.jsonl"))
    return {each.opportunity: each for each in map(read_truth, read_lines(file)) if isinstance(each, DealTruth)}


def deserved(truth: DealTruth, rule: str, at: int) -> bool:
    """Whether a deal deserves an alert of a rule at an instant, or will within a week."""
    family = _FAMILY.get(rule, rule)
    spans = [each for each in truth.expected if each.family == family]
    return any(millis(each.since) - _WEEK <= at < millis(each.until) for each in spans)


def chance(*of: object) -> float:
    """A number from 0 to 1 that follows from what it is about."""
    return int.from_bytes(blake2b("|".join(map(str, of)).encode(), digest_size=7).digest()) / 2**56


def answer(alert: Alert, truth: DealTruth) -> tuple[int, bytes] | None:
    """When a rep answers an alert, and the event; none where they do not."""
    this = (alert.id, alert.sequence)
    if chance("answers", *this) >= ANSWERED:
        return None
    useful = deserved(truth, alert.rule, alert.at) != (chance("mistaken", *this) < MISTAKEN)
    at = alert.at + int((0.1 + 0.9 * chance("when", *this)) * DAY)
    name, who, when = f"answer-{alert.id}-{alert.sequence}", alert.owner or "nobody", moment_of(at)
    of = {"id": name, "source": "/reps", "subject": alert.opportunity, "time": when, "actor": who}
    if useful:
        return at, encode(AlertDone(data=DoneData(alert=alert.id, rule=alert.rule), **of))  # type: ignore[arg-type]
    no = DismissedData(alert=alert.id, rule=alert.rule, reason="wrong")
    return at, encode(AlertDismissed(data=no, **of))  # type: ignore[arg-type]


def lived(events: Path, truths: Truths, heeded: bool) -> Result:
    """Run a file through the product while reps answer its alerts; their votes move rules, or (not `heeded`) none."""
    teams: dict[str, TeamRules] = {each.team: TeamRules(team=each.team) for each in truths.values()}
    general = General() if heeded else General(feedback_log_odds=0.0, feedback_factor=1.0)
    policy = Policy(general=general, owners={each.rep: teams[each.team] for each in truths.values()})
    now = int(time.time() * 1000)
    host = Host(PARTITIONS, policy)

    def lines() -> Iterator[bytes]:
        waiting: list[tuple[int, bytes]] = []
        seen = 0
        for line in read_lines(events):
            event = decode(line, None, now)
            for alert in host.result.alerts[seen:]:
                opens = alert.transition in ("opened", "reopened") and alert.rule in _ANSWERABLE
                truth = truths.get(alert.opportunity)
                if opens and truth is not None and (said := answer(alert, truth)) is not None:
                    heappush(waiting, said)
            seen = len(host.result.alerts)
            while waiting and not isinstance(event, Rejection) and waiting[0][0] <= event.at:
                yield heappop(waiting)[1]
            yield line

    feed(lines(), PARTITIONS, now, host.send)
    return host.finish()


def figures(result: Result, truths: Truths) -> Iterator[str]:
    """Say of the second half what was told, how much of it was deserved, and which needs were told of."""
    begin, end = min(millis(each.created) for each in truths.values()), result.ended_at
    half = begin + (end - begin) // 2
    for rules, family in JUDGED.items():
        told = [each for each in tellings(result.alerts) if each.move == "told" and each.rule in rules]
        own = [each for each in told if each.opportunity in truths]
        late = [each for each in own if each.at >= half]
        right = sum(deserved(truths[each.opportunity], each.rule, each.at) for each in late)
        needs = [
            (name, millis(need.since), millis(need.until))
            for name, truth in truths.items()
            for need in truth.expected
            if need.family == family and half + _WEEK <= millis(need.since) <= end - 2 * _WEEK
        ]
        found = sum(
            any(each.opportunity == name and since - _WEEK <= each.at < until for each in own)
            for name, since, until in needs
        )
        share = 100 * right / max(len(late), 1)
        name = " + ".join(rules)
        yield f"{name:22} {len(late):4} alerts, {share:4.1f} % deserved, {found} of {len(needs)} needs told"


def main(events: Path) -> None:
    """Print the figures without and with votes."""
    truths = truths_of(events)
    for heeded in (False, True):
        print("votes move rules" if heeded else "votes move nothing")
        for line in figures(lived(events, truths, heeded), truths):
            print("  " + line)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
