"""What truly became of each deal: its contacts, the close dates that were planned, and how it ended.

A deal's state keeps only the latest contacts and the present close date. A judge needs all of them, so the host of a
backtest shows every state that changed to `Lives.note`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from streams.state.memory import DealState
from streams.state.opportunity import DAY, Opportunity, Status


@dataclass(slots=True)
class Life:
    """One deal, known to the end of the log. Instants and `horizon` (silence that counts as inactivity): milliseconds.

    `dates` are the planned close dates with the instant since which each was known; `turns` the changes of status
    after the birth of the deal, open again where somebody reopened it.
    """

    born_at: int
    horizon: int
    contacts: set[int] = field(default_factory=set)
    dates: list[tuple[int, int | None]] = field(default_factory=list)
    turns: list[tuple[int, Status]] = field(default_factory=list)
    #: How many contacts the state had counted when it was last looked at.
    counted: int = 0

    @property
    def status(self) -> Status:
        """How the deal stands at the end of the log."""
        return self.turns[-1][1] if self.turns else "open"

    def status_at(self, at: int) -> Status:
        """How the deal stood at an instant; of a turn at this very instant, how it stood after it."""
        return next((status for turned, status in reversed(self.turns) if turned <= at), "open")

    def open_spans(self, until: int) -> list[tuple[int, int, Status]]:
        """Return the spans in which the deal was open, up to `until`, and the status that ended each."""
        spans: list[tuple[int, int, Status]] = []
        since: int | None = self.born_at
        for at, status in self.turns:
            if status == "open":
                since = at if since is None else since
            elif since is not None:
                spans.append((since, max(at, since), status))
                since = None
        if since is not None and since <= until:
            spans.append((since, until, "open"))
        return spans


class Lives(dict[str, Life]):
    """The lives of all deals, by id."""

    def note(self, deal: DealState, clock: int) -> None:
        """Look at a state that changed, at partition time `clock`."""
        facts = deal.facts
        if facts.is_lead:
            return
        life = self.get(facts.id)
        if life is None:
            life = self[facts.id] = Life(facts.born_at, deal.watch.horizon_days * DAY)
        life.born_at = facts.born_at
        if facts.contacts != life.counted:
            life.counted = facts.contacts
            life.contacts.update(facts.contact_times)
        if facts.close_due != (life.dates[-1][1] if life.dates else None):
            life.dates.append((clock, facts.close_due))
        _turn(life, facts, clock)


def _turn(life: Life, facts: Opportunity, clock: int) -> None:
    if facts.status == "open":
        if life.status != "open":
            life.turns.append((clock, "open"))
        return
    turn = (clock if facts.closed_at is None else facts.closed_at, facts.status)
    if life.status == "open":
        life.turns.append(turn)
    else:  # heard later, but it came first; or deleted after it was closed
        life.turns[-1] = turn
