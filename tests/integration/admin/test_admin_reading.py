"""Reading the real thing: to its end, from the tail, live, and in the compression that the worker uses."""

import asyncio
import itertools

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, TopicPartition

from streams.admin.accounting import read_counts, read_partitions
from streams.admin.errors import KafkaRefused
from streams.admin.lag import group_lag, members
from streams.admin.reading import (
    find_latest,
    follow,
    last_record,
    latest_by_key,
    partition_count,
    read_topic,
    search,
    sizes,
)
from streams.errors import BrokerUnreachable, TopicsWrong
from streams.state.codec import PARTITION_KEY
from streams.state.feeds import Counts
from tests.integration.admin.staging import PARTITIONS, Stage

pytestmark = pytest.mark.kafka


def numbered(count: int, partition: int = 0) -> list[tuple[bytes | None, bytes | None, int]]:
    """Return records that count."""
    return [(b"k%d" % (each % 10), b"%d" % each, partition) for each in range(count)]


def test_every_record_up_to_the_end_is_read_in_order(stage: Stage) -> None:
    """All partitions, each in its order, and not a record more."""
    topic = stage.topics.dead.name
    for number in range(PARTITIONS):
        stage.put(topic, numbered(500, number))
    told: list[tuple[int, int]] = []
    records = list(read_topic(stage.bootstrap, topic, progress=lambda done, total: told.append((done, total))))
    assert len(records) == 500 * PARTITIONS
    for number in range(PARTITIONS):
        assert [each.value for each in records if each.partition == number] == [b"%d" % each for each in range(500)]
    assert told[-1] == (1500, 1500)
    assert sizes(stage.bootstrap, topic) == dict.fromkeys(range(PARTITIONS), 500)


def test_only_the_wanted_partition_is_read(stage: Stage) -> None:
    """One deal's partition is a part of the work."""
    stage.put(stage.topics.state.name, numbered(5, 0) + numbered(7, 1))
    assert len(list(read_topic(stage.bootstrap, stage.topics.state.name, [1]))) == 7


def test_an_empty_topic_has_no_records(stage: Stage) -> None:
    """The end is the beginning."""
    assert list(read_topic(stage.bootstrap, stage.topics.models.name)) == []
    assert last_record(stage.bootstrap, stage.topics.models.name) is None
    assert partition_count(stage.bootstrap, stage.topics.models.name) == 1


def test_what_the_worker_compresses_is_read(stage: Stage) -> None:
    """LZ4 of aiokafka, for which kafka-python has no codec here, is understood."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=stage.bootstrap, compression_type="lz4") as client:
            for each in range(100):
                await client.send(stage.topics.alerts.name, b"x" * 1000 + b"%d" % each, partition=0)

    asyncio.run(send())
    records = list(read_topic(stage.bootstrap, stage.topics.alerts.name))
    assert [each.value for each in records] == [b"x" * 1000 + b"%d" % each for each in range(100)]


def test_the_largest_record_is_read(stage: Stage) -> None:
    """A value of megabytes, on its way to the dead letters, is no obstacle."""
    value = b"x" * (8 * 1024 * 1024)
    stage.put(stage.topics.dead.name, [(None, value, 0)])
    [record] = read_topic(stage.bootstrap, stage.topics.dead.name)
    assert record.value == value


def test_the_latest_of_each_key_is_what_compaction_keeps(stage: Stage) -> None:
    """A key without a value is gone."""
    stage.put(stage.topics.state.name, [(b"a", b"1", 0), (b"b", b"1", 0), (b"a", b"2", 0), (b"b", None, 0)])
    latest = latest_by_key(read_topic(stage.bootstrap, stage.topics.state.name))
    assert {key: record.value for key, record in latest.items()} == {b"a": b"2"}


@pytest.mark.parametrize("later", [0, 10, 255, 256, 257, 3000])
def test_the_latest_record_of_a_key_is_found_however_far_back(stage: Stage, later: int) -> None:
    """Searching from the end in growing steps misses nothing at their borders."""
    topic = stage.topics.state.name
    stage.put(topic, [(b"wanted", b"old", 0), (b"wanted", b"new", 0), *numbered(later)])
    found = find_latest(stage.bootstrap, topic, b"wanted")
    assert {number: record.value for number, record in found.items()} == {0: b"new"}
    assert find_latest(stage.bootstrap, topic, b"nobody") == {}


@pytest.mark.parametrize("later", [0, 256, 3000])
def test_keys_that_belong_together_are_found_as_of_one_end(stage: Stage, later: int) -> None:
    """The latest of each, from one partition only, however far apart they are; progress ends where the search did."""
    topic = stage.topics.state.name
    stage.put(topic, [(b"a", b"other", 1), (b"a", b"old", 0), (b"a", b"new", 0), *numbered(later), (b"b", b"1", 0)])
    told: list[tuple[int, int]] = []
    seen = search(stage.bootstrap, topic, (b"a", b"b"), 0, lambda done, total: told.append((done, total)))
    assert {key: record.value for key, record in seen.found.items()} == {b"a": b"new", b"b": b"1"}
    assert told == sorted(told)
    assert told[-1][1] == later + 3
    gone = search(stage.bootstrap, topic, (b"nobody",), 0)
    assert (gone.found, b"a" in gone.passed) == ({}, True)


def test_damaged_records_are_still_noticed() -> None:
    """Check sums are counted by aiokafka's C code; they are those that Kafka defines."""
    from kafka.record import default_records
    from kafka.record._crc32c import crc

    from streams.admin.client import _read_fast

    _read_fast()
    assert default_records.calc_crc32c(memoryview(b"123456789")) == crc(b"123456789") == 0xE3069283


def test_a_deleted_key_is_not_found(stage: Stage) -> None:
    """The latest record counts, also where it says that there is nothing."""
    stage.put(stage.topics.state.name, [(b"wanted", b"old", 0), (b"wanted", None, 0)])
    assert find_latest(stage.bootstrap, stage.topics.state.name, b"wanted") == {}


def test_following_yields_what_comes_after(stage: Stage) -> None:
    """What was there before is left out; what comes then is not."""
    topic = stage.topics.dead.name
    stage.put(topic, [(None, b"before", 0)])
    live = follow(stage.bootstrap, topic)
    assert next(live) is None
    stage.put(topic, [(None, b"after", 1)])
    seen = next(each for each in itertools.islice(live, 20) if each is not None)
    assert (seen.partition, seen.value) == (1, b"after")
    live.close()


def test_lag_is_what_a_group_has_before_it(stage: Stage) -> None:
    """All there is where it never committed; then what came since."""
    topic, group = stage.topics.activity.name, f"{stage.settings.prefix}readers"
    stage.put(topic, numbered(8, 0) + numbered(2, 2))
    assert group_lag(stage.bootstrap, group, topic) == {0: 8, 1: 0, 2: 2}
    assert members(stage.bootstrap, group) == []
    consumer = KafkaConsumer(topic, bootstrap_servers=stage.bootstrap, group_id=group, auto_offset_reset="earliest")
    seen = 0
    while seen < 10:
        seen += sum(map(len, consumer.poll(timeout_ms=500).values()))
    consumer.commit()
    [member] = members(stage.bootstrap, group)
    assert sorted(member.partitions) == [(topic, number) for number in range(PARTITIONS)]
    assert consumer.assignment() == {TopicPartition(topic, number) for number in range(PARTITIONS)}
    consumer.close()
    stage.put(topic, numbered(1, 1))
    assert group_lag(stage.bootstrap, group, topic) == {0: 0, 1: 1, 2: 0}


def test_the_books_of_the_partitions_are_added_up(stage: Stage) -> None:
    """The last state of each partition counts; one that never had an event has none."""
    stage.put_books(Counts(events=1, folded=1), 0)
    stage.put_books(Counts(events=5, folded=3, duplicates=1, dead=1), 0)
    stage.put_books(Counts(events=2, folded=2), 2)
    assert read_counts(stage.bootstrap, stage.topics.state.name) == Counts(events=7, folded=5, duplicates=1, dead=1)
    assert set(read_partitions(stage.bootstrap, stage.topics.state.name)) == {0, 2}


def test_books_of_another_version_are_refused(stage: Stage) -> None:
    """A sum without a part would be a lie."""
    stage.put(stage.topics.state.name, [(PARTITION_KEY, b'{"schema":99}', 1)])
    with pytest.raises(KafkaRefused, match="partition 1"):
        read_counts(stage.bootstrap, stage.topics.state.name)


def test_a_missing_topic_is_named(kafka: str, topic_prefix: str) -> None:
    """And the message says how to create it."""
    with pytest.raises(TopicsWrong, match=rf"{topic_prefix}nothing.*dealwatch topics apply"):
        list(read_topic(kafka, f"{topic_prefix}nothing"))
    with pytest.raises(TopicsWrong, match="dealwatch topics apply"):
        group_lag(kafka, "g", f"{topic_prefix}nothing")


def test_a_kafka_that_is_not_there_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is bounded, and the message says where nobody answered."""
    monkeypatch.setattr("streams.admin.client.CONNECT_SECONDS", 0.5)
    with pytest.raises(BrokerUnreachable, match=r"127\.0\.0\.1:1"):
        list(read_topic("127.0.0.1:1", "x"))
