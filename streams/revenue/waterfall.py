"""The waterfall: what a pipeline was worth, what changed it, one bucket a reason, and what it is worth. It balances.

The theory. A deal's part in a view is its value, or nothing where it does not belong: not open, another unit's, planned
for another period, of another category. A move leads from one position to another; it is taken apart into steps in a
fixed order (`path`), each of which changes one thing. What a step changes of the deal's part goes into one bucket, so
the buckets of a deal add up to its last part less its first, whatever happened to it (a telescoping sum). Between moves
only the exchange rate changes what a deal is worth: whenever a deal is looked at again, and at the end, that goes into
the buckets of the currency. Every value is rounded to the cent before anything is taken from it, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from streams.revenue.company import Company, Level, Unit
from streams.revenue.money import NOTHING, difference, total
from streams.revenue.path import Cause, is_told_alike, outcome_of, path
from streams.revenue.periods import Period
from streams.revenue.position import Move, Position
from streams.revenue.reasons import REASONS, Reason


class View(Struct, frozen=True, kw_only=True, gc=False):
    """Which open deals are looked at: a unit's, those planned for a period, and those of some forecast categories."""

    unit: Unit = Unit()
    #: None: whatever their planned close, and those without one.
    period: Period | None = None
    #: None: all, and those that nobody put into one.
    categories: frozenset[str] | None = None

    def shows(self, position: Position, company: Company) -> bool:
        """Whether a deal belongs here."""
        return (
            position.is_open
            and (self.period is None or position.closes in self.period)
            and (self.categories is None or position.category in self.categories)
            and company.is_of(position, self.unit)
        )


class Pipeline(Struct, frozen=True, gc=False):
    """What deals are worth together, how many they are, and those of them that have no value: no amount, or no rate."""

    amount: Decimal
    deals: int
    unvalued: tuple[str, ...] = ()


class Share(Struct, frozen=True, gc=False):
    """What a deal has in a bucket: how much (below nothing where it left or shrank) and how many times."""

    deal: str
    amount: Decimal
    times: int = 1
    #: Whether the deal had no value one of these times.
    unvalued: bool = False


class Bucket(Struct, frozen=True, gc=False):
    """What one reason changed; the largest shares first."""

    amount: Decimal
    shares: tuple[Share, ...]

    @property
    def times(self) -> int:
        """How often it happened; a deal may be pushed out, come back, and be pushed out again."""
        return sum(share.times for share in self.shares)

    @property
    def unvalued(self) -> tuple[str, ...]:
        """The deals without value that are in it."""
        return tuple(share.deal for share in self.shares if share.unvalued)


class Waterfall(Struct, frozen=True, kw_only=True, gc=False):
    """From `since` to before `until` (milliseconds of the partitions' time); buckets without a share are left out."""

    view: View
    since: int
    until: int
    start: Pipeline
    buckets: Mapping[Reason, Bucket]
    end: Pipeline

    def amount(self, reason: Reason) -> Decimal:
        """What a reason changed."""
        bucket = self.buckets.get(reason)
        return NOTHING if bucket is None else bucket.amount

    def times(self, reason: Reason) -> int:
        """How often a reason changed something."""
        bucket = self.buckets.get(reason)
        return 0 if bucket is None else bucket.times

    @property
    def gap(self) -> Decimal:
        """The end less the start and all changes: nothing, or the arithmetic is wrong."""
        changes = total(bucket.amount for bucket in self.buckets.values())
        return difference(difference(self.end.amount, self.start.amount), changes)


def waterfall(
    opening: Iterable[Position], moves: Iterable[Move], view: View, company: Company, since: int, until: int
) -> Waterfall:
    """Tell how a pipeline became what it is.

    `opening` has where deals stood at `since` (those that do not belong to the view may be left out), `moves` what
    changed from then to before `until`, each deal's in the order of the log. Raises `ValueError` for moves that do not
    follow on from that.
    """
    book = _Book(view, company, company.day(since))
    for position in opening:
        book.open(position)
    start = book.pipeline()
    for move in moves:
        if not since <= move.at < until:
            raise ValueError(f"a move of {move.after.id!r} is not between the start and the end")
        book.take(move)
    book.revalue_all(company.day(until))
    return Waterfall(view=view, since=since, until=until, start=start, buckets=book.buckets(), end=book.pipeline())


def waterfalls(
    opening: Iterable[Position],
    moves: Iterable[Move],
    level: Level,
    view: View,
    company: Company,
    since: int,
    until: int,
    also: Iterable[Unit] = (),
) -> dict[Unit, Waterfall]:
    """The waterfall of each unit of a level, by name; `view` says period and categories. Raises as `waterfall` does.

    Together they are the company's: what one unit hands over to another leaves there what it brings here. `also` are
    units of the level that are told of though they have no deal, as those that have a quota.
    """
    # All that is on record says which units there are; what cannot come into the view is not looked at again.
    stood: dict[str, list[Position]] = {}
    moved: dict[str, list[Move]] = {}
    for position in opening:
        of = stood.setdefault(company.name(position, level), [])
        if position.is_open:
            of.append(position)
    for move in moves:
        counts = _may_count(move, view.period)
        here = company.name(move.after, level)
        names: tuple[str, ...] = (here,)
        if move.before is not None and (there := company.name(move.before, level)) != here:
            names = (here, there)
        for name in names:
            of_unit = moved.setdefault(name, [])
            if counts:
                of_unit.append(move)
    return {
        unit: waterfall(
            stood.get(unit.name, ()),
            moved.get(unit.name, ()),
            View(unit=unit, period=view.period, categories=view.categories),
            company,
            since,
            until,
        )
        for unit in (Unit(level, name) for name in sorted({*stood, *moved, *(each.name for each in also)}))
    }


def _may_count(move: Move, period: Period | None) -> bool:
    """Whether a deal may have been planned for a period on the way; all that a step changes of a date is that date."""
    before, after = move.before, move.after
    return period is None or after.closes in period or (before is not None and before.closes in period)


class _Standing:
    """A deal of the view, and what it is worth on a day; None where that cannot be said."""

    __slots__ = ("day", "position", "value")

    def __init__(self, position: Position, value: Decimal | None, day: date) -> None:
        self.position, self.value, self.day = position, value, day


class _Book:
    """The deals of a view while the moves are read."""

    def __init__(self, view: View, company: Company, day: date) -> None:
        self._view, self._company, self._day = view, company, day
        self._standing: dict[str, _Standing] = {}
        self._shares: dict[Reason, dict[str, Share]] = {}

    def open(self, position: Position) -> None:
        if self._view.shows(position, self._company):
            value = self._company.value(position, self._day)
            self._standing[position.id] = _Standing(position, value, self._day)

    def pipeline(self) -> Pipeline:
        values = [each.value for each in self._standing.values() if each.value is not None]
        unvalued = sorted(id_ for id_, each in self._standing.items() if each.value is None)
        return Pipeline(total(values), len(self._standing), tuple(unvalued))

    def buckets(self) -> dict[Reason, Bucket]:
        found: dict[Reason, Bucket] = {}
        for reason in REASONS:
            if shares := self._shares.get(reason):
                largest = sorted(shares.values(), key=lambda share: (-abs(share.amount), share.deal))
                found[reason] = Bucket(total(share.amount for share in largest), tuple(largest))
        return found

    def take(self, move: Move) -> None:
        standing = self._standing.get(move.after.id)
        stood = move.before is not None and self._view.shows(move.before, self._company)
        if stood != (standing is not None) or (standing is not None and standing.position != move.before):
            raise ValueError(f"a move of {move.after.id!r} does not follow on from where it stood")
        if move.before is not None and is_told_alike(move.before, move.after):
            if standing is not None:
                standing.position = move.after
            return
        day = self._company.day(move.at)
        if standing is not None:
            self._revalue(standing, day)
        here = move.before
        for cause, there in path(move.before, move.after):
            self._step(cause, here, there, day)
            here = there

    def _step(self, cause: Cause, here: Position | None, there: Position, day: date) -> None:
        standing = self._standing.get(there.id)
        if not self._view.shows(there, self._company):
            if standing is not None and here is not None:
                del self._standing[there.id]
                self._put(self._leaving(cause, here, there), there.id, None, standing.value)
            return
        value = self._company.value(there, day)
        if standing is None:
            self._put(self._entering(cause, here, there), there.id, value, None)
        elif value != standing.value:
            more = (NOTHING if value is None else value) >= (NOTHING if standing.value is None else standing.value)
            self._put("amount_up" if more else "amount_down", there.id, value, standing.value)
        self._standing[there.id] = _Standing(there, value, day)

    def _entering(self, cause: Cause, here: Position | None, there: Position) -> Reason:
        match cause:
            case "transfer":
                return "transferred_in"
            case "category":
                return "category_in"
            case "close_date":
                if here is None or here.closes is None or there.closes is None:
                    return "undated_in"
                return "pulled_in" if there.closes < here.closes else "pushed_in"
            case _:
                if here is None:
                    return "new"
                return "restored" if here.status == "deleted" else "reopened"

    def _leaving(self, cause: Cause, here: Position, there: Position) -> Reason:
        match cause:
            case "transfer":
                return "transferred_out"
            case "category":
                return "category_out"
            case "close_date":
                if here.closes is None or there.closes is None:
                    return "undated_out"
                return "pulled_out" if there.closes < here.closes else "pushed_out"
            case _:
                return outcome_of(there)

    def revalue_all(self, day: date) -> None:
        for standing in self._standing.values():
            self._revalue(standing, day)

    def _revalue(self, standing: _Standing, day: date) -> None:
        if standing.day == day or not self._company.rates.changes(standing.position.currency):
            return
        value = self._company.value(standing.position, day)
        if value != standing.value:
            more = (NOTHING if value is None else value) >= (NOTHING if standing.value is None else standing.value)
            self._put("currency_up" if more else "currency_down", standing.position.id, value, standing.value)
        standing.value, standing.day = value, day

    def _put(self, reason: Reason, deal: str, value: Decimal | None, before: Decimal | None) -> None:
        """Note what a deal is worth instead of what it was; it is without value where nothing is known of either."""
        amount = difference(NOTHING if value is None else value, NOTHING if before is None else before)
        shares = self._shares.setdefault(reason, {})
        known = shares.get(deal)
        unvalued = value is None and before is None
        if known is None:
            shares[deal] = Share(deal, amount, 1, unvalued)
        else:
            shares[deal] = Share(deal, total((known.amount, amount)), known.times + 1, known.unvalued or unvalued)
