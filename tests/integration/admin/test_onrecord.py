"""What was on record is read from a real log as the partitions had it, up to an instant, and said while it is read."""

from __future__ import annotations

import time

import pytest

from streams.admin.onrecord import read_seen
from streams.errors import TopicsWrong
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.replay.sight import read_story
from streams.revenue.seen import Seen
from tests.builders import a_market, ms
from tests.integration.admin.staging import PARTITIONS, Stage

pytestmark = pytest.mark.kafka

LOG = [each for each in a_market(deals=8, days=40) if each.subject]


def home(event: Event) -> int:
    """The partition that a deal's events are in."""
    return partition_of(event.subject.encode(), b"", PARTITIONS)


def expected(until: int | None) -> list[Seen]:
    """What each partition would have seen by itself."""
    found: list[Seen] = []
    for number in range(PARTITIONS):
        lines = [encode(each) for each in LOG if home(each) == number]
        found += read_story(lines, int(time.time() * 1000), "UTC", until).deals
    return sorted(found, key=lambda seen: (seen.at, seen.event.id))


@pytest.mark.parametrize("until", [None, ms(20)])
def test_all_partitions_are_told_as_one_story_up_to_an_instant(stage: Stage, until: int | None) -> None:
    """In order of time; every partition's events are there, none from after the instant."""
    topic = stage.topics.activity.name
    stage.put(topic, [(each.subject.encode(), encode(each), home(each)) for each in LOG])
    told: list[tuple[int, int]] = []
    with read_seen(stage.bootstrap, topic, "UTC", until, lambda done, total: told.append((done, total))) as telling:
        found = list(telling)
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert sorted(found, key=lambda seen: (seen.at, seen.event.id)) == expected(until)
    assert {total for _, total in told} <= {len(LOG)}  # one that ends within a first batch has told of nothing
    assert until is not None or told[-1] == (len(LOG), len(LOG))


def test_an_empty_log_tells_nothing_and_a_missing_one_is_named(stage: Stage) -> None:
    """Nothing is not the same as nowhere."""
    with read_seen(stage.bootstrap, stage.topics.activity.name, "UTC") as telling:
        assert (list(telling), telling.at) == ([], None)
    with pytest.raises(TopicsWrong, match="no topic nothing"), read_seen(stage.bootstrap, "nothing", "UTC"):
        pytest.fail("there is nothing to tell")
