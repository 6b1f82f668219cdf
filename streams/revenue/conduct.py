"""How a deal is conducted, as the matrix and the coach need it: a few hundred bytes, whatever the deal's length.

A conduct is a fold over the events of one deal alone. So conducts of different deals may come in any order, from any
partition, and what is said of a rep or a team is a sum over them: exact, since all that is added up are whole numbers.
All instants and spans are milliseconds.
"""

from __future__ import annotations

from msgspec import Struct

from streams.revenue.practice import Milestone
from streams.state.opportunity import Status

#: Bounds of what a deal keeps. Later steps are left out of the path (no real deal climbs so often); of quarters,
#: people and weeks the latest are kept.
STEPS, TALLIES, PEOPLE, WEEKS = 24, 16, 16, 6
WEEK = 7 * 86_400_000


class Step(Struct, frozen=True, array_like=True, order=True, gc=False):
    """A stage was entered: when by its event, when it came on record, by whose deal, and what was not so by then."""

    at: int
    id: str
    stage: str
    rank: int | None
    rep: str
    recorded_at: int
    lacks: tuple[Milestone, ...] = ()


class Person(Struct, frozen=True, array_like=True, order=True, gc=False):
    """Somebody of the buyer; `took_part_at` is when last (0: never yet)."""

    id: str
    role: str = ""
    seniority: str = ""
    took_part_at: int = 0


class Tally(Struct, frozen=True, array_like=True, gc=False):
    """What was counted of a deal while it was a rep's, in one fiscal quarter from `begins` to `ends`.

    Spans are of the time in which the deal was open and did not rest for a known reason.
    """

    rep: str
    begins: int
    ends: int
    since: int
    #: How long it was open, and of that: with a step or meeting ahead, with a close date ahead, with recent contact,
    #: and with all three.
    open_ms: int = 0
    step_ms: int = 0
    date_ms: int = 0
    touch_ms: int = 0
    clean_ms: int = 0
    events: int = 0
    #: The rep's edits of the record, and those in the 48 hours before a forecast call or the quarter's end.
    edits: int = 0
    batched: int = 0
    #: The weeks of the quarter in which a manager looked into the deal, a bit each.
    inspected: int = 0
    #: Answers to a buyer who waited, and those in time.
    answers: int = 0
    quick: int = 0
    #: Promised close dates that were pushed.
    pushes: int = 0


class Conduct(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How one deal was conducted until `at`."""

    id: str
    at: int
    name: str = ""
    account: str = ""
    rep: str = ""
    lead_source: str = ""
    status: Status = "open"
    no_decision: bool = False
    amount: str | None = None
    currency: str = ""
    born_at: int = 0
    closed_at: int | None = None
    #: Whether a won deal was won by the date that was promised; none where none was.
    kept: bool | None = None

    #: Until when there is a step or meeting ahead, a close date ahead, recent contact (0: there is none).
    step_until: int = 0
    date_until: int = 0
    touch_until: int = 0
    quiet_since: int = 0
    held: bool = False
    held_until: int | None = None
    #: Since when the buyer waits for an answer.
    waiting_since: int | None = None

    steps: tuple[Step, ...] = ()
    tallies: tuple[Tally, ...] = ()
    people: tuple[Person, ...] = ()
    #: Weeks since 1970 in which the seller turned to the buyer, each with how often; and when last.
    touches: tuple[tuple[int, int], ...] = ()
    touched_at: int = 0

    #: How often the seller turned to the buyer at all, and how often the buyer wrote without having been asked.
    turned: int = 0
    initiated: int = 0
    #: Messages after which an answer was waited for, and how many of these waits an answer ended.
    asked: int = 0
    answered: int = 0
    #: Whether a meeting was held before the first proposal.
    discovered: bool = False
    #: When the two sides last met after the deal was over.
    met_outside_at: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be won."""
        return self.status == "open"

    @property
    def is_closed(self) -> bool:
        """Whether it ended with an outcome of its own."""
        return self.status in ("won", "lost")

    def rests(self, now: int) -> bool:
        """Whether it rests for a known reason."""
        return self.held and (self.held_until is None or now < self.held_until)

    @property
    def partners(self) -> int:
        """How many of the buyer's people took part."""
        return sum(each.took_part_at > 0 for each in self.people)
