"""What the delivery file says of one owner: the budget, the hours, the routes. One frozen value, made once an owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.notify.hours import WorkingTime
from streams.notify.notice import Notice
from streams.notify.routes import Route, Routing, route

#: Working days from now on by which an alert should be acted on; the meaning of severities is in `alerts/policy.py`.
ACT_WITHIN = {"critical": 0, "warning": 5}


@dataclass(frozen=True, slots=True)
class OwnerPolicy:
    """How one owner is told.

    `budget` alerts at most a working day, of which the last `reserve` are for criticals. `holders` are the channels
    that keep a state of each alert, and hear of every later transition; `undigested` take no digest. `rates` makes
    amounts comparable.
    """

    time: WorkingTime
    routes: tuple[Route, ...]
    fallback: tuple[str, ...]
    team: str = ""
    budget: int = 5
    reserve: int = 2
    holders: frozenset[str] = frozenset()
    undigested: frozenset[str] = frozenset()
    rates: Mapping[str, float] = field(default_factory=dict)

    def routing(self, notice: Notice) -> Routing:
        """The channels of an alert."""
        return route(notice, self.team, self.routes, self.fallback)

    def act_by(self, notice: Notice, now: int) -> int | None:
        """The day by which an alert should be acted on: a critical one on the next open day; none for tidying up."""
        within = ACT_WITHIN.get(notice.severity)
        if within is None or notice.status == "resolved":
            return None
        today = self.time.day_of(self.time.next_open(now))
        return self.time.working_day_after(today, within) if within else today
