"""A version of the forecast: what it counts of each deal, and what it counts beyond them. It adds up over all parts.

Amounts are whole cents of the company's currency. An estimate is rounded deal by deal, so that the sum of what is shown
is what is shown as the sum, for every unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from streams.revenue.company import NOBODY, Company, Level, Unit
from streams.revenue.position import Position

#: By what the part beyond the deals on record is dealt out. Teams, regions and the company are made of reps.
Cut = Literal["rep", "product", "account", "lead_source"]

#: The versions, in the order in which they are shown.
COMMIT, MOST_LIKELY, BEST_CASE, PIPELINE = "commit", "most_likely", "best_case", "pipeline"
CLOSED = "closed"
ADJUSTED = "adjusted"
STAGE, CATEGORY, MODEL = "stage_weighted", "category_weighted", "model"
PACE, SHARED_PACE = "pace", "shared_pace"
SIMULATED, BLEND = "simulated", "blend"
ROLLUPS = (CLOSED, COMMIT, MOST_LIKELY, BEST_CASE, PIPELINE)
VERSIONS = (*ROLLUPS, ADJUSTED, STAGE, CATEGORY, MODEL, PACE, SHARED_PACE, SIMULATED, BLEND)
#: The one that is shown first.
DEFAULT = BLEND
#: Whose deal it is, and of what, is the same in every company.
_ANY = Company()


class Version(Struct, frozen=True, gc=False):
    """What one way of forecasting counts: `deals` by id, and `beyond` by cell, which is of no deal on record."""

    name: str
    deals: Mapping[str, int]
    beyond: Mapping[str, int] = {}


class Figure(Struct, frozen=True, kw_only=True, gc=False):
    """What a version says of a unit, in cents; `low`, `middle` and `high` are P10, P50 and P90 where it gives them."""

    version: str
    cents: int
    low: int | None = None
    middle: int | None = None
    high: int | None = None
    width: float = 1.0
    by: str = ""


def cut_of(level: Level) -> Cut:
    """By what a level's part beyond the deals is dealt out."""
    return level if level in ("product", "account", "lead_source") else "rep"


def cell_of(position: Position, cut: Cut) -> str:
    """The cell of a cut that a deal counts for."""
    return _ANY.unit(position, cut).name


def unit_of(cell: str, cut: Cut, level: Level, company: Company) -> Unit:
    """The unit of a level that a cell is part of; `level` is one that the cut can be asked by (`cut_of`), or all."""
    if cut == "rep":
        return company.unit(Position(id=NOBODY, owner=cell), level)
    return Unit() if level == "company" else Unit(cut, cell)
