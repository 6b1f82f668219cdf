"""What there is to count: the header of the page and the answer of `/api/summary`. All instants in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from models.curves import Learned
from models.snapshot import ModelSet, Weights
from streams.state.feeds import Feed, FeedStatus, PartitionState, status_of

_WORST_LAST: tuple[FeedStatus, ...] = ("fresh", "unmonitored", "stale", "gap")


class Money(Struct, frozen=True):
    """An amount at risk: a decimal string in one currency (nothing is converted), over so many deals."""

    currency: str
    amount: str
    deals: int


class ModelQuality(Struct, frozen=True):
    """How well one target is predicted, judged on each case before it was learned.

    `trained` cases were learned; the losses are means over the last ~1,000 of the `judged` ones. `gain` is the share of
    the base rate's log loss that the model saves: 0 is as good as always saying the base rate, below 0 is worse. None
    where nothing was judged yet, or all cases ended alike, so that the base rate is always right. `pinned` says that
    somebody holds the model, whatever is learned.
    """

    target: str
    version: str
    trained: int
    judged: int
    base_rate: float
    log_loss: float
    base_log_loss: float
    gain: float | None
    pinned: bool = False


class FeedFigure(Struct, frozen=True):
    """How far the silence of one source can be trusted, and why."""

    source: str
    status: FeedStatus
    heartbeat_at: int | None = None
    gap_since: int | None = None
    gap_until: int | None = None


class Summary(Struct, frozen=True, kw_only=True):
    """The state of everything in a few numbers.

    `as_of` is the greatest event time known (none before the first event), `behind_ms` how far the slowest partition is
    behind the fastest.
    """

    as_of: int | None
    behind_ms: int
    open_deals: int
    at_risk: int
    alerts: dict[str, int]
    alerts_by_rule: dict[str, int]
    owners: dict[str, int]
    amount_at_risk: tuple[Money, ...]
    at_risk_without_amount: int
    models: tuple[ModelQuality, ...]
    feeds: tuple[FeedFigure, ...]
    unreadable_records: int


def money(amounts: Mapping[str, tuple[Decimal, int]]) -> tuple[Money, ...]:
    """The amounts per currency, the one with most deals first."""
    ranked = sorted(amounts.items(), key=lambda each: (-each[1][1], each[0]))
    return tuple(Money(currency, f"{total:f}", deals) for currency, (total, deals) in ranked)


def quality(models: ModelSet | None) -> tuple[ModelQuality, ...]:
    """How well each target is predicted; empty before the first models."""
    return () if models is None else tuple(quality_of(each) for each in models.targets.values())


def quality_of(weights: Weights | Learned) -> ModelQuality:
    """How well one target is predicted."""
    judged = weights.quality
    known = judged.cases > 0 and judged.base_log_loss > 0.0
    return ModelQuality(
        target=weights.target,
        version=weights.version,
        trained=weights.trained,
        judged=judged.cases,
        base_rate=weights.base_rate,
        log_loss=judged.log_loss,
        base_log_loss=judged.base_log_loss,
        gain=1.0 - judged.log_loss / judged.base_log_loss if known else None,
        pinned=weights.pin is not None,
    )


def feeds(partitions: Mapping[int, PartitionState]) -> tuple[FeedFigure, ...]:
    """Every monitored source by name. Each partition hears of all sources; the most worried one is believed."""
    worst: dict[str, tuple[int, Feed]] = {}
    for state in partitions.values():
        for source, feed in state.feeds.items():
            status = _WORST_LAST.index(status_of(feed, state.clock or 0))
            if source not in worst or status > worst[source][0]:
                worst[source] = (status, feed)
    return tuple(
        FeedFigure(source, _WORST_LAST[status], feed.heartbeat_at, feed.gap_since, feed.gap_until)
        for source, (status, feed) in sorted(worst.items())
    )
