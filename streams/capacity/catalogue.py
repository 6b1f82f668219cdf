"""Every measured figure: its name in formulas, its unit, and what was measured. One place for bench, plan and docs."""

from __future__ import annotations

from typing import NamedTuple


class Declared(NamedTuple):
    """One figure as it is declared."""

    name: str
    unit: str
    meaning: str


#: Stored bytes are those of one replica on the broker's disk, after lz4, keys and Kafka's own overhead included.
CATALOGUE: tuple[Declared, ...] = (
    Declared("track_event_us", "us", "processor time of an event of a deal picked at random, states in memory"),
    Declared("track_event_disk_us", "us", "the same, states in RocksDB"),
    Declared("track_day_us", "us", "processor time of a day of an open deal: question, score, rules, answers due"),
    Declared("track_base_bytes", "bytes", "a worker without deals, resident"),
    Declared("track_deal_bytes", "bytes", "each open deal, resident, states in memory (slope over two sizes)"),
    Declared("track_disk_deal_bytes", "bytes", "each open deal, resident, states in RocksDB (slope over two sizes)"),
    Declared("track_decoded_bytes", "bytes", "each deal at work, decoded, on top of that"),
    Declared("disk_deal_bytes", "bytes", "each open deal in RocksDB, on the worker's disk (slope over two sizes)"),
    Declared("restore_us", "us", "elapsed, one worker: each state read back from the changelog, larger size"),
    Declared("restore_disk_us", "us", "the same into an empty RocksDB"),
    Declared("restore_local_us", "us", "elapsed: each state taken up again from a RocksDB that is there"),
    Declared("activity_event_bytes", "bytes", "stored on deal.activity for an event (slope over two logs)"),
    Declared("activity_event_raw_bytes", "bytes", "the same as key and value, before compression"),
    Declared("activity_partition_bytes", "bytes", "stored a day on each partition: heartbeats, clock (intercept)"),
    Declared("state_event_bytes", "bytes", "stored on deal.state for an event, before compaction"),
    Declared("state_day_bytes", "bytes", "stored on deal.state for a day of an open deal, before compaction"),
    Declared("state_raw_bytes", "bytes", "a state, before compression"),
    Declared("state_live_bytes", "bytes", "stored on deal.state for each deal, after compaction"),
    Declared("questions_day", "1", "questions that an open deal asks the learner in a day"),
    Declared("examples_question_bytes", "bytes", "stored on deal.examples for a question, its answers included"),
    Declared("alerts_day", "1", "alert messages of an open deal in a day, generated organisation"),
    Declared("open_alerts_deal", "1", "share of open deals with an alert that stands"),
    Declared("alert_bytes", "bytes", "stored on deal.alerts for a message"),
    Declared("open_alert_bytes", "bytes", "stored on deal.alerts.open for a message, before compaction"),
    Declared("plays_day_bytes", "bytes", "stored on deal.plays for a day of an open deal"),
    Declared("learner_question_bytes", "bytes", "stored on deal.learner for a question, before compaction (slope)"),
    Declared("learner_day_bytes", "bytes", "stored on deal.learner a day, however many deals (intercept)"),
    Declared("learner_live_bytes", "bytes", "stored on deal.learner for a question that waits, after compaction"),
    Declared("models_day_bytes", "bytes", "stored on deal.models for the models of a day"),
    Declared("learn_question_us", "us", "learner: processor time of a question with its answers and labels (slope)"),
    Declared("learn_base_bytes", "bytes", "a learner without questions, resident"),
    Declared("learn_work_bytes", "bytes", "what learning leaves resident in the learner, beyond the questions"),
    Declared("learn_question_bytes", "bytes", "each question that waits, resident in a learner just started (slope)"),
    Declared("learn_waiting_deal", "1", "questions that wait in the learner for each open deal, generated log"),
    Declared("learn_restore_us", "us", "elapsed: each question read back by a learner that starts"),
    Declared("allot_alert_us", "us", "who decides: processor time of an alert message"),
    Declared("allot_base_bytes", "bytes", "who decides, before the first alert, resident"),
    Declared("allot_alert_bytes", "bytes", "who decides: each message heard, resident"),
    Declared("notify_alert_bytes", "bytes", "stored on deal.notifier and deal.notifications for an alert message"),
    Declared("page_state_us", "us", "page: processor time of a state that it reads, decoded and ranked"),
    Declared("page_base_bytes", "bytes", "the page's view without deals, resident"),
    Declared("page_deal_bytes", "bytes", "each open deal in the page's view, resident (slope over two sizes)"),
    Declared("mixture_us", "us", "processor time of an event in a generated log, with the days of its deals (slope)"),
    Declared("mixture_ratio", "1", "that log: time by the figures above over the time that it took (slopes)"),
)
NAMES = frozenset(each.name for each in CATALOGUE)
