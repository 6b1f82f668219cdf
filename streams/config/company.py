"""The company's file: how it is built and counts, as TOML. What is not said is as `Company` has it.

timezone = "Europe/Berlin"
fiscal_year_starts = 2
currency = "EUR"
[teams]
"ana" = "north"
[regions]
"north" = "emea"
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streams.config.toml import NotToml, read_toml
from streams.errors import FileUnusable
from streams.revenue.company import Company
from streams.revenue.money import Rates
from streams.revenue.periods import FiscalCalendar
from streams.state.dates import zone_of


class CompanyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of the file. `teams` has the team of each rep, `regions` the region of each team."""

    timezone: str = "UTC"
    fiscal_year_starts: Annotated[int, Meta(ge=1, le=12)] = 1
    currency: str = ""
    teams: dict[str, str] = {}
    regions: dict[str, str] = {}


def read_company(path: Path) -> Company:
    """Return the company that a file says; raises `FileUnusable` where it cannot be read or says something else."""
    try:
        said = msgspec.convert(read_toml(path.read_bytes()), CompanyFile)
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}; name a company file that is there") from error
    except (NotToml, msgspec.ValidationError) as error:
        raise FileUnusable(f"{path}: {error}; docs/forecast.md has its form") from error
    if str(zone_of(said.timezone)) != said.timezone:
        raise FileUnusable(f"{path}: there is no time zone {said.timezone!r}; write it as Europe/Berlin")
    calendar = FiscalCalendar(said.fiscal_year_starts)
    rates = Rates(said.currency)
    return Company(timezone=said.timezone, calendar=calendar, rates=rates, teams=said.teams, regions=said.regions)
