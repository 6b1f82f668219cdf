"""What was to be reached, as ratios within one run: each with its figure, and whether it is there."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from streams.bench.figures import Score

#: Ours over theirs, events per second, at least.
ENGINE = (("quix_streams", 1.8), ("bytewax", 1.5), ("confluent_kafka", 0.4))
PIPELINE = (("quix_streams", 1.5), ("core_alone", 0.7))
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


def ratio(scores: Mapping[str, Score], peer: str) -> float | None:
    """Our rate over a peer's; none where either is missing."""
    ours, theirs = (scores[name].events_per_second if name in scores else None for name in (_OURS, peer))
    return ours / theirs if ours and theirs else None
