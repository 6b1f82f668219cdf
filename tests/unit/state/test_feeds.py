"""Silence of the feed, told from silence of the buyer."""

from __future__ import annotations

import pytest

from streams.events.envelope import Event
from streams.state.feeds import SETTLE_AFTER_GAP, STALE_AFTER, Feed, FeedStatus, hear, silence_status, status_of
from streams.state.opportunity import HOUR
from tests.builders import a_backfill, a_clock, a_gap, a_heartbeat, ms


def _heard(*events: Event) -> dict[str, Feed]:
    feeds: dict[str, Feed] = {}
    for event in events:
        feeds = hear(feeds, event)
    return feeds


def test_a_feed_without_heartbeats_is_unmonitored() -> None:
    """Of a source that never said that it is alive nothing can be concluded."""
    assert status_of(None, ms(5)) == "unmonitored"
    assert status_of(_heard(a_backfill(0))["/crm"], ms(5)) == "unmonitored"


def test_a_feed_is_fresh_while_its_heartbeat_is_young() -> None:
    """Six hours after the last heartbeat is fresh, a millisecond more is stale."""
    feed = _heard(a_heartbeat(1), a_heartbeat(2))["/crm"]
    assert status_of(feed, ms(2) + STALE_AFTER) == "fresh"
    assert status_of(feed, ms(2) + STALE_AFTER + 1) == "stale"


def test_heartbeats_only_move_forward() -> None:
    """An old heartbeat that comes late makes the feed no older."""
    assert _heard(a_heartbeat(2)) == _heard(a_heartbeat(2), a_heartbeat(1), a_heartbeat(2))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(-48, "gap"), (-1, "gap"), (0, "gap"), (23, "gap"), (24, "fresh")],
)
def test_a_gap_is_distrusted_until_a_day_after_its_end(hours: int, expected: FeedStatus) -> None:
    """What was missed may still come in after the gap, so the buyer gets a day to be heard."""
    end = 5
    feed = _heard(a_gap(4, since=3, until=end), a_heartbeat(end), a_heartbeat(end + 1))["/crm"]
    assert 24 * HOUR == SETTLE_AFTER_GAP
    assert expected == status_of(feed, ms(end) + hours * HOUR)


def test_an_open_gap_ends_with_the_next_heartbeat() -> None:
    """A connector that does not know the end of its gap says with a heartbeat that it is complete again."""
    feeds = _heard(a_heartbeat(1), a_gap(2, since=2))
    assert status_of(feeds["/crm"], ms(100)) == "gap"
    feeds = hear(feeds, a_heartbeat(3))
    assert (ms(2), ms(3)) == (feeds["/crm"].gap_since, feeds["/crm"].gap_until)
    assert status_of(feeds["/crm"], ms(3.5)) == "gap"


def test_a_heartbeat_from_before_the_gap_does_not_end_it() -> None:
    """Only a heartbeat after the gap began says anything about it."""
    assert _heard(a_gap(2, since=2))["/crm"].gap_until is None
    assert _heard(a_gap(2, since=2), a_heartbeat(1), a_heartbeat(2))["/crm"].gap_until is None


def test_an_old_gap_does_not_hide_a_newer_one() -> None:
    """A gap that is reported late changes nothing about one that is still open."""
    feeds = _heard(a_heartbeat(1), a_gap(9, since=9), a_gap(3, since=2, until=3))
    assert status_of(feeds["/crm"], ms(9.1)) == "gap"


def test_a_backfill_may_bring_its_own_horizon() -> None:
    """The horizon of a source is kept until it says another."""
    feeds = _heard(a_backfill(0, 30), a_backfill(1))
    assert feeds["/crm"].inactivity_days == 30
    assert hear(feeds, a_backfill(2, 7))["/crm"].inactivity_days == 7


def test_time_alone_says_nothing_about_feeds() -> None:
    """An announcement of time leaves the feeds as they were."""
    feeds = _heard(a_heartbeat(1))
    assert feeds is hear(feeds, a_clock(2))


def test_the_worst_feed_of_a_deal_counts() -> None:
    """A gap is worse than stale, stale worse than fresh, fresh worse than unknown; the feed is named."""
    feeds = {
        **_heard(a_heartbeat(10, "/fresh"), a_heartbeat(1, "/stale")),
        **_heard(a_heartbeat(10, "/gap"), a_gap(9, since=9, source="/gap")),
    }
    now = ms(10)
    assert silence_status(feeds, ("/other",), now) == ("unmonitored", "")
    assert silence_status(feeds, ("/other", "/fresh"), now) == ("fresh", "/fresh")
    assert silence_status(feeds, ("/fresh", "/stale"), now) == ("stale", "/stale")
    assert silence_status(feeds, ("/gap", "/stale"), now) == ("gap", "/gap")


def test_a_deal_without_activities_is_judged_by_all_feeds() -> None:
    """Nothing came from any feed, so each of them may be the silent one."""
    feeds = _heard(a_heartbeat(10, "/fresh"), a_heartbeat(1, "/stale"))
    assert silence_status(feeds, (), ms(10)) == ("stale", "/stale")
    assert silence_status({}, (), ms(10)) == ("unmonitored", "")
