"""What plays without an alert ask for now, by whose they are: those that a hold or an unready buyer called for.

They press nobody, so they stand at a place of their own beside the alerts, each for about a week and then no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from streams.alerts.policy import Policy
from streams.alerts.running import Ask, RunningPlay, is_pressing, may_press, running_plays
from streams.web.standing import Standing

#: The policy of a partition.
PolicyOf = Callable[[int], Policy]


class DueEntry(Struct, frozen=True):
    """A play that asks for something now: of which deal, what it asks for, the earliest first, and whose it is."""

    deal: Standing
    running: RunningPlay
    asks: tuple[Ask, ...]
    whose: str
    team: str


def plays_of(deal: Standing, now: int, policy: Policy) -> tuple[RunningPlay, ...]:
    """The plays that run on an open deal, without the one that its alert carries."""
    carried = deal.alert.play if deal.alert else None
    return running_plays(deal.facts, deal.watch, now, policy, carried.run if carried else "")


def due_entries(
    deals: Iterable[Standing], now: int, policy_of: PolicyOf, team_of: Callable[[str], str]
) -> list[DueEntry]:
    """What is asked for now, what was due first in front."""
    running = [deal for deal in deals if may_press(deal.watch)]
    found = [entry for deal in running for entry in _of_deal(deal, now, policy_of(deal.partition), team_of)]
    return sorted(found, key=lambda each: (each.asks[0].due, each.deal.facts.id, each.running.play.id))


def _of_deal(deal: Standing, now: int, policy: Policy, team_of: Callable[[str], str]) -> Iterator[DueEntry]:
    calendar = policy.calendar_of(policy.team_of(deal.facts.owner))
    for running in plays_of(deal, now, policy):
        # What an alert called for was said with it; when that is over, it is not asked for any more.
        if running.alert:
            continue
        asks = tuple(each for each in running.asks if is_pressing(each, now, calendar))
        if asks:
            whose = running.play.owner or deal.facts.owner
            yield DueEntry(deal, running, asks, whose, team_of(whose))
