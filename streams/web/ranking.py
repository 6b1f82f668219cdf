"""All open deals in the order of the table, and what there is to count about them, kept up to date deal by deal."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from streams.web.standing import Standing


class Ranking:
    """Open deals, the worst first. `put` and `drop` cost a binary search, whatever the number of deals."""

    def __init__(self) -> None:
        """Begin without deals."""
        self._deals: dict[str, Standing] = {}
        self._order: list[tuple[int, float, str]] = []
        self.at_risk = 0
        self.without_amount = 0
        self.severities: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.owners: Counter[str] = Counter()
        #: Amount at risk and number of deals per currency.
        self.amounts: dict[str, tuple[Decimal, int]] = {}

    def put(self, deal: Standing) -> None:
        """Take in a deal, in place of what was known of it."""
        known = self._deals.get(deal.facts.id)
        if known is not None and known.place == deal.place and _counted(known) == _counted(deal):
            # Most events change neither the place of a deal nor any count.
            self._deals[deal.facts.id] = deal
            return
        self.drop(deal.facts.id)
        self._deals[deal.facts.id] = deal
        insort(self._order, deal.place)
        self._count(deal, 1)

    def drop(self, opportunity: str) -> None:
        """Take a deal out; nothing happens where it is not there."""
        deal = self._deals.pop(opportunity, None)
        if deal is not None:
            del self._order[bisect_left(self._order, deal.place)]
            self._count(deal, -1)

    def get(self, opportunity: str) -> Standing | None:
        """A deal by its id."""
        return self._deals.get(opportunity)

    def __iter__(self) -> Iterator[Standing]:
        """Go through the deals, the worst first."""
        return (self._deals[place[2]] for place in self._order)

    def __len__(self) -> int:
        """How many deals are open."""
        return len(self._deals)

    def _count(self, deal: Standing, one: int) -> None:
        if deal.severity:
            _add(self.severities, deal.severity, one)
        for reason in deal.alert.reasons if deal.alert else ():
            _add(self.rules, reason.rule, one)
        _add(self.owners, deal.facts.owner, one)
        if not deal.at_risk:
            return
        self.at_risk += one
        if deal.amount is None:
            self.without_amount += one
            return
        total, deals = self.amounts.get(deal.facts.currency, (Decimal(0), 0))
        if deals + one:
            self.amounts[deal.facts.currency] = (total + one * deal.amount, deals + one)
        else:
            del self.amounts[deal.facts.currency]


def _counted(deal: Standing) -> tuple[object, ...]:
    """What the counts depend on."""
    facts = deal.facts
    rules = [reason.rule for reason in deal.alert.reasons] if deal.alert else []
    return (facts.owner, facts.amount, facts.currency, deal.severity, rules)


def _add(counter: Counter[str], name: str, one: int) -> None:
    counter[name] += one
    if not counter[name]:
        del counter[name]
