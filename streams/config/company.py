"""The company file: its currency, fiscal year, regions, quotas and exchange rates. Read once, checked whole.

    currency = "EUR"                 the company's; amounts of others are converted
    fiscal_year_starts = 2           month; 1 where it is left out
    timezone = "Europe/Amsterdam"    whose days the company counts; else that of the settings

    [region.EMEA]
    teams = ["north", "south"]       teams of the rules file, [team.north]

    [quota."FY2027-Q1"]              also FY2027 or FY2027-M01; what is not said follows from parts that all are
    company = 2_000_000
    team.north = 500_000

    [rates.USD]                      what one is worth in the company's currency, from a day on
    2026-01-01 = 0.92

Which owners make a team is said once, in the rules file. `docs/revenue.md` has all of it. What is wrong is said with
its place in the file, all of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from streams.config.faults import hint, short, unknown
from streams.config.rules import rules_of
from streams.config.settings import Settings
from streams.config.toml import NotToml, read_toml_file
from streams.errors import CompanyWrong, RulesWrong
from streams.events.decode import is_zone
from streams.revenue.company import LEVELS, Company, Unit
from streams.revenue.money import CENT, Rates
from streams.revenue.periods import FiscalCalendar

#: Read where the setting `company` names no other, if it is there.
DEFAULT_FILE = Path("company.toml")
#: Daily rates of a dozen currencies over ten years are a megabyte.
MAX_BYTES = 4 * 1024 * 1024

_TOP = ("currency", "fiscal_year_starts", "timezone", "region", "quota", "rates")
_CURRENCY = re.compile(r"[A-Z]{3}")
#: A number with at most 15 digits before the point, and as many after it.
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")
_MONTHS = 12
Plain = Mapping[str, Any]


def company_path(settings: Settings) -> Path | None:
    """The file that is named, or the default one if it is there; none where nothing is said of the company."""
    if settings.company:
        return Path(settings.company)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def company_of(settings: Settings) -> Company:
    """The company that the settings name, with the teams of its rules file.

    Raises `CompanyWrong` with every fault of the company file, and `RulesWrong` with those of the rules file.
    """
    path, teams = company_path(settings), teams_of(settings)
    if path is None:
        return Company(timezone=settings.timezone, teams=teams)
    try:
        return read_company(read_toml_file(path, MAX_BYTES), settings.timezone, teams)
    except (NotToml, CompanyWrong) as error:
        raise CompanyWrong(f"{path}: {error.args[0]}") from error


def company_to_show(settings: Settings) -> Company:
    """The same for who only shows which units are part of which: without what a file that is wrong would say.

    Who works on deals does not stop because a quota, or a rule, is spelled wrong; the program that counts with the
    files says so, and a worker that the rules in the log still hold.
    """
    try:
        return company_of(settings)
    except RulesWrong:
        return Company(timezone=settings.timezone)
    except CompanyWrong:
        return Company(timezone=settings.timezone, teams=teams_of(settings))


def teams_of(settings: Settings) -> dict[str, str]:
    """Of each rep that the rules file puts into a team, that team; raises `RulesWrong`."""
    policy = rules_of(settings).policy(settings.policy)
    return {owner: team.team for owner, team in policy.owners.items()}


def read_company(said: Plain, timezone: str, teams: Mapping[str, str]) -> Company:
    """Make a company of what a file says; `timezone` is its own where the file names none.

    `teams` are those of the rules file, by rep. Raises `CompanyWrong`, which names each fault and its place.
    """
    faults = [unknown(key, "", _TOP) for key in said if key not in _TOP]
    currency, starts, zone = (said.get(key, default) for key, default in zip(_TOP, ("", 1, timezone), strict=False))
    if currency != "" and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        faults.append(f"currency: {short(currency)} is no ISO 4217 code; use one like EUR")
    if not isinstance(starts, int) or isinstance(starts, bool) or not 1 <= starts <= _MONTHS:
        faults.append(f"fiscal_year_starts: {short(starts)} must be a month, 1 to 12")
        starts = 1
    if not isinstance(zone, str) or not is_zone(zone):
        faults.append(f"timezone: {short(zone)} is not known; use one like Europe/Amsterdam")
    calendar = FiscalCalendar(starts)
    regions = _regions(_table(said, "region", faults), {*teams.values()}, faults)
    quotas = _quotas(_table(said, "quota", faults), calendar, {*teams.values()}, {*regions.values()}, faults)
    table = _rates(_table(said, "rates", faults), currency, faults)
    if faults:
        raise CompanyWrong("; ".join(faults))
    return Company(
        timezone=zone,
        calendar=calendar,
        rates=Rates(currency, table),
        teams=teams,
        regions=regions,
        quotas=quotas,
    )


def _regions(said: Plain, teams: set[str], faults: list[str]) -> dict[str, str]:
    """Of each team, its region."""
    regions: dict[str, str] = {}
    for name, its in said.items():
        place = f"region.{name}"
        listed = its.get("teams") if isinstance(its, Mapping) else None
        if not isinstance(listed, list) or not listed:
            faults.append(f'{place}: must be a table with teams = ["north"]')
            continue
        faults.extend(unknown(key, f"{place}.", ("teams",)) for key in its if key != "teams")
        for team in listed:
            if not isinstance(team, str) or team not in teams:
                faults.append(f"{place}.teams: {short(team)} is no team of the rules file{hint(team, teams)}")
            elif regions.setdefault(team, name) != name:
                faults.append(f"{place}.teams: {short(team)} is in region {regions[team]} already")
    return regions


def _quotas(
    said: Plain, calendar: FiscalCalendar, teams: set[str], regions: set[str], faults: list[str]
) -> dict[str, dict[Unit, Decimal]]:
    """By the period's name, what units are to win."""
    found: dict[str, dict[Unit, Decimal]] = {}
    known = {"team": teams, "region": regions}
    for name, its in said.items():
        place = f"quota.{name}"
        try:
            period = calendar.named(name).name
        except ValueError:
            faults.append(f"{place}: is no period; FY2027, FY2027-Q1 and FY2027-M01 are")
            continue
        if not isinstance(its, Mapping):
            faults.append(f'{place}: must be a table, as [quota."{name}"]')
            continue
        units = found[period] = {}
        for where, unit, value in _units(its, place, faults):
            if unit.level in known and unit.name not in known[unit.level]:
                faults.append(f"{where}: there is no such {unit.level}{hint(unit.name, known[unit.level])}")
            if (amount := _number(value, where, faults)) is not None:
                units[unit] = amount.quantize(CENT)
    return found


def _units(said: Plain, place: str, faults: list[str]) -> Iterator[tuple[str, Unit, Any]]:
    """Each unit that a table of quotas names: where, and what it says."""
    for level in LEVELS:
        its = said.get(level)
        if its is None:
            continue
        if level == "company":
            yield f"{place}.company", Unit(), its
        elif isinstance(its, Mapping):
            yield from ((f"{place}.{level}.{name}", Unit(level, name), value) for name, value in its.items())
        else:
            faults.append(f"{place}.{level}: must be a table of names, as {level}.NAME = 100_000")
    faults.extend(unknown(key, f"{place}.", LEVELS) for key in said if key not in LEVELS)


def _rates(said: Plain, own: object, faults: list[str]) -> dict[str, tuple[tuple[date, Decimal], ...]]:
    """By currency, what one was worth in the company's, by the days from which on."""
    table: dict[str, tuple[tuple[date, Decimal], ...]] = {}
    if said and own == "":
        faults.append("currency: must be said where there are rates, since they are into it")
    for currency, its in said.items():
        place = f"rates.{currency}"
        if not _CURRENCY.fullmatch(currency):
            faults.append(f"{place}: is no ISO 4217 code; use one like USD")
        elif currency == own:
            faults.append(f"{place}: is the company's own currency, and worth 1")
        elif not isinstance(its, Mapping) or not its:
            faults.append(f"{place}: must be a table of days, as 2026-01-01 = 0.92")
        else:
            dated = [_dated(day, value, place, faults) for day, value in its.items()]
            table[currency] = tuple(sorted(each for each in dated if each is not None))
    return table


def _dated(day: str, value: object, place: str, faults: list[str]) -> tuple[date, Decimal] | None:
    rate = _number(value, f"{place}.{day}", faults)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        faults.append(f"{place}.{day}: is no day; write it as 2026-01-31")
        return None
    return None if rate is None else (on, rate)


def _number(value: object, place: str, faults: list[str]) -> Decimal | None:
    """A positive number, exact as it is written (a text may have more digits than a number keeps)."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(0)
        if number.is_finite() and number > 0 and _NUMBER.fullmatch(f"{number:f}"):
            return number
    faults.append(f"{place}: {short(value)} must be a number above 0, of at most 15 digits before and after the point")
    return None


def _table(said: Plain, key: str, faults: list[str]) -> Plain:
    found = said.get(key, {})
    if isinstance(found, Mapping):
        return found
    faults.append(f"{key}: must be a table, as [{key}.NAME]")
    return {}
