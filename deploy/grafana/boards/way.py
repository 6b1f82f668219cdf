"""One deal's way: what happens to an event on its way to a person, step by step, and where it is held up.

No label names a deal, so the pictures say how each step does for all of them. What became of the one deal says the text
at the top: the command and the page that read it from the log.
"""

from deploy.grafana.board import Board, Field, Panel, Query, Row, Threshold, highest, hourly, quantile, quantiles, rate

#: 5 s is the limit of the objective about alerts, 60 s that of the one about events.
LATE = (Threshold(0, "green"), Threshold(5, "yellow"), Threshold(60, "red"))

WORDS = """\
1. **What is known of it**, and what was known then: `dealwatch deal show ${deal} --at 2026-11-29T03:10Z`, or
   [its page](${page}/deals/${deal:percentencode}): facts, alert, reasons, timeline.
2. **Not there, or an event is missing?** It was refused: `dealwatch dlq list --since 1h`. Or it waits: step 1.
3. **There is an alert, and nobody heard of it?** `dealwatch notify outbox` says what waits and why: a budget, quiet
   hours, a channel that fails. Nothing there: steps 4 and 5.
"""

BOARD = Board(
    "dealwatch-way",
    "Dealwatch / One deal's way",
    "From an event to the person who hears of it, step by step: what goes in, what comes out, and how long it takes.",
    (
        Row(
            "The deal",
            (
                Panel(
                    "What became of the deal",
                    "Metrics name no deals; these do. Write the deal's id above, and the address of Dealwatch's page.",
                    "none",
                    (),
                    "text",
                    12,
                    text=WORDS,
                ),
                Panel(
                    "Where it is held up",
                    "How long an event that is at each step now has waited there, or one of a hundred takes: the "
                    "longest bar is the place to look at. Waiting is of any partition.",
                    "s",
                    (
                        Query(highest("lag_seconds"), "1 waits to be taken in"),
                        Query(quantile(0.99, "batch_seconds"), "1-3 folded, scored, decided"),
                        Query(quantile(0.99, "commit_seconds"), "3 written down"),
                        Query(highest("lag_seconds", role="allot"), "4 waits for who decides"),
                        Query(highest("lag_seconds", role="send"), "5 waits for who sends"),
                        Query(highest("notifications_oldest_seconds"), "5 waits for a channel"),
                    ),
                    "bargauge",
                    12,
                    LATE,
                ),
            ),
        ),
        Row(
            "1 Taken in and folded",
            (
                Panel(
                    "In, and what became of it",
                    "Records a second, and their outcomes, which add up. What is a duplicate or a dead letter goes no "
                    "further.",
                    "ops",
                    (
                        Query(rate("events_in_total"), "in"),
                        Query(rate("events_folded_total"), "folded"),
                        Query(rate("events_duplicate_total"), "duplicates"),
                        Query(rate("events_replayed_total"), "replayed"),
                        Query(rate("events_dead_total"), "dead letters"),
                    ),
                ),
                Panel(
                    "Wait to be taken in",
                    "How long the first record that is not handled has been in Kafka, by partition. Of a deal's "
                    "partition alone: a hot deal before it, or it waits for the models of a new day.",
                    "s",
                    (Query(highest("lag_seconds", "partition"), "partition {{partition}}"),),
                    thresholds=LATE,
                ),
                Panel(
                    "Time in the core",
                    "From decoding to the decision, of one slice of records. It is made to take about 10 ms.",
                    "s",
                    quantiles("batch_seconds"),
                ),
            ),
        ),
        Row(
            "2 Measured and scored",
            (
                Panel(
                    "Folded and fallen due in, scored out",
                    "A deal is scored after events that matter to it, and where a deadline of it passes.",
                    "ops",
                    (
                        Query(rate("events_folded_total"), "in: folded"),
                        Query(rate("deadlines_passed_total"), "in: deadlines"),
                        Query(rate("deals_scored_total"), "out: scored"),
                    ),
                ),
                Panel(
                    "Deadlines that wait",
                    "How long the next deadline has been over without having passed: alerts of silence are so late.",
                    "s",
                    (Query(highest("deadlines_late_seconds", "partition"), "partition {{partition}}"),),
                    thresholds=LATE,
                ),
                Panel(
                    "Time of the deals behind the clock",
                    "How far the time of a partition is behind the wall's. Where it stands still no silence grows.",
                    "s",
                    (Query(f"time() - {highest('event_time_seconds', 'partition')}", "partition {{partition}}"),),
                ),
            ),
        ),
        Row(
            "3 Alert decided and written down",
            (
                Panel(
                    "Scored in, alerts out",
                    "What became of the deals that were looked at: reasons that joined, left or had to be held, and "
                    "alerts that changed, an hour.",
                    "per hour",
                    (
                        Query(hourly("deals_scored_total"), "in: scored"),
                        Query(hourly("alert_reasons_total", "move"), "reasons {{move}}"),
                        Query(hourly("alert_transitions_total", "transition"), "out: {{transition}}"),
                    ),
                ),
                Panel(
                    "From record to alert",
                    "Steps 1 to 3 together: from the append of the event to the alert. 5 s is the objective's limit.",
                    "s",
                    quantiles("alert_delay_seconds"),
                    thresholds=(Threshold(0, "green"), Threshold(5, "red")),
                ),
                Panel(
                    "Time to write it down",
                    "Alert, states and offsets acknowledged by Kafka. Nobody reads an alert before.",
                    "s",
                    quantiles("commit_seconds"),
                ),
            ),
        ),
        Row(
            "4 Who is told",
            (
                Panel(
                    "Alerts in, messages out",
                    "Transitions that were read, and messages that were decided, an hour. What the budget passes over "
                    "waits for the digest of its day.",
                    "per hour",
                    (
                        Query(hourly("batch_records_total", role="allot"), "in: transitions"),
                        Query(hourly("deliveries_total", "kind"), "out: {{kind}}"),
                        Query(hourly("alerts_passed_over_total"), "for the digest"),
                    ),
                ),
                Panel(
                    "Wait for who decides",
                    "How long the first transition that is not read has been there.",
                    "s",
                    (Query(highest("lag_seconds", role="allot"), "waiting"),),
                    thresholds=LATE,
                ),
                Panel(
                    "Time to decide it",
                    "Of one slice, and until it is written down.",
                    "s",
                    (
                        Query(quantile(0.99, "batch_seconds", "allot"), "decided, p99"),
                        Query(quantile(0.99, "commit_seconds", "allot"), "written down, p99"),
                    ),
                ),
            ),
        ),
        Row(
            "5 Sent",
            (
                Panel(
                    "Messages in, attempts out",
                    "Taken in hand, and how attempts ended, an hour. `retried` comes again; `refused` is a dead "
                    "letter; `left_out` came after a later word of its alert.",
                    "per hour",
                    (
                        Query(hourly("batch_records_total", role="send"), "in: messages"),
                        Query(hourly("notifications_total", "outcome"), "out: {{outcome}}"),
                    ),
                ),
                Panel(
                    "Wait for who sends",
                    "How long the first message that is not read has been there, and the oldest that is not sent.",
                    "s",
                    (
                        Query(highest("lag_seconds", role="send"), "to be read"),
                        Query(highest("notifications_oldest_seconds"), "to be sent"),
                    ),
                    thresholds=(Threshold(0, "green"), Threshold(120, "yellow"), Threshold(300, "red")),
                ),
                Panel(
                    "From decision to sent",
                    "From reading a message to the service's yes, with pauses and attempts that failed.",
                    "s",
                    quantiles("notification_delay_seconds"),
                ),
            ),
        ),
        Row(
            "Beside the way: what is learned of it",
            (
                Panel(
                    "Questions and answers in, lessons handled",
                    "What the deals teach, and what the learner made of it. No alert waits for it, only the next day's "
                    "models do.",
                    "ops",
                    (
                        Query(rate("questions_asked_total"), "in: questions"),
                        Query(rate("answers_given_total"), "in: answers"),
                        Query(rate("batch_records_total", role="learn"), "out: handled"),
                    ),
                ),
                Panel(
                    "Wait for the learner",
                    "How long the first lesson that is not handled has been there.",
                    "s",
                    (Query(highest("lag_seconds", role="learn"), "waiting"),),
                ),
                Panel(
                    "Time to learn it",
                    "Of one slice, and until it is written down.",
                    "s",
                    (
                        Query(quantile(0.99, "batch_seconds", "learn"), "learned, p99"),
                        Query(quantile(0.99, "commit_seconds", "learn"), "written down, p99"),
                    ),
                ),
            ),
        ),
    ),
    fields=(Field("deal", "Deal", "ID"), Field("page", "Dealwatch's page", "http://127.0.0.1:8787")),
)
