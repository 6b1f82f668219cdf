"""The alerts and plays that a question about all deals asks for: from the topics, or of an event file by the engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import typer

from streams.cli.session import bootstrap_of

if TYPE_CHECKING:
    from pathlib import Path

    from streams.alerts.alert import Alert
    from streams.cli.onrecord import Asked
    from streams.plays.event import PlayEvent


class Heard(NamedTuple):
    """Every transition of alerts, and everything that happened to plays, by the instant that is asked about."""

    alerts: list[Alert]
    plays: list[PlayEvent]


def hear(who: Asked, events: Path | None) -> Heard:
    """Read `deal.alerts` and `deal.plays`; or run an event file through the engine, which tells what it would.

    Raises `typer.BadParameter` where the file is input, which cannot be read twice.
    """
    if events is not None:
        return _of_file(who, events)
    from streams.admin.heard import read_alerts, read_play_events
    from streams.cli.screen import counting
    from streams.config.topics import plan

    bootstrap, topics = bootstrap_of(who.settings), plan(who.settings)
    with counting("reading") as tell:
        alerts = list(
            read_alerts(bootstrap, topics, who.until, lambda done, total: tell(topics.alerts.name, done, total))
        )
        plays = list(
            read_play_events(bootstrap, topics, who.until, lambda done, total: tell(topics.plays.name, done, total))
        )
    return Heard(alerts, plays)


def deals_at_risk(who: Asked, events: Path | None) -> set[str]:
    """The deals that have an open alert: as `deal.alerts.open` has them, or as they stood then by `deal.alerts`."""
    from streams.admin.alertlog import is_open, latest
    from streams.admin.heard import read_open_alerts
    from streams.config.topics import plan

    if events is not None:
        standing = [each for each in latest(_of_file(who, events).alerts) if is_open(each)]
    else:
        standing = read_open_alerts(bootstrap_of(who.settings), plan(who.settings), who.until)
    return {each.opportunity for each in standing}


def _of_file(who: Asked, events: Path) -> Heard:
    """What the engine tells of an event file, by the rules and plays of the settings; nobody answered these alerts."""
    from streams.backtest.run import run
    from streams.cli.screen import progress
    from streams.config.rules import rules_of
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events

    if events == STANDARD_STREAM:
        raise typer.BadParameter("the file is read twice here; name it", param_hint="--events")
    policy = rules_of(who.settings).policy(who.settings.policy)
    now = int(time.time() * 1000)
    with progress("alerts of the file", sum(1 for _ in read_lines(events))) as advance:
        found = run(with_events(read_lines(events), str(events), now), policy, now, partitions=1, progress=advance)
    return Heard(
        [each for each in found.alerts if who.until is None or each.at <= who.until],
        [each for each in found.plays if who.until is None or each.at <= who.until],
    )
