"""How many deals there must be before anything is said of them."""

from __future__ import annotations

from streams.revenue.tables import Tables

#: Deals that were won and have a value, below which no interval is told; and deals that a row must come from.
FEW = 20
FEW_OF_A_ROW = 5


def too_few(tables: Tables, deals: int) -> str:
    """Why nothing is said of a row that comes from so many deals; empty where there are enough."""
    if tables.counts["valued"] < FEW:
        return f"too few won deals: {FEW} with a value are needed"
    return "" if deals >= FEW_OF_A_ROW else f"too few deals: {FEW_OF_A_ROW} are needed"
