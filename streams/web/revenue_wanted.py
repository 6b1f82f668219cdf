"""What of revenue somebody wants to see: the period and the unit, as they stand in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from streams.revenue.answers import KEPT_LEVELS
from streams.revenue.company import Unit

_MAX_TEXT = 300
By = Literal["channel", "campaign"]


class RevenueWanted(Struct, frozen=True, kw_only=True):
    """A period by its name, none where nobody asked for one; a unit; and by what credit is given."""

    period: str = ""
    unit: Unit = Unit()
    by: By = "channel"

    def query(self, **changes: object) -> str:
        """The same as a query string with `?`, empty where all is as it is without one."""
        changed = replace(self, **changes)
        fields = {"period": changed.period}
        if changed.unit != Unit():
            fields |= {"level": changed.unit.level, "name": changed.unit.name}
        if changed.by != "channel":
            fields["by"] = changed.by
        query = urlencode({name: value for name, value in fields.items() if value or name == "name"})
        return f"?{query}" if query else ""


def read_revenue_wanted(query: Mapping[str, str]) -> RevenueWanted:
    """Read an address; what makes no sense is as if it were not there. `unit` is `level|name`, as forms send it."""
    level, _, name = query.get("unit", "")[:_MAX_TEXT].partition("|")
    if "unit" not in query:
        level, name = query.get("level", ""), query.get("name", "")[:_MAX_TEXT]
    known = next((each for each in KEPT_LEVELS if each == level), None)
    unit = Unit() if known is None or known == "company" else Unit(known, name)
    return RevenueWanted(
        period=query.get("period", "")[:_MAX_TEXT],
        unit=unit,
        by="campaign" if query.get("by") == "campaign" else "channel",
    )
