"""The track task: for how many partitions its states were written, and which rules it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from streams.alerts.alert import Alert, decode_alert
from streams.alerts.policy import Policy
from streams.alerts.ruleset import AS_DECLARED, Rules, read_rules
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.errors import TopicsWrong
from streams.events.control import RulesChanged, RulesData
from streams.events.deal import CloseDateChanged, CloseDateData, Created, CreatedData
from streams.events.decode import decode
from streams.events.envelope import millis, moment_of
from streams.runtime.shelf import ModelShelf
from streams.runtime.track import FRESH_WITHIN, Liveness, TrackParts, TrackTask
from streams.state.codec import PARTITION_KEY, decode_partition, encode_partition
from streams.state.feeds import PartitionState
from streams.state.opportunity import DAY
from streams.telemetry.emit import Metrics
from tests.builders import APPENDED_AT, deliveries


def parts(partitions: int) -> TrackParts:
    """What the tasks of a worker share, for a topic of so many partitions."""
    topics = plan(load(broker="localhost:9092", partitions=partitions))
    return TrackParts(
        topics,
        Policy(),
        ModelShelf(1.0, lambda: 0.0),
        Liveness("event"),
        Metrics("track"),
        lambda: None,
        10,
        lambda: None,
        lambda: 0,
    )


def a_task(number: int, partitions: int, state: PartitionState | None = None) -> TrackTask:
    """A task whose store has the partition's state, if there is one."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    if state is not None:
        store.cut([(PARTITION_KEY, encode_partition(state))])
    return TrackTask(number, store, parts(partitions))


def test_a_state_written_for_fewer_partitions_is_refused() -> None:
    """Both numbers are named, and what to do."""
    with pytest.raises(TopicsWrong, match=r"has 6 partitions, but .* had 4: .*rebuild"):
        list(a_task(0, 6, PartitionState(partitions=4)).ready())


def test_a_partition_that_was_added_while_the_worker_ran_is_refused() -> None:
    """There was no partition 4 when the worker began with four of them."""
    with pytest.raises(TopicsWrong, match="more than 4"):
        a_task(4, 4)


@pytest.mark.parametrize("noted", [0, 4])
def test_a_state_says_for_how_many_partitions_it_was_written(noted: int) -> None:
    """One that does not say it, as before this was noted, is taken and says it from then on."""
    task = a_task(0, 4, PartitionState(offset=7, partitions=noted))
    list(task.ready())
    assert task._partition.state == PartitionState(offset=7, partitions=4)
    assert decode_partition(encode_partition(task._partition.state)).partitions == 4


# --- rules ------------------------------------------------------------------------------------------------------------

_TWICE, _THRICE = (read_rules({"rule": {"silent": {"factor": factor, "critical_factor": 9}}}) for factor in (2, 3))


class _File:
    """What a rules file says at the moment."""

    def __init__(self) -> None:
        self.rules: Rules | None = AS_DECLARED


def _asked(task: TrackTask, caught_up: bool = True) -> list[RulesChanged]:
    """What the task asks for when it is looked at."""
    task.look(APPENDED_AT, caught_up)
    events = [decode(each.value, each.key, APPENDED_AT) for each in task.outbox() if each.topic == "deal.activity"]
    assert all(isinstance(each, RulesChanged) for each in events)
    return [each for each in events if isinstance(each, RulesChanged)]


def _hears(task: TrackTask, event: RulesChanged, offset: int) -> None:
    [delivery] = deliveries([event], offset)
    assert task.process([delivery], 0) == 1  # type: ignore[list-item]  # what a partition needs of a record


def test_a_worker_puts_the_rules_of_its_file_into_the_log_once() -> None:
    """Only when it has read everything, and only where the partition holds others; what it reads there it adopts."""
    file = _File()
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    task = TrackTask(2, store, replace(parts(4), rules=lambda: file.rules))
    list(task.ready())
    assert _asked(task) == []

    file.rules = _TWICE
    assert _asked(task, caught_up=False) == []
    [event] = _asked(task)
    assert (event.id, event.data.rules) == (f"rules-{_TWICE.digest}-2", _TWICE.data)
    assert _asked(task) == []
    assert task._partition.rules == AS_DECLARED
    _hears(task, event, 0)
    assert task._partition.rules == _TWICE
    assert _asked(task) == []

    file.rules = None  # a file that cannot be used asks for nothing
    assert _asked(task) == []
    file.rules = AS_DECLARED
    [event] = _asked(task)
    assert (event.id, event.data.rules) == ("rules-as-declared-2", {})


def test_a_worker_asks_again_where_somebody_else_was_faster() -> None:
    """Two files in one environment: who owns the partition has the last word."""
    file = _File()
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    task = TrackTask(0, store, replace(parts(4), rules=lambda: file.rules))
    list(task.ready())
    file.rules = _TWICE
    [mine] = _asked(task)
    _hears(task, RulesChanged(id="x", source="/other", time=mine.time, data=RulesData(rules=_THRICE.data)), 0)
    assert [each.id for each in _asked(task)] == [mine.id]
    _hears(task, mine, 1)
    _hears(task, mine, 2)
    assert _asked(task) == []
    assert decode_partition(encode_partition(task._partition.state)).rules == _TWICE.data


def test_how_late_alerts_and_deadlines_are_is_measured_in_the_present() -> None:
    """An alert after its record, where one led to it, and after its own time; a deadline while it has not passed."""
    now = _BEGAN + 40 * DAY
    task, sample = _measured("wall", now + 700)
    alerts = _alerts(task, now + 300)
    assert len({each.at for each in alerts}) > 1
    [last] = [each for each in alerts if each.at == now]
    assert last.transition == "changed" or last.transition == "escalated"
    assert sample("alert_delay_seconds_count") == sample("alert_latency_seconds_count") == 1
    assert sample("alert_delay_seconds_sum") == pytest.approx(0.4)
    assert sample("alert_latency_seconds_sum") == pytest.approx(0.7)
    due = task._partition.next_deadline
    assert due is not None
    task.look(due + 5_000, False)
    assert sample("deadlines_late_seconds", partition="0") == pytest.approx(5.0)
    assert (sample("deadlines_pending", partition="0") or 0) >= 1


def test_history_that_is_replayed_is_not_late() -> None:
    """Records of long ago about times of long ago say nothing of how late we are."""
    task, sample = _measured("auto", _BEGAN + 400 * DAY)
    assert _alerts(task, _BEGAN + 40 * DAY)
    assert sample("alert_delay_seconds_count") == sample("alert_latency_seconds_count") == 0
    task.look(_BEGAN + 400 * DAY, False)
    assert sample("deadlines_late_seconds", partition="0") == 0


@pytest.mark.parametrize(("late_ms", "measured"), [(FRESH_WITHIN, 1), (FRESH_WITHIN + 1, 0)])
def test_alerts_of_a_backfill_are_not_our_delay_but_are_in_the_latency(late_ms: int, measured: int) -> None:
    """Recent history that is appended at once passes day by day: it says how late the feed is, and calls nobody."""
    now = _BEGAN + 40 * DAY
    task, sample = _measured("auto", now + late_ms + 60_000)
    assert _alerts(task, now + late_ms)
    assert sample("alert_delay_seconds_count") == measured
    assert sample("alert_latency_seconds_count") == 1


_BEGAN = millis(datetime(2026, 3, 2, 9, tzinfo=UTC))


def _measured(clock: Literal["auto", "event", "wall"], wall_ms: int) -> tuple[TrackTask, Callable[..., float | None]]:
    """A task at an instant of the wall clock, and what its metrics say."""
    shared = replace(parts(4), shelf=ModelShelf(0.0, lambda: 0.0), liveness=Liveness(clock), wall_ms=lambda: wall_ms)
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    task = TrackTask(0, store, shared)
    list(task.ready())

    def sample(name: str, **labels: str) -> float | None:
        return shared.metrics.registry.get_sample_value(f"dealwatch_{name}", {"role": "track", **labels})

    return task, sample


def _alerts(task: TrackTask, appended_at: int) -> list[Alert]:
    """The alerts of a deal about which nothing is heard for forty days, and then that its close date is over."""
    envelope: Any = {"source": "/crm", "subject": "opp-1"}
    now = moment_of(_BEGAN + 40 * DAY)
    events = [
        Created(id="1", time=moment_of(_BEGAN), data=CreatedData(name="A", owner="rep-1"), **envelope),
        CloseDateChanged(id="2", time=now, data=CloseDateData(close_date=date(2026, 3, 20)), **envelope),
    ]
    records: Any = [replace(each, timestamp=appended_at) for each in deliveries(events)]
    assert task.process(records, 0) == len(events)
    return [decode_alert(each.value or b"") for each in task.outbox() if each.topic == "deal.alerts"]
