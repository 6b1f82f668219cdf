"""Batches as Kafka gets them: compressed before their turn, and read back by whoever reads Kafka."""

from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.engine.batch import Batch

LIMIT = 1_000_000
LZ4, UNCOMPRESSED = 3, 0
RECORDS = [
    (b"opp-%d" % n, b'{"deal":%d,"stage":"Proposal","amount":"%d.00"}' % (n, n * 977), [("term", b"%d" % n)] * (n % 3))
    for n in range(500)
]
PRODUCER = {"producer_id": 7, "producer_epoch": 2, "base_sequence": 11}


def a_batch(records: list[Any] = RECORDS, limit: int = LIMIT) -> Batch:
    """Return a closed batch."""
    batch = Batch(limit)
    for key, value, headers in records:
        assert batch.append(timestamp=1_700_000_000_000 + len(value or b""), key=key, value=value, headers=headers)
    batch.close()
    return batch


def sent(batch: Batch) -> Any:
    """Build the batch as aiokafka's sender does, and read it as a consumer does."""
    batch._set_producer_state(*PRODUCER.values())
    found = MemoryRecords(bytes(batch._build())).next_batch()
    assert found is not None and found.validate_crc()
    return found


def test_a_batch_is_read_back_as_it_was_written() -> None:
    """Keys, values, headers, times and places come back, and the checksum holds."""
    found = sent(a_batch())
    assert [(each.key, each.value, each.headers) for each in found] == RECORDS
    plain = DefaultRecordBatchBuilder(2, UNCOMPRESSED, 0, *PRODUCER.values(), LIMIT)
    for at, (key, value, headers) in enumerate(RECORDS):
        plain.append(at, 1_700_000_000_000 + len(value), key, value, headers)
    usual = MemoryRecords(bytes(plain.build())).next_batch()
    assert usual is not None
    assert [(each.offset, each.timestamp) for each in sent(a_batch())] == [
        (each.offset, each.timestamp) for each in usual
    ]
    for said in ("producer_id", "producer_epoch", "base_sequence", "next_offset", "first_timestamp", "max_timestamp"):
        assert getattr(found, said) == getattr(usual, said), said


def test_a_batch_is_compressed_before_it_gets_its_number_and_stays_the_same_when_repeated() -> None:
    """The sender only adds the header, and sends the same bytes again after an error."""
    batch = a_batch()
    assert batch.size() < sum(len(value) for _, value, _ in RECORDS) / 2
    once_closed = batch.size()
    batch.close()
    assert batch.size() == once_closed
    assert sent(batch).compression_type == LZ4
    once = bytes(batch._build())
    assert once == batch._build() and len(once) == batch.size()


def test_what_cannot_be_compressed_goes_as_it_is() -> None:
    """Bytes of chance would grow."""
    chance: list[Any] = [(None, bytes(n * n * 7 % 251 for n in range(40)), [])]
    found = sent(a_batch(chance))
    assert found.compression_type == UNCOMPRESSED
    assert [(each.key, each.value) for each in found] == [(None, chance[0][1])]


@pytest.mark.parametrize("value", [None, b""])
def test_a_tombstone_and_an_empty_value_are_two_things(value: bytes | None) -> None:
    """One deletes, the other is a state."""
    assert [each.value for each in sent(a_batch([(b"key", value, [])]))] == [value]


def test_a_full_batch_takes_no_more_and_says_so() -> None:
    """The writer then begins another one; a single record may be of any size."""
    batch = Batch(200)
    assert batch.append(timestamp=None, key=b"k", value=b"v" * 500) is not None
    assert batch.append(timestamp=None, key=b"k", value=b"v") is None
    assert batch.closed() and batch.record_count() == 1
