"""What alerts about silence were worth for each kind of deal, where it is known what kind a deal really is. Pure.

Only a generated organisation has such a truth. Beside the alerts stands the rule that anybody would begin with: no
contact for as long as the deal's horizon. It speaks at the very moment at which the silence is a fact, so the lead of
an alert is how much earlier it came than the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.backtest.lives import Life
from streams.backtest.spells import silences
from streams.backtest.tellings import tellings
from streams.backtest.warned import Course, Warned

#: The rules that speak of a buyer who does not answer.
_SILENCE_RULES = ("going_quiet", "silent")


class KindReport(Struct, frozen=True, kw_only=True):
    """Deals of one kind: `alerts` told about silence, how often the rule spoke, and what the alerts were worth."""

    deals: int
    alerts: int
    rule: int
    figures: Warned


def by_kind(
    kinds: Mapping[str, str], lives: Mapping[str, Life], ended_at: int, alerts: Iterable[Alert], share: float
) -> dict[str, KindReport]:
    """Judge the alerts of each kind of deal (`kinds`: deal -> kind); `share` is owners times weeks."""
    told = [
        (each.opportunity, each.at) for each in tellings(alerts) if each.move == "told" and each.rule in _SILENCE_RULES
    ]
    found: dict[str, KindReport] = {}
    for kind in sorted(set(kinds.values())):
        own = {name: life for name, life in lives.items() if kinds.get(name) == kind}
        course = Course(silences(own, ended_at), share)
        signals = [(name, at) for name, at in told if name in own]
        found[kind] = KindReport(
            deals=len(own),
            alerts=len(signals),
            rule=int(course.happened.sum()),
            figures=course.judge(course.first_signals(signals)),
        )
    return found
