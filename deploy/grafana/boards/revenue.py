"""Are answers of revenue current? How far they are, what goes in and what comes out, and how long it takes."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, hourly, of, quantiles, rate, rise

TOPIC = "{{topic}}"

BOARD = Board(
    "dealwatch-revenue",
    "Dealwatch / Revenue",
    "Forecasts, pipelines, coaching and attribution are kept current on topics; this is who keeps them.",
    (
        Row(
            "How current",
            (
                Panel(
                    "Behind the events",
                    "How far the answers are behind the time of the events. After a first start on a long log it falls "
                    "until all of it is read.",
                    "s",
                    (
                        Query(
                            f"{highest('event_time_seconds')} - {highest('revenue_as_of_timestamp_seconds')}", "behind"
                        ),
                    ),
                ),
                Panel(
                    "Days still to be locked",
                    "Days of the weekly lock that are over and not locked yet; until there are none, forecasts are not "
                    "whole.",
                    "short",
                    (Query(highest("revenue_locks_waiting"), "days"),),
                    "stat",
                    thresholds=(Threshold(0, "green"), Threshold(1, "orange")),
                ),
                Panel(
                    "Deals known",
                    "Open and closed. Far from the number of the worker's deals it is of a log that is not read "
                    "to its end.",
                    "short",
                    (Query(highest("revenue_deals"), "deals"),),
                    "stat",
                ),
            ),
        ),
        Row(
            "In and out",
            (
                Panel(
                    "Records read",
                    "Records a second, by topic: all of them after a start, then as they come.",
                    "ops",
                    (Query(rate("revenue_records_total", "topic"), TOPIC),),
                ),
                Panel(
                    "Read and not taken in",
                    "Records that wait in memory: for others of their time, or for the program. It falls back when all "
                    "is read.",
                    "short",
                    (Query(highest("revenue_backlog"), "records"),),
                ),
                Panel(
                    "Records passed over",
                    "About how many alerts and plays could not be read within the time shown. They are of another "
                    "version, or nobody's.",
                    "short",
                    (Query(rise("revenue_unreadable_total"), "records"),),
                    "stat",
                    thresholds=(Threshold(0, "green"), Threshold(1, "red")),
                ),
                Panel(
                    "Answers written",
                    "Answers an hour that changed, by topic. None while events come is a program that hangs.",
                    "per hour",
                    (Query(hourly("revenue_answers_total", "topic"), TOPIC),),
                ),
            ),
        ),
        Row(
            "Time",
            (
                Panel(
                    "Time to answer everything",
                    "How long the last making of all answers took. What is longer than the time between two of them "
                    "falls behind.",
                    "s",
                    (Query(highest("revenue_answering_seconds"), "all answers"),),
                ),
                Panel(
                    "Time to write them down",
                    "Of a checkpoint: the answers that changed.",
                    "s",
                    quantiles("commit_seconds", role="revenue"),
                ),
                Panel(
                    "Who may write",
                    "1 while one of the programs has the right to write; all others stand by.",
                    "short",
                    (Query(f"sum({of('partitions_assigned', role='revenue')})", "owners"),),
                    "stat",
                    thresholds=(Threshold(0, "red"), Threshold(1, "green")),
                ),
            ),
        ),
    ),
)
