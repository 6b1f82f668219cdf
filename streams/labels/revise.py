"""Which answers an event takes back: a deal that closed is reopened, merged or deleted, or ended otherwise than known.

The rule: what was answered at the close is what the facts say of the close. Where an event changes that, also one that
came late and was sorted into the past, the answers are taken back, and the facts as they are now decide what is
answered instead. How often that happened goes with every later answer, so that a lesson that comes again is recognised.
"""

from __future__ import annotations

from msgspec.structs import replace

from streams.labels.lesson import Answered, Lesson, TakenBack
from streams.labels.outcome import AT_CLOSE, SLIPPAGE, WITHDRAWN
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity


def take_back(before: DealState | None, after: DealState, now: int) -> tuple[DealState, list[Lesson]]:
    """Return the answers that hold no more after an event, and the state in which they are not given.

    A deal that is deleted or merged owes none: its watch stays decided until it is restored or reopened.
    """
    if before is None or not before.watch.decided or _end(before.facts) == _end(after.facts):
        return after, []
    watch, facts = after.watch, after.facts
    gone = facts.status in WITHDRAWN
    if before.facts.status not in ("won", "lost"):  # nothing was answered
        return replace(after, watch=replace(watch, decided=gone)), []
    revision = watch.revision
    lessons: list[Lesson] = [TakenBack(facts.id, each, 1, watch.asked, now, revision) for each in AT_CLOSE]
    if before.facts.status == "won":  # "won in time" is over; unless the deal is gone, its date has passed without it
        instead = None if gone else True
        lessons.append(TakenBack(facts.id, SLIPPAGE, 1, watch.asked, now, revision, label=False, instead=instead))
        if gone:
            lessons.append(Answered(facts.id, SLIPPAGE, 1, watch.asked, now, None, revision + 1))
    return replace(after, watch=replace(watch, decided=gone, revision=revision + 1)), lessons


def _end(facts: Opportunity) -> tuple[str, bool]:
    return facts.status, facts.no_decision
