"""Door: a forecast and what was said before -> everything that can be told of it, unit by unit.

All versions side by side, what the default rests on, why versions differ, what managers said and why, and how each
version, and each person who forecast, has come out so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from streams.revenue.accuracy import Locked, Score
from streams.revenue.blend import Earned
from streams.revenue.company import Company, Level, Unit
from streams.revenue.comparing import explained
from streams.revenue.difference import Difference, in_words
from streams.revenue.forecast import Forecast, figures
from streams.revenue.rollup import Adjustment
from streams.revenue.said import Said
from streams.revenue.version import DEFAULT, Figure, unit_of


class UnitAnswer(Struct, frozen=True, kw_only=True):
    """What each version says of a unit, and why some differ, as numbers and in `words`; `adjustment` is a manager's."""

    unit: Unit
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    words: tuple[str, ...]
    adjustment: Adjustment | None = None

    def figure(self, version: str) -> Figure | None:
        """What a version says, none where it was not made."""
        return next((each for each in self.figures if each.version == version), None)


class VersionScore(Struct, frozen=True, kw_only=True):
    """How a version has come out on a level."""

    version: str
    level: Level
    score: Score


class PersonScore(Struct, frozen=True, kw_only=True):
    """How what a person said has come out; `version` is commit for a rep, adjusted for a manager."""

    person: str
    version: str
    score: Score


class Answer(Struct, frozen=True, kw_only=True):
    """A forecast, told. `at` (milliseconds) is the instant before which all that it knows was on record, on `day`.

    `default` is the version that is shown first; `earlier` are the periods that it was compared with, `weights` what
    the record had taught when the period began. `unvalued` and `undated` are open deals that no category counts:
    without an amount that the currency knows, without a planned close. `weeks` are the weekly locks of periods that are
    over, which the records are made of; amounts are cents of `currency`.
    """

    period: str
    day: date
    at: int
    left: int
    currency: str
    level: Level
    default: str
    earlier: tuple[str, ...]
    weights: Earned
    units: tuple[UnitAnswer, ...]
    adjustments: tuple[Adjustment, ...]
    unvalued: tuple[str, ...]
    undated: tuple[str, ...]
    weeks: int
    versions: tuple[VersionScore, ...]
    people: tuple[PersonScore, ...]


def answer(said: Said, made: Forecast, level: Level) -> Answer:
    """Tell a forecast on a level that its cut has (`figures` raises `ValueError` for others)."""
    company, day = said.book.company, made.known.day
    over = said.over(day)
    by_version = said.record(lambda each: (each.version, each.unit.level), day)
    by_person = said.record(_person, day)
    return Answer(
        period=made.period.name,
        day=day,
        at=made.known.at,
        left=max((made.period.end - max(day, made.period.start)).days, 0),
        currency=company.rates.currency,
        level=level,
        default=DEFAULT,
        earlier=tuple(each.name for each in made.earlier),
        weights=made.earned,
        units=tuple(_units(made, level, company)),
        adjustments=tuple(made.adjustments[unit] for unit in sorted(made.adjustments)),
        unvalued=made.unvalued,
        undated=made.undated,
        weeks=len({(each.period, each.day) for each in over}),
        versions=tuple(
            VersionScore(version=version, level=of, score=each) for (version, of), each in by_version.items()
        ),
        people=tuple(
            PersonScore(person=person, version=version, score=by_person[person, version])
            for person, version in sorted(by_person)
            if person
        ),
    )


class CountedDeal(Struct, frozen=True, gc=False):
    """A deal, and what a version counts of it, in cents."""

    deal: str
    cents: int


class UnitDeals(Struct, frozen=True, kw_only=True):
    """What a version counts of a unit, in cents: `deals`, the largest first, and what is `beyond` them; they add up."""

    unit: Unit
    cents: int
    deals: tuple[CountedDeal, ...]
    beyond: int


def deals_of(made: Forecast, version: str, level: Level, company: Company) -> list[UnitDeals]:
    """Name the deals that a version counts, unit by unit; raises `KeyError` where it was not made.

    What is beyond deals on record is business not yet created, or what a pace says of wins to come.
    """
    found, unit = made.versions[version], {}
    deals: dict[Unit, list[CountedDeal]] = {}
    beyond: dict[Unit, int] = {}
    for cell in {*made.cells.values(), *found.beyond}:
        unit[cell] = unit_of(cell, made.cut, level, company)
    for deal, cents in found.deals.items():
        if cents:
            deals.setdefault(unit[made.cells[deal]], []).append(CountedDeal(deal, cents))
    for cell, cents in found.beyond.items():
        beyond[unit[cell]] = beyond.get(unit[cell], 0) + cents
    return [
        UnitDeals(
            unit=each,
            cents=sum(deal.cents for deal in deals.get(each, ())) + beyond.get(each, 0),
            deals=tuple(sorted(deals.get(each, ()), key=lambda one: (-one.cents, one.deal))),
            beyond=beyond.get(each, 0),
        )
        for each in sorted({*deals, *beyond})
    ]


def _person(each: Locked) -> tuple[str, str]:
    return each.by, each.version


def _units(made: Forecast, level: Level, company: Company) -> Iterator[UnitAnswer]:
    why = explained(made, level, company)
    for unit, row in figures(made, level, company).items():
        yield UnitAnswer(
            unit=unit,
            figures=row,
            differences=why[unit],
            words=tuple(in_words(each, company.rates.currency) for each in why[unit]),
            adjustment=made.adjustments.get(unit),
        )
