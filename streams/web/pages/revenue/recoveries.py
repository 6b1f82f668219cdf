"""What ended risk episodes: by rule, by what was done before the buyer was heard of, and by play."""

from __future__ import annotations

from models.interval import Interval
from streams.revenue.answers import RecoveriesTold
from streams.revenue.recoveries import FEW, KindRecovery, PlayRecovery, RuleRecovery
from streams.web import numbers
from streams.web.markup import Child, Html, el
from streams.web.pages.revenue.frame import as_of, card, counted, table
from streams.web.pages.revenue.money import NONE

_MINUS = "\u2212"
_RULES = (
    "Rule",
    "Ended",
    "With the buyer",
    "Deal over",
    "Late news",
    "Otherwise",
    "Share with the buyer",
    "Median days",
)
_KINDS = ("What was done", "Episodes credited", "Share", "Tried in", "With the buyer", "Where not tried")
_PLAYS = ("Play", "Played", "Withheld", "Difference", "Note")


def recoveries(told: RecoveriesTold | None) -> Html | None:
    """The part of the page; none where no program tells of it."""
    if told is None:
        return None
    report = told.report
    ended = f"{counted(report.ended, 'episode')} ended, {numbers.count(report.recovered)} of them with the buyer"
    if not report.ended:
        return card(
            "What ended alerts",
            el("p", f"No reason of an alert ended yet; {counted(report.going_on, 'episode')} go on.", class_="empty"),
            key="recoveries",
        )
    kinds = [_kind(each) for each in report.kinds]
    plays = [_play(each) for each in report.plays]
    return card(
        "What ended alerts",
        el("p", f"{ended}; {numbers.count(report.going_on)} go on, ", as_of(told.at), "."),
        table("How reasons of alerts ended, by rule", _RULES, [_rule(each) for each in report.rules], range(1, 8)),
        table("What was done before the buyer was heard of", _KINDS, kinds, range(1, 6)) if kinds else None,
        table("Plays, played and withheld", _PLAYS, plays, (1, 2, 3)) if plays else None,
        el("p", f"and {numbers.count(told.left_out)} more kinds and plays", class_="sub") if told.left_out else None,
        key="recoveries",
        sub="An episode is one reason of an alert. What was done is who was there, not what would have happened "
        "without: people try where there is hope. What a play changes is told from deals that it was withheld from by "
        "lot. "
        f"Shares have their 95 % interval, and need {FEW} episodes, differences {FEW} deals in each arm.",
    )


def _rule(each: RuleRecovery) -> tuple[Child, ...]:
    counts = (each.ended, each.buyer, each.closed, each.late_news, each.otherwise)
    days = NONE if each.median_days is None else str(each.median_days)
    return (each.rule, *(numbers.count(count) for count in counts), _share(each.recovered), days)


def _kind(each: KindRecovery) -> tuple[Child, ...]:
    credited = (each.kind, f"{each.credit:,.1f}", f"{each.share:.0%}")
    if not each.tried:
        return (*credited, NONE, NONE, NONE)
    return (*credited, numbers.count(each.tried), _share(each.recovered), _share(each.without))


def _play(each: PlayRecovery) -> tuple[Child, ...]:
    played, withheld = _arm(each.recovered_played, each.played), _arm(each.recovered_held_out, each.held_out)
    return (f"{each.play} {each.version}", played, withheld, _points(each.difference), each.said)


def _arm(share: Interval | None, deals: int) -> str:
    return NONE if share is None else f"{share.value:.0%} of {numbers.count(deals)}"


def _share(share: Interval | None) -> str:
    return NONE if share is None else f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _points(difference: Interval | None) -> str:
    if difference is None:
        return NONE
    value, low, high = (f"{100 * each:+.0f}" for each in (difference.value, difference.low, difference.high))
    return f"{value} points ({low} to {high})".replace("-", _MINUS)
