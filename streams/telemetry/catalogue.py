"""Every metric, once: name, type, unit, labels, meaning. Rules, dashboards and docs are checked against this list.

Labels are low-cardinality: a kind, a rule, a partition; never an opportunity, owner or account.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from streams.facts import Name


class Metric(NamedTuple):
    """One metric as Prometheus sees it, without the `dealwatch_` prefix."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


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
        "control_events_total", "counter", ("kind",), "Heartbeats, gaps, clocks, backfills and rules"
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

BATCH_SECONDS = Metric("batch_seconds", "histogram", (), "Time to handle one slice of records")
BATCH_RECORDS = Metric("batch_records_total", "counter", (), "Records handled in slices")
COMMIT_SECONDS = Metric("commit_seconds", "histogram", (), "Time of one checkpoint: outbox, changelog, offsets")
COMMIT_STATES = Metric("commit_states_total", "counter", (), "States written by checkpoints")
LAST_COMMIT = Metric("last_commit_timestamp_seconds", "gauge", (), "When the last checkpoint was complete (Unix time)")
LOOP_LAG = Metric("loop_lag_seconds", "histogram", (), "How late the worker's loop was for a timer of its own")
LAG = Metric("lag_records", "gauge", ("partition",), "Records of the source not handled yet")
REBALANCES = Metric("rebalances_total", "counter", (), "Times that the group dealt the partitions anew")
RECOVERED_STATES = Metric("recovered_states_total", "counter", (), "States read back from the changelog")
RECOVERY_SECONDS = Metric("recovery_seconds", "gauge", ("partition",), "Time of the last recovery of a partition")
PARTITIONS = Metric("partitions_assigned", "gauge", (), "Partitions that this worker owns")
CLOCK = Metric("event_time_seconds", "gauge", ("partition",), "Event time that a partition has reached (Unix time)")
DEALS = Metric("deals_held", "gauge", ("partition",), "Deals of a partition, open and closed")
ACTIONS = Metric(
    "actions_total", "counter", ("outcome",), "Records of deal.alert-actions that were taken in, or refused"
)
SUBSTITUTED = Metric("models_substituted_total", "counter", (), "Days begun with older models: the learner was late")
RULES_INVALID = Metric("rules_file_invalid", "gauge", (), "1 while the rules file cannot be used, else 0")
QUESTIONS_WAITING = Metric(
    "questions_waiting",
    "gauge",
    (),
    "Questions that the learner keeps: they wait for their answer, or may be taken back",
)
MODEL_EPOCH = Metric("model_epoch_timestamp_seconds", "gauge", (), "UTC day from which the newest models count")
MODEL_CASES = Metric("model_cases", "gauge", ("target",), "Cases that a model has learned")
MODEL_LOG_LOSS = Metric("model_log_loss", "gauge", ("target",), "Prequential log loss, about the last 1,000 cases")
MODEL_BASE_LOSS = Metric("model_base_log_loss", "gauge", ("target",), "Log loss of the base rate on the same cases")
MODEL_BRIER = Metric("model_brier", "gauge", ("target",), "Prequential Brier score, about the last 1,000 cases")
MODEL_BASE_RATE = Metric("model_base_rate", "gauge", ("target",), "Share of cases in which the target came true")
MODEL_CHALLENGED = Metric("model_challenged", "gauge", ("target",), "1 while a challenger learns beside, else 0")
MODEL_NOTICES = Metric("model_notices_total", "counter", ("target", "kind"), "What happened to models, such as drift")
MODEL_PINNED = Metric("model_pinned", "gauge", ("target",), "1 while pinned weights are said of the target, else 0")
NOTIFICATIONS = Metric(
    "notifications_total", "counter", ("channel_kind", "outcome"), "Messages to people: sent, retried or refused"
)
NOTIFICATIONS_WAITING = Metric(
    "notifications_waiting",
    "gauge",
    ("channel_kind",),
    "Messages decided and not sent yet, with those to be tried again",
)
NOTIFICATIONS_OLDEST = Metric(
    "notifications_oldest_seconds", "gauge", (), "How long the oldest message that is not sent has waited"
)

OTHERS = (
    BATCH_SECONDS,
    BATCH_RECORDS,
    COMMIT_SECONDS,
    COMMIT_STATES,
    LAST_COMMIT,
    LOOP_LAG,
    LAG,
    REBALANCES,
    RECOVERED_STATES,
    RECOVERY_SECONDS,
    PARTITIONS,
    CLOCK,
    DEALS,
    ACTIONS,
    SUBSTITUTED,
    RULES_INVALID,
    QUESTIONS_WAITING,
    MODEL_EPOCH,
    MODEL_CASES,
    MODEL_LOG_LOSS,
    MODEL_BASE_LOSS,
    MODEL_BRIER,
    MODEL_BASE_RATE,
    MODEL_CHALLENGED,
    MODEL_NOTICES,
    MODEL_PINNED,
    NOTIFICATIONS,
    NOTIFICATIONS_WAITING,
    NOTIFICATIONS_OLDEST,
)

ALL: tuple[Metric, ...] = (*FACTS.values(), *OTHERS)
PREFIX = "dealwatch_"
