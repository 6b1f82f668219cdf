"""Why a pipeline changes: the buckets of a waterfall, in the order in which it is read, and how people say them."""

from __future__ import annotations

from typing import Literal, get_args

from streams.revenue.path import Outcome

Incoming = Literal[
    "new", "pulled_in", "pushed_in", "undated_in", "reopened", "restored", "transferred_in", "category_in"
]
Leaving = Literal["pushed_out", "pulled_out", "undated_out", "transferred_out", "category_out"]
Outgoing = Outcome | Leaving
Worth = Literal["amount_up", "amount_down", "currency_up", "currency_down"]
Reason = Incoming | Outgoing | Worth
INCOMING: tuple[Incoming, ...] = get_args(Incoming)
OUTGOING: tuple[Outgoing, ...] = (*get_args(Outcome), *get_args(Leaving))
#: Every reason, in the order in which a waterfall is read.
REASONS: tuple[Reason, ...] = (*INCOMING, "amount_up", "currency_up", "amount_down", "currency_down", *OUTGOING)
#: Each as a label; the period is the one that is looked at.
LABELS: dict[Reason, str] = {
    "new": "new",
    "pulled_in": "pulled in from a later period",
    "pushed_in": "pushed in from an earlier period",
    "undated_in": "got a close date",
    "reopened": "reopened",
    "restored": "restored",
    "transferred_in": "came from another owner",
    "category_in": "came from another category",
    "amount_up": "amount up",
    "currency_up": "exchange rate up",
    "amount_down": "amount down",
    "currency_down": "exchange rate down",
    "won": "won",
    "lost": "lost",
    "no_decision": "no decision",
    "deleted": "deleted",
    "merged": "merged into another",
    "pushed_out": "pushed out to a later period",
    "pulled_out": "pulled out to an earlier period",
    "undated_out": "lost its close date",
    "transferred_out": "went to another owner",
    "category_out": "went to another category",
}
