"""One deal for each rule of which it speaks: what happens, and how it is lived through."""

from __future__ import annotations

from collections.abc import Callable

from streams.alerts.rules.record import Incomplete
from streams.events import deal
from tests.builders import (
    Timeline,
    a_call,
    a_cancellation,
    a_category,
    a_close_date,
    a_planned_meeting,
    a_policy,
    a_proposal,
    a_reply,
    a_stage,
    an_amount,
    an_opportunity,
    an_owner,
    some_models,
)

#: A deal that is large enough to need more than one contact.
LARGE = deal.CreatedData(name="Deal", owner="rep-1", stage="discovery", position=1, amount="60000", currency="EUR")


def _silent() -> Timeline:
    return Timeline().tell(an_opportunity(0), a_call(0.5)).until(15)


def _single_threaded() -> Timeline:
    calls = [a_call(day, contacts=("ann",)) for day in (1, 4, 9, 15, 22)]
    return Timeline().tell(an_opportunity(0, LARGE), *calls).until(31)


def _doubtful_commit() -> Timeline:
    models = some_models(win=0.3, base_rate=0.5, cases=500)
    return Timeline(models).tell(an_opportunity(0), a_call(0.5), a_category(1, "commit")).until(4)


#: By rule: a deal of which it speaks.
SPEAKS: dict[str, Callable[[], Timeline]] = {
    "going_quiet": lambda: (
        Timeline(some_models(inactivity=0.7, cases=300)).tell(an_opportunity(0), a_call(0.5)).until(4)
    ),
    "silent": _silent,
    "dark_after_proposal": lambda: (
        Timeline().tell(an_opportunity(0), a_call(0.5), a_proposal(1.5)).until(9)
    ),
    "slipping": lambda: (
        Timeline(some_models(slippage=0.7, cases=300)).tell(an_opportunity(0), a_close_date(0.5, 30)).until(4)
    ),
    "close_date_missed": lambda: Timeline().tell(an_opportunity(0), a_close_date(0.5, 9)).until(10),
    "pushed_repeatedly": lambda: (
        Timeline().tell(an_opportunity(0), *(a_close_date(0.5 + step, 9 + 3 * step) for step in range(3))).until(4)
    ),
    "left_quarter": lambda: (
        Timeline().tell(an_opportunity(0), a_close_date(0.5, 60), a_close_date(5, 100)).until(6)
    ),
    "doubtful_commit": _doubtful_commit,
    "stale_commit": lambda: (
        Timeline().tell(an_opportunity(0), a_call(0.5), a_category(1, "commit")).until(10)
    ),
    "waiting_for_us": lambda: Timeline().tell(an_opportunity(0), a_reply(4.5)).until(8),
    "meeting_not_rebooked": lambda: (
        Timeline().tell(an_opportunity(0), a_call(0.5), a_planned_meeting(1, 5), a_cancellation(2.5)).until(5)
    ),
    "untouched_by_owner": lambda: (
        Timeline().tell(an_opportunity(0), a_call(0.5), an_owner(4.5, "rep-2")).until(12)
    ),
    "amount_falling": lambda: Timeline().tell(an_opportunity(0), a_call(0.5), an_amount(4, "9000")).until(5),
    "single_threaded": _single_threaded,
    "stage_moved_back": lambda: (
        Timeline().tell(an_opportunity(0), a_stage(1, "offer", 2), a_stage(4, "discovery", 1)).until(5)
    ),
    "ahead_of_buyer": lambda: (
        Timeline().tell(an_opportunity(0), a_call(0.5), a_stage(4, "offer", 2), a_stage(5, "contract", 3)).until(6)
    ),
    "stuck_in_stage": lambda: Timeline().tell(an_opportunity(0)).until(43),
    "no_next_step": lambda: Timeline().tell(an_opportunity(0)).until(8),
    "record_behind": lambda: Timeline().tell(an_opportunity(0), a_call(0.5), a_proposal(1.5)).until(7),
    "incomplete": lambda: Timeline(policy=a_policy(Incomplete())).tell(an_opportunity(0), a_call(0.5)).until(9),
    "pushed_to_quarter_end": lambda: (
        Timeline().tell(an_opportunity(0), a_close_date(0.5, 20), a_close_date(4, 89)).until(5)
    ),
    "closes_on_day_off": lambda: Timeline().tell(an_opportunity(0), a_close_date(0.5, 12)).until(4),
}  # fmt: skip
