"""Attribution kept current: the journeys of all deals, and tables that each closed deal is added to and taken from.

Everything is a function of the latest journey of each deal: in whatever order journeys come, and however often, the
tables are the same. A deal's place in them is taken out before it is put in anew, in whole numbers, so a restatement
leaves nothing behind. Tables are kept by the month of closing; memory is a bounded journey for each deal and the
tables, and `forget` drops what closed before a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from streams.revenue.company import Company
from streams.revenue.seen import Seen
from streams.revenue.settled import Settled, Terms, settle
from streams.revenue.tables import Tables
from streams.revenue.touches import Journey, journey_after


class Ledger:
    """The journeys of a company's deals, and what those that closed add up to."""

    def __init__(self, company: Company | None = None, terms: Terms | None = None) -> None:
        """Begin empty."""
        self.company = company or Company()
        self.terms = terms or Terms()
        self.journeys: dict[str, Journey] = {}
        self._settled: dict[str, Settled] = {}
        self._months: dict[date, Tables] = {}
        #: What closed before this day was forgotten.
        self._kept_from: date | None = None
        #: Deals by the one into which they were merged, as said.
        self._duplicates: dict[str, set[str]] = {}

    def see(self, seen: Seen) -> None:
        """Take in an event of a deal."""
        self.put(journey_after(self.journeys.get(seen.after.id), seen, self.company.timezone))

    def put(self, journey: Journey) -> None:
        """Take in how a deal stands now; restates it and, of a duplicate, the deal it was merged into."""
        before = self.journeys.get(journey.id)
        if before == journey:
            return
        if self._is_plain(journey) and (before is None or self._is_plain(before)):
            self.journeys[journey.id] = journey
            return
        touched = {journey.id, self.survivor(journey.id)}
        if before is not None and before.merged_into != journey.merged_into:
            self._unlink(before)
        if journey.merged_into:
            self._duplicates.setdefault(journey.merged_into, set()).add(journey.id)
        self.journeys[journey.id] = journey
        touched.add(self.survivor(journey.id))
        for deal in touched:
            self._restate(deal)

    def survivor(self, deal: str) -> str:
        """The deal that a deal's touches count for: itself, or what it was merged into, or that into."""
        passed = {deal}
        while (journey := self.journeys.get(deal)) is not None and journey.merged_into:
            deal = journey.merged_into
            if deal in passed:
                return min(passed)
            passed.add(deal)
        return deal

    def whole(self, deal: str) -> Journey | None:
        """A deal with the touches of all its duplicates."""
        journey = self.journeys.get(deal)
        if journey is None or deal not in self._duplicates:
            return journey
        for each in sorted(self._within(deal) - {deal}):
            journey = journey.joined(self.journeys[each])
        return journey

    def wholes(self) -> Iterator[Journey]:
        """Every deal that counts for itself, with the touches of its duplicates, in the order of ids."""
        for deal in sorted(self.journeys):
            if not self.journeys[deal].merged_into and (journey := self.whole(deal)) is not None:
                yield journey

    def tables(self, since: date | None = None, until: date | None = None) -> Tables:
        """The sums over what closed in the calendar months from that of `since` to the one before that of `until`."""
        total = Tables()
        for month in sorted(self._months):
            if (since is None or month >= since.replace(day=1)) and (until is None or month < until.replace(day=1)):
                total.include(self._months[month])
        return total

    def forget(self, before: date) -> int:
        """Drop the deals that closed in a calendar month before that of `before`; return how many.

        From then on what closed before is not taken in. A deal that is opened again begins without its touches, unless
        its whole journey is put in.
        """
        limit = before.replace(day=1)
        self._kept_from = limit if self._kept_from is None else max(limit, self._kept_from)
        old = [each.deal for each in self._settled.values() if each.month < limit]
        for deal in old:
            self._drop(deal)
        return len(old)

    def _drop(self, deal: str) -> None:
        for each in self._within(deal):
            self._unlink(self.journeys.pop(each))
        self._take_out(deal)

    def _is_plain(self, journey: Journey) -> bool:
        """Whether a deal adds nothing and has to do with no other, as most of those that are open."""
        position = journey.position
        is_closed = position is not None and not position.is_open
        return not (is_closed or journey.merged_into or journey.id in self._duplicates)

    def _unlink(self, journey: Journey) -> None:
        known = self._duplicates.get(journey.merged_into)
        if known is not None:
            known.discard(journey.id)
            if not known:
                del self._duplicates[journey.merged_into]

    def _within(self, deal: str) -> set[str]:
        """A deal and all that was merged into it, whatever the way, as far as it is known."""
        found: set[str] = set()
        waiting = [deal]
        while waiting:
            each = waiting.pop()
            if each not in found and each in self.journeys:
                found.add(each)
                waiting += self._duplicates.get(each, ())
        return found

    def _restate(self, deal: str) -> None:
        self._take_out(deal)
        journey = self.whole(deal)
        found = None if journey is None else settle(journey, self.company, self.terms)
        if found is not None and self._kept_from is not None and found.month < self._kept_from:
            self._drop(deal)
        elif found is not None:
            self._settled[deal] = found
            self._months.setdefault(found.month, Tables()).add(found)

    def _take_out(self, deal: str) -> None:
        known = self._settled.pop(deal, None)
        if known is not None:
            month = self._months[known.month]
            month.add(known, -1)
            if month == Tables():
                del self._months[known.month]


def ledger_of(journeys: Iterable[Journey], company: Company | None = None, terms: Terms | None = None) -> Ledger:
    """The ledger of the latest journeys of all deals, as a compacted topic or a checkpoint has them."""
    ledger = Ledger(company, terms)
    for journey in journeys:
        ledger.put(journey)
    return ledger
