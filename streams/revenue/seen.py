"""What all of revenue is made from: one event of a deal, beside what was on record before and after it.

And what is of no deal and yet counts: by which rules alerts go, and what managers said of a forecast.
"""

from __future__ import annotations

from msgspec import Struct

from streams.events.contract import AnyEvent
from streams.events.control import ForecastAdjusted, RulesChanged
from streams.revenue.position import Move, move_of
from streams.state.opportunity import Opportunity


class Seen(Struct, frozen=True, gc=False):
    """An event that was taken in, at the partition's time `at` (milliseconds), from the log's record at `offset`.

    Duplicates and refused events are never seen. Those of one deal come in the order of the log; an event that is late
    by its own time comes when it came.
    """

    at: int
    offset: int
    event: AnyEvent
    before: Opportunity | None
    after: Opportunity

    def move(self, timezone: str) -> Move | None:
        """What it changed of where the deal stands; `timezone` is that of deals that name none."""
        return move_of(self.before, self.after, self.at, self.offset, timezone)


class Announced(Struct, frozen=True, gc=False):
    """A control event that revenue goes by, at the partition's time `at` (milliseconds), by the record at `offset`.

    Each partition has a copy; who takes it in counts one.
    """

    at: int
    offset: int
    event: ForecastAdjusted | RulesChanged


class Passed(Struct, frozen=True, gc=False):
    """A partition's time has come to `at` (milliseconds): a heartbeat says so where nothing else happens."""

    at: int


#: What there is to tell, in the order in which it came on record.
Story = Seen | Announced
