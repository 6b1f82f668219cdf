"""The part `pipeline`: the product's whole core, alone in a loop, in Quix Streams, and in ours.

The log is generated (`streams.demo`); the models are fixed, learned from another generated log, so that nobody waits
for a learner and everybody computes the same scores. The core alone says what must come out: the other hosts' states
and alerts are compared with its, byte by byte.

Figures are by event of a deal. Heartbeats of feeds and announcements of time, which are among the records of every
partition, are work that counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.bench.bout import Bout
from streams.bench.contenders import PIPELINE, Contender
from streams.bench.digest import digest_of
from streams.bench.figures import Score
from streams.bench.job import Job, Result
from streams.bench.plan import Listener, Plan
from streams.bench.rounds import Contest
from streams.bench.school import START, appended_at, fixed_models
from streams.bench.topics import KEPT, Entry, borrowed, fill, latest, read
from streams.config.settings import load
from streams.config.topics import Topic
from streams.config.topics import plan as planned_topics
from streams.demo.world import World, generate
from streams.replay.sequence import sequence

_SEED = 4
#: A whole run is needed to compare results, so this is only for a host that hangs.
_LIMIT_S = 300.0


def run_pipeline(plan: Plan, prefix: str, listener: Listener) -> dict[str, Score]:
    """Let the core alone and its hosts handle the same log."""
    models = fixed_models(plan, listener)
    source = Topic(f"{prefix}deal.activity", plan.partitions, KEPT)
    expected: list[Result] = []
    with borrowed(plan.broker, prefix, [source]):
        records, events = fill_log(plan, source.name, listener)
        return Contest(
            part="pipeline",
            contenders=PIPELINE,
            source=source.name,
            events=records,
            share=events / records,
            limit_s=_LIMIT_S,
            topics=lambda _contender, job: outputs(job),
            faults=lambda contender, job, bout: _faults(contender, job, bout, expected),
            models=str(models),
        ).hold(plan, prefix, listener)


def outputs(job: Job) -> list[Topic]:
    """The product's topics for a run, without the one it reads."""
    topics = planned_topics(load(prefix=job.prefix, partitions=job.partitions))
    return [topics.state, topics.alerts, topics.open_alerts, topics.plays, topics.examples, topics.dead]


class LogRecord(NamedTuple):
    """A record of the generated log, as the core reads it."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes


def log_records(plan: Plan) -> Iterator[LogRecord]:
    """The generated log as records, announcements of time included."""
    appended = appended_at(plan.days)
    offsets = [0] * plan.partitions
    lines = (line.value for line in generate(World(_SEED, START), plan.deals, plan.days))
    for each in sequence(lines, plan.partitions, appended):
        yield LogRecord(each.partition, offsets[each.partition], appended, each.key, each.value)
        offsets[each.partition] += 1


def fill_log(plan: Plan, topic: str, listener: Listener) -> tuple[int, int]:
    """Fill a topic with the generated log; return how many records there are, and how many are events of deals."""
    listener.begin("pipeline: filling the topic", 0)
    events = 0

    def entries() -> Iterator[Entry]:
        nonlocal events
        for number, record in enumerate(log_records(plan)):
            events += record.key is not None
            yield Entry(record.partition, record.key, record.value, record.timestamp)
            if number % 1_000 == 0:
                listener.progress(number)

    records = fill(plan.broker, topic, entries())
    return records, events


def _faults(contender: Contender, job: Job, bout: Bout, expected: list[Result]) -> list[str]:
    """Compare states and alerts with those of the first run."""
    assert bout.ended is not None
    if bout.ended.handled != job.events:
        return [f"handled {bout.ended.handled:,} records of {job.events:,}"]
    result = bout.ended.result
    if changelog := contender.changelog_of(job):
        alerts = [record.value for record in read(job.broker, job.alerts)]
        result = digest_of(latest(job.broker, changelog).values(), alerts)
    assert result is not None
    expected.append(result)
    if result != expected[0]:
        return [f"states and alerts differ from the first run's: {result} is not {expected[0]}"]
    return []
