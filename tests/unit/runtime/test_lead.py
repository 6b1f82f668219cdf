"""A feed that waits for its worker."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from streams.events.contract import encode
from streams.replay.sequence import Outbound
from streams.runtime.demo_feed import Place, Progress, feed_file, feed_world
from streams.runtime.feeder import Feeder
from streams.runtime.lead import Lead
from tests.builders import a_call, a_heartbeat, an_opportunity, ms


class Hours:
    """A clock that is set by hand, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Sink:
    """Stands for the feeder: acknowledges everything at once."""

    def __init__(self) -> None:
        """Begin empty."""
        self.ends: dict[int, int] = {}
        self.sent: list[Outbound] = []

    async def partitions(self) -> int:
        """There are two."""
        return 2

    async def send(self, records: Iterable[Outbound]) -> None:
        """Take records, each at the next offset of its partition."""
        for record in records:
            self.sent.append(record)
            self.ends[record.partition] = self.ends.get(record.partition, 0) + 1

    async def flush(self) -> None:
        """Nothing is under way."""
        await asyncio.sleep(0)


def test_the_lead_is_the_age_of_the_oldest_record_that_is_not_handled() -> None:
    """Every partition must have come past a mark before it counts as handled."""
    clock = Hours()
    lead = Lead(5.0, clock)
    assert (lead.behind_s(), lead.handled_at) == (0.0, None)
    lead.sent({0: 10, 1: 4}, ms(1))
    clock.now = 2.0
    lead.sent({0: 12, 1: 4}, ms(2))
    clock.now = 7.0
    lead.handled({0: 12})
    assert (lead.behind_s(), lead.handled_at) == (7.0, None)
    lead.handled({0: 11, 1: 4})
    assert (lead.behind_s(), lead.handled_at) == (5.0, ms(1))
    lead.handled({0: 12, 1: 9})
    assert (lead.behind_s(), lead.handled_at) == (0.0, ms(2))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=20), st.data())
def test_nothing_is_handled_before_all_of_it_is_committed(batches: list[tuple[int, int]], data: st.DataObject) -> None:
    """Whatever is committed, the feed's handled time is that of the last mark below all commits."""
    lead, ends, marks = Lead(1.0, Hours()), dict.fromkeys(range(3), 0), []
    for at, (partition, number) in enumerate(batches):
        ends[partition] += number
        marks.append((at, dict(ends)))
        lead.sent(ends, at)
    committed = {each: data.draw(st.integers(0, end)) for each, end in ends.items()}
    lead.handled(committed)
    passed = [at for at, mark in marks if all(committed[each] >= end for each, end in mark.items())]
    assert lead.handled_at == max(passed, default=None)


async def _stalled(lead: Lead, feed: asyncio.Task[None]) -> None:
    """Let the feed run until it waits."""
    while not lead.waits:
        assert not feed.done()
        await asyncio.sleep(0)


def test_a_feed_does_not_run_away_from_a_worker_that_stands_still(tmp_path: Path) -> None:
    """It stops sending, goes on once what was sent is handled, and stops again."""

    async def play() -> None:
        sink, clock, progress = Sink(), count(), Progress()
        lead = Lead(3.0, lambda: float(next(clock)))  # every look at the clock is a second later
        place = Place(1, datetime(2024, 1, 1, tzinfo=UTC))
        feed = asyncio.create_task(feed_world(cast(Feeder, sink), tmp_path / "demo.json", place, 1e9, progress, lead))
        await _stalled(lead, feed)
        before = len(sink.sent)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(sink.sent) == before
        lead.handled(sink.ends)
        lead.waits = False
        await _stalled(lead, feed)
        assert len(sink.sent) > before
        feed.cancel()

    asyncio.run(asyncio.wait_for(play(), 60))


def test_nobody_waits_where_nothing_may_be_known_of_the_group() -> None:
    """A Kafka that forbids to look at a group must not stop the feed for ever."""

    async def wait() -> None:
        clock = Hours()
        lead = Lead(1.0, clock)
        lead.sent({0: 1}, ms(1))
        clock.now = 9.0
        waiting = asyncio.create_task(lead.wait())
        await asyncio.sleep(0)
        assert lead.waits
        lead.give_up()
        await waiting
        lead.sent({0: 2}, ms(2))
        clock.now = 99.0
        assert lead.behind_s() == 0.0

    asyncio.run(asyncio.wait_for(wait(), 60))


def test_events_fed_are_events_and_not_heartbeats() -> None:
    """What feeds and clocks say is no event of a deal; a line that is damaged was meant as one."""

    async def feed() -> Progress:
        async def lines() -> AsyncIterator[list[bytes]]:
            yield [encode(a_heartbeat(0)), encode(an_opportunity(0.5)), encode(a_heartbeat(1)), encode(a_call(3)), b"{"]

        progress = Progress()
        await feed_file(cast(Feeder, Sink()), lines(), progress, Lead(1e9))
        return progress

    assert asyncio.run(feed()).events == 3
