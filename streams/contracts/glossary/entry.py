"""One line of the glossary, and the units that it counts in."""

from __future__ import annotations

from typing import NamedTuple

#: Instants on the topics are whole numbers; only events, which come from outside, have RFC 3339 texts.
MS = "ms since 1970-01-01 UTC"
SPAN = "ms"
DAY_NUMBER = "UTC days since 1970-01-01"
DAYS = "days"
SECONDS = "s"
SHARE = "probability, 0 to 1"
LOG_ODDS = "log-odds (natural logarithm)"
MONEY = "decimal number of the currency's main unit"


class Entry(NamedTuple):
    """What a field means, its unit where it has one, and an example where one helps."""

    meaning: str
    unit: str = ""
    example: object = None
