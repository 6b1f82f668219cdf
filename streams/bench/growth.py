"""The part `growth`: what many open deals cost, by their number, by partitions, and by workers.

The states are written straight to the changelog. So a worker begins with its recovery, which is timed, and compared
with bare aiokafka reading the same topic. Then events for deals chosen at random, all equally likely, are let through:
throughput, memory and checkpoints.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from msgspec import Struct
from msgspec.structs import replace as with_fields

from streams.bench.bout import Child, ContenderFailed
from streams.bench.figures import spread
from streams.bench.ground import READY_WITHIN_S, Ground, open_deals
from streams.bench.job import Committed, Progress, Rebalanced, Recovered, Resident, Said
from streams.bench.meter import WARM_UP
from streams.bench.pipeline import outputs
from streams.bench.plan import Listener, Plan
from streams.bench.school import fixed_models
from streams.bench.topics import KEPT, borrowed
from streams.config.topics import Topic

#: Events let through in each round, and at most this many for each open deal.
_EVENTS = 40_000
_EVENTS_PER_DEAL = 4

_DONE_WITHIN_S = 300.0


class Size(Struct, frozen=True, kw_only=True):
    """One configuration: medians over the rounds."""

    deals: int
    partitions: int
    workers: int
    events_per_second: float | None = None
    spread: float | None = None
    resident_bytes_per_deal: float | None = None
    """Memory that the states added, over all workers, by deals."""
    state_bytes: float | None = None
    """Mean size of a state in the changelog."""
    recovery_seconds: float | None = None
    recovery_states_per_second: float | None = None
    bare_states_per_second: float | None = None
    """Bare aiokafka, reading the same changelog."""
    checkpoint_ms: float | None = None
    checkpoint_states: float | None = None
    failed: str = ""


def run_growth(plan: Plan, prefix: str, listener: Listener) -> list[Size]:
    """Measure every configuration."""
    models = str(fixed_models(plan, listener))
    template = open_deals(plan, models)
    found: list[Size] = []
    for deals in plan.sizes:
        for partitions in plan.growth_partitions:
            ground = Ground(
                plan,
                f"{prefix}{deals}-{partitions}.",
                deals,
                partitions,
                template,
                models,
                min(_EVENTS, deals * _EVENTS_PER_DEAL),
            )
            found += _on_ground(plan, ground, listener)
    return found


def _on_ground(plan: Plan, ground: Ground, listener: Listener) -> list[Size]:
    source = Topic(f"{ground.prefix}deal.activity", ground.partitions, KEPT)
    changelog = f"{ground.prefix}deal.state"
    label = f"growth: {ground.deals:,} deals, {ground.partitions} partitions"
    probe = ground.job("dealwatch")
    with borrowed(plan.broker, ground.prefix, [source, *outputs(probe)]):
        listener.begin(f"{label}: writing the states", 0)
        ground.fill_states(changelog)
        bare = median(_bare_rate(ground, listener, label) for _ in range(plan.repeats))
        return [_size(ground, workers, bare, source.name, listener, label) for workers in plan.growth_workers]


def _bare_rate(ground: Ground, listener: Listener, label: str) -> float:
    listener.begin(f"{label}: bare aiokafka reads them", 0)
    with Child(ground.job("aiokafka"), _ignore) as child:
        child.wait_until(lambda: any(isinstance(each, Recovered) for each in child.said), READY_WITHIN_S)
        read = next(each for each in child.said if isinstance(each, Recovered))
        return read.states / read.seconds


class Round(Struct, frozen=True):
    """One round's figures."""

    rate: float
    resident: int
    recovery_s: float
    checkpoints: list[Committed]


def _size(ground: Ground, workers: int, bare: float, source: str, listener: Listener, label: str) -> Size:
    size = Size(deals=ground.deals, partitions=ground.partitions, workers=workers)
    rounds: list[Round] = []
    for number in range(ground.plan.repeats):
        listener.begin(f"{label}, workers {workers}: round {number + 1}/{ground.plan.repeats}", ground.events)
        ground.fill_events(source)
        try:
            rounds.append(gated_round(ground, workers, listener))
        except ContenderFailed as error:
            listener.say(f"{label}: {error}")
            return with_fields(size, failed=str(error))
    rates = [each.rate for each in rounds]
    recovery = median(each.recovery_s for each in rounds)
    checkpoints = [each for one in rounds for each in one.checkpoints if each.states]
    return with_fields(
        size,
        events_per_second=median(rates),
        spread=spread(rates),
        resident_bytes_per_deal=median(each.resident for each in rounds) / ground.deals,
        state_bytes=ground.state_bytes,
        recovery_seconds=recovery,
        recovery_states_per_second=ground.deals / recovery if recovery else None,
        bare_states_per_second=bare,
        checkpoint_ms=median(each.seconds for each in checkpoints) * 1000 if checkpoints else None,
        checkpoint_states=median(each.states for each in checkpoints) if checkpoints else None,
    )


def gated_round(ground: Ground, workers: int, listener: Listener) -> Round:
    """Start the workers, let them recover, open their gates, and wait until all events are handled."""
    with ExitStack() as stack:
        children = [stack.enter_context(Child(ground.job("dealwatch"), _ignore)) for _ in range(workers)]
        recoveries = until_settled(children, ground)
        for child in children:
            child.tell("go")
        _until(children, lambda: _handled(children) >= ground.events, listener, lambda: _handled(children))
        for child in children:
            child.stop()
        said = [each for child in children for each in child.said]
        full, empty = (
            sum(each.bytes for each in said if isinstance(each, Resident) and each.moment == moment)
            for moment in ("full", "empty")
        )
        return Round(
            rate=rate_of([progress_of(child) for child in children]),
            resident=full - empty,
            recovery_s=max(each.seconds for each in recoveries),
            checkpoints=[each for each in said if isinstance(each, Committed)],
        )


def until_settled(children: list[Child], ground: Ground) -> list[Recovered]:
    """Wait until all partitions are recovered, every worker has some, and nothing has changed for a while."""
    deadline = time.monotonic() + READY_WITHIN_S
    before: list[Recovered] = []
    since = time.monotonic()
    while True:
        shares = [recovered(child.said) for child in children]
        now = [each for share in shares for each in share]
        if now != before:
            before, since = now, time.monotonic()
        whole = sorted(each.partition for each in now) == list(range(ground.partitions)) and all(shares)
        if whole and time.monotonic() - since > ground.plan.settled_s:
            return now
        for child in children:
            child.check()
        if time.monotonic() > deadline:
            raise ContenderFailed(f"the workers were not ready within {READY_WITHIN_S:.0f} s")
        time.sleep(0.1)


def recovered(said: list[Said]) -> list[Recovered]:
    """What a worker recovered since the last rebalance."""
    found: list[Recovered] = []
    for each in said:
        if isinstance(each, Rebalanced):
            found = []
        elif isinstance(each, Recovered):
            found.append(each)
    return found


def _until(children: list[Child], done: Callable[[], bool], listener: Listener, progress: Callable[[], int]) -> None:
    deadline = time.monotonic() + _DONE_WITHIN_S
    while not done():
        for child in children:
            child.check()
        listener.progress(progress())
        if time.monotonic() > deadline:
            raise ContenderFailed(f"the events were not handled within {_DONE_WITHIN_S:.0f} s")
        time.sleep(0.05)


def _handled(children: list[Child]) -> int:
    return sum(
        max((each.handled for each in child.said if isinstance(each, Progress)), default=0) for child in children
    )


def progress_of(child: Child) -> list[Progress]:
    """How far a worker came, and when."""
    return [each for each in child.said if isinstance(each, Progress)]


def rate_of(progress: list[list[Progress]]) -> float:
    """The events per second of all workers together, after the warm-up.

    What was handled between two looks has no warm-up that could be told apart: then the warm-up is in the figure.

    >>> rate_of([[Progress(10, 1.0), Progress(50, 2.0)], [Progress(50, 2.0)]])
    90.0
    >>> rate_of([[Progress(0, 1.0), Progress(50, 2.0)]])
    50.0
    """
    steps = sorted((each.at, number, each.handled) for number, said in enumerate(progress) for each in said)
    latest = [0] * len(progress)
    totals: list[tuple[float, int]] = []
    for at, number, handled in steps:
        latest[number] = max(latest[number], handled)
        totals.append((at, sum(latest)))
    end_at, end = totals[-1]
    warm = next(index for index, each in enumerate(totals) if each[1] >= WARM_UP * end)
    before_end = (each for each in reversed(totals[: warm + 1]) if each[0] < end_at and each[1] < end)
    begin_at, begin = next(before_end, totals[warm])
    return (end - begin) / (end_at - begin_at) if end_at > begin_at else 0.0


def _ignore(said: Said) -> None:
    pass
