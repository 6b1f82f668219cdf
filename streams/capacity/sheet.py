"""The sheet of a plan: cells with formulas over the demand, the measured figures, what is set, and cells before them.

Sums over all workers grow with deals and events and never shrink; what one has may shrink, where one more shares it.
"""

from __future__ import annotations

from streams.capacity.cells import Cell
from streams.capacity.choices import Store
from streams.capacity.worker_cells import worker_cells

_PAGE, _LEARN = "page", "learner (role learn)"
_REVENUE = "answers (role revenue)"
_NOTIFY, _TOPICS, _NETWORK, _KAFKA = "telling people (role notify)", "topics", "network", "Kafka"


def sheet(store: Store) -> tuple[Cell, ...]:
    """Return all cells, each behind those that its formula names."""
    return (*_demand(), *worker_cells(store), *_page(), *_learner(), *_notify(), *_revenue(), *_topics(), *_network())


def _demand() -> tuple[Cell, ...]:
    heading = "load"
    return (
        Cell(heading, "events_s", "1/s", "events_per_day / 86400", "events a second, on average"),
        Cell(heading, "peak_events_s", "1/s", "events_s * peak_factor", "events a second, at the peak"),
        Cell(
            heading,
            "known_deals",
            "1",
            "deals * (1 + remembered_days / deal_life_days)",
            "deals with a state: open ones, and those closed in the last 400 days",
        ),
        Cell(heading, "questions_per_day", "1/day", "deals * questions_day", "questions to the models a day"),
    )


def _page() -> tuple[Cell, ...]:
    h = _PAGE
    return (
        Cell(
            h,
            "page_cores",
            "cores",
            "(peak_events_s + questions_per_day * peak_factor / 86400) * page_state_us / 1e6",
            "to follow every state of all partitions, at the peak, if each is looked at",
        ),
        Cell(h, "page_bytes", "bytes", "page_base_bytes + deals * page_deal_bytes", "its view of all open deals"),
        Cell(h, "page_limit", "bytes", "(page_bytes + worker_bytes) / memory_fill", "memory limit of its pod"),
        Cell(h, "page_s", "s", "start_s + known_deals * page_state_us / 1e6", "until it knows all deals after a start"),
    )


def _learner() -> tuple[Cell, ...]:
    h = _LEARN
    return (
        Cell(h, "learn_cores", "cores", "questions_per_day * learn_question_us / 86400 / 1e6", "busy cores, average"),
        Cell(
            h,
            "close_s",
            "s",
            "questions_per_day * learn_question_us / 1e6",
            "for a day's questions; what part of it falls at midnight UTC is not told apart: at most all",
        ),
        Cell(h, "waiting", "1", "deals * learn_waiting_deal", "questions that wait for answers, in memory"),
        Cell(
            h,
            "learn_bytes",
            "bytes",
            "learn_base_bytes + learn_work_bytes + waiting * learn_question_bytes",
            "resident memory",
        ),
        Cell(h, "learn_limit", "bytes", "learn_bytes / memory_fill", "memory limit"),
        Cell(h, "learn_s", "s", "start_s + waiting * learn_restore_us / 1e6", "until a learner that starts goes on"),
    )


def _notify() -> tuple[Cell, ...]:
    h = _NOTIFY
    return (
        Cell(h, "alerts_per_day", "1/day", "deals * alerts_day", "alert messages"),
        Cell(h, "allot_cores", "cores", "alerts_per_day * peak_factor * allot_alert_us / 86400 / 1e6", "who decides"),
        Cell(h, "owners", "1", "ceil(deals / deals_per_owner)", "owners of deals"),
        Cell(
            h,
            "messages_per_day",
            "1/day",
            "min(owners * alerts_per_owner, alerts_per_day)",
            "messages to people, within budgets",
        ),
        Cell(
            h,
            "channels",
            "1",
            "ceil(messages_per_day / 3600 / channel_rate)",
            "channels of their own, if all are told within an hour",
        ),
        Cell(
            h,
            "allot_bytes",
            "bytes",
            "allot_base_bytes + alerts_per_day * allot_alert_bytes",
            "who decides: resident, with a day's messages; who sends is beside it, about as large",
        ),
        Cell(h, "allot_limit", "bytes", "2 * allot_bytes / memory_fill", "memory limit of both"),
    )


def _revenue() -> tuple[Cell, ...]:
    h = _REVENUE
    return (
        Cell(
            h,
            "answered_deals",
            "1",
            "deals * (1 + retention_days / deal_life_days)",
            "deals in memory: all that the log has, open and closed, in one process",
        ),
        Cell(
            h,
            "revenue_bytes",
            "bytes",
            "revenue_base_bytes + answered_deals * revenue_deal_bytes",
            "resident memory, whatever the number of workers",
        ),
        Cell(h, "revenue_limit", "bytes", "revenue_bytes / memory_fill", "memory limit"),
        Cell(h, "round_s", "s", "answered_deals * revenue_deal_us / 1e6", "a round of answers takes"),
        Cell(
            h,
            "answers_every_s",
            "s",
            "round_s + max(answers_least_s, answers_rest * round_s)",
            "answers are so old at most: a round, and the rest before it",
        ),
        Cell(
            h,
            "revenue_cores",
            "cores",
            "peak_events_s * revenue_event_us / 1e6 + round_s / answers_every_s",
            "to take in events at the peak, and for rounds",
        ),
        Cell(
            h,
            "revenue_s",
            "s",
            "start_s + (events_per_day * retention_days * revenue_event_us + answered_deals * revenue_first_us) / 1e6",
            "until a program that starts has read the log and answers",
        ),
    )


#: Topic, what is written to it a day (one replica), and what of it stays.
_ON_TOPICS: tuple[tuple[str, str, str, str], ...] = (
    (
        "activity",
        "deal.activity",
        "events_per_day * activity_event_bytes + partitions * activity_partition_bytes",
        "kept",
    ),
    ("state", "deal.state", "state_written", "known_deals * state_live_bytes"),
    ("examples", "deal.examples", "questions_per_day * examples_question_bytes", "days"),
    ("alerts", "deal.alerts", "alerts_per_day * alert_bytes", "kept"),
    (
        "open_alerts",
        "deal.alerts.open",
        "alerts_per_day * open_alert_bytes",
        "deals * open_alerts_deal * open_alert_bytes",
    ),
    ("plays", "deal.plays", "deals * plays_day_bytes", "kept"),
    (
        "learner",
        "deal.learner",
        "questions_per_day * learner_question_bytes + learner_day_bytes",
        "waiting * learner_live_bytes",
    ),
    ("models", "deal.models", "models_day_bytes", "retention_days * models_day_bytes"),
    ("notify", "deal.notifier, deal.notifications", "alerts_per_day * notify_alert_bytes", "days"),
)


def _topics() -> tuple[Cell, ...]:
    h = _TOPICS
    cells: list[Cell] = []
    for short, topic, written, stays in _ON_TOPICS:
        cells.append(Cell(h, f"{short}_a_day", "bytes/day", written, f"written to {topic} a day, one replica"))
        day = f"{short}_a_day"
        partitions = "partitions" if short == "state" else "1"
        kept = {"kept": f"{day} * retention_days", "days": f"{day} * min(examples_days, retention_days)"}.get(
            stays,
            f"({stays}) / (1 - dirty_share) + min(segment_bytes * {partitions}, {day} * segment_days)",
        )
        cells.append(Cell(h, f"{short}_kept", "bytes", kept, f"on the disk for {topic}, one replica"))
    daily = " + ".join(f"{short}_a_day" for short, *_ in _ON_TOPICS)
    kept = " + ".join(f"{short}_kept" for short, *_ in _ON_TOPICS)
    return (
        *cells,
        Cell(h, "written_a_day", "bytes/day", daily, "written to all topics a day, one replica"),
        Cell(h, "kept_bytes", "bytes", kept, "on the disk for all topics, one replica"),
        Cell(
            h, "all_replicas", "bytes", "kept_bytes * replication", "all replicas: this is what replication multiplies"
        ),
        Cell(h, "broker_disk", "bytes", "all_replicas / brokers / broker_fill", "disk of one broker"),
        Cell(
            _KAFKA,
            "broker_replicas",
            "1",
            "ceil((partitions * 3 + single_topics) * replication / brokers)",
            "replicas of partitions on one broker: of activity, state, dead letters, and the topics of one",
        ),
    )


def _network() -> tuple[Cell, ...]:
    h = _NETWORK
    return (
        Cell(
            h,
            "peak_written",
            "bytes/s",
            "written_a_day / 86400 * peak_factor",
            "into leaders at the peak, compressed",
        ),
        Cell(h, "replicated", "bytes/s", "peak_written * (replication - 1)", "between brokers, at the peak"),
        Cell(
            h,
            "peak_read",
            "bytes/s",
            "(written_a_day + state_written) / 86400 * peak_factor",
            "out to our programs at the peak: each topic once; the page reads deal.state",
        ),
        Cell(
            h,
            "broker_network",
            "bytes/s",
            "(peak_written + 2 * replicated + peak_read) / brokers",
            "in and out of one broker, at the peak",
        ),
    )
