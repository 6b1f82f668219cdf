"""A contest: every contender that is there runs the same job, round by round, and is checked after each run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from streams.bench.bout import Bout, fight
from streams.bench.contenders import INSTALL, Contender
from streams.bench.figures import Score, Tally
from streams.bench.job import Job
from streams.bench.plan import Listener, Plan
from streams.bench.topics import borrowed
from streams.config.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is contested in a part."""

    part: str
    contenders: Sequence[Contender]
    source: str
    """The topic, or the file, that is read."""
    events: int
    limit_s: float
    topics: Callable[[Contender, Job], Sequence[Topic]]
    """The topics a run writes to; they are there for that run only."""
    faults: Callable[[Contender, Job, Bout], Sequence[str]]
    """Says what is wrong with what came out of a run that ended in order."""
    models: str = ""
    share: float = 1.0
    """What share of the records are events; the figures are by event."""

    def hold(self, plan: Plan, prefix: str, listener: Listener) -> dict[str, Score]:
        """Run all rounds; the order turns with each, so that nobody always runs on a warm machine."""
        chosen = [each for each in self.contenders if not plan.contenders or each.name in plan.contenders]
        present = [each for each in chosen if not each.missing]
        tallies = {each.name: Tally() for each in present}
        for number in range(plan.repeats):
            turn = number % max(1, len(present))
            for contender in present[turn:] + present[:turn]:
                listener.begin(f"{self.part} {number + 1}/{plan.repeats} {contender.name}", self.events)
                for fault in self._run(plan, contender, f"{prefix}{number}-{contender.name}.", tallies, listener):
                    tallies[contender.name].fault(fault)
                    listener.say(f"{self.part}, {contender.name}: {fault}")
        return {each.name: tallies[each.name].score() if each in present else _absent(each) for each in chosen}

    def _run(
        self, plan: Plan, contender: Contender, prefix: str, tallies: dict[str, Tally], listener: Listener
    ) -> Sequence[str]:
        folder = plan.folder / prefix
        folder.mkdir(parents=True)
        job = Job(
            part=self.part,
            contender=contender.name,
            broker=plan.broker,
            prefix=prefix,
            source=self.source,
            folder=str(folder),
            partitions=plan.partitions,
            events=self.events,
            limit_s=self.limit_s,
            models=self.models,
        )
        topics = self.topics(contender, job)
        with borrowed(plan.broker, prefix, topics) if topics else nullcontext():
            bout = fight(job, listener.progress)
            if bout.measured is not None:
                measured = bout.measured
                rate, cpu_us = measured.events_per_second * self.share, measured.cpu_us_per_event / self.share
                tallies[contender.name].add(rate, cpu_us, round(measured.handled * self.share))
            return [bout.failure] if bout.failure else self.faults(contender, job, bout)


def _absent(contender: Contender) -> Score:
    return Score(absent=f"needs {', '.join(contender.missing)}: {INSTALL}")
