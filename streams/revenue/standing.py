"""How all deals of a company stand, kept current event by event: what every answer of revenue is made from.

Deals know nothing of each other, so it makes no difference in which order those of several partitions come in; each
deal's own events come in theirs. Nothing is added up here: `tellings` asks, as of an instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from streams.alerts.alert import Alert
from streams.events.control import RulesChanged
from streams.plays.event import PlayEvent
from streams.revenue.book import Book
from streams.revenue.company import Company
from streams.revenue.edits import Edit, edits
from streams.revenue.ledger import Ledger
from streams.revenue.logbook import Logbook
from streams.revenue.position import Move
from streams.revenue.practice import Practice
from streams.revenue.recovered import Recovering
from streams.revenue.rollup import Adjustment, adjustment_of
from streams.revenue.seen import Announced, Seen, Story
from streams.revenue.settled import Terms
from streams.revenue.slips import Slip, slips
from streams.state.opportunity import DAY, Opportunity

By = Literal["channel", "campaign"]
CREDITED: tuple[By, ...] = ("channel", "campaign")
#: Edits are looked at for a quarter and what led up to it.
EDITS_KEPT = 120 * DAY


class Standing:
    """Everything that was seen of a company's deals."""

    def __init__(self, company: Company, practice: Practice | None = None) -> None:
        """Begin with nothing seen."""
        self.company = company
        self.clock = 0
        """How far time has come, in milliseconds."""
        self.book = Book(company)
        self.facts: dict[str, Opportunity] = {}
        """Open deals as they are on record now."""
        self.at_risk: set[str] = set()
        """Deals that have an alert that is not over."""
        self.slips: list[Slip] = []
        self.adjustments: list[Adjustment] = []
        """Managers' figures, as each partition told them."""
        self.logbook = Logbook(company, practice)
        self.ledgers = {by: Ledger(company, Terms(by=by)) for by in CREDITED}
        self.recovering = Recovering()
        self._edits: list[Edit] = []
        self._edits_swept = 0
        self._sorted: list[Move] = []
        self._adjusted: set[Adjustment] = set()

    @property
    def moves(self) -> list[Move]:
        """Every move so far in the order of time, each deal's in that of the log."""
        told = self.book.moves
        if len(self._sorted) < len(told):
            # Partitions are each in order, so this is a merge of a few runs.
            self._sorted = sorted([*self._sorted, *told[len(self._sorted) :]], key=lambda move: move.at)
        return self._sorted

    def take(self, told: Story) -> None:
        """Take in what comes next of a partition's story."""
        if isinstance(told, Seen):
            self.see(told)
        else:
            self.announce(told)

    def see(self, seen: Seen) -> None:
        """Take in one event of a deal."""
        self.pass_time(seen.at)
        name = seen.after.id
        if seen.after.is_open and not seen.after.is_lead:
            self.facts[name] = seen.after
        else:
            self.facts.pop(name, None)
        move = seen.move(self.company.timezone)
        if move is not None:
            self.book.add(move)
        self.slips += slips((seen,), self.company)
        self._edits += edits((seen,))
        self.logbook.see(seen)
        self.recovering.see(seen)
        first, *others = self.ledgers.values()
        first.see(seen)
        for other in others:
            other.put(first.journeys[name])

    def hear(self, alert: Alert) -> None:
        """Take in one message of an alert."""
        self.logbook.hear(alert)
        self.recovering.hear(alert)
        if alert.status == "resolved":
            self.at_risk.discard(alert.opportunity)
        else:
            self.at_risk.add(alert.opportunity)

    def play(self, event: PlayEvent) -> None:
        """Take in what happened to a run of a play."""
        self.logbook.play(event)
        self.recovering.play(event)

    def announce(self, told: Announced) -> None:
        """Take in what is of no deal."""
        event = told.event
        self.pass_time(told.at)
        if isinstance(event, RulesChanged):
            self.logbook.rule(event)
        elif (said := adjustment_of(event, told.at)) not in self._adjusted:
            self._adjusted.add(said)
            self.adjustments.append(said)

    def pass_time(self, at: int) -> None:
        """Time has come to `at` (milliseconds), though nothing happened."""
        self.clock = max(self.clock, at)

    def edits_until(self, at: int) -> Iterable[Edit]:
        """The edits of the last months before an instant."""
        since = at - EDITS_KEPT
        if self._edits_swept < since - EDITS_KEPT:
            self._edits = [each for each in self._edits if each.at >= since]
            self._edits_swept = since
        return (each for each in self._edits if since <= each.at < at)
