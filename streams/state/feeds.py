"""What is known of the feeds, and of time, in one partition.

A silent buyer and a silent feed are different things. A source that sends heartbeats is *monitored*: it is fresh while
the last heartbeat is young, stale afterwards, and has a gap between `since` and `until` of a `connector_gap`. A source
that never sent one is unmonitored: its silence is taken as the buyer's, and the alert says so.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from streams.events.control import BackfillStarted, ConnectorGap, ConnectorHeartbeat
from streams.events.envelope import Event, millis
from streams.state.opportunity import HOUR

#: A monitored feed without a heartbeat for this long is stale.
STALE_AFTER = 6 * HOUR
#: After a gap ended, silence that began before or during it is not trusted until the buyer had time to be heard again.
SETTLE_AFTER_GAP = 24 * HOUR

FeedStatus = Literal["fresh", "stale", "gap", "unmonitored"]


class Feed(Struct, frozen=True, omit_defaults=True, gc=False):
    """One source as its control events describe it; instants in milliseconds."""

    heartbeat_at: int | None = None
    gap_since: int | None = None
    gap_until: int | None = None
    #: The inactivity horizon this source's deals are judged by, in days; the tenant's where none.
    inactivity_days: int | None = None


class Counts(Struct, frozen=True, omit_defaults=True, gc=False):
    """Every record of events that the partition ever handled, exactly once each, also across crashes.

    `events == folded + duplicates + dead`; `folded` counts events in the facts of deals (forgotten deals included).
    """

    events: int = 0
    folded: int = 0
    duplicates: int = 0
    dead: int = 0
    #: Events in the facts of deals that were forgotten since.
    forgotten: int = 0


class PartitionState(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One partition's time, feeds and rules.

    `clock` is the greatest event time seen; `marked` the last epoch (UTC day) of which the learner was told that
    everything before it was sent; `offset` the last record handled; `partitions` how many the topic has, 0 where that
    was not noted.
    """

    clock: int | None = None
    marked: int | None = None
    offset: int = -1
    counts: Counts = Counts()
    feeds: dict[str, Feed] = {}
    partitions: int = 0
    #: What its rules have that is not as declared, as plain data.
    rules: dict[str, Any] = {}


def hear(feeds: dict[str, Feed], event: Event) -> dict[str, Feed]:
    """Return the feeds after a control event; heartbeats only move forward, so repeats and disorder do no harm."""
    feed = feeds.get(event.source, Feed())
    at = event.at
    if isinstance(event, ConnectorHeartbeat):
        changed = replace(feed, heartbeat_at=max(feed.heartbeat_at or at, at))
        if feed.gap_since is not None and feed.gap_until is None and at > feed.gap_since:
            changed = replace(changed, gap_until=at)
    elif isinstance(event, ConnectorGap):
        if feed.gap_since is not None and millis(event.data.since) < feed.gap_since:
            return feeds  # told late: a younger gap is known
        until = None if event.data.until is None else millis(event.data.until)
        changed = replace(feed, gap_since=millis(event.data.since), gap_until=until)
    elif isinstance(event, BackfillStarted):
        changed = replace(feed, inactivity_days=event.data.inactivity_horizon_days or feed.inactivity_days)
    else:
        return feeds
    return {**feeds, event.source: changed}


def status_of(feed: Feed | None, now: int) -> FeedStatus:
    """Say how far a source's silence can be trusted at `now`."""
    if feed is None:
        return "unmonitored"
    if feed.gap_since is not None and (feed.gap_until is None or now < feed.gap_until + SETTLE_AFTER_GAP):
        return "gap"
    if feed.heartbeat_at is None:
        return "unmonitored"
    return "fresh" if now - feed.heartbeat_at <= STALE_AFTER else "stale"


def silence_status(feeds: dict[str, Feed], sources: tuple[str, ...], now: int) -> tuple[FeedStatus, str]:
    """Return the worst status among a deal's sources (among all feeds where it has none yet), and whose it is."""
    worst: tuple[FeedStatus, str] = ("unmonitored", "")
    names = sources or tuple(feeds)
    rank = {"unmonitored": 0, "fresh": 1, "stale": 2, "gap": 3}
    for name in names:
        status = status_of(feeds.get(name), now)
        if rank[status] > rank[worst[0]]:
            worst = (status, name)
    return worst
