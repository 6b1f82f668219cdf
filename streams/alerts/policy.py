"""Thresholds of the alert rules, each with unit and source. One frozen value, made from the settings once."""

from __future__ import annotations

from msgspec import Struct


class Policy(Struct, frozen=True, kw_only=True):
    """When the rules speak. Spans are in days unless named otherwise; "business days" leave out weekends.

    What a severity means, so that a word keeps its weight:

    critical  the deal itself is about to be lost or missed: act today. Only for what the buyer does (or does not do),
              or for a date that is over or moved: going_quiet, silent, slipping, close_date_missed, pushed_repeatedly
    warning   something is wrong with the deal: look at it this week
    info      the deal is kept badly (no next step, a long stay in a stage): tidy up. It is hygiene, and says little of
              how the deal ends, so it never turns critical, and alone does not make a deal one at risk.

    On the generated organisation (900 deals, 240 days) a third of all open deals used to be critical, two of three of
    those for hygiene.
    """

    #: Tenant's time zone, for close dates of deals that name none.
    timezone: str = "UTC"
    #: Days without contact that count as inactivity, where a source does not say otherwise.
    inactivity_days: int = 14
    #: No alert on a deal younger than this (Gong: 3 days).
    min_age_days: float = 3.0

    #: An episode that ended is not told again before this long, and reasons that come before then reopen the alert.
    cool_down_days: float = 3.0
    #: A reason counts as milder when it has been for this long.
    milder_after_days: float = 1.0
    #: A cause that still holds this long after somebody said "done" is told again.
    done_days: float = 7.0

    #: going_quiet: probability that a silence reaches the horizon from which the model warns, and how far above the
    #: base rate in log-odds.
    quiet_probability: float = 0.65
    quiet_lift: float = 1.0
    #: Nobody goes quiet who spoke within this time: models are asked once a day, and know little of silences of hours.
    quiet_min_days: float = 1.0
    #: slipping: the same for slippage.
    slip_probability: float = 0.6
    slip_lift: float = 1.0
    #: Model rules stay silent until the model has learned this many cases.
    min_cases: int = 300
    #: An open model alert resolves when the risk is this far below the opening threshold, in log-odds (hysteresis).
    clear_log_odds: float = 0.7
    #: A model alert is critical when the risk is this far above the opening threshold, in log-odds.
    critical_log_odds: float = 2.0

    #: silent: the gap is this many times the gap that 9 of 10 contacts keep, and at least so many days.
    silent_factor: float = 1.5
    silent_critical_factor: float = 3.0
    silent_min_days: float = 3.0
    #: Usual gap (90 %) while nothing was learned: InsightSquared's "less than one activity in 10 business days".
    silent_default_days: float = 9.0
    #: Spans needed before a stage's or owner's norm counts.
    min_spans: int = 20

    #: stuck_in_stage: times the median stay that is worth an info, and a warning (InsightSquared: 3 x is at risk), with
    #: a floor and a default in days.
    stuck_factor: float = 2.0
    stuck_warn_factor: float = 3.0
    stuck_min_days: float = 7.0
    stuck_default_days: float = 21.0

    #: close_date_missed turns critical after this many business days.
    missed_critical_days: int = 5
    #: pushed_repeatedly: pushes within the window (InsightSquared: more than 3 is at risk).
    pushes_warn: int = 2
    pushes_critical: int = 4
    pushes_window_days: int = 180
    #: no_next_step: business days without a planned step that are worth an info, and a warning (two weeks of work: the
    #: buyer has no appointment for longer than most gaps last); a step without a date counts for `step_valid_days`.
    step_info_days: int = 5
    step_warn_days: int = 10
    step_valid_days: int = 14
