"""Which partition a key belongs to, as Kafka's own clients see it."""

from __future__ import annotations

from zlib import crc32

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as murmur2_of_kafka

from streams.replay.partitioner import murmur2, partition_of
from tests.strategies import law


@law(300)
@given(st.binary(max_size=64))
def test_our_hash_is_kafkas(key: bytes) -> None:
    """Two independent clients compute the same murmur2 (as signed or unsigned 32-bit numbers)."""
    assert murmur2(key) == murmur2_of_kafka(key) & 0xFFFFFFFF
    assert murmur2(key) == murmur2_of_aiokafka(key) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_our_hash_is_that_of_the_java_client(key: bytes, hashed: int) -> None:
    """The values of Kafka's own unit test (UtilsTest.testMurmur2)."""
    assert murmur2(key) == hashed & 0xFFFFFFFF


@law(200)
@given(st.binary(min_size=1, max_size=40), st.integers(1, 64))
def test_a_key_has_the_partition_that_producers_give_it(key: bytes, partitions: int) -> None:
    """A record sent by any producer lands where the backtest puts it."""
    everyone = list(range(partitions))
    assert partition_of(key, b"", partitions) == DefaultPartitioner()(key, everyone, everyone)


def test_a_record_without_a_key_is_placed_by_its_value() -> None:
    """A repeat of the same garbage goes the same way."""
    assert partition_of(None, b"garbage", 12) == crc32(b"garbage") % 12
    assert {partition_of(None, str(number).encode(), 3) for number in range(50)} == {0, 1, 2}


def test_keys_spread_over_all_partitions() -> None:
    """A few hundred deals leave no partition empty."""
    assert {partition_of(f"opp-{number}".encode(), b"", 12) for number in range(400)} == set(range(12))
