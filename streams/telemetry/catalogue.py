"""Every metric, once: name, type, unit, labels, meaning. Rules, dashboards and docs are checked against this list.

Labels are low-cardinality: a kind, a rule, a team, a partition; never an opportunity, owner or account.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from streams.facts import Name

Role = Literal["track", "learn", "revenue", "allot", "send"]
"""The programs, by their consumer groups.

Who keeps the deals, who learns, who answers what is asked of revenue, who decides who is told, who tells.
"""
EVERY: tuple[Role, ...] = get_args(Role)

#: Seconds of work on this machine.
WORK = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Seconds until somebody can know: from at once to the hours that a source may take.
DELAYS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)


class Metric(NamedTuple):
    """One metric as Prometheus sees it, without the `dealwatch_` prefix and the label `role`, which every one has.

    `roles` are the programs that serve it, `buckets` the bounds of a histogram.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    roles: tuple[Role, ...] = ("track",)
    buckets: tuple[float, ...] = ()


#: Counters fed by facts: the fact's dimensions are the labels, in order.
FACTS: dict[Name, Metric] = {
    Name.EVENT_IN: Metric(
        "events_in_total", "counter", (), "Records with or without a readable event that were handled"
    ),
    Name.EVENT_FOLDED: Metric("events_folded_total", "counter", ("kind",), "Events folded into the state of a deal"),
    Name.EVENT_DUPLICATE: Metric("events_duplicate_total", "counter", (), "Events that a deal had seen before"),
    Name.EVENT_REPLAYED: Metric("events_replayed_total", "counter", (), "Records offered again after a crash"),
    Name.EVENT_DEAD: Metric("events_dead_total", "counter", ("reason",), "Records put into the dead letters"),
    Name.CONTROL_HEARD: Metric(
        "control_events_total",
        "counter",
        ("kind",),
        "Heartbeats, gaps, clocks, backfills, rules and figures of managers",
    ),
    Name.DEAL_SCORED: Metric("deals_scored_total", "counter", (), "Times that the models scored a deal"),
    Name.DEAL_TICKED: Metric(
        "deadlines_passed_total", "counter", (), "Deadlines of deals that passed without an event"
    ),
    Name.ALERT_MOVED: Metric(
        "alert_transitions_total",
        "counter",
        ("rule", "transition", "severity"),
        "Transitions of alerts, by the rule that leads",
    ),
    Name.REASON_MOVED: Metric(
        "alert_reasons_total", "counter", ("rule", "move"), "Reasons that joined or left an alert, or had to be held"
    ),
    Name.PLAY_MOVED: Metric(
        "play_events_total", "counter", ("play", "happened", "arm"), "What happened to runs of plays"
    ),
    Name.VOTE_CAST: Metric(
        "alert_votes_total",
        "counter",
        ("rule", "vote"),
        "What people said of rules by ending an alert: useful, not_useful, or taken_back",
    ),
    Name.QUESTION_ASKED: Metric(
        "questions_asked_total", "counter", ("target",), "Questions whose answer will be learned"
    ),
    Name.ANSWER_GIVEN: Metric(
        "answers_given_total", "counter", ("target", "label"), "Labels that fell due, or were taken back"
    ),
    Name.EPOCH_REACHED: Metric("epochs_reached_total", "counter", (), "UTC days that partitions began"),
}

BUILD = Metric("build_info", "gauge", ("version",), "1, with the version that runs", EVERY)
BATCH_SECONDS = Metric("batch_seconds", "histogram", (), "Time to handle one slice of records", EVERY, WORK)
BATCH_RECORDS = Metric("batch_records_total", "counter", (), "Records handled in slices", EVERY)
COMMIT_SECONDS = Metric(
    "commit_seconds", "histogram", (), "Time of one checkpoint: outbox, changelog, offsets", EVERY, WORK
)
COMMIT_STATES = Metric("commit_states_total", "counter", (), "States written by checkpoints", EVERY)
LAST_COMMIT = Metric(
    "last_commit_timestamp_seconds", "gauge", (), "When the last checkpoint was complete (Unix time)", EVERY
)
LAG = Metric("lag_records", "gauge", ("partition",), "Records of the source not handled yet", EVERY)
LAG_SECONDS = Metric(
    "lag_seconds", "gauge", ("partition",), "How long the first record not handled has been there; 0: none waits", EVERY
)
REBALANCES = Metric("rebalances_total", "counter", (), "Times that the group dealt the partitions anew", EVERY)
RECOVERED_STATES = Metric("recovered_states_total", "counter", (), "States read back from the changelog", EVERY)
RECOVERY_SECONDS = Metric(
    "recovery_seconds", "gauge", ("partition",), "Time of the last recovery of a partition", EVERY
)
PARTITIONS = Metric("partitions_assigned", "gauge", (), "Partitions that this worker owns", EVERY)
SOURCE_PARTITIONS = Metric("source_partitions", "gauge", (), "Partitions of the source: all workers' together", EVERY)
STATE_BYTES = Metric("state_bytes", "gauge", ("partition",), "Size of a partition's states, as they are kept", EVERY)
SPANS = Metric(
    "trace_spans_total",
    "counter",
    ("outcome",),
    "Spans of traces that the collector took (exported), or that were dropped; none without `otel_endpoint`",
    EVERY,
)

LOOP_LAG = Metric(
    "loop_lag_seconds", "histogram", (), "How late the worker's loop was for a timer of its own", ("track",), WORK
)
ALERTS_MENDED = Metric(
    "alerts_mended_total",
    "counter",
    (),
    "Alerts said again on deal.alerts.open, over what a worker wrote late that had lost their deals' partition",
)
CLOCK = Metric("event_time_seconds", "gauge", ("partition",), "Event time that a partition has reached (Unix time)")
DEALS = Metric("deals_held", "gauge", ("partition",), "Deals of a partition, open and closed")
DEADLINES = Metric(
    "deadlines_pending", "gauge", ("partition",), "Deadlines that are noted; one that moved counts twice"
)
DEADLINES_LATE = Metric(
    "deadlines_late_seconds",
    "gauge",
    ("partition",),
    "How long the next deadline has been over without having passed; 0: none is, or history is replayed",
)
ALERT_DELAY = Metric(
    "alert_delay_seconds",
    "histogram",
    (),
    "From the append of a record to the alert that it led to; not of records appended more than an hour after their "
    "event's time (a backfill, a feed that is late), and up to two days",
    ("track",),
    DELAYS,
)
ALERT_LATENCY = Metric(
    "alert_latency_seconds",
    "histogram",
    (),
    "From the event time of what an alert is about, event or deadline, to the alert; up to two days",
    ("track",),
    DELAYS,
)
TEAM_ALERTS = Metric(
    "team_alert_transitions_total",
    "counter",
    ("team", "transition", "severity"),
    "Transitions of alerts by the owner's team; `everyone`: an owner without one",
)
ACTIONS = Metric(
    "actions_total", "counter", ("outcome",), "Records of deal.alert-actions that were taken in, or refused"
)
SUBSTITUTED = Metric("models_substituted_total", "counter", (), "Days begun with older models: the learner was late")
RULES_INVALID = Metric("rules_file_invalid", "gauge", (), "1 while the rules file cannot be used, else 0")
MODEL_EPOCH = Metric("model_epoch_timestamp_seconds", "gauge", (), "UTC day from which the newest models count")
MODEL_WRITTEN = Metric(
    "model_written_timestamp_seconds", "gauge", (), "When the newest models were written (Unix time)"
)
MODEL_CASES = Metric("model_cases", "gauge", ("target",), "Cases that a model has learned")
MODEL_LOG_LOSS = Metric("model_log_loss", "gauge", ("target",), "Prequential log loss, about the last 1,000 cases")
MODEL_BASE_LOSS = Metric("model_base_log_loss", "gauge", ("target",), "Log loss of the base rate on the same cases")
MODEL_BRIER = Metric("model_brier", "gauge", ("target",), "Prequential Brier score, about the last 1,000 cases")
MODEL_AUC = Metric("model_roc_auc", "gauge", ("target",), "Prequential ROC-AUC, about the last 1,000 cases")
MODEL_ECE = Metric(
    "model_calibration_error", "gauge", ("target",), "Prequential ECE over ten bins, about the last 1,000 cases"
)
MODEL_BASE_RATE = Metric("model_base_rate", "gauge", ("target",), "Share of cases in which the target came true")
MODEL_CHALLENGED = Metric("model_challenged", "gauge", ("target",), "1 while a challenger learns beside, else 0")
MODEL_PINNED = Metric("model_pinned", "gauge", ("target",), "1 while pinned weights are said of the target, else 0")

QUESTIONS_WAITING = Metric(
    "questions_waiting",
    "gauge",
    (),
    "Questions that the learner keeps: they wait for their answer, or may be taken back",
    ("learn",),
)
MODEL_NOTICES = Metric(
    "model_notices_total", "counter", ("target", "kind"), "What happened to models, such as drift", ("learn",)
)

REVENUE_AS_OF = Metric(
    "revenue_as_of_timestamp_seconds", "gauge", (), "Event time up to which answers are made (Unix time)", ("revenue",)
)
REVENUE_SECONDS = Metric(
    "revenue_answering_seconds", "gauge", (), "How long the last making of all answers took", ("revenue",)
)
REVENUE_RECORDS = Metric(
    "revenue_records_total", "counter", ("topic",), "Records read: of activity, alerts, or plays", ("revenue",)
)
REVENUE_UNREADABLE = Metric(
    "revenue_unreadable_total", "counter", ("topic",), "Records of alerts or plays that are none", ("revenue",)
)
REVENUE_ANSWERS = Metric(
    "revenue_answers_total",
    "counter",
    ("topic",),
    "Answers that changed and were written, or ended: of forecast, pipeline, coaching, or attribution",
    ("revenue",),
)
REVENUE_LOCKS_WAITING = Metric(
    "revenue_locks_waiting", "gauge", (), "Days of the weekly lock that are still to be locked", ("revenue",)
)
REVENUE_DEALS = Metric("revenue_deals", "gauge", (), "Deals known, open and closed", ("revenue",))
REVENUE_BACKLOG = Metric("revenue_backlog", "gauge", (), "Records read and not taken in yet", ("revenue",))

DELIVERIES = Metric("deliveries_total", "counter", ("kind",), "Messages to people that were decided", ("allot",))
PASSED_OVER = Metric(
    "alerts_passed_over_total",
    "counter",
    (),
    "Alerts that a round left to the digest, since the budget of the day was spent",
    ("allot",),
)
NOTIFICATIONS = Metric(
    "notifications_total",
    "counter",
    ("channel_kind", "outcome"),
    "Messages to people: sent, retried, refused, or left out since a later word was sent before",
    ("send",),
)
NOTIFICATIONS_WAITING = Metric(
    "notifications_waiting",
    "gauge",
    ("channel_kind",),
    "Messages decided and not sent yet, with those to be tried again",
    ("send",),
)
NOTIFICATIONS_OLDEST = Metric(
    "notifications_oldest_seconds", "gauge", (), "How long the oldest message that is not sent has waited", ("send",)
)
NOTIFICATION_DELAY = Metric(
    "notification_delay_seconds",
    "histogram",
    (),
    "From reading a message that was decided to the service's yes",
    ("send",),
    DELAYS,
)

ENGINE = (
    BUILD,
    BATCH_SECONDS,
    BATCH_RECORDS,
    COMMIT_SECONDS,
    COMMIT_STATES,
    LAST_COMMIT,
    LAG,
    LAG_SECONDS,
    REBALANCES,
    RECOVERED_STATES,
    RECOVERY_SECONDS,
    PARTITIONS,
    SOURCE_PARTITIONS,
    STATE_BYTES,
    SPANS,
)
OTHERS = (
    LOOP_LAG,
    ALERTS_MENDED,
    CLOCK,
    DEALS,
    DEADLINES,
    DEADLINES_LATE,
    ALERT_DELAY,
    ALERT_LATENCY,
    TEAM_ALERTS,
    ACTIONS,
    SUBSTITUTED,
    RULES_INVALID,
    MODEL_EPOCH,
    MODEL_WRITTEN,
    MODEL_CASES,
    MODEL_LOG_LOSS,
    MODEL_BASE_LOSS,
    MODEL_BRIER,
    MODEL_AUC,
    MODEL_ECE,
    MODEL_BASE_RATE,
    MODEL_CHALLENGED,
    MODEL_PINNED,
    QUESTIONS_WAITING,
    MODEL_NOTICES,
    REVENUE_AS_OF,
    REVENUE_SECONDS,
    REVENUE_RECORDS,
    REVENUE_UNREADABLE,
    REVENUE_ANSWERS,
    REVENUE_LOCKS_WAITING,
    REVENUE_DEALS,
    REVENUE_BACKLOG,
    DELIVERIES,
    PASSED_OVER,
    NOTIFICATIONS,
    NOTIFICATIONS_WAITING,
    NOTIFICATIONS_OLDEST,
    NOTIFICATION_DELAY,
)

ALL: tuple[Metric, ...] = (*FACTS.values(), *ENGINE, *OTHERS)
PREFIX = "dealwatch_"
#: The label that every metric has beside its own: which program it is of.
ROLE = "role"


def served_by(role: Role) -> tuple[Metric, ...]:
    """The metrics of a program."""
    return tuple(metric for metric in ALL if role in metric.roles)
