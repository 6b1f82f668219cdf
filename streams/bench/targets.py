"""What was to be reached, as ratios within one run: each with its figure, and whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from streams.bench.beside import ALONE, WITH
from streams.bench.figures import Score
from streams.bench.growth import Size
from streams.bench.latency import Latency
from streams.bench.modelling import ModelScores
from streams.bench.revenue import RevenueFigures

#: Ours over theirs, events per second, at least.
ENGINE = (("quix_streams", 1.8), ("bytewax", 1.5), ("confluent_kafka", 0.4))
PIPELINE = (("quix_streams", 1.5), ("core_alone", 0.7))
#: Microseconds of one core for the five probabilities of a deal, at most.
SCORING_US = 40.0
#: Labels learned in a second of one core, at least.
LABELS_A_SECOND = 1_000.0
HALF = 0.5
#: At most so many milliseconds from event to alert, at half the full rate.
P99_MS = 100.0
#: Throughput with the most open deals over that with the fewest, at least.
GROWTH = 0.7
#: Resident memory per open deal, at most.
DEAL_BYTES = 1_536
#: States a second in recovery over bare aiokafka reading the same changelog, at least.
RECOVERY = 0.5
#: Throughput of the worker with the program of revenue beside it over that without, at least.
BESIDE = 0.85
#: Milliseconds until the page has a view of the whole company that it has decoded nothing of before, at most.
VIEW_MS = 200.0
_OURS = "dealwatch"


class Target(Struct, frozen=True):
    """One target. `figure` none: not measured in this run."""

    name: str
    figure: float | None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether it is reached; none where it was not measured."""
        if self.figure is None:
            return None
        return (self.at_least is None or self.figure >= self.at_least) and (
            self.at_most is None or self.figure <= self.at_most
        )


def contest_targets(part: str, scores: Mapping[str, Score] | None) -> list[Target]:
    """The targets of a contest (`engine` or `pipeline`)."""
    if scores is None:
        return []
    wanted = ENGINE if part == "engine" else PIPELINE
    return [Target(f"{part}: dealwatch / {peer}", ratio(scores, peer), at_least=least) for peer, least in wanted]


def model_targets(models: ModelScores | None) -> list[Target]:
    """The targets of `models`, by processor time: what else the machine does is not in it."""
    if models is None:
        return []
    scoring, learning = (
        None if score is None else score.cpu_us_per_event
        for score in (models.scoring.get(_OURS), models.learning.get(_OURS))
    )
    return [
        Target("models: scoring, us a deal, all targets", scoring, at_most=SCORING_US),
        Target("models: labels a second on a core", 1e6 / learning if learning else None, at_least=LABELS_A_SECOND),
    ]


def latency_targets(latency: Latency | None) -> list[Target]:
    """The targets of `latency`."""
    if latency is None:
        return []
    p99 = next((each.p99_ms for each in latency.at if each.share == HALF), None)
    return [Target("latency: p99 at half the rate, ms", p99, at_most=P99_MS)]


def growth_targets(sizes: Sequence[Size] | None) -> list[Target]:
    """The targets of `growth`: one worker; of memory and recovery the worst over all sizes counts."""
    if sizes is None:
        return []
    alone = [each for each in sizes if each.workers == 1 and each.events_per_second is not None]
    label = f"growth: throughput at {_most(alone):,} / at {_least(alone):,} deals"
    found = [
        Target(
            f"{label}, {count} partitions", _kept([each for each in alone if each.partitions == count]), at_least=GROWTH
        )
        for count in sorted({each.partitions for each in alone})
    ]
    large = [each for each in alone if each.deals == _most(alone)]
    weights = [each.resident_bytes_per_deal for each in large if each.resident_bytes_per_deal is not None]
    found.append(Target("growth: resident bytes per open deal", max(weights, default=None), at_most=DEAL_BYTES))
    speeds = [
        each.recovery_states_per_second / each.bare_states_per_second
        for each in large
        if each.recovery_states_per_second and each.bare_states_per_second
    ]
    found.append(Target("growth: recovery / bare aiokafka", min(speeds, default=None), at_least=RECOVERY))
    return found


def revenue_targets(revenue: RevenueFigures | None) -> list[Target]:
    """The targets of `revenue`; of views the slowest of all counts."""
    if revenue is None:
        return []
    alone, beside = (revenue.beside.worker[name].events_per_second for name in (ALONE, WITH))
    slowest = max((each.cold_worst_ms for each in revenue.views), default=None)
    deals = max((each.open_deals for each in revenue.views), default=0)
    kept = beside / alone if alone and beside else None
    return [
        Target("revenue: the worker with it beside / alone", kept, at_least=BESIDE),
        Target(f"revenue: view of {deals:,} open deals, worst, ms", slowest, at_most=VIEW_MS),
    ]


def _most(sizes: Sequence[Size]) -> int:
    return max((each.deals for each in sizes), default=0)


def _least(sizes: Sequence[Size]) -> int:
    return min((each.deals for each in sizes), default=0)


def _kept(sizes: Sequence[Size]) -> float | None:
    """Throughput at the most deals over that at the fewest; none for a single size."""
    rates = {each.deals: each.events_per_second for each in sizes}
    many, few = rates.get(_most(sizes)), rates.get(_least(sizes))
    return many / few if many and few and len(rates) > 1 else None


def ratio(scores: Mapping[str, Score], peer: str) -> float | None:
    """Our rate over a peer's; none where either is missing."""
    ours, theirs = (scores[name].events_per_second if name in scores else None for name in (_OURS, peer))
    return ours / theirs if ours and theirs else None
