"""The part `capacity`: the figures that `dealwatch plan` goes by. Two sizes of everything, so that costs are slopes.

What one program takes is seconds of its processor, which others on the machine hardly change; recovery alone is
elapsed time. What is stored is asked of the broker.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from streams.bench.ground import Ground, Template, open_deals
from streams.bench.lived import LivedLog, measure_log
from streams.bench.machine import describe
from streams.bench.plan import Listener, Plan
from streams.bench.school import fixed_models
from streams.bench.standing import OpenDeals, measure_open, topics_of
from streams.bench.topics import borrowed
from streams.capacity.figures import Figure, Figures, Measurement
from streams.config.settings import load
from streams.engine.settings import StoreKind

_UNKNOWN = "unknown"


def run_capacity(plan: Plan, prefix: str, kafka: str, listener: Listener) -> Figures:
    """Measure every figure, as often as the plan wants; raises ContenderFailed, since a plan needs all of them."""
    before, began = describe(kafka), time.monotonic()
    models = fixed_models(plan, listener)
    template = open_deals(plan, str(models))
    rounds: list[dict[str, float]] = []
    events = 0
    for number in range(plan.repeats):
        logs = [
            measure_log(plan, f"{prefix}{number}-log-{deals}.", deals, models, listener) for deals in plan.capacity_logs
        ]
        open_in: dict[StoreKind, list[OpenDeals]] = {
            store: [
                _open(plan, f"{prefix}{number}-{store}-{deals}.", deals, store, template, str(models), listener)
                for deals in plan.capacity_sizes
            ]
            for store in ("memory", "rocksdb")
        }
        events = logs[-1].events
        rounds.append(derived(logs, open_in["memory"], open_in["rocksdb"], plan, load().deals_at_work))
    after = describe(kafka)
    return Figures(
        1,
        Measurement(
            date=datetime.fromtimestamp(time.time(), UTC).date().isoformat(),
            commit=_commit(),
            command="dealwatch " + " ".join(sys.argv[1:]),
            processor=before.processor,
            cores=before.cores,
            memory_gb=before.memory_gb,
            system=before.system,
            python=before.python,
            kafka=kafka,
            load_before=before.load,
            load_after=after.load,
            rounds=plan.repeats,
            partitions=plan.partitions,
            open_deals=plan.capacity_sizes,
            log_deals=plan.capacity_logs,
            log_days=plan.capacity_days,
            log_events=events,
            seconds=round(time.monotonic() - began, 1),
        ),
        medians(rounds),
    )


def _open(
    plan: Plan, prefix: str, deals: int, store: StoreKind, template: Template, models: str, listener: Listener
) -> OpenDeals:
    ground = Ground(plan, prefix, deals, plan.partitions, template, models, plan.capacity_events)
    with borrowed(plan.broker, prefix, topics_of(ground).all):
        return measure_open(ground, store, listener)


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, Figure]:
    """Return each figure's median, and its rounds to six digits."""
    return {
        name: Figure(_rounded(median(each[name] for each in rounds)), tuple(_rounded(each[name]) for each in rounds))
        for name in rounds[0]
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def slope(x: tuple[float, float], y: tuple[float, float]) -> float:
    """What one more of x adds to y; 0 at least, since nothing measured here gets less by more of it.

    >>> slope((10, 20), (5, 7))
    0.2
    """
    return max(0.0, (y[1] - y[0]) / (x[1] - x[0]))


def derived(
    logs: Sequence[LivedLog], memory: Sequence[OpenDeals], disk: Sequence[OpenDeals], plan: Plan, at_work: int
) -> dict[str, float]:
    """Return a round's figures by name (`streams/capacity/catalogue.py`). `at_work`: deals a partition keeps decoded.

    Of two sizes the larger one counts where there is no slope.
    """
    workers = _of_workers(memory, disk, at_work * plan.partitions)
    return {
        **workers,
        **_of_the_page(memory),
        **_of_the_log(logs[0], logs[-1], logs[-1].questions / workers["questions_day"], plan.capacity_days),
        **_of_events(logs[0], logs[-1], workers, plan.partitions * plan.capacity_days),
    }


def _of_events(few: LivedLog, many: LivedLog, workers: Mapping[str, float], partition_days: int) -> dict[str, float]:
    """By the difference of two logs of as many days: heartbeats and announcements of time are the same in both."""
    events = few.events, many.events
    activity = few.volumes["deal.activity"], many.volumes["deal.activity"]
    stored = slope(events, (activity[0].stored, activity[1].stored))
    days = (many.questions - few.questions) / workers["questions_day"]
    by_figures = (events[1] - events[0]) * workers["track_event_us"] + days * workers["track_day_us"]
    taken = slope(events, (few.tracked.cpu_s, many.tracked.cpu_s)) * 1e6
    return {
        "activity_event_bytes": stored,
        "activity_event_raw_bytes": activity[1].keyed_raw / many.events,
        "activity_partition_bytes": max(0.0, activity[0].stored - stored * events[0]) / partition_days,
        "mixture_us": taken,
        "mixture_ratio": by_figures / (taken * (events[1] - events[0])) if taken else 0.0,
    }


def _of_workers(memory: Sequence[OpenDeals], disk: Sequence[OpenDeals], at_work: int) -> dict[str, float]:
    few, many = memory[0], memory[-1]
    disk_few, disk_many = disk[0], disk[-1]
    deals, disk_deals = (few.deals, many.deals), (disk_few.deals, disk_many.deals)
    assert many.day is not None
    day_deals = many.deals
    return {
        "track_event_us": many.spent.cpu_s / many.events * 1e6,
        "track_event_disk_us": disk_many.spent.cpu_s / disk_many.events * 1e6,
        "track_day_us": many.day.cpu_s / day_deals * 1e6,
        "track_base_bytes": many.empty,
        "track_deal_bytes": slope(deals, (few.full, many.full)),
        "track_disk_deal_bytes": slope(disk_deals, (disk_few.full, disk_many.full)),
        "track_decoded_bytes": max(0.0, (many.worked - many.full) / min(many.deals, at_work)),
        "disk_deal_bytes": slope(disk_deals, (disk_few.on_disk, disk_many.on_disk)),
        "restore_us": many.recovery_s / many.deals * 1e6,
        "restore_disk_us": disk_many.recovery_s / disk_many.deals * 1e6,
        "restore_local_us": disk_many.again_s / disk_many.deals * 1e6,
        "state_raw_bytes": many.state_raw,
        "questions_day": many.asked / many.deals,
        "state_event_bytes": many.spent.state / many.events,
        "state_day_bytes": many.day.state / day_deals,
        "state_live_bytes": many.day.state / day_deals,
    }


def _of_the_page(memory: Sequence[OpenDeals]) -> dict[str, float]:
    few, many = memory[0].page, memory[-1].page
    assert few is not None and many is not None
    deals = memory[0].deals, memory[-1].deals
    return {
        "page_state_us": many.state_us,
        "page_base_bytes": many.empty,
        "page_deal_bytes": slope(deals, (few.full - few.empty, many.full - many.empty)),
    }


def _of_the_log(few: LivedLog, many: LivedLog, days: float, log_days: int) -> dict[str, float]:
    """`days`: of open deals, in the larger log; `log_days`: of the calendar."""
    volumes, questions = many.volumes, many.questions
    alerts, learner = volumes["deal.alerts"], volumes["deal.learner"]
    asked = few.questions, many.questions
    written = slope(asked, (few.volumes["deal.learner"].stored, learner.stored))
    notify = volumes["deal.notifier"].stored + volumes["deal.notifications"].stored
    standing, messages = volumes["deal.alerts.open"], max(alerts.records, 1)
    heard = few.volumes["deal.alerts"].records, alerts.records
    return {
        "examples_question_bytes": volumes["deal.examples"].stored / questions,
        "alerts_day": alerts.records / days,
        "open_alerts_deal": standing.live / max(many.open_deals, 1),
        "alert_bytes": alerts.stored / messages,
        "open_alert_bytes": standing.stored / max(standing.records, 1),
        "plays_day_bytes": volumes["deal.plays"].stored / days,
        "learner_question_bytes": written,
        "learner_day_bytes": max(0.0, learner.stored - written * questions) / log_days,
        "learner_live_bytes": learner.live_stored / max(many.waiting, 1),
        "models_day_bytes": volumes["deal.models"].stored / max(volumes["deal.models"].records, 1),
        "learn_question_us": slope(asked, (few.learned.cpu_s, many.learned.cpu_s)) * 1e6,
        "learn_base_bytes": many.learned.empty,
        "learn_work_bytes": max(0.0, many.learned.full - many.restarted.resident),
        "learn_question_bytes": slope((few.waiting, many.waiting), (few.restarted.resident, many.restarted.resident)),
        "learn_waiting_deal": many.waiting / max(many.open_deals, 1),
        "learn_restore_us": many.restarted.seconds / max(many.restarted.states, 1) * 1e6,
        "allot_alert_us": many.allotted.cpu_s / messages * 1e6,
        "allot_base_bytes": many.allotted.empty,
        "allot_alert_bytes": slope(heard, (few.allotted.full, many.allotted.full)),
        "notify_alert_bytes": notify / messages,
    }


def _commit() -> str:
    """The commit of the working folder's code, with a `+` where something was changed since; unknown outside of git."""
    here = Path(__file__).parent
    try:
        commit, changed = (
            subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
            for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        )
    except (OSError, subprocess.CalledProcessError):
        return _UNKNOWN
    return f"{commit}+" if changed else commit
