"""`dealwatch pipeline --show dates`: planned closes that cannot be right, and what to plan instead."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.cli.onrecord import period_of, read_moves

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from models.dwell import Dwell
    from streams.cli.onrecord import Asked
    from streams.revenue.closedates import Fault, WrongDate
    from streams.revenue.company import Level, Unit
    from streams.revenue.periods import Period
    from streams.state.opportunity import Opportunity

#: Deals that are listed of each unit.
_LISTED = 15
#: The order in which faults are counted.
_FAULTS: tuple[Fault, ...] = ("over", "missing", "early", "default")


class Found(NamedTuple):
    """A deal with a wrong date, and what it is worth in the company's currency, where that can be said."""

    wrong: WrongDate
    value: Decimal | None


class Dates(NamedTuple):
    """Of a unit: how many open deals were looked at, and those with a wrong date, the largest value first."""

    unit: Unit
    looked_at: int
    found: list[Found]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each fault."""
        seen = Counter(each.wrong.fault for each in self.found)
        return {fault: seen[fault] for fault in _FAULTS}

    @property
    def worth(self) -> Decimal:
        """What those are worth together, without those that have no value."""
        return sum((each.value for each in self.found if each.value is not None), Decimal(0))


def show_dates(who: Asked, events: Path | None, by: Level, period: str | None, json: bool) -> None:
    """Print the open deals of each unit whose planned close cannot be right, with the day to propose."""
    from streams.cli.screen import print_document
    from streams.revenue.stays import dwell_of, stays

    latest: dict[str, Opportunity] = {}
    told = read_moves(who, events, lambda seen: latest.update({seen.after.id: seen.after}))
    planned = None if period in (None, "all") else period_of(who, period, told.at)
    known = stays(told.moves, told.end)
    ended = sum(each.end is not None for each in known)
    found = _by_unit(who, latest, by, planned, told.at, dwell_of(known, told.end))
    if json:
        print_document(
            {
                "at": told.at,
                "period": None if planned is None else planned.name,
                "stays": ended,
                "units": [_document(each) for each in found],
            }
        )
    else:
        _show(who, found, planned, ended, told.at)


def _by_unit(
    who: Asked, latest: Mapping[str, Opportunity], by: Level, planned: Period | None, at: int, dwell: Dwell
) -> list[Dates]:
    """What is wrong, by unit; every unit that has an open deal is there."""
    from models.closing import Closings
    from streams.revenue.closedates import wrong_dates
    from streams.revenue.position import position_of
    from streams.state.opportunity import DAY

    zone, today = who.company.timezone, who.company.day(at)
    positions = {name: position for name, each in latest.items() if (position := position_of(each, zone)) is not None}
    looked_at = {
        name: each for name, each in positions.items() if each.is_open and (planned is None or each.closes in planned)
    }
    units = {name: who.company.unit(each, by) for name, each in looked_at.items()}
    found: dict[Unit, list[Found]] = {unit: [] for unit in sorted(units.values())}
    for wrong in wrong_dates((latest[name] for name in looked_at), at, Closings(dwell, at // DAY), zone):
        found[units[wrong.deal]].append(Found(wrong, who.company.value(positions[wrong.deal], today)))
    counts = Counter(units.values())
    return [Dates(unit, counts[unit], sorted(of, key=_largest_first)) for unit, of in found.items()]


def _largest_first(found: Found) -> tuple[Decimal, str]:
    return (-found.value if found.value is not None else Decimal(1), found.wrong.deal)


def _document(dates: Dates) -> dict[str, Any]:
    return {
        "unit": dates.unit,
        "open": dates.looked_at,
        "counts": dates.counts,
        "value": dates.worth,
        "deals": [{"value": each.value, "date": each.wrong} for each in dates.found],
    }


def _show(who: Asked, found: list[Dates], planned: Period | None, ended: int, at: int) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table, when
    from streams.cli.units import amount, called
    from streams.revenue.closedates import EARLY

    console, currency = out(), who.company.rates.currency
    which = "" if planned is None else f" planned to close in {planned.name}"
    if not found:
        console.print(Text(f"no open deal{which or ' is on record'} at {when(at)} UTC"))
        return
    heads = ("deal", "owner", "value", "planned", "fault", "of wins by then", "propose", "safe")
    for each in found:
        counts = ", ".join(f"{count:,} {fault}" for fault, count in each.counts.items() if count)
        told = f"{clean(called(each.unit))}: {len(each.found):,} of {each.looked_at:,} open deals{which}"
        worth = f", {amount(each.worth, currency)}: {counts}" if each.found else ""
        console.print(Text(f"{told} have a date that cannot be right{worth}"))
        if each.found:
            rows = [_row(one) for one in each.found[:_LISTED]]
            console.print(
                table(heads, rows, right=("value", "of wins by then"), whole=("deal", "planned", "propose", "safe"))
            )
        more = len(each.found) - _LISTED
        if more > 0:
            console.print(Text(f"and {more:,} more; --json has them all"))
        console.print()
    faults = f"over: it has passed; missing: there is none; early: less than {EARLY:.0%} of such wins come by then"
    console.print(
        Text(
            f"{faults}; default: nobody promised it. Half of such wins come by the day to propose, 80% by the safe "
            f"one, as {ended:,} stays in stages tell that ended by {when(at)} UTC."
        )
    )


def _row(found: Found) -> tuple[str, ...]:
    wrong = found.wrong
    won_by = "-" if wrong.won_by is None else f"{int(100 * wrong.won_by)}%"  # never rounded up to what is no fault
    value = "-" if found.value is None else f"{found.value:,.0f}"
    days = [str(day or "-") for day in (wrong.planned, wrong.proposed, wrong.safe)]
    return (wrong.deal, wrong.owner or "(none)", value, days[0], wrong.fault, won_by, days[1], days[2])
