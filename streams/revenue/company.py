"""How a company is built and counts: its units from rep to company, its fiscal calendar, and its currency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from msgspec import Struct

from streams.events.envelope import moment_of
from streams.revenue.money import Rates
from streams.revenue.periods import FiscalCalendar
from streams.revenue.position import Position
from streams.state.dates import zone_of

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

    def unit(self, position: Position, level: Level) -> Unit:
        """The unit of a level that a deal counts for."""
        match level:
            case "company":
                return Unit()
            case "region":
                return Unit(level, self.regions.get(self.teams.get(position.owner, NOBODY), NOBODY))
            case "team":
                return Unit(level, self.teams.get(position.owner, NOBODY))
            case "rep":
                return Unit(level, position.owner)
            case "product":
                return Unit(level, position.product)
            case "account":
                return Unit(level, position.account)
            case "lead_source":
                return Unit(level, position.lead_source)

    def is_of(self, position: Position, unit: Unit) -> bool:
        """Whether a deal counts for a unit."""
        return self.unit(position, unit.level) == unit

    def day(self, at: int) -> date:
        """The company's calendar day at an instant (milliseconds)."""
        return moment_of(at).astimezone(zone_of(self.timezone)).date()

    def value(self, position: Position, on: date) -> Decimal | None:
        """What a deal is worth in the company's currency on a day, to the cent; none where that cannot be said."""
        return self.rates.value(position.amount, position.currency, on)
