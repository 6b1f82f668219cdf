"""Are the models worth listening to? How each predicts, whether what it says is true, and what happened to it."""

from deploy.grafana.board import Board, Panel, Query, Row, Threshold, highest, hourly, quantiles, rise

TARGET = "{{target}}"

BOARD = Board(
    "dealwatch-models",
    "Dealwatch / Models",
    "Judged on every case before it was learned, over about the last 1,000 cases of each target.",
    (
        Row(
            "How well they predict",
            (
                Panel(
                    "Log loss saved",
                    "The share of the base rate's log loss that the model saves. Below 0 it is worse than "
                    "always saying "
                    "the usual rate.",
                    "percentunit",
                    (
                        Query(
                            f"1 - {highest('model_log_loss', 'target')} / {highest('model_base_log_loss', 'target')}",
                            TARGET,
                        ),
                    ),
                    thresholds=(Threshold(-1, "red"), Threshold(0, "green")),
                ),
                Panel(
                    "ROC-AUC",
                    "The chance that what came true was ranked above what did not. 0.5 is a coin.",
                    "percentunit",
                    (Query(highest("model_roc_auc", "target"), TARGET),),
                    most=1.0,
                ),
                Panel(
                    "Brier score",
                    "Mean squared error of the probability; less is better.",
                    "short",
                    (Query(highest("model_brier", "target"), TARGET),),
                ),
                Panel(
                    "Calibration error",
                    "How far what is said is off from what comes, over ten bins. Some hundredths are noise of "
                    "so few cases.",
                    "percentunit",
                    (Query(highest("model_calibration_error", "target"), TARGET),),
                    thresholds=(Threshold(0, "green"), Threshold(0.1, "red")),
                ),
                Panel(
                    "Base rate",
                    "Share of cases in which the target came true. A jump is another world, or a broken feed.",
                    "percentunit",
                    (Query(highest("model_base_rate", "target"), TARGET),),
                ),
                Panel(
                    "Cases learned",
                    "Cases that each model has learned. A line that stands still has no answers to learn from.",
                    "short",
                    (Query(highest("model_cases", "target"), TARGET),),
                ),
            ),
        ),
        Row(
            "Age",
            (
                Panel(
                    "Behind the events",
                    "How far the epoch of the newest models, the UTC day from which they count, is behind the time of "
                    "the events; at most a day, and a moment.",
                    "s",
                    (Query(f"{highest('event_time_seconds')} - {highest('model_epoch_timestamp_seconds')}", "age"),),
                ),
                Panel(
                    "Since the newest models were written",
                    "By the clock on the wall, as `doctor` says it. Live it falls to 0 shortly after midnight UTC.",
                    "s",
                    (Query(f"time() - {highest('model_written_timestamp_seconds')}", "since"),),
                ),
                Panel(
                    "Days begun with older models",
                    "About how many days began within the time shown for which a partition waited for the learner in "
                    "vain, and went on with what it had.",
                    "short",
                    (Query(rise("models_substituted_total"), "days"),),
                    "stat",
                    thresholds=(Threshold(0, "green"), Threshold(1, "red")),
                ),
            ),
        ),
        Row(
            "What happened to them",
            (
                Panel(
                    "Notices",
                    "About how many of drift, unusual days, challengers and pins within the time shown; `dealwatch "
                    "models list` says what.",
                    "short",
                    (Query(rise("model_notices_total", "kind"), "{{kind}}"),),
                    "stat",
                    16,
                ),
                Panel(
                    "Challenged or pinned",
                    "1 while a challenger learns beside a model, and while somebody holds one.",
                    "short",
                    (
                        Query(highest("model_challenged", "target"), "{{target}} challenged"),
                        Query(highest("model_pinned", "target"), "{{target}} pinned"),
                    ),
                    most=1.0,
                ),
            ),
        ),
        Row(
            "Learning",
            (
                Panel(
                    "Questions asked",
                    "Questions an hour whose answer will be learned.",
                    "per hour",
                    (Query(hourly("questions_asked_total", "target"), TARGET),),
                ),
                Panel(
                    "Answers",
                    "Labels an hour that fell due, or were taken back.",
                    "per hour",
                    (Query(hourly("answers_given_total", "target", "label"), "{{target}} {{label}}"),),
                ),
                Panel(
                    "Time of a learner's slice",
                    "A day of many cases is learned at once, so p99 is the time of a busy day.",
                    "s",
                    quantiles("batch_seconds", role="learn"),
                ),
            ),
        ),
    ),
)
