"""Who hears of an alert, and through which channels: routes, as in Alertmanager, the first that matches decides."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from streams.notify.notice import Notice


class Route(Struct, frozen=True, kw_only=True):
    """Some alerts to some channels. A condition that is empty holds for all.

    `always`: at once and at any time, whatever the budget and the hours say. `goes_on`: routes below are looked at too.
    """

    channels: tuple[str, ...]
    owners: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    always: bool = False
    goes_on: bool = False

    def takes(self, notice: Notice, team: str) -> bool:
        """Whether it is for this alert, whose owner is in `team`."""
        return (
            (not self.owners or notice.owner in self.owners)
            and (not self.teams or team in self.teams)
            and (not self.severities or notice.severity in self.severities)
            and (not self.rules or notice.rule in self.rules)
        )


class Routing(Struct, frozen=True):
    """The channels of one alert: those that hear of it at once, and those that the owner's budget counts for."""

    always: tuple[str, ...]
    usual: tuple[str, ...]


def route(notice: Notice, team: str, routes: Sequence[Route], fallback: tuple[str, ...]) -> Routing:
    """Find the channels of an alert; where no route takes it, the fallback does, within the budget."""
    always: dict[str, None] = {}
    usual: dict[str, None] = {}
    for each in routes:
        if not each.takes(notice, team):
            continue
        (always if each.always else usual).update(dict.fromkeys(each.channels))
        if not each.goes_on:
            break
    else:
        # None took it, or the last one that did wanted somebody else to hear of it as well.
        if not usual:
            usual.update(dict.fromkeys(fallback))
    return Routing(tuple(always), tuple(each for each in usual if each not in always))
