"""The part `revenue`: what it takes to keep forecast, pipeline, coaching and attribution current.

Three questions: what it costs the worker that the program of revenue runs beside it; at what rate that program reads
the log at its start, and how long it makes answers over many open deals; how soon the page has the company's view.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from streams.bench.beside import PART, Beside, run_beside
from streams.bench.bout import Bout, ContenderFailed, fight
from streams.bench.figures import Score, Tally
from streams.bench.firm import ANSWERS
from streams.bench.job import Asked, Job, Rounds
from streams.bench.pipeline import LogRecord, log_records
from streams.bench.plan import Listener, Plan
from streams.bench.school import fixed_models
from streams.bench.topics import Entry

_LIMIT_S = 3_600.0
#: The page's views that are asked for.
_VIEWS = 4


class View(Struct, frozen=True, kw_only=True):
    """How soon the page has a view of the whole company: milliseconds; cold, it has decoded no answer before."""

    path: str
    open_deals: int
    cold_ms: float
    cold_worst_ms: float
    warm_ms: float
    warm_worst_ms: float


class RevenueFigures(Struct, frozen=True, kw_only=True):
    """All of the part."""

    beside: Beside
    catching_up: Score
    rounds: list[Rounds]
    views: list[View]


def run_revenue(plan: Plan, prefix: str, listener: Listener) -> RevenueFigures:
    """Measure all of it; raises ContenderFailed where answers over many deals cannot be made."""
    models = fixed_models(plan, listener)
    listener.begin("revenue: making the log", 0)
    log = list(log_records(plan))
    entries = [Entry(each.partition, each.key, each.value, each.timestamp) for each in log]
    beside = run_beside(plan, prefix, entries, sum(each.key is not None for each in log), models, listener)
    runs = Without(plan, prefix, listener)
    catching_up = runs.catch_up(log)
    rounds, views = [], []
    for deals in sorted(plan.revenue_sizes):
        told, answers = runs.answer(deals)
        rounds.append(told)
        if deals == max(plan.revenue_sizes):
            views = runs.view(answers, deals)
    return RevenueFigures(beside=beside, catching_up=catching_up, rounds=rounds, views=views)


class Without:
    """Runs without Kafka, each in a process of its own."""

    def __init__(self, plan: Plan, prefix: str, listener: Listener) -> None:
        self._plan, self._prefix, self._listener = plan, prefix, listener
        self._number = 0

    def catch_up(self, log: list[LogRecord]) -> Score:
        """Let the thread of the program take in the log, as often as the plan wants."""
        source = self._plan.folder / "log.bin"
        source.write_bytes(msgspec.msgpack.encode(log))
        tally, events = Tally(), sum(each.key is not None for each in log)
        found: set[int] = set()
        for _ in range(self._plan.repeats):
            bout = self._fight("catching_up", str(source), len(log), "taking in the log")
            if bout.measured is None or bout.ended is None or bout.ended.result is None:
                tally.fault(bout.failure)
                continue
            share = events / len(log)
            measured = bout.measured
            tally.add(measured.events_per_second * share, measured.cpu_us_per_event / share, events)
            found.add(bout.ended.result.counted)
        if len(found) > 1:
            tally.fault(f"open deals differ from round to round: {sorted(found)}")
        return tally.score()

    def answer(self, deals: int) -> tuple[Rounds, Path]:
        """Have answers made over so many open deals; return how long it took, and the file with them."""
        job = self._job("answering", "", deals)
        bout = self._checked(fight(job, self._progress(f"answers over {deals:,} open deals", deals)), "answering")
        told = next(each for each in bout.said if isinstance(each, Rounds))
        if told.open_deals != deals:
            raise ContenderFailed(f"the company's forecast counts {told.open_deals:,} open deals of {deals:,}")
        return told, Path(job.folder) / ANSWERS

    def view(self, answers: Path, deals: int) -> list[View]:
        """Have the page's application show these answers."""
        asks = _VIEWS * self._plan.revenue_views
        bout = self._checked(self._fight("viewing", str(answers), asks, "the page's views"), "viewing")
        assert bout.ended is not None and bout.ended.result is not None
        if bout.ended.result.counted != deals:
            raise ContenderFailed(f"the page sees {bout.ended.result.counted:,} open deals of {deals:,}")
        return [
            View(
                path=each.path,
                open_deals=deals,
                cold_ms=median(each.cold_ms),
                cold_worst_ms=max(each.cold_ms),
                warm_ms=median(each.warm_ms),
                warm_worst_ms=max(each.warm_ms),
            )
            for each in bout.said
            if isinstance(each, Asked)
        ]

    def _fight(self, contender: str, source: str, events: int, what: str) -> Bout:
        return fight(self._job(contender, source, events), self._progress(what, events))

    def _progress(self, what: str, total: int) -> Callable[[int], None]:
        self._listener.begin(f"revenue: {what}", total)
        return self._listener.progress

    def _checked(self, bout: Bout, contender: str) -> Bout:
        if bout.failure:
            raise ContenderFailed(f"{contender}: {bout.failure}")
        return bout

    def _job(self, contender: str, source: str, events: int) -> Job:
        self._number += 1
        folder = self._plan.folder / f"{self._prefix}{self._number}"
        folder.mkdir(parents=True)
        return Job(
            part=PART,
            contender=contender,
            broker="",
            prefix=self._prefix,
            source=source,
            folder=str(folder),
            partitions=self._plan.partitions,
            events=events,
            limit_s=_LIMIT_S,
        )
