"""`dealwatch attribution --show recoveries`: what ended alerts, by rule, by what was done before, and by play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.cli.heard import hear
from streams.cli.onrecord import as_of, nothing, story

if TYPE_CHECKING:
    from pathlib import Path

    from models.interval import Interval
    from streams.cli.onrecord import Asked
    from streams.revenue.recoveries import KindRecovery, PlayRecovery, RecoveryReport, RuleRecovery
    from streams.revenue.seen import Seen


def show_recoveries(who: Asked, events: Path | None, json: bool) -> None:
    """Print how the reasons of alerts ended, what that is credited to, and what plays change."""
    from streams.cli.screen import print_document
    from streams.revenue.recovered import recoveries_of

    alerts, plays = hear(who, events)
    seen: list[Seen] = []
    with story(who, events) as told:
        seen.extend(told.deals)
    if not seen:
        raise nothing(who)
    found = recoveries_of(seen, alerts, plays).report()
    at = max((as_of(who, told), *(each.at for each in alerts))) if who.until is None else who.until
    if json:
        print_document({"at": at, "alerts": len(alerts), "recoveries": found})
    else:
        _show(found, at, events is not None)


def _show(found: RecoveryReport, at: int, is_file: bool) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table, when

    console = out()
    ended = f"{found.ended:,} episodes (reasons of alerts) ended by {when(at)} UTC, {found.recovered:,} with the buyer"
    console.print(Text(f"{ended}; {found.going_on:,} go on"))
    if is_file:
        console.print(Text("The alerts and plays are those that the engine tells of this file; nobody answered them."))
    if not found.ended:
        return
    heads: tuple[str, ...] = ("ended", "buyer", "closed", "late news", "otherwise", "with the buyer", "days until then")
    console.print(Text("\nby rule"))
    console.print(table(("rule", *heads), [_rule(each) for each in found.rules], right=heads))
    heads = ("episodes", "share", "tried in", "with the buyer", "where not tried")
    console.print(Text("\nby what was done before the buyer was heard of"))
    console.print(table(("kind", *heads), [_kind(each) for each in found.kinds], right=heads))
    console.print(Text("This is who was there, not what would have happened without: people try where there is hope."))
    _plays(found)


def _rule(rule: RuleRecovery) -> tuple[str, ...]:
    from streams.cli.units import whole_days, with_interval

    counts = (rule.ended, rule.buyer, rule.closed, rule.late_news, rule.otherwise)
    return (rule.rule, *(f"{each:,}" for each in counts), with_interval(rule.recovered), whole_days(rule.median_days))


def _kind(kind: KindRecovery) -> tuple[str, ...]:
    from streams.cli.units import with_interval

    credited = (kind.kind, f"{kind.credit:,.1f}", f"{kind.share:.0%}", f"{kind.tried:,}" if kind.tried else "-")
    if not kind.tried:
        return (*credited, "-", "-")
    return (*credited, with_interval(kind.recovered), with_interval(kind.without))


def _plays(found: RecoveryReport) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table

    console = out()
    if not found.plays:
        console.print(Text("\nno play was called for in a reason that ended"))
        return
    rows = [_play(each) for each in found.plays]
    console.print(Text("\nby play: the share that ended with the buyer, of the deals that were drawn for each arm"))
    console.print(table(("play", "played", "withheld", "difference", ""), rows))


def _play(play: PlayRecovery) -> tuple[str, ...]:
    played, withheld = _arm(play.recovered_played, play.played), _arm(play.recovered_held_out, play.held_out)
    return (f"{play.play} {play.version}", played, withheld, _points(play.difference), play.said)


def _arm(share: Interval | None, deals: int) -> str:
    return "-" if share is None else f"{share.value:.0%} of {deals:,}"


def _points(difference: Interval | None) -> str:
    if difference is None:
        return "-"
    value, low, high = (100 * each for each in (difference.value, difference.low, difference.high))
    return f"{value:+.0f} points ({low:+.0f} to {high:+.0f})"
