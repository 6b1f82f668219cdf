"""Sums over closed deals that attribution is told from: whole numbers, which deals are added to and taken from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from streams.revenue.credit import Rule
from streams.revenue.markov import Step, collapsed, steps
from streams.revenue.settled import OTHERS, Settled
from streams.revenue.shapley import Coalitions

#: What a rule gave to a channel: (rule, channel).
Account = tuple[Rule, str]
#: Places in the sums of an account: cents of won deals, squares of these, cents times the deal's value; parts of won
#: deals, squares of these, parts of lost ones, squares of these; won deals with some of the money, and closed deals.
CENTS, CENTS_2, CENTS_VALUE, WON, WON_2, LOST, LOST_2, PAID, DEALS = range(9)
_Key = TypeVar("_Key")


@dataclass(slots=True)
class Tables:
    """Sums over closed deals: whole numbers, which add up and can be taken back."""

    #: Deals by what became of them: `won`, `lost`, `untouched`, `unvalued` and so on.
    counts: Counter[str] = field(default_factory=Counter)
    accounts: dict[Account, list[int]] = field(default_factory=dict)
    steps: Counter[Step] = field(default_factory=Counter)
    #: Deals by walk and whether they were won: what the steps come from, for intervals.
    walks: Counter[tuple[tuple[str, ...], bool]] = field(default_factory=Counter)
    #: Deals by the channels that touched them before they were opened, and whether they were won.
    early: Counter[tuple[tuple[str, ...], bool]] = field(default_factory=Counter)
    #: Deals by channel and when it touched them: `before` the opening, only `late` in won ones and so on.
    timing: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, deal: Settled, sign: int = 1) -> None:
        """Put a deal in, or take it out with a `sign` of -1."""
        counts: Counter[str] = Counter()
        counts["won" if deal.won else "lost"] = 1
        counts["untouched"], counts["untouched_won"] = int(not deal.walk), int(not deal.walk and deal.won)
        counts["beyond"], counts["beyond_deals"] = deal.beyond, int(deal.beyond > 0)
        counts["activities_beyond"] = deal.activities_beyond
        counts["mailings"] = deal.mailings
        if deal.won:
            value = deal.cents or 0
            counts["unvalued"], counts["valued"] = int(deal.cents is None), int(deal.cents is not None)
            counts["cents"], counts["cents_2"] = value, value * value
            counts["touched_cents"] = value if deal.walk else 0
        _into(self.counts, counts, sign)
        self._add_accounts(deal, sign)
        if deal.walk:
            _into(self.steps, Counter(steps(deal.walk, deal.won)), sign)
            _into(self.walks, {(deal.walk, deal.won): 1}, sign)
        _into(self.early, {(deal.early, deal.won): 1}, sign)
        for channel, when in deal.timing.items():
            end = "won" if deal.won else "lost"
            told = [end, "before" if when.before else "during"] + [f"late_{end}"] * when.late
            _into(self.timing, {(channel, each): 1 for each in told}, sign)

    def include(self, other: Tables) -> None:
        """Add another table."""
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            _into(mine, theirs, 1)
        for account, sums in other.accounts.items():
            self._add_sums(account, sums)

    def coalitions(self) -> Coalitions:
        """Deals won and lost by the channels that touched them before they were opened."""
        names = sorted({coalition for coalition, _ in self.early})
        return {each: (self.early[each, True], self.early[each, False]) for each in names}

    def touched(self, channel: str) -> int:
        """Closed deals that a channel touched."""
        return self.timing[channel, "won"] + self.timing[channel, "lost"]

    def touched_before(self, channel: str) -> int:
        """Closed deals that a channel touched before they were opened."""
        return self.timing[channel, "before"]

    def channels(self) -> list[str]:
        """The channels that touched a closed deal, those that touched the most first."""
        found = {channel for channel, _ in self.timing}
        return sorted(found, key=lambda each: (-self.touched(each), each))

    def gathered(self, named: Collection[str]) -> Tables:
        """What the models that look at all deals at once go by, with all channels that are not named as one, `OTHERS`.

        A deal that several of these touched counts once. Accounts of rules are left out, and when `OTHERS` touched
        deals so late that they may have followed the decision.
        """
        found = Tables(counts=self.counts.copy())

        def named_as(channel: str) -> str:
            return channel if channel in named else OTHERS

        for (walk, won), count in self.walks.items():
            mine = collapsed([named_as(each) for each in walk])
            found.walks[mine, won] += count
            for step in steps(mine, won):
                found.steps[step] += count
            if OTHERS in mine:
                found.timing[OTHERS, "won" if won else "lost"] += count
        for (early, won), count in self.early.items():
            together = tuple(sorted({named_as(each) for each in early}))
            found.early[together, won] += count
            if OTHERS in together:
                found.timing[OTHERS, "before"] += count
        found.timing.update({key: count for key, count in self.timing.items() if key[0] in named})
        return found

    def _counters(self) -> tuple[Counter[Any], ...]:
        return self.counts, self.steps, self.walks, self.early, self.timing

    def _add_accounts(self, deal: Settled, sign: int) -> None:
        value = deal.cents or 0
        paid: dict[str, int] = {}
        for rule, parts in deal.parts.items():
            money = deal.money.get(rule, paid)
            for channel in parts.keys() | money.keys():
                cents, part = money.get(channel, 0), parts.get(channel, 0)
                worth = (part, part * part, 0, 0) if deal.won else (0, 0, part, part * part)
                self._add_sums((rule, channel), (cents, cents * cents, cents * value, *worth, int(cents > 0), 1), sign)

    def _add_sums(self, account: Account, sums: Sequence[int], sign: int = 1) -> None:
        known = self.accounts.get(account)
        if known is None:
            self.accounts[account] = [sign * each for each in sums]
            return
        for place, each in enumerate(sums):
            known[place] += sign * each
        if not known[DEALS] and not any(known):
            del self.accounts[account]


def _into(counter: Counter[_Key], counts: Mapping[_Key, int], sign: int) -> None:
    """Add counts; what comes to nothing is left out, so that equal tables are equal."""
    for key, count in counts.items():
        total = counter[key] + sign * count
        if total:
            counter[key] = total
        else:
            del counter[key]
