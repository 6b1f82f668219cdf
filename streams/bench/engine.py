"""The part `engine`: decode, update by key, changelog, one output in a hundred; ours beside its peers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson

from streams.bench.bout import Bout
from streams.bench.contenders import ENGINE, Contender
from streams.bench.counting import Truth, events
from streams.bench.figures import Score
from streams.bench.job import Job
from streams.bench.plan import Listener, Plan
from streams.bench.rounds import Contest
from streams.bench.topics import COMPACTED, KEPT, Entry, borrowed, fill, latest, read
from streams.config.topics import Topic

_TELL_EVERY_S = 0.2


def run_engine(plan: Plan, prefix: str, listener: Listener) -> dict[str, Score]:
    """Let every contender that is there count the same topic."""
    source = Topic(f"{prefix}source", plan.partitions, KEPT)

    def topics(contender: Contender, job: Job) -> list[Topic]:
        own = [Topic(job.alerts, plan.partitions, KEPT)]
        if contender.changelog_of(job) == job.changelog:
            own.append(Topic(job.changelog, plan.partitions, COMPACTED))
        return own

    with borrowed(plan.broker, prefix, [source]):
        truth = _fill(plan, source.name, listener)
        return Contest(
            part="engine",
            contenders=ENGINE,
            source=source.name,
            events=plan.events,
            limit_s=plan.limit_s,
            topics=topics,
            faults=lambda contender, job, bout: _faults(contender, job, bout, truth),
        ).hold(plan, prefix, listener)


def _fill(plan: Plan, topic: str, listener: Listener) -> Truth:
    truth = Truth()
    listener.begin("engine: filling the topic", plan.events)

    def entries() -> Iterator[Entry]:
        told = time.monotonic()
        for event in events(plan.events, plan.partitions):
            truth.learn(event)
            yield Entry(event.partition, event.key, event.encode())
            if event.number % 1_000 == 0 and time.monotonic() - told > _TELL_EVERY_S:
                told = time.monotonic()
                listener.progress(event.number)

    fill(plan.broker, topic, entries())
    return truth


def _faults(contender: Contender, job: Job, bout: Bout, truth: Truth) -> list[str]:
    """Compare what came out with what had to: the alerts always, the states where they can be read."""
    assert bout.ended is not None
    handled = bout.ended.handled
    alerts = [record.value for record in read(job.broker, job.alerts)]
    faults = truth.faults(alerts, handled, whole=handled >= job.events)
    counted = None if bout.ended.result is None else bout.ended.result.counted
    if changelog := contender.changelog_of(job):
        counted = sum(orjson.loads(value)[0] for value in latest(job.broker, changelog).values())
    if counted is not None and counted != handled:
        faults.append(f"the states have counted {counted:,} events of {handled:,}")
    return faults
