"""All rules, in the order in which they are run and, of equal severity, listed: what the buyer does comes first."""

from __future__ import annotations

from streams.alerts.declare import Rule
from streams.alerts.rules.answers import DARK_AFTER_PROPOSAL, MEETING_NOT_REBOOKED, WAITING_FOR_US
from streams.alerts.rules.dates import CLOSE_DATE_MISSED, CLOSES_ON_DAY_OFF, SLIPPING
from streams.alerts.rules.forecast import AMOUNT_FALLING, DOUBTFUL_COMMIT, STALE_COMMIT
from streams.alerts.rules.hygiene import NO_NEXT_STEP
from streams.alerts.rules.people import SINGLE_THREADED, UNTOUCHED_BY_OWNER
from streams.alerts.rules.pushes import LEFT_QUARTER, PUSHED_REPEATEDLY, PUSHED_TO_QUARTER_END
from streams.alerts.rules.record import INCOMPLETE, RECORD_BEHIND
from streams.alerts.rules.silence import GOING_QUIET, SILENT
from streams.alerts.rules.stage import AHEAD_OF_BUYER, STAGE_MOVED_BACK, STUCK_IN_STAGE

RULES: tuple[Rule, ...] = (
    GOING_QUIET,
    SILENT,
    DARK_AFTER_PROPOSAL,
    SLIPPING,
    CLOSE_DATE_MISSED,
    PUSHED_REPEATEDLY,
    LEFT_QUARTER,
    DOUBTFUL_COMMIT,
    STALE_COMMIT,
    WAITING_FOR_US,
    MEETING_NOT_REBOOKED,
    UNTOUCHED_BY_OWNER,
    AMOUNT_FALLING,
    SINGLE_THREADED,
    STAGE_MOVED_BACK,
    AHEAD_OF_BUYER,
    STUCK_IN_STAGE,
    NO_NEXT_STEP,
    RECORD_BEHIND,
    INCOMPLETE,
    PUSHED_TO_QUARTER_END,
    CLOSES_ON_DAY_OFF,
)

BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
