"""What is promised to those who depend on Dealwatch, as shares of good events, and how errors are counted.

An alert that burns its budget fast calls somebody at once, one that burns it slowly is work for the week: multiple
windows and burn rates as in chapter 5 of the SRE Workbook (Google, 2018), table 5-8.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: In Prometheus' notation.
Window = Literal["5m", "30m", "1h", "6h", "3d"]
WINDOWS: tuple[Window, ...] = ("5m", "30m", "1h", "6h", "3d")
#: An alert that comes later after its record is an error; a bound of the histogram `dealwatch_alert_delay_seconds`.
LATE_AFTER_S = 5.0
#: An event that waits for longer makes the time an error.
WAITING_AFTER_S = 60


class Burn(NamedTuple):
    """Fires while the budget burns so many times as fast as allowed, in both windows."""

    factor: float
    long: Window
    short: Window


#: 2 % of the budget of 30 days in an hour, 5 % in six hours: somebody is called. 10 % in three days: work for the week.
CALLS = (Burn(14.4, "1h", "5m"), Burn(6.0, "6h", "30m"))
WORK = Burn(1.0, "3d", "6h")


class Objective(NamedTuple):
    """A promise: `target` is the share that has to be good in 30 days.

    `errors` is the share of errors with `{w}` in place of the window, per job, and nothing where nothing was to be
    done. With fewer than `least` events (`events`, with `{w}`) in the long window one error says little, and nobody is
    called.
    """

    name: str
    alert: str
    target: float
    promise: str
    errors: str
    events: str = ""
    least: int = 0


_DELAY = "dealwatch_alert_delay_seconds"
_SENT = 'dealwatch_notifications_total{role="send", outcome=~"sent|refused"}'

OBJECTIVES = (
    Objective(
        "alerts-on-time",
        "DealwatchAlertsLate",
        0.995,
        f"of alerts are said within {LATE_AFTER_S:g} s of the record that led to them",
        f'1 - sum by (job) (rate({_DELAY}_bucket{{role="track", le="{LATE_AFTER_S}"}}[{{w}}])) / '
        f'(sum by (job) (rate({_DELAY}_count{{role="track"}}[{{w}}])) > 0)',
        f'sum by (job) (increase({_DELAY}_count{{role="track"}}[{{w}}]))',
        20,
    ),
    Objective(
        "events-fresh",
        "DealwatchEventsWaiting",
        0.999,
        f"of the time no event waits longer than {WAITING_AFTER_S} s",
        "avg_over_time(job:dealwatch_waiting_too_long:bool[{w}])",
    ),
    Objective(
        "events-usable",
        "DealwatchEventsUnusable",
        0.999,
        "of events can be used, and are no dead letters",
        'sum by (job) (rate(dealwatch_events_dead_total{role="track"}[{w}])) / '
        '(sum by (job) (rate(dealwatch_events_in_total{role="track"}[{w}])) > 0)',
        'sum by (job) (increase(dealwatch_events_in_total{role="track"}[{w}]))',
        1000,
    ),
    Objective(
        "messages-delivered",
        "DealwatchMessagesRefused",
        0.99,
        "of messages to people are taken by the service that they go to",
        f'sum by (job) (rate(dealwatch_notifications_total{{role="send", outcome="refused"}}[{{w}}])) / '
        f"(sum by (job) (rate({_SENT}[{{w}}])) > 0)",
        f"sum by (job) (increase({_SENT}[{{w}}]))",
        10,
    ),
)

ERROR_RATIO = "slo:sli_error:ratio_rate{w}"
BURN_RATE = "slo:burn_rate:ratio_rate{w}"
BUDGET_LEFT = "slo:error_budget_left:ratio"
#: Everything that is recorded, also by hand in `rules/alerts.rules.yml`.
RECORDED = {
    *(ERROR_RATIO.format(w=window) for window in WINDOWS),
    *(BURN_RATE.format(w=window) for window in WINDOWS),
    BUDGET_LEFT,
    "job:dealwatch_lag_seconds:max",
    "job:dealwatch_waiting_too_long:bool",
    "job_role:dealwatch_lag_records:sum",
}
