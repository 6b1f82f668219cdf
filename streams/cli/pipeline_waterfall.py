"""`dealwatch pipeline --show waterfall`: what the pipeline was worth, what changed it, and whether it is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.cli.onrecord import begins, period_of, read_moves

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from streams.cli.onrecord import Asked
    from streams.revenue.company import Level, Unit
    from streams.revenue.coverage import Coverage
    from streams.revenue.periods import Period
    from streams.revenue.position import Position
    from streams.revenue.seen import Seen
    from streams.revenue.slips import SlipRecord
    from streams.revenue.waterfall import Waterfall

#: Deals that are named under each heading.
_NAMED = 5


def show_waterfall(
    who: Asked, events: Path | None, by: Level, period: str | None, since: str | None, json: bool
) -> None:
    """Print the waterfall of each unit of a level, with its coverage, and the open deals that slipped most."""
    from streams.cli.screen import print_document
    from streams.revenue.coverage import coverage
    from streams.revenue.record import between, on_record
    from streams.revenue.slips import ledger, slips
    from streams.revenue.waterfall import View, waterfalls

    seen: list[Seen] = []
    told = read_moves(who, events, seen.append)
    moves, end = told.moves, told.end
    looked_at = None if period == "all" else period_of(who, period, told.at)
    running = period_of(who, None, told.at)
    # A period to come has changed since long before it begins.
    start = begins(who, since, running.start if looked_at is None else min(looked_at.start, running.start), told.at)
    opening, during, view = on_record(moves, start).values(), between(moves, start, end), View(period=looked_at)
    enough = {} if looked_at is None else coverage(moves, who.company, by, looked_at, end)
    found = waterfalls(opening, during, by, view, who.company, start, end, also=enough)
    worst = _slipped_most(ledger(slips(seen, who.company)), on_record(moves, end))
    if json:
        print_document({"at": told.at, **_document(found, enough, worst, looked_at)})
    else:
        _show(who, found, enough, worst, looked_at)


def _slipped_most(found: Mapping[str, SlipRecord], stands: Mapping[str, Position]) -> list[tuple[str, SlipRecord]]:
    """The open deals whose planned close moved out furthest, that deal first."""
    open_now = [(name, each) for name, each in found.items() if name in stands and stands[name].is_open]
    return sorted(open_now, key=lambda one: (-one[1].days, one[0]))[:_NAMED]


def _document(
    found: dict[Unit, Waterfall],
    enough: dict[Unit, Coverage],
    worst: list[tuple[str, SlipRecord]],
    period: Period | None,
) -> dict[str, Any]:
    return {
        "period": None if period is None else period.name,
        "units": [
            {
                "unit": unit,
                "waterfall": each,
                "gap": each.gap,
                "coverage": None if (cover := enough.get(unit)) is None else _covered(cover),
            }
            for unit, each in found.items()
        ],
        "slipped": [{"deal": name, "days": each.days, "record": each} for name, each in worst],
    }


def _covered(cover: Coverage) -> dict[str, Any]:
    return {"figures": cover, "missing": cover.missing, "ratio": cover.ratio, "needed": cover.needed}


def _show(
    who: Asked,
    found: dict[Unit, Waterfall],
    enough: dict[Unit, Coverage],
    worst: list[tuple[str, SlipRecord]],
    period: Period | None,
) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table, when
    from streams.cli.units import amount, called
    from streams.revenue.reasons import LABELS, REASONS

    console, currency = out(), who.company.rates.currency
    planned = "whatever the planned close" if period is None else f"planned to close in {period.name}"
    for unit, each in found.items():
        console.print(
            Text(f"{clean(called(unit))}: open deals {planned}, {when(each.since)} to {when(each.until - 1)} UTC")
        )
        rows: list[tuple[object, ...]] = [
            ("at the start", amount(each.start.amount, currency), each.start.deals, "", "")
        ]
        for reason in REASONS:
            bucket = each.buckets.get(reason)
            if bucket is None:
                continue
            named = ", ".join(f"{share.deal} {share.amount:+,.0f}" for share in bucket.shares[:_NAMED])
            more = len(bucket.shares) - _NAMED
            rows.append(
                (
                    LABELS[reason],
                    f"{bucket.amount:+,.2f}",
                    len(bucket.shares),
                    bucket.times,
                    f"{named}{f' and {more:,} more' if more > 0 else ''}",
                )
            )
        rows.append(("at the end", amount(each.end.amount, currency), each.end.deals, "", ""))
        console.print(table(("", "amount", "deals", "times", "most of it"), rows, right=("amount", "deals", "times")))
        if each.end.unvalued:
            console.print(Text(f"without a value, and in no sum: {_listed(each.end.unvalued)}"))
        if (cover := enough.get(unit)) is not None:
            console.print(Text(_coverage(cover)))
        console.print()
    if worst:
        rows = [(name, each.days, each.pushes, each.pulls) for name, each in worst]
        console.print(Text("slipped most, of the open ones"))
        console.print(table(("deal", "days", "pushes", "pulls"), rows, right=("days", "pushes", "pulls")))


def _coverage(cover: Coverage) -> str:
    needed = cover.needed
    unknown = "no such pipeline of an earlier period is on record of which anything was won in time"
    usual = f"how much is needed is not known: {unknown}" if needed is None else f"{needed:.1f} are needed"
    if cover.quota is None:
        return f"coverage: no quota is named; {usual}"
    if cover.ratio is None:
        return f"coverage: the quota ({cover.quota:,.0f}) is reached, {cover.won:,.0f} is won"
    return f"coverage: {cover.ratio:.1f} times what is missing to the quota ({cover.missing:,.0f}); {usual}"


def _listed(names: tuple[str, ...]) -> str:
    from streams.cli.screen import clean

    more = len(names) - _NAMED
    return clean(", ".join(names[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")
