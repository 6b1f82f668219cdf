"""The targets, written once: what is asked, over which horizon, and when the answer is known.

*Inactivity*: no contact with the buyer within the horizon after the question (14 days by default; a source may say
otherwise). A win inside the horizon counts as activity, a loss without a contact as inactivity. The call that ends in
the loss is written down a few seconds after it, so a contact counts up to the horizon's end, not up to the close. The
answer is learned when the horizon has passed, also where it was known earlier.

*Silence*: the silence that the deal is in, counted from its last contact (or from its birth), will reach the horizon
while the deal is open. Not asked once it has. All questions of one silence fall due together, when it reaches the
horizon or would have: the answer is learned then, also where a contact or the deal's end gave it before, since
otherwise the silences that end would be learned of first. Inactivity asks about the days ahead, however long it has
been silent; this asks about the silence itself, and so it is what an early warning goes by.

*Slippage*: the deal is not won by the close date planned when the question was asked; not asked once that date has
passed. The answer is learned at that date, whatever became of the date since: a push is a slip.

*Win*: the deal ends won; asked on ever rarer steps, learned when the deal closes.

*No decision*: if the deal is not won, will it end without a decision, rather than lost to somebody? Asked and learned
with win; where it was won, there is no answer and the question is withdrawn. So the chances of the three ends add up to
one: win, (1 - win) times this one, and the rest.

A deal that is deleted or merged has no outcome: its open questions are withdrawn. Where it had closed before, the
answers that its close gave are taken back: win, and slippage where it was won in time. So they are where it is
reopened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import Watch

Target = Literal["inactivity", "silence", "slippage", "win", "no_decision"]
INACTIVITY: Target = "inactivity"
SILENCE: Target = "silence"
SLIPPAGE: Target = "slippage"
WIN: Target = "win"
NO_DECISION: Target = "no_decision"
TARGETS: tuple[Target, ...] = (INACTIVITY, SILENCE, SLIPPAGE, WIN, NO_DECISION)

_AT_CLOSE: dict[Target, Callable[[Opportunity], bool | None]] = {
    WIN: lambda facts: facts.status == "won",
    NO_DECISION: lambda facts: None if facts.status == "won" else facts.no_decision,
}
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


def silence_due(facts: Opportunity, watch: Watch) -> int:
    """When the silence that a deal is in reaches the horizon, if nothing ends it."""
    return facts.quiet_since + watch.horizon_days * DAY


def reached(facts: Opportunity, watch: Watch, due: int) -> bool:
    """Whether the silence that was to reach the horizon at `due` did, judged at that time."""
    return facts.is_open and silence_due(facts, watch) <= due


def answer_at_close(target: Target, facts: Opportunity) -> bool | None:
    """What the close of a deal answers, none where the question is moot; `target` is one of `AT_CLOSE`."""
    return _AT_CLOSE[target](facts)


def may_be_moot(target: str) -> bool:
    """Whether a deal may close without answering a target: a reopening asks about it again."""
    return target == NO_DECISION


def may_be_taken_back(target: str, label: bool) -> bool:
    """Whether an answer follows from how the deal closed, so that a reopening undoes it."""
    return target in AT_CLOSE or (target == SLIPPAGE and not label)


def asks_end(step: int) -> bool:
    """Whether a grid step asks how the deal will end: on 1, 2, 3, 5, 8, 13 ... so that old deals do not dominate."""
    before, here = 1, 2
    while before < step:
        before, here = here, before + here
    return before == step
