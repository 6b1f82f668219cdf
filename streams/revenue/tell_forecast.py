"""The forecasts that are kept current: of a period, for every unit of the kept levels, all versions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from streams.revenue.accuracy import Locked, Score
from streams.revenue.answers import KEPT_LEVELS, ForecastTold, Said, VersionScore, said_of
from streams.revenue.company import Company, Level, Unit
from streams.revenue.comparing import explained
from streams.revenue.forecast import Forecast, figures
from streams.revenue.reliability import Came
from streams.revenue.version import VERSIONS, Cut, cut_of

#: The forecasts that have to be made for the kept levels.
CUTS: tuple[Cut, ...] = tuple(dict.fromkeys(cut_of(level) for level in KEPT_LEVELS))
#: People whose record is told with a unit's forecast: of the company there may be thousands.
PEOPLE_TOLD = 300
_FIRST = {name: place for place, name in enumerate(VERSIONS)}


class Past(Struct, frozen=True, kw_only=True):
    """What is known of forecasts before.

    `locks` are the weekly ones of the period that is told of, `levels` how versions came out by level, `people` how
    those did that people said, by unit, and `everybody` of whatever unit; `came` is how chances of deals came out, and
    `waiting` how many days are still to be locked.
    """

    locks: tuple[Locked, ...] = ()
    levels: Mapping[tuple[str, Level], Score] = {}
    people: Mapping[tuple[str, str, Unit], Score] = {}
    everybody: Mapping[tuple[str, str], Score] = {}
    came: tuple[Came, ...] = ()
    waiting: int = 0


def tell_forecasts(made: Forecast, company: Company, past: Past) -> list[ForecastTold]:
    """The forecast of every unit of the levels that a forecast was cut for, the company with the cut by rep."""
    levels = [level for level in KEPT_LEVELS if cut_of(level) == made.cut and (level != "company" or made.cut == "rep")]
    course: dict[Unit, list[Said]] = {}
    for each in said_of(past.locks):
        course.setdefault(each.unit, []).append(each)
    return [told for level in levels for told in _of_level(made, level, company, past, course)]


def _of_level(
    made: Forecast, level: Level, company: Company, past: Past, course: Mapping[Unit, Sequence[Said]]
) -> Iterable[ForecastTold]:
    why = explained(made, level, company)
    known = made.known
    opened, won = _counted(made, level, company)
    unvalued, undated = set(made.unvalued), set(made.undated)
    of_unvalued = _grouped(unvalued, made, level, company)
    of_undated = _grouped(undated, made, level, company)
    positions = [*(each.position for each in known.open), *(each.position for each in known.wins)]
    mixed = company.mixed(positions) if level == "company" else ()
    scores = [VersionScore(version=name, score=score) for (name, of), score in past.levels.items() if of == level]
    people = _people(past, level)
    for unit, row in figures(made, level, company).items():
        own = people.get(unit, [])
        yield ForecastTold(
            at=known.at,
            day=known.day,
            unit=unit,
            period=made.period,
            currency=company.rates.currency,
            open=opened.get(unit, 0),
            won=won.get(unit, 0),
            figures=row,
            differences=why[unit],
            adjustment=made.adjustments.get(unit),
            course=tuple(sorted(course.get(unit, ()), key=lambda said: said.day)),
            scores=tuple(
                sorted([*scores, *own[:PEOPLE_TOLD]], key=lambda each: (bool(each.by), each.by, _FIRST[each.version]))
            ),
            came=past.came if level == "company" else (),
            earlier=tuple(each.name for each in made.earlier),
            unvalued=of_unvalued.get(unit, 0),
            undated=of_undated.get(unit, 0),
            waiting=past.waiting,
            mixed=mixed,
            people_left_out=max(len(own) - PEOPLE_TOLD, 0),
        )


def _people(past: Past, level: Level) -> dict[Unit, list[VersionScore]]:
    """How people came out, by unit, those with the most outcomes first; of the company all, each once."""
    found: dict[Unit, list[VersionScore]] = {}
    if level == "company":
        found[Unit()] = [VersionScore(version=name, score=score, by=by) for (name, by), score in past.everybody.items()]
    else:
        for (name, by, unit), score in past.people.items():
            if unit.level == level:
                found.setdefault(unit, []).append(VersionScore(version=name, score=score, by=by))
    for of in found.values():
        of.sort(key=lambda each: (-each.score.outcomes, each.by, each.version))
    return found


def _counted(made: Forecast, level: Level, company: Company) -> tuple[dict[Unit, int], dict[Unit, int]]:
    """How many deals of each unit are open, and how many were won in the period."""
    opened: dict[Unit, int] = {}
    won: dict[Unit, int] = {}
    for each in made.known.open:
        unit = company.unit(each.position, level)
        opened[unit] = opened.get(unit, 0) + 1
    for win in made.known.closed(made.period):
        unit = company.unit(win.position, level)
        won[unit] = won.get(unit, 0) + 1
    return opened, won


def _grouped(names: set[str], made: Forecast, level: Level, company: Company) -> dict[Unit, int]:
    found: dict[Unit, int] = {}
    for each in made.known.open if names else ():
        if each.position.id in names:
            unit = company.unit(each.position, level)
            found[unit] = found.get(unit, 0) + 1
    return found
