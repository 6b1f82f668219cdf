"""Where does it hang? The way of an event from Kafka to the changelog, partition by partition."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, of, quantiles, rate, rise, total

BOARD = Board(
    "dealwatch-pipeline",
    "Dealwatch / Pipeline",
    "From deal.activity through the worker into states: lag, time, checkpoints, rebalances, recovery.",
    (
        Row(
            "Lag",
            (
                Panel(
                    "Lag in seconds",
                    "How long the first record that is not handled has been there, by partition. One partition "
                    "alone: a "
                    "hot deal, or it waits for models. All: too little work done, or none.",
                    "s",
                    (Query(highest("lag_seconds", "partition"), "partition {{partition}}"),),
                ),
                Panel(
                    "Lag in records",
                    "Records of deal.activity that are not handled, by partition.",
                    "short",
                    (Query(highest("lag_records", "partition"), "partition {{partition}}"),),
                ),
                Panel(
                    "Lag of the other programs",
                    "Records that wait for the learner, and for those who tell people.",
                    "short",
                    (
                        Query(highest("lag_records", role="learn"), "learn"),
                        Query(highest("lag_records", role="allot"), "allot"),
                        Query(highest("lag_records", role="send"), "send"),
                    ),
                ),
            ),
        ),
        Row(
            "Input",
            (
                Panel(
                    "Events by kind",
                    "Events folded into deals a second, by kind. A kind that is missing is a connector that "
                    "sends none.",
                    "ops",
                    (Query(rate("events_folded_total", "kind"), "{{kind}}"),),
                    stacked=True,
                ),
                Panel(
                    "Dead letters by reason",
                    "Records a second that could not be used. docs/topics.md says what each reason means.",
                    "ops",
                    (Query(rate("events_dead_total", "reason"), "{{reason}}"),),
                ),
                Panel(
                    "Not events",
                    "Heartbeats, gaps, clocks, backfills, rules and figures of managers a second; "
                    "and records offered again after a crash.",
                    "ops",
                    (
                        Query(rate("control_events_total", "kind"), "{{kind}}"),
                        Query(rate("events_replayed_total"), "replayed"),
                    ),
                ),
            ),
        ),
        Row(
            "Time",
            (
                Panel(
                    "Event time behind the clock",
                    "How far the time of each partition is behind the clock on the wall. Live it is seconds to "
                    "a minute; "
                    "while history is replayed it is what is left of it.",
                    "s",
                    (Query(f"time() - {highest('event_time_seconds', 'partition')}", "partition {{partition}}"),),
                ),
                Panel(
                    "Deadlines that are late",
                    "How long the next deadline of a partition has been over without having passed. It should be a "
                    "second or two.",
                    "s",
                    (Query(highest("deadlines_late_seconds", "partition"), "partition {{partition}}"),),
                    thresholds=(Threshold(0, "green"), Threshold(60, "red")),
                ),
                Panel(
                    "Deadlines",
                    "Deadlines of deals that wait, and how many pass a second.",
                    "short",
                    (
                        Query(total("deadlines_pending"), "waiting"),
                        Query(rate("deadlines_passed_total"), "passed a second"),
                    ),
                ),
            ),
        ),
        Row(
            "Work",
            (
                Panel(
                    "Time of a slice",
                    "The engine sizes slices so that one takes about 10 ms. A long p99 is a record that costs much.",
                    "s",
                    quantiles("batch_seconds"),
                ),
                Panel(
                    "Loop lag",
                    "How late the worker's loop is for a timer of its own: page, probes and heartbeats wait as long.",
                    "s",
                    quantiles("loop_lag_seconds"),
                    thresholds=(Threshold(0, "green"), Threshold(1, "red")),
                ),
                Panel(
                    "Deals scored and records handled",
                    "What the worker does a second.",
                    "ops",
                    (
                        Query(rate("deals_scored_total"), "deals scored"),
                        Query(rate("batch_records_total"), "records handled"),
                    ),
                ),
            ),
        ),
        Row(
            "Checkpoints and states",
            (
                Panel(
                    "Time of a checkpoint",
                    "Until outbox, changelog and offsets are acknowledged. It rises with a slow broker.",
                    "s",
                    quantiles("commit_seconds"),
                ),
                Panel(
                    "Since the last checkpoint",
                    "By program. It grows where nothing is to be done, too: look at it beside the lag.",
                    "s",
                    (
                        Query(
                            f"time() - ({of('last_commit_timestamp_seconds')} > 0)",
                            "{{role}} {{instance}}",
                        ),
                    ),
                ),
                Panel(
                    "States written",
                    "States a second that checkpoints write into changelogs.",
                    "ops",
                    (
                        Query(rate("commit_states_total"), "track"),
                        Query(rate("commit_states_total", role="learn"), "learn"),
                    ),
                ),
                Panel(
                    "Size of the states",
                    "Bytes of states as the workers keep them, by partition. Partitions should be about alike.",
                    "bytes",
                    (Query(highest("state_bytes", "partition"), "partition {{partition}}"),),
                    stacked=True,
                ),
                Panel(
                    "Deals",
                    "Deals held, open and closed, by partition.",
                    "short",
                    (Query(highest("deals_held", "partition"), "partition {{partition}}"),),
                    stacked=True,
                ),
                Panel(
                    "Questions that the learner keeps",
                    "Questions whose answer is not due, or may be taken back.",
                    "short",
                    (Query(highest("questions_waiting"), "questions"),),
                ),
            ),
        ),
        Row(
            "Group",
            (
                Panel(
                    "Partitions by worker",
                    "Who has how many. A worker with none is a spare one, or was left out.",
                    "short",
                    (Query(of("partitions_assigned"), "{{instance}}"),),
                    stacked=True,
                ),
                Panel(
                    "Rebalances",
                    "Times a second that the group dealt the partitions anew. A deployment makes one or two for "
                    "each worker.",
                    "ops",
                    (Query(rate("rebalances_total"), "track"),),
                ),
                Panel(
                    "Recovery",
                    "How long each partition needed until its states were back, when it came last.",
                    "s",
                    (
                        Query(highest("recovery_seconds", "partition"), "partition {{partition}}"),
                        Query(f"max({of('recovery_seconds', role='learn')})", "learn"),
                    ),
                ),
                Panel(
                    "States read back",
                    "States a second that are read from the changelog.",
                    "ops",
                    (Query(rate("recovered_states_total"), "states"),),
                ),
                Panel(
                    "Alerts said again",
                    "About how many on deal.alerts.open within the time shown, over what a worker wrote late that had "
                    "lost the partition. Readers had its word until then; many: workers are cut off from Kafka.",
                    "short",
                    (Query(rise("alerts_mended_total"), "alerts"),),
                    "stat",
                ),
                Panel(
                    "Spans of traces",
                    "Spans a second that the collector takes, and that are dropped: it is away, or has too much. None "
                    "without otel_endpoint.",
                    "ops",
                    (
                        Query(rate("trace_spans_total", "outcome"), "track, {{outcome}}"),
                        Query(rate("trace_spans_total", "outcome", role="send"), "send, {{outcome}}"),
                    ),
                ),
            ),
        ),
    ),
)
