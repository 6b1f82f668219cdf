"""What it costs the worker that the program of revenue runs beside it: the same log, with that program and without.

Each run has all topics of the product under a prefix of its own, filled anew. The worker waits behind a gate, all of
it recovered, until the program of revenue has begun to read, so that both go through the log at the same time.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from msgspec import Struct

from streams.bench.bout import Child, ContenderFailed
from streams.bench.contenders import REVENUE
from streams.bench.digest import digest_of
from streams.bench.figures import Score, Tally
from streams.bench.growth import recovered
from streams.bench.job import Ended, Job, Measured, Progress, Result
from streams.bench.plan import Listener, Plan
from streams.bench.topics import Entry, borrowed, fill, latest, read
from streams.bench.usage import usage_of
from streams.config.settings import load
from streams.config.topics import Topics
from streams.config.topics import plan as planned_topics
from streams.revenue.answers import ForecastTold, decode_answer
from streams.revenue.company import Unit
from streams.runtime.child import how_it_ended, spawn, stop
from streams.runtime.page import free_port
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition

PART = "revenue"
ALONE, WITH = "alone", "beside"
_HOST = "127.0.0.1"
_LIMIT_S = 300.0
_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 20.0
_LOOK_S = 0.1
_RECORDS = 'dealwatch_revenue_records_total{role="revenue",topic="activity"}'


class Beside(Struct, frozen=True, kw_only=True):
    """The worker alone and with the program of revenue beside it, and how that one fared (medians of all rounds).

    `revenue_cpu_us_per_event`: from the worker's beginning until it had answered for all. `behind`: records that it had
    not read when the worker was through; after `caught_up_s` seconds more it had, and had made its answers.
    """

    worker: dict[str, Score]
    revenue_cpu_us_per_event: float | None = None
    behind: int | None = None
    caught_up_s: float | None = None


class _Fared(Struct, frozen=True):
    """One round of the program of revenue."""

    cpu_us: float
    behind: int
    caught_up_s: float


def run_beside(plan: Plan, prefix: str, log: Sequence[Entry], events: int, models: Path, listener: Listener) -> Beside:
    """Let the worker handle the log by turns alone and with company; `events` are those of the records that count."""
    tallies = {name: Tally() for name in (ALONE, WITH)}
    fared: list[_Fared] = []
    expected: list[Result] = []
    for number in range(plan.repeats):
        turn = (ALONE, WITH) if number % 2 == 0 else (WITH, ALONE)
        for name in turn:
            listener.begin(f"revenue {number + 1}/{plan.repeats} the worker {name}", len(log))
            run = _Run(plan, f"{prefix}{number}-{name}.", log, str(models), listener)
            try:
                faults = run.hold(name == WITH, tallies[name], events, fared, expected)
            except ContenderFailed as error:
                faults = [str(error)]
            for fault in faults:
                tallies[name].fault(fault)
                listener.say(f"revenue, the worker {name}: {fault}")
    scores = {name: tally.score() for name, tally in tallies.items()}
    if not fared:
        return Beside(worker=scores)
    return Beside(
        worker=scores,
        revenue_cpu_us_per_event=median(each.cpu_us for each in fared),
        behind=int(median(each.behind for each in fared)),
        caught_up_s=median(each.caught_up_s for each in fared),
    )


class _Run:
    """One run of the worker over the whole log."""

    def __init__(self, plan: Plan, prefix: str, log: Sequence[Entry], models: str, listener: Listener) -> None:
        self._plan, self._prefix, self._log, self._listener = plan, prefix, log, listener
        self._topics: Topics = planned_topics(load(prefix=prefix, partitions=plan.partitions))
        self._folder = plan.folder / prefix
        self._folder.mkdir(parents=True)
        self._job = Job(
            part=PART,
            contender=REVENUE[0].name,
            broker=plan.broker,
            prefix=prefix,
            source=self._topics.activity.name,
            folder=str(self._folder),
            partitions=plan.partitions,
            events=len(log),
            limit_s=_LIMIT_S,
            models=models,
        )

    def hold(
        self, with_revenue: bool, tally: Tally, events: int, fared: list[_Fared], expected: list[Result]
    ) -> list[str]:
        """Run it; return what is wrong with what came out."""
        with borrowed(self._plan.broker, self._prefix, self._topics.all):
            fill(self._plan.broker, self._topics.activity.name, self._log)
            with Child(self._job, self._heard) as child:
                child.wait_until(lambda: len(recovered(child.said)) == self._plan.partitions, _READY_WITHIN_S)
                if not with_revenue:
                    measured = self._measure(child)
                    self._end(child)
                else:
                    with _revenue(self._plan, self._prefix, self._folder) as program:
                        before = program.cpu_s
                        measured = self._measure(child)
                        behind = len(self._log) - int(program.metric(_RECORDS))
                        began = time.monotonic()
                        self._end(child)
                        self._follow(program)
                        fared.append(_Fared((program.cpu_s - before) / events * 1e6, behind, time.monotonic() - began))
            share = events / len(self._log)
            tally.add(measured.events_per_second * share, measured.cpu_us_per_event / share, events)
            faults = self._faults(measured, expected)
            return [*faults, *self._told_otherwise()] if with_revenue and not faults else faults

    def _heard(self, said: object) -> None:
        if isinstance(said, Progress | Measured):
            self._listener.progress(said.handled)

    def _measure(self, child: Child) -> Measured:
        child.tell("go")
        child.wait_until(lambda: any(isinstance(each, Measured) for each in child.said), _LIMIT_S)
        return next(each for each in child.said if isinstance(each, Measured))

    def _end(self, child: Child) -> None:
        """Let the worker stop in order: its last states are written then."""
        child.wait(_STOP_WITHIN_S)
        if not any(isinstance(each, Ended) for each in child.said):
            raise ContenderFailed(child.failure())

    def _follow(self, program: _Program) -> None:
        """Wait until all is read and answered, as of the worker's latest instant."""
        program.wait_until(lambda: program.metric(_RECORDS) >= len(self._log), _LIMIT_S)
        program.wait_until(lambda: not self._told_otherwise(), _LIMIT_S)

    def _faults(self, measured: Measured, expected: list[Result]) -> list[str]:
        """Compare states and alerts with those of the first run."""
        if measured.handled != len(self._log):
            return [f"handled {measured.handled:,} records of {len(self._log):,}"]
        broker = self._plan.broker
        alerts = [record.value for record in read(broker, self._topics.alerts.name)]
        result = digest_of(latest(broker, self._topics.state.name).values(), alerts)
        expected.append(result)
        if result != expected[0]:
            return [f"states and alerts differ from the first run's: {result} is not {expected[0]}"]
        return []

    def _told_otherwise(self) -> list[str]:
        """What the company's forecast says otherwise than the worker's states: how far time is, how many are open."""
        states = latest(self._plan.broker, self._topics.state.name)
        facts = [decode_deal(value).facts for key, value in states.items() if key != PARTITION_KEY]
        clocks = [
            decode_partition(record.value).clock or 0
            for record in read(self._plan.broker, self._topics.state.name)
            if record.key == PARTITION_KEY and record.value is not None
        ]
        wanted = max(clocks) + 1, sum(each.is_open and not each.is_lead for each in facts)
        told = (decode_answer(value) for value in latest(self._plan.broker, self._topics.forecast.name).values())
        found = {(each.at, each.open) for each in told if isinstance(each, ForecastTold) and each.unit == Unit()}
        if found == {wanted}:
            return []
        return [f"the company's forecasts say (time, open deals) {sorted(found)}, the states {wanted}"]


class _Program:
    """The running program of revenue."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process, self._port, self._log = process, port, log

    @property
    def cpu_s(self) -> float:
        return usage_of(self._process.pid).cpu_s

    def metric(self, name: str) -> float:
        """A figure of its own; 0 while there is none."""
        try:
            with urlopen(f"http://{_HOST}:{self._port}/metrics", timeout=10.0) as answer:
                lines = answer.read().decode().splitlines()
        except (URLError, OSError):
            return 0.0
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)

    def wait_until(self, done: Callable[[], bool], within_s: float) -> None:
        """Wait, looking now and then; raises ContenderFailed."""
        deadline = time.monotonic() + within_s
        while not done():
            if (code := self._process.poll()) is not None:
                words = self._log.read_text(errors="replace")[-600:]
                raise ContenderFailed(f"the program of revenue {how_it_ended(code)}: {words}")
            if time.monotonic() > deadline:
                raise ContenderFailed(f"the program of revenue had not come so far within {within_s:.0f} s")
            time.sleep(_LOOK_S)


@contextmanager
def _revenue(plan: Plan, prefix: str, folder: Path) -> Iterator[_Program]:
    """The program of revenue, as `dealwatch up` starts it, from where it has begun to read."""
    port, log = free_port(_HOST, 0), folder / "revenue.log"
    environment = {
        "DEALWATCH_BROKER": plan.broker,
        "DEALWATCH_PREFIX": prefix,
        "DEALWATCH_PARTITIONS": str(plan.partitions),
        "DEALWATCH_DATA": str(folder),
        "DEALWATCH_WEB_HOST": _HOST,
        "DEALWATCH_WEB_PORT": str(port),
    }
    process = spawn(["worker", "--role", "revenue"], environment, log, folder)
    try:
        program = _Program(process, port, log)
        program.wait_until(lambda: program.metric(_RECORDS) > 0, _READY_WITHIN_S)
        yield program
    finally:
        stop(process, _STOP_WITHIN_S)
