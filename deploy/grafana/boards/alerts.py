"""What is said to whom? Alerts by rule, severity and team, how late they are, and whether they reach people."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, hourly, quantiles, rise

BOARD = Board(
    "dealwatch-alerts",
    "Dealwatch / Alerts and teams",
    "Alerts of deals, who hears of them, and what they say of them.",
    (
        Row(
            "How late",
            (
                Panel(
                    "From record to alert",
                    "From the append of the event to the alert that it led to. 5 s is the objective's limit. Events "
                    "that were appended more than an hour after their time, as in a backfill, are not in it.",
                    "s",
                    quantiles("alert_delay_seconds"),
                    width=12,
                    thresholds=(Threshold(0, "green"), Threshold(5, "red")),
                ),
                Panel(
                    "From what happened to alert",
                    "From the event's own time, or the deadline's, to the alert: the time that sources take is in it, "
                    "also that of a backfill of the last two days.",
                    "s",
                    quantiles("alert_latency_seconds"),
                    width=12,
                ),
            ),
        ),
        Row(
            "Alerts",
            (
                Panel(
                    "Transitions by severity",
                    "Alerts an hour that opened, escalated, changed or ended, by severity.",
                    "per hour",
                    (Query(hourly("alert_transitions_total", "severity"), "{{severity}}"),),
                ),
                Panel(
                    "Transitions",
                    "What happened to alerts, an hour.",
                    "per hour",
                    (Query(hourly("alert_transitions_total", "transition"), "{{transition}}"),),
                ),
                Panel(
                    "Transitions by leading rule",
                    "Which rules lead alerts, an hour. One rule that leads nearly all is set too loosely.",
                    "per hour",
                    (Query(hourly("alert_transitions_total", "rule"), "{{rule}}"),),
                    stacked=True,
                ),
                Panel(
                    "Reasons",
                    "Reasons that joined or left alerts, or had to be held, an hour.",
                    "per hour",
                    (Query(hourly("alert_reasons_total", "move"), "{{move}}"),),
                ),
                Panel(
                    "Plays",
                    "What happened to runs of plays, an hour, in both arms.",
                    "per hour",
                    (Query(hourly("play_events_total", "happened", "arm"), "{{happened}} ({{arm}})"),),
                ),
                Panel(
                    "What people say",
                    "About how many votes on rules within the time shown: useful, not useful, taken back.",
                    "short",
                    (Query(rise("alert_votes_total", "vote"), "{{vote}}"),),
                    "stat",
                ),
            ),
        ),
        Row(
            "Teams",
            (
                Panel(
                    "Alerts opened by team",
                    "About how many within the time shown; `everyone` are owners who are in no team.",
                    "short",
                    (
                        Query(
                            rise("team_alert_transitions_total", "team", matching='transition=~"opened|reopened"'),
                            "{{team}}",
                        ),
                    ),
                    "stat",
                    12,
                ),
                Panel(
                    "Transitions by team and severity",
                    "An hour. A team whose alerts are nearly all critical has learned to look away.",
                    "per hour",
                    (Query(hourly("team_alert_transitions_total", "team", "severity"), "{{team}} {{severity}}"),),
                    width=12,
                ),
            ),
        ),
        Row(
            "Telling people",
            (
                Panel(
                    "Messages decided",
                    "Alerts, later words and digests an hour.",
                    "per hour",
                    (Query(hourly("deliveries_total", "kind"), "{{kind}}"),),
                    width=6,
                ),
                Panel(
                    "Passed over",
                    "About how many alerts within the time shown that a round left to the digest, since the budget of "
                    "the day was spent.",
                    "short",
                    (Query(rise("alerts_passed_over_total"), "alerts"),),
                    "stat",
                    6,
                ),
                Panel(
                    "Messages sent",
                    "By kind of channel and outcome, an hour. `refused` are dead letters, `left_out` came after a "
                    "later word of their alert: `dealwatch notify outbox`.",
                    "per hour",
                    (Query(hourly("notifications_total", "channel_kind", "outcome"), "{{channel_kind}} {{outcome}}"),),
                    width=6,
                ),
                Panel(
                    "Messages waiting",
                    "Decided and not sent, by kind of channel, with those that are tried again.",
                    "short",
                    (Query(highest("notifications_waiting", "channel_kind"), "{{channel_kind}}"),),
                    width=6,
                ),
                Panel(
                    "Actions of people",
                    "About how many records of deal.alert-actions were taken in, or refused, within the time shown.",
                    "short",
                    (Query(rise("actions_total", "outcome"), "{{outcome}}"),),
                    "stat",
                    24,
                ),
            ),
        ),
    ),
)
