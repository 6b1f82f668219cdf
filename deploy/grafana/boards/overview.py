"""Does it do what it is for? The objectives, their budgets, and the handful of numbers that say where to look next."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, process, rate, recorded, rise, total

BURNING = (Threshold(0, "green"), Threshold(1, "yellow"), Threshold(6, "orange"), Threshold(14.4, "red"))
BUDGET = (Threshold(0, "red"), Threshold(0.25, "yellow"), Threshold(0.5, "green"))

BOARD = Board(
    "dealwatch-overview",
    "Dealwatch / Overview",
    "Whether alerts come in time, nothing is lost, and the models are worth listening to.",
    (
        Row(
            "Objectives",
            (
                Panel(
                    "Budget left",
                    "The share of errors allowed in 30 days that is not spent, by objective. Below 0 the objective is "
                    "missed. Where there is less than 30 days of history it is that of the hours there are.",
                    "percentunit",
                    (Query(recorded("slo:error_budget_left:ratio"), "{{slo}}"),),
                    "stat",
                    8,
                    BUDGET,
                ),
                Panel(
                    "Burn rate, last hour",
                    "How many times as fast as allowed the budget is spent. 1 spends it in 30 days, 14.4 in two: from "
                    "there on somebody is called.",
                    "short",
                    (Query(recorded("slo:burn_rate:ratio_rate1h"), "{{slo}}"),),
                    width=8,
                    thresholds=BURNING,
                ),
                Panel(
                    "Burn rate, last 6 hours and 3 days",
                    "Slow fires. From 6 over 6 hours on somebody is called, from 1 over 3 days on it is work for the "
                    "week.",
                    "short",
                    (
                        Query(recorded("slo:burn_rate:ratio_rate6h"), "{{slo}}, 6 h"),
                        Query(recorded("slo:burn_rate:ratio_rate3d"), "{{slo}}, 3 d"),
                    ),
                    width=8,
                    thresholds=BURNING,
                ),
                Panel(
                    "Errors, last 5 minutes",
                    "The share of what went wrong of what was to be done, by objective. Nothing is shown while "
                    "there was "
                    "nothing to do.",
                    "percentunit",
                    (Query(recorded("slo:sli_error:ratio_rate5m"), "{{slo}}"),),
                    width=24,
                ),
            ),
        ),
        Row(
            "Now",
            (
                Panel(
                    "Oldest event waiting",
                    "How long the first event that is not handled has waited. Seconds are usual, a minute is the "
                    "objective's limit.",
                    "s",
                    (Query(highest("lag_seconds"), "waiting"),),
                    "stat",
                    4,
                    (Threshold(0, "green"), Threshold(10, "yellow"), Threshold(60, "red")),
                ),
                Panel(
                    "Partitions without an owner",
                    "Partitions of deal.activity that no worker has: their deals are not watched. 0 but in a "
                    "rebalance.",
                    "short",
                    (Query(f"{highest('source_partitions')} - {total('partitions_assigned')}", "partitions"),),
                    "stat",
                    4,
                    (Threshold(0, "green"), Threshold(1, "red")),
                ),
                Panel(
                    "Alerts opened",
                    "About how many alerts opened or opened again within the time shown: Prometheus reckons it from "
                    "samples.",
                    "short",
                    (Query(rise("alert_transitions_total", matching='transition=~"opened|reopened"'), "alerts"),),
                    "stat",
                    4,
                ),
                Panel(
                    "Dead letters",
                    "About how many records could not be used within the time shown; `dealwatch dlq list` shows them.",
                    "short",
                    (Query(rise("events_dead_total"), "records"),),
                    "stat",
                    4,
                    (Threshold(0, "green"), Threshold(1, "yellow")),
                ),
                Panel(
                    "Models behind the events",
                    "How far the epoch of the newest models, the UTC day from which they count, is behind the time of "
                    "the events; not when they were written, which `doctor` says. They are made once a UTC day: more "
                    "than 26 hours means that the learner does not follow.",
                    "s",
                    (Query(f"{highest('event_time_seconds')} - {highest('model_epoch_timestamp_seconds')}", "age"),),
                    "stat",
                    4,
                    (Threshold(0, "green"), Threshold(93_600, "red")),
                ),
                Panel(
                    "Oldest message not sent",
                    "How long the oldest message to people has waited that is decided and not sent.",
                    "s",
                    (Query(highest("notifications_oldest_seconds"), "waiting"),),
                    "stat",
                    4,
                    (Threshold(0, "green"), Threshold(120, "yellow"), Threshold(300, "red")),
                ),
            ),
        ),
        Row(
            "Work and machines",
            (
                Panel(
                    "Events",
                    "Events taken in a second, and what became of them.",
                    "ops",
                    (
                        Query(rate("events_in_total"), "taken in"),
                        Query(rate("events_folded_total"), "folded"),
                        Query(rate("events_duplicate_total"), "duplicates"),
                        Query(rate("events_dead_total"), "dead letters"),
                    ),
                ),
                Panel(
                    "Memory",
                    "Resident memory of every program. A slow rise with the number of deals is usual, one "
                    "without is not.",
                    "bytes",
                    (Query(process("resident_memory_bytes"), "{{instance}}"),),
                ),
                Panel(
                    "Processor",
                    "Cores that every program uses. The worker is one process: near 1 it is at its limit, start "
                    "another.",
                    "cores",
                    (Query(f"rate({process('cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),),
                ),
                Panel(
                    "Starts",
                    "When each program was started. One that starts again and again finds something that it "
                    "cannot live with.",
                    "dateTimeFromNow",
                    (Query(f"1000 * {process('start_time_seconds')}", "{{instance}}"),),
                    "stat",
                    12,
                ),
                Panel(
                    "Programs",
                    "Programs that are scraped, by role and version. Two versions side by side outside of an "
                    "upgrade are "
                    "a mistake.",
                    "short",
                    (
                        Query(
                            'count by (role, version) (dealwatch_build_info{job=~"$job", instance=~"$instance"})',
                            "{{role}} {{version}}",
                        ),
                    ),
                    "stat",
                    12,
                ),
            ),
        ),
    ),
)
