"""How a forecast is shown to people: unit by unit, then what is said of all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.cli.forecast_view import earned_words, percent, signed_percent, words

if TYPE_CHECKING:
    from streams.revenue.accuracy import Score
    from streams.revenue.answer import Answer, UnitAnswer
    from streams.revenue.company import Unit
    from streams.revenue.rollup import Adjustment

#: Deals that are named in a list.
_NAMED = 5
#: What comes so much later than it was said is told with both times.
_LATE_MS = 3_600_000
_FIGURES = ("version", "amount", "P10", "P50", "P90")
_RECORD = ("version", "WAPE", "bias", "P10-P90 held", "outcomes")
_PEOPLE = ("who", "version", "WAPE", "bias", "outcomes")


def show(found: Answer) -> None:
    """Print a forecast."""
    from rich.text import Text

    from streams.cli.screen import clean, out, table

    console = out()

    def line(text: str) -> None:
        console.print(Text(clean(text)), soft_wrap=True)

    ahead = f"{found.left} day{'s' * (found.left != 1)} of it are left" if found.left else "it is over"
    line(f"{found.period} by what was on record on {found.day}, {_in(found.currency)}: {ahead}")
    if not found.units:
        line("nothing is open, and nothing is won in it")
    for unit in found.units:
        console.print()
        line(f"{_name(unit.unit)}:")
        console.print(table(_FIGURES, _rows(found, unit), right=_FIGURES[1:], whole=_FIGURES[:1]))
        for each in unit.words:
            line(each)
    console.print()
    line(_rests_on(found))
    for adjustment in found.adjustments:
        line(_said(adjustment, found.currency))
    for left_out in _left_out(found):
        line(left_out)
    console.print()
    if not found.weeks:
        line("No record yet: no period with weekly locks is over.")
        return
    level = found.level if any(each.level == found.level for each in found.versions) else "company"
    line(f"How each version came out by {level}, from {found.weeks} weekly locks of periods that are over:")
    rows = [(words(each.version), *_record(each.score)) for each in found.versions if each.level == level]
    console.print(table(_RECORD, rows, right=_RECORD[1:], whole=_RECORD[:1]))
    people = [(each.person, words(each.version), *_person(each.score)) for each in found.people]
    if people:
        console.print()
        line("How everybody who forecast came out:")
        console.print(table(_PEOPLE, people, right=_PEOPLE[2:], whole=_PEOPLE[1:2]))


def _rows(found: Answer, unit: UnitAnswer) -> list[tuple[str, ...]]:
    """The default first, then the others in their order."""
    ordered = sorted(unit.figures, key=lambda each: each.version != found.default)
    rows = []
    for each in ordered:
        name = words(each.version) + (" (default)" if each.version == found.default else "")
        name += f" (by {each.by})" if each.by else ""
        rows.append((name, *(_whole(cents) for cents in (each.cents, each.low, each.middle, each.high))))
    return rows


def _rests_on(found: Answer) -> str:
    if not found.earlier:
        return (
            f"{words(found.default)} is what was simulated: no whole period before this one begins after the first win"
        )
    return f"{words(found.default)} rests on {', '.join(found.earlier)}: {earned_words(found.weights)}"


def _said(each: Adjustment, currency: str) -> str:
    from streams.cli.screen import when

    why = f": {each.reason}" if each.reason else ", and not why"
    amount = f"{_whole(each.cents)} {currency}".strip()
    late = f" (on record since {when(each.on_record)})" if each.on_record - each.at >= _LATE_MS else ""
    return f"{each.by} said {amount} of {_name(each.unit)} on {when(each.at)} UTC{late}{why}"


def _left_out(found: Answer) -> list[str]:
    lines = []
    if found.undated:
        lines.append(f"without a planned close, which no category counts: {_listed(found.undated)}")
    if found.unvalued:
        lines.append(f"without a value, and in no sum: {_listed(found.unvalued)}")
    return lines


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _record(score: Score) -> tuple[str, ...]:
    held = "-" if score.coverage is None else f"{percent(score.coverage)} of {score.intervals}"
    return percent(score.wape), signed_percent(score.bias), held, f"{score.outcomes:,}"


def _person(score: Score) -> tuple[str, ...]:
    return percent(score.wape), signed_percent(score.bias), f"{score.outcomes:,}"


def _name(unit: Unit) -> str:
    return "the company" if unit.level == "company" else f"{unit.level.replace('_', ' ')} {unit.name or '(none)'}"


def _in(currency: str) -> str:
    return f"in {currency}" if currency else "in the deals' own amounts"


def _whole(cents: int | None) -> str:
    return "-" if cents is None else f"{cents / 100:,.0f}"
