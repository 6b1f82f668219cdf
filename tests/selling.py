"""A desk where deals are opened, changed and closed on days, for tests of the forecast. All happens at noon, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from streams.events.envelope import millis
from streams.revenue.book import Book, Open
from streams.revenue.chances import Chance
from streams.revenue.company import Company
from streams.revenue.position import Move, Position


class Desk:
    """What happens to deals, and the book of it."""

    def __init__(self, company: Company | None = None) -> None:
        """Begin without deals."""
        self.company = company or Company()
        self.book = Book(self.company)
        self._stands: dict[str, Position] = {}

    def opened(self, deal: str, day: date, amount: str | None = "100", **said: Any) -> None:
        """A deal comes to be."""
        at = noon(day)
        self._move(Position(id=deal, amount=amount, created_at=at, stage_entered_at=at, **said), at)

    def changed(self, deal: str, day: date, **said: Any) -> None:
        """Something of it changes."""
        self._move(replace(self._stands[deal], **said), noon(day))

    def won(self, deal: str, day: date, amount: str | None = None) -> None:
        """It is won, for what was planned unless an amount is said."""
        said = {} if amount is None else {"amount": amount}
        self.changed(deal, day, status="won", closes=day, closed_at=noon(day), **said)

    def lost(self, deal: str, day: date) -> None:
        """It is lost."""
        self.changed(deal, day, status="lost", closes=day, closed_at=noon(day))

    def _move(self, position: Position, at: int) -> None:
        before = self._stands.get(position.id)
        self._stands[position.id] = position
        self.book.add(Move(at, len(self._stands), before, position))


def noon(day: date) -> int:
    """The middle of a day, in milliseconds."""
    return millis(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def always(probability: float) -> Chance:
    """A model that says the same of every deal and any time ahead."""

    def chance(deal: Open, at: int, days: float) -> float:
        return probability if days > 0 else 0.0

    return chance
