"""The programs that are compared, by name, and what each of them needs to be there.

Each module has `run(job, meter) -> Result | None`: do the work until the meter is finished, stop in order, and return
what came of it where that is in memory and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, cast

from streams.bench.job import Job, Result
from streams.bench.meter import Meter

INSTALL = "run `make bench`, or install them with `uv sync --inexact --group bench`"


class Contender(NamedTuple):
    """One program: where it is, and the packages that the product itself does not have."""

    name: str
    module: str
    needs: tuple[str, ...] = ()
    changelog: str = ""
    """The topic of its states, with the group, the source and the prefix of the run to be filled in; empty: none."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(package for package in self.needs if find_spec(package) is None)

    def changelog_of(self, job: Job) -> str:
        """The topic of its states in a run; empty where it has none."""
        return self.changelog.format(group=job.group, source=job.source, prefix=job.prefix)

    def run(self, job: Job, meter: Meter) -> Result | None:
        """Do the work."""
        module = import_module(f"streams.bench.contenders.{self.module}")
        return cast(Callable[[Job, Meter], Result | None], module.run)(job, meter)


ENGINE = (
    Contender("confluent_kafka", "bare_confluent", ("confluent_kafka",)),
    Contender("aiokafka", "bare_aiokafka"),
    Contender("faust_plain", "faust_plain", changelog="{group}-counts-changelog"),
    Contender("quix_streams", "quix_counting", ("quixstreams",), "changelog__{group}--{source}--default"),
    Contender("bytewax", "bytewax_counting", ("bytewax", "confluent_kafka")),
    Contender("dealwatch", "engine_counting", changelog="{prefix}deal.state"),
    Contender("dealwatch_rocksdb", "engine_counting_rocksdb", changelog="{prefix}deal.state"),
)

PIPELINE = (
    Contender("core_alone", "core_alone"),
    Contender("quix_streams", "quix_pipeline", ("quixstreams",), "changelog__{group}--{source}--default"),
    Contender("dealwatch", "engine_pipeline", changelog="{prefix}deal.state"),
)

#: Our worker with many open deals, and what its recovery is compared with.
GROWTH = (
    Contender("dealwatch", "growing", changelog="{prefix}deal.state"),
    Contender("aiokafka", "bare_reading"),
)

#: The two questions of the part `models`.
SCORING = (Contender("river", "river_scoring"), Contender("dealwatch", "scoring"))
LEARNING = (Contender("river", "river_learning"), Contender("dealwatch", "learning"))

#: The product's programs, each alone, for the part `capacity`.
CAPACITY = (
    Contender("pipeline", "engine_pipeline", changelog="{prefix}deal.state"),
    Contender("worker", "growing", changelog="{prefix}deal.state"),
    Contender("worker_rocksdb", "growing_rocksdb", changelog="{prefix}deal.state"),
    Contender("learner", "learner_alone"),
    Contender("allotter", "allotter_alone"),
    Contender("page", "page_alone"),
)

#: Our worker, beside which the program of revenue runs or not; and what that program and the page do, each alone.
REVENUE = (
    Contender("dealwatch", "gated_pipeline", changelog="{prefix}deal.state"),
    Contender("catching_up", "catching_up"),
    Contender("answering", "answering"),
    Contender("viewing", "viewing"),
)

_PARTS = {
    "engine": ENGINE,
    "pipeline": PIPELINE,
    "scoring": SCORING,
    "learning": LEARNING,
    "latency": PIPELINE,
    "growth": GROWTH,
    "capacity": CAPACITY,
    "revenue": REVENUE,
}


def named(part: str, name: str) -> Contender:
    """The contender of that name in a part."""
    return next(each for each in _PARTS[part] if each.name == name)
