"""`dealwatch pipeline`: what the pipeline was worth, what changed it, and whether it is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.onrecord import AsOf, CompanyFile, EventFile, Json, RulesFile, asked, nothing, period_of, story
from streams.revenue.company import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from streams.cli.onrecord import Asked
    from streams.revenue.company import Unit
    from streams.revenue.coverage import Coverage
    from streams.revenue.periods import Period
    from streams.revenue.position import Position
    from streams.revenue.slips import SlipRecord
    from streams.revenue.waterfall import Waterfall

#: Deals that are named under each heading.
_NAMED = 5


def pipeline(
    ctx: typer.Context,
    events: EventFile = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Planned closes: FY2027, FY2027-Q1, FY2027-M01, or all [this quarter]."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Where the waterfall begins [the period's first day].")
    ] = None,
    as_of: AsOf = None,
    by: Annotated[Level, typer.Option(help="The units to part it by.")] = "company",
    company: CompanyFile = None,
    rules: RulesFile = None,
    json: Json = False,
) -> None:
    """Tell what the pipeline was worth, what changed it, and what it is worth; the sums balance to the cent.

    A waterfall of the open deals that are planned to close in a period, from one instant to another, with one line a
    reason and the deals that weigh most in it; the open value against what is missing to the quota, and how much was
    needed of it at the same distance before; the deals whose close slipped most. All is by what was on record: what
    was said in March stays what was said in March. docs/revenue.md has the definitions.

    For example:
      dealwatch pipeline
      dealwatch pipeline --by team --period FY2027-Q1
      dealwatch pipeline --events events.jsonl.gz --as-of 2026-03-31 --since 2026-01-01 --period all
    """
    from streams.cli.moments import instant
    from streams.cli.screen import print_document
    from streams.replay.sight import of_deals
    from streams.revenue.coverage import coverage
    from streams.revenue.record import between, on_record
    from streams.revenue.slips import ledger, slips
    from streams.revenue.waterfall import View, waterfalls

    who = asked(ctx, company, rules, as_of)
    with story(who, events) as told:
        seen = list(of_deals(told))
    moves = [move for each in seen if (move := each.move(who.company.timezone)) is not None]
    if not moves:
        raise nothing(who)
    at = seen[-1].at if who.until is None else who.until
    looked_at = None if period == "all" else period_of(who, period, at)
    span = looked_at or period_of(who, None, at)
    start = who.company.instant(span.start) if since is None else instant(since, at)
    if start > at:
        raise typer.BadParameter("the waterfall would begin after it ends; name an earlier one", param_hint="--since")
    end = at + 1
    opening, during, view = on_record(moves, start).values(), between(moves, start, end), View(period=looked_at)
    found = waterfalls(opening, during, by, view, who.company, start, end)
    enough = {} if looked_at is None else coverage(moves, who.company, by, looked_at, end)
    worst = _slipped_most(ledger(slips(seen, who.company)), on_record(moves, end))
    if json:
        print_document(_document(found, enough, worst, looked_at))
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
    from streams.revenue.reasons import LABELS, REASONS

    console, currency = out(), who.company.rates.currency
    planned = "whatever the planned close" if period is None else f"planned to close in {period.name}"
    for unit, each in found.items():
        name = "the company" if unit.level == "company" else f"{unit.level} {unit.name or '(none)'}"
        console.print(Text(f"{clean(name)}: open deals {planned}, {when(each.since)} to {when(each.until - 1)} UTC"))
        rows: list[tuple[object, ...]] = [("at the start", _money(each.start.amount, currency), each.start.deals, "")]
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
                    bucket.times,
                    f"{named}{f' and {more:,} more' if more > 0 else ''}",
                )
            )
        rows.append(("at the end", _money(each.end.amount, currency), each.end.deals, ""))
        console.print(table(("", "amount", "deals", "most of it"), rows, right=("amount", "deals")))
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
    usual = "how much is needed is not known: too few periods before" if needed is None else f"{needed:.1f} are needed"
    if cover.ratio is None:
        return f"coverage: no quota is named, or nothing is missing; {usual}"
    return f"coverage: {cover.ratio:.1f} times what is missing to the quota ({cover.missing:,.0f}); {usual}"


def _listed(names: tuple[str, ...]) -> str:
    from streams.cli.screen import clean

    more = len(names) - _NAMED
    return clean(", ".join(names[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}".strip()
