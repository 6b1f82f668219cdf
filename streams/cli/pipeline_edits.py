"""`dealwatch pipeline --show edits`: edits that come in batches, and those that come just before somebody looks."""

from __future__ import annotations

from calendar import day_name
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.cli.onrecord import begins, period_of, read_moves

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from streams.cli.onrecord import Asked
    from streams.revenue.company import Level, Unit
    from streams.revenue.edits import Batch, Edit, LateEdits
    from streams.revenue.practice import Practice
    from streams.revenue.seen import Seen

#: Batches and people that are listed of each unit, and edits below which a person's share says nothing.
_LISTED = 10
_PEOPLE = 25
_FEW = 20
_MINUTE = 60_000
#: Kinds of edits that are named of a batch.
_KINDS = 3


class Edits(NamedTuple):
    """Of a unit's deals: how many edits, those in batches, and by person those ahead of a call."""

    unit: Unit
    edits: int
    batches: list[Batch]
    people: list[LateEdits]


def show_edits(who: Asked, events: Path | None, by: Level, since: str | None, json: bool) -> None:
    """Print the batches of edits of each unit's deals, and the share of each person's edits that came before a call."""
    from streams.cli.screen import print_document
    from streams.config.practice import practice_of
    from streams.revenue.calls import calls_between
    from streams.revenue.edits import AHEAD, batches, late_edits

    practice = practice_of(who.settings)
    made: dict[Unit, list[Edit]] = {}
    told = read_moves(who, events, lambda seen: _note(who, by, made, seen))
    start = begins(who, since, who.company.calendar.following(period_of(who, None, told.at), -1).start, told.at)
    calls = calls_between(who.company, practice, start, told.end + AHEAD)
    found = []
    for unit in sorted(made):
        within = [each for each in made[unit] if start <= each.at < told.end]
        if within:
            late = late_edits(within, calls, start, told.end)
            found.append(Edits(unit, len(within), batches(within, calls), late))
    if json:
        document = {"since": start, "at": told.at, "calls": calls, "units": [_document(each) for each in found]}
        print_document(document)
    else:
        _show(found, start, told.at, practice)


def _note(who: Asked, by: Level, made: dict[Unit, list[Edit]], seen: Seen) -> None:
    """Keep the edits of each unit: whose deal it was when it was edited."""
    from streams.revenue.edits import edits
    from streams.revenue.position import position_of

    for edit in edits((seen,)):
        position = position_of(seen.after if seen.before is None else seen.before, who.company.timezone)
        if position is not None:
            made.setdefault(who.company.unit(position, by), []).append(edit)


def _document(found: Edits) -> dict[str, Any]:
    return {
        "unit": found.unit,
        "edits": found.edits,
        "batches": found.batches,
        "people": [{"share": each.share, "late": each} for each in found.people],
    }


def _show(found: list[Edits], since: int, at: int, practice: Practice) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out, table, when
    from streams.cli.units import called
    from streams.revenue.edits import LEAST_DEALS

    console = out()
    if not found:
        console.print(Text(f"nobody edited a deal from {when(since)} to {when(at)} UTC; name an earlier --since"))
        return
    for each in found:
        batched = sum(batch.edits for batch in each.batches)
        within = f"{each.edits:,} edits from {when(since)} to {when(at)} UTC"
        of_batches = f"{batched:,} of them in {len(each.batches):,} batches of {LEAST_DEALS} deals or more"
        console.print(Text(f"{clean(called(each.unit))}: {within}, {of_batches}"))
        largest = sorted(each.batches, key=lambda batch: (-len(batch.deals), batch.since))
        if largest:
            heads = ("who", "when", "minutes", "deals", "edits", "mostly", "before")
            rows = [_batch(batch) for batch in largest[:_LISTED]]
            console.print(table(heads, rows, right=("minutes", "deals", "edits"), whole=("when", "before")))
        if len(largest) > _LISTED:
            console.print(Text(f"and {len(largest) - _LISTED:,} more; --json has them all"))
        if any(person.expected for person in each.people):
            _people(each.people)
        else:
            console.print(Text("no forecast call and no end of a quarter lies in that time; name an earlier --since"))
        console.print()
    weekly = practice.call_weekday
    call = "" if weekly is None else f"the call ({day_name[weekly]}s at {practice.call_hour}:00 of the company) and "
    console.print(Text(f"Before a call: within two days before {call}the end of a quarter."))
    console.print(Text("A weekly review is a batch, too. It is for coaching, not for judging people."))


def _people(people: list[LateEdits]) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table
    from streams.cli.units import percent

    known = [each for each in people if each.edits >= _FEW]
    listed = known[:_PEOPLE]
    if listed:
        heads = ("edits", "before a call", "share", "even work")
        rows = [
            (each.by, f"{each.edits:,}", f"{each.ahead:,}", percent(each.share), percent(each.expected))
            for each in listed
        ]
        out().print(table(("who", *heads), rows, right=heads))
    if len(known) > len(listed):
        out().print(Text(f"and {len(known) - len(listed):,} more with a smaller share; --json has them all"))
    if len(people) > len(known):
        out().print(Text(f"{len(people) - len(known):,} with fewer than {_FEW} edits: too few to say"))


def _batch(batch: Batch) -> tuple[str, ...]:
    from streams.cli.screen import when

    kinds = _most(batch.kinds.items())
    minutes = f"{(batch.until - batch.since) / _MINUTE:,.0f}"
    before = "" if batch.call is None else when(batch.call)
    return (batch.by, when(batch.since), minutes, f"{len(batch.deals):,}", f"{batch.edits:,}", kinds, before)


def _most(kinds: Iterable[tuple[str, int]]) -> str:
    most = Counter(dict(kinds)).most_common(_KINDS)
    return ", ".join(f"{kind.replace('_', ' ')} {count:,}" for kind, count in most)
