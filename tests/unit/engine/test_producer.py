"""What the producer does to aiokafka's batches."""

from collections.abc import Callable
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.engine import producer

LZ4 = 3
VALUES = [b'{"deal":%d,"stage":"Proposal","amount":"%d.00","seen":"%d"}' % (n, n * 977, n**3) for n in range(500)]


def a_batch(compress: Callable[[], None]) -> bytes:
    """Build a batch after telling aiokafka how to compress."""
    compress()
    builder = DefaultRecordBatchBuilder(2, LZ4, 0, -1, -1, -1, 1_000_000)
    for number, value in enumerate(VALUES):
        builder.append(number, 0, None, value, [])
    return bytes(builder.build())


def values_of(batch: bytes) -> list[Any]:
    """Read a batch as a consumer does."""
    found = MemoryRecords(batch).next_batch()
    assert found is not None
    return [record.value for record in found]


def test_batches_are_compressed_quickly_rather_than_tightly_and_read_back_the_same(monkeypatch: Any) -> None:
    """Level 9 costs seven times as much; a consumer cannot tell the difference."""
    monkeypatch.setattr(producer, "LZ4_LEVEL", 9)
    tight = a_batch(producer.compress_fast)
    monkeypatch.undo()
    fast = a_batch(producer.compress_fast)

    assert len(tight) < len(fast) < sum(map(len, VALUES)) / 2
    assert values_of(fast) == VALUES == values_of(tight)
