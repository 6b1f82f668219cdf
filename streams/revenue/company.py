"""How a company is built and counts: its units from rep to company, its fiscal calendar, and its currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from msgspec import Struct

from streams.events.envelope import moment_of
from streams.revenue.money import Rates, total
from streams.revenue.periods import FINER, FiscalCalendar, Period
from streams.revenue.position import Position
from streams.state.dates import day_start, zone_of

#: What deals can be asked by. From company to rep, each is a part of the one before; the others cut across.
Level = Literal["company", "region", "team", "rep", "product", "account", "lead_source"]
LEVELS: tuple[Level, ...] = get_args(Level)
#: What a deal without an owner, an owner without a team, or a deal of no product is listed under.
NOBODY = ""


class Unit(Struct, frozen=True, order=True, gc=False):
    """One of a level: the team `north`. The company has no name."""

    level: Level = "company"
    name: str = ""


class Company(Struct, frozen=True, kw_only=True, gc=False):
    """What is supplied, not learned."""

    timezone: str = "UTC"
    calendar: FiscalCalendar = FiscalCalendar()
    rates: Rates = Rates()
    #: Of each rep, the team; of each team, the region.
    teams: Mapping[str, str] = {}
    regions: Mapping[str, str] = {}
    #: What a unit is to win in a period, by the period's name; `quota` also knows what follows from it.
    quotas: Mapping[str, Mapping[Unit, Decimal]] = {}

    def parts(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that a company, a region or a team is made of, by name; nothing for others."""
        match unit.level:
            case "company":
                teams = {*self.teams.values()}
                alone = [Unit("team", team) for team in teams if team not in self.regions]
                regions = {self.regions[team] for team in teams if team in self.regions}
                return tuple(sorted([*(Unit("region", region) for region in regions), *alone]))
            case "region":
                return tuple(sorted(Unit("team", team) for team, of in self.regions.items() if of == unit.name))
            case "team":
                return tuple(sorted(Unit("rep", rep) for rep, of in self.teams.items() if of == unit.name))
            case _:
                return ()

    def quota(self, unit: Unit, period: Period) -> Decimal | None:
        """What a unit is to win in a period; none where the company does not say.

        As stated; or the sum of what is stated for its quarters or months, where it is for all of them; or the sum of
        the quotas of its parts, where each has one.
        """
        stated = self.quotas.get(period.name, {}).get(unit)
        if stated is not None:
            return stated
        for grain in FINER[self.calendar.grain(period)]:
            of_each = [self.quotas.get(each.name, {}).get(unit) for each in self.calendar.parts(period, grain)]
            found = [each for each in of_each if each is not None]
            if len(found) == len(of_each):
                return total(found)
        of_each = [self.quota(part, period) for part in self.parts(unit)]
        found = [each for each in of_each if each is not None]
        return total(found) if found and len(found) == len(of_each) else None

    def unit(self, position: Position, level: Level) -> Unit:
        """The unit of a level that a deal counts for."""
        return Unit(level, self.name(position, level))

    def is_of(self, position: Position, unit: Unit) -> bool:
        """Whether a deal counts for a unit."""
        return unit.level == "company" or self.name(position, unit.level) == unit.name

    def name(self, position: Position, level: Level) -> str:
        """The name of the unit of a level that a deal counts for."""
        match level:
            case "company":
                return NOBODY
            case "region":
                return self.regions.get(self.teams.get(position.owner, NOBODY), NOBODY)
            case "team":
                return self.teams.get(position.owner, NOBODY)
            case "rep":
                return position.owner
            case "product":
                return position.product
            case "account":
                return position.account
            case "lead_source":
                return position.lead_source

    def day(self, at: int) -> date:
        """The company's calendar day at an instant (milliseconds)."""
        return moment_of(at).astimezone(zone_of(self.timezone)).date()

    def instant(self, day: date) -> int:
        """When a day of the company's begins (milliseconds)."""
        return day_start(day, self.timezone)

    def value(self, position: Position, on: date) -> Decimal | None:
        """What a deal is worth in the company's currency on a day, to the cent; none where that cannot be said."""
        return self.rates.value(position.amount, position.currency, on)

    def mixed(self, positions: Iterable[Position]) -> tuple[str, ...]:
        """The currencies of deals that are added up as if they were one, since the company names none of its own.

        Nothing where the deals name one at most, or where the company has a currency: what cannot be converted then has
        no value.
        """
        if self.rates.currency:
            return ()
        found = {each.currency for each in positions if each.currency and each.amount is not None}
        return tuple(sorted(found)) if len(found) > 1 else ()
