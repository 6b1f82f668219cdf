"""The targets, written once: what is asked, over which horizon, and when the answer is known.

*Inactivity*: no contact with the buyer within the horizon after the question (14 days by default; a source may say
otherwise). A win inside the horizon counts as activity, a loss without a contact as inactivity. The call that ends in
the loss is written down a few seconds after it, so a contact counts up to the horizon's end, not up to the close. The
answer is learned when the horizon has passed, also where it was known earlier.

*Slippage*: the deal is not won by the close date planned when the question was asked; not asked once that date has
passed. The answer is learned at that date, whatever became of the date since: a push is a slip.

*Win*: the deal ends won; asked on ever rarer steps, learned when the deal closes.

A deal that is deleted or merged has no outcome: its open questions are withdrawn. Where it had closed before, the
answers that its close gave are taken back: win, and slippage where it was won in time. So they are where it is
reopened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import Watch

Target = Literal["inactivity", "slippage", "win"]
INACTIVITY: Target = "inactivity"
SLIPPAGE: Target = "slippage"
WIN: Target = "win"
TARGETS: tuple[Target, ...] = (INACTIVITY, SLIPPAGE, WIN)

_AT_CLOSE: dict[Target, Callable[[Opportunity], bool]] = {WIN: lambda facts: facts.status == "won"}
#: Targets that are answered when the deal closes.
AT_CLOSE: tuple[Target, ...] = tuple(_AT_CLOSE)

#: Statuses that are no outcome of the sale.
WITHDRAWN = ("deleted", "merged")


def asked_at(watch: Watch, step: int) -> int:
    """The instant of a grid step: k x 24 h after the deal was first seen."""
    return watch.origin + step * DAY


def inactivity_due(watch: Watch, step: int) -> int:
    """When the inactivity question of a step falls due."""
    return asked_at(watch, step) + watch.horizon_days * DAY


def was_inactive(facts: Opportunity, since: int) -> bool:
    """Whether the buyer was silent after `since`, judged when the horizon has passed."""
    if facts.status == "won":
        return False
    return facts.last_contact_at is None or facts.last_contact_at <= since


def answer_at_close(target: Target, facts: Opportunity) -> bool:
    """What the close of a deal answers; `target` is one of `AT_CLOSE`."""
    return _AT_CLOSE[target](facts)


def may_be_taken_back(target: str, label: bool) -> bool:
    """Whether an answer follows from how the deal closed, so that a reopening undoes it."""
    return target in AT_CLOSE or (target == SLIPPAGE and not label)


def asks_win(step: int) -> bool:
    """Whether the win question is asked on a grid step: on 1, 2, 3, 5, 8, 13 ... so that old deals do not dominate."""
    before, here = 1, 2
    while before < step:
        before, here = here, before + here
    return before == step
