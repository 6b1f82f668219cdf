"""Door: the tables of closed deals -> what each channel or campaign is credited with, by every model side by side.

Credit is an amount of what was won, and adds up to it in every model. It is not an effect: a rule gives credit to
whoever was there. So beside each credit stands the share won of the deals that it comes from, and beside all models
what a touch before the opening changed, with what can be said of it.
"""

from __future__ import annotations

from datetime import date

from streams.revenue.credit import RULES
from streams.revenue.effects import doubts_of, effects_of
from streams.revenue.jointly import by_markov, incremental
from streams.revenue.ledger import Ledger
from streams.revenue.ruled import by_rule
from streams.revenue.settled import amount_of
from streams.revenue.told import Attribution, Credit


def attribute(ledger: Ledger, since: date | None = None, until: date | None = None) -> Attribution:
    """What was won in the calendar months from that of `since` to the one before that of `until`, or ever."""
    tables = ledger.tables(since, until)
    counts = tables.counts
    effects = effects_of(tables)
    doubts = doubts_of(effects)
    found = [by_rule(rule, tables, doubts) for rule in RULES]
    rows = [_ranked(each) for each in (*found, by_markov(tables, doubts), incremental(tables))]
    return Attribution(
        by=ledger.terms.by,
        half_life_days=ledger.terms.half_life_days,
        since=since,
        until=until,
        currency=ledger.company.rates.currency,
        won=counts["won"],
        lost=counts["lost"],
        value=amount_of(counts["cents"]),
        unvalued=counts["unvalued"],
        untouched=counts["untouched"],
        beyond=counts["beyond"],
        beyond_deals=counts["beyond_deals"],
        activities_beyond=counts["activities_beyond"],
        mailings=counts["mailings"],
        credits=tuple(row for each in rows for row in each),
        effects=tuple(effects),
    )


def _ranked(rows: list[Credit]) -> list[Credit]:
    return sorted(rows, key=lambda each: (-each.value, each.name))
