"""For the part `capacity`: what a whole generated log leads to. Each of the product's programs alone, on what is there.

The track program handles the log, with fixed models; the learner learns from what came of it, and is started once more;
who decides about messages hears the alerts. What is on the topics then is weighed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from streams.bench.bout import Bout, Child, ContenderFailed, fight
from streams.bench.contenders import CAPACITY
from streams.bench.job import Job, Recovered, Said
from streams.bench.pipeline import fill_log
from streams.bench.plan import Listener, Plan
from streams.bench.standing import PART, residents
from streams.bench.topics import borrowed, read
from streams.bench.usage import usage_of
from streams.bench.volumes import Volume, stored, weighed
from streams.config.settings import load
from streams.config.topics import Topics
from streams.config.topics import plan as planned_topics
from streams.labels.lesson import Asked, decode_lesson
from streams.state.codec import PARTITION_KEY, decode_deal

_LIMIT_S = 400.0


class Ran(Struct, frozen=True):
    """A program's run: seconds of the processor for all its records, memory before and after where it said so."""

    cpu_s: float
    empty: int = 0
    full: int = 0


class Restarted(Struct, frozen=True):
    """A learner that was started once more: what came back, after how many seconds, and what it weighs with that."""

    states: int
    seconds: float
    resident: int


class LivedLog(Struct, frozen=True, kw_only=True):
    """What came of one log. `open_deals` at its end; `waiting` are questions in the learner's changelog."""

    deals: int
    events: int
    open_deals: int
    questions: int
    waiting: int
    tracked: Ran
    learned: Ran
    restarted: Restarted
    allotted: Ran
    volumes: dict[str, Volume]
    """By the topic's name without its prefix."""


def measure_log(plan: Plan, prefix: str, deals: int, models: Path, listener: Listener) -> LivedLog:
    """Measure one generated log of so many deals; raises ContenderFailed."""
    topics = planned_topics(load(prefix=prefix, partitions=plan.partitions))
    with borrowed(plan.broker, prefix, topics.all):
        log = replace(plan, deals=deals, days=plan.capacity_days)
        records, events = fill_log(log, topics.activity.name, listener)
        run = _Runs(plan, prefix, str(models), listener)
        tracked = run.whole("pipeline", topics.activity.name, records)
        examples = read(plan.broker, topics.examples.name)
        learned = run.whole("learner", topics.examples.name, len(examples))
        restarted = run.restart("learner", topics.examples.name)
        alerts = len(read(plan.broker, topics.alerts.name))
        allotted = run.whole("allotter", topics.alerts.name, alerts)
        volumes = _volumes(plan.broker, topics, prefix)
        open_deals = _open_deals(plan.broker, topics)
        return LivedLog(
            deals=deals,
            events=events,
            open_deals=open_deals,
            questions=sum(isinstance(decode_lesson(each.value), Asked) for each in examples),
            waiting=volumes["deal.learner"].live,
            tracked=tracked,
            learned=learned,
            restarted=restarted,
            allotted=allotted,
            volumes=volumes,
        )


class _Runs:
    """Runs of programs on one log, each in a folder of its own."""

    def __init__(self, plan: Plan, prefix: str, models: str, listener: Listener) -> None:
        self._plan, self._prefix, self._models, self._listener = plan, prefix, models, listener
        self._number = 0

    def _job(self, contender: str, source: str, events: int) -> Job:
        self._number += 1
        folder = self._plan.folder / f"{self._prefix}{self._number}"
        folder.mkdir(parents=True)
        return Job(
            part=PART,
            contender=contender,
            broker=self._plan.broker,
            prefix=self._prefix,
            source=source,
            folder=str(folder),
            partitions=self._plan.partitions,
            events=events,
            limit_s=_LIMIT_S,
            models=self._models,
        )

    def whole(self, contender: str, source: str, events: int) -> Ran:
        """Let a program handle all records of a topic."""
        assert contender in {each.name for each in CAPACITY}
        self._listener.begin(f"capacity: {contender}, {events:,} records", events)
        bout = fight(self._job(contender, source, events), self._listener.progress)
        measured = _measured(bout, contender, events)
        return Ran(measured * events / 1e6, *(residents(bout.said) if contender != "pipeline" else ()))

    def restart(self, contender: str, source: str) -> Restarted:
        """Start a program once more where all is handled."""
        self._listener.begin(f"capacity: {contender} once more", 0)
        with Child(self._job(contender, source, 1), _ignore) as child:
            child.wait_until(lambda: any(isinstance(each, Recovered) for each in child.said), _LIMIT_S)
            back = next(each for each in child.said if isinstance(each, Recovered))
            resident = usage_of(child.process).resident
            child.stop()
            return Restarted(back.states, back.seconds, resident)


def _measured(bout: Bout, contender: str, events: int) -> float:
    if bout.measured is None or bout.ended is None:
        raise ContenderFailed(f"{contender}: {bout.failure}")
    if bout.measured.handled != events:
        raise ContenderFailed(f"{contender}: handled {bout.measured.handled:,} records of {events:,}")
    return bout.measured.cpu_us_per_event


def _volumes(broker: str, topics: Topics, prefix: str) -> dict[str, Volume]:
    """Weigh all topics. What a program remembers of itself (keys with a `~`) does not grow, and counts as not live."""
    sizes = stored(broker, [topic.name for topic in topics.all])
    return {
        topic.name.removeprefix(prefix): weighed(
            read(broker, topic.name), sizes[topic.name], lambda key: not key.startswith(b"~")
        )
        for topic in topics.all
    }


def _open_deals(broker: str, topics: Topics) -> int:
    last = {record.key: record.value for record in read(broker, topics.state.name)}
    return sum(
        decode_deal(value).facts.is_open for key, value in last.items() if value is not None and key != PARTITION_KEY
    )


def _ignore(said: Said) -> None:
    pass
