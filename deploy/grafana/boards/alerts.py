"""What is said to whom? Alerts by rule, severity and team, how late they are, and whether they reach people."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, quantiles, rate, rise

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
                    "From the append of the event to the alert that it led to. 5 s is the objective's limit. Events that "
                    "were appended more than an hour after their time, as in a backfill, are not in it.",
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
                    "Alerts a second that opened, escalated, changed or ended, by severity.",
                    "ops",
                    (Query(rate("alert_transitions_total", "severity"), "{{severity}}"),),
                ),
                Panel(
                    "Transitions",
                    "What happened to alerts, a second.",
                    "ops",
                    (Query(rate("alert_transitions_total", "transition"), "{{transition}}"),),
                ),
                Panel(
                    "Transitions by leading rule",
                    "Which rules lead alerts, a second. One rule that leads nearly all is set too loosely.",
                    "ops",
                    (Query(rate("alert_transitions_total", "rule"), "{{rule}}"),),
                    stacked=True,
                ),
                Panel(
                    "Reasons",
                    "Reasons that joined or left alerts, or had to be held, a second.",
                    "ops",
                    (Query(rate("alert_reasons_total", "move"), "{{move}}"),),
                ),
                Panel(
                    "Plays",
                    "What happened to runs of plays, a second, in both arms.",
                    "ops",
                    (Query(rate("play_events_total", "happened", "arm"), "{{happened}} ({{arm}})"),),
                ),
                Panel(
                    "What people say",
                    "Votes on rules within the time shown: useful, not useful, taken back.",
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
                    "Within the time shown; `everyone` are owners who are in no team.",
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
                    "A second. A team whose alerts are nearly all critical has learned to look away.",
                    "ops",
                    (Query(rate("team_alert_transitions_total", "team", "severity"), "{{team}} {{severity}}"),),
                    width=12,
                ),
            ),
        ),
        Row(
            "Telling people",
            (
                Panel(
                    "Messages decided",
                    "Alerts, later words and digests a second.",
                    "ops",
                    (Query(rate("deliveries_total", "kind"), "{{kind}}"),),
                    width=6,
                ),
                Panel(
                    "Passed over",
                    "Alerts within the time shown that a round left to the digest, since the budget of the day "
                    "was spent.",
                    "short",
                    (Query(rise("alerts_passed_over_total"), "alerts"),),
                    "stat",
                    6,
                ),
                Panel(
                    "Messages sent",
                    "By kind of channel and outcome, a second. `refused` are dead letters: `dealwatch notify outbox`.",
                    "ops",
                    (Query(rate("notifications_total", "channel_kind", "outcome"), "{{channel_kind}} {{outcome}}"),),
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
                    "Records of deal.alert-actions that were taken in, or refused, within the time shown.",
                    "short",
                    (Query(rise("actions_total", "outcome"), "{{outcome}}"),),
                    "stat",
                    24,
                ),
            ),
        ),
    ),
)
