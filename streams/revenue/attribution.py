"""Door: the tables of closed deals -> what each channel or campaign is credited with, by every model side by side.

Credit is an amount of what was won, and adds up to it in every model. It is not an effect: a rule gives credit to
whoever was there. So beside each credit stands the share won of the deals that it comes from, and beside all models
what a touch before the opening changed, with what can be said of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from streams.revenue.credit import RULES
from streams.revenue.effects import doubts_of, effects_of
from streams.revenue.jointly import by_markov, incremental
from streams.revenue.ledger import Ledger
from streams.revenue.money import total
from streams.revenue.ruled import by_rule
from streams.revenue.settled import OTHERS, amount_of
from streams.revenue.told import Attribution, Credit

#: Channels, or campaigns, that are told one by one where all deals are looked at together: with all of thousands of
#: campaigns that would take gigabytes, and say nothing of those that touched a deal or two.
NAMED = 60


def attribute(
    ledger: Ledger, since: date | None = None, until: date | None = None, *, briefly: bool = False
) -> Attribution:
    """What was won in the calendar months from that of `since` to the one before that of `until`, or ever.

    Where there are more than `NAMED` channels, those that touched the fewest closed deals are one row, `OTHERS`: of the
    models that look at all deals at once, and `briefly` of all.
    """
    tables = ledger.tables(since, until)
    counts, channels = tables.counts, tables.channels()
    rest = frozenset(channels[NAMED:])
    together = tables.gathered(frozenset(channels[:NAMED])) if rest else tables
    effects = effects_of(tables)
    doubts = doubts_of(effects)
    ruled = [by_rule(rule, tables, doubts) for rule in RULES]
    if briefly and rest:
        ruled = [_gathered(rows, rest) for rows in ruled]
        effects = [each for each in effects if each.name not in rest]
    rows = [_ranked(each) for each in (*ruled, by_markov(together, doubts), incremental(together))]
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
        gathered=len(rest),
    )


def _gathered(rows: Iterable[Credit], rest: Collection[str]) -> list[Credit]:
    """The rows of a rule with those of some channels as one; a deal counts for each of them."""
    found = [each for each in rows if each.name not in rest]
    others = [each for each in rows if each.name in rest]
    if others:
        value: Decimal = total(each.value for each in others)
        deals = sum(each.deals for each in others)
        found.append(Credit(model=others[0].model, name=OTHERS, value=value, share=None, deals=deals))
    return found


def _ranked(rows: list[Credit]) -> list[Credit]:
    return sorted(rows, key=lambda each: (-each.value, each.name))
