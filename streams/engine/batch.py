"""A batch of records that is compressed as soon as it is complete.

aiokafka compresses a batch when it writes the request that holds it: at once for all partitions, so that the loop
stands still for some ten milliseconds, and with lz4 at level 9, which on encoded states takes seven times as long as
level 1 for a sixth fewer bytes. Here what is left for the request is the header, with the number that makes a repeated
batch harmless. (To compress in another thread gains nothing measurable where Kafka shares the cores.)

The layout is Kafka's record batch, version 2: https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from typing import NamedTuple

import lz4.frame
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

_UNCOMPRESSED, _LZ4 = 0, 3
_MAGIC = 2
_UNKNOWN = -1
#: Offset of the first record, length of what follows, leader's epoch, magic, checksum.
_HEAD = struct.Struct(">qiibI")
#: Attributes, last offset, first and greatest timestamp; what the checksum covers begins here.
_COVERED = struct.Struct(">hiqq")
#: The producer's id and epoch, number of the first record, count of records.
_NUMBERS = struct.Struct(">qhii")
_HEADER_BYTES = _HEAD.size + _COVERED.size + _NUMBERS.size
#: What the length says begins behind itself.
_LENGTH_FROM = 12


class _Packed(NamedTuple):
    """Records as they go out, and what the header says of them."""

    covered: bytes
    n: int
    body: bytes


class Batch(BatchBuilder):  # type: ignore[misc]  # aiokafka has no types
    """Records of one partition: `append` until it returns None or there are no more, `close`, send."""

    def __init__(self, limit_bytes: int) -> None:
        """Take records up to `limit_bytes` before compression, or a single one of any size."""
        super().__init__(limit_bytes, _UNCOMPRESSED)
        self._buffer: bytes | None = None
        self._packed: _Packed | None = None
        self._producer = (_UNKNOWN, _UNKNOWN, _UNKNOWN)

    def close(self) -> None:
        """Take no more, and compress what there is, if that makes it smaller."""
        if self._packed is None:
            super().close()
            self._pack()

    def _pack(self) -> None:
        raw = memoryview(self._builder.build())
        _, last, first_ms, greatest_ms = _COVERED.unpack_from(raw, _HEAD.size)
        records = raw[_HEADER_BYTES:]
        body = lz4.frame.compress(records, compression_level=0, block_linked=False, store_size=False)
        codec = _LZ4
        if len(body) >= len(records):
            codec, body = _UNCOMPRESSED, bytes(records)
        self._packed = _Packed(_COVERED.pack(codec, last, first_ms, greatest_ms), self.record_count(), body)
        del self._builder

    # -- what aiokafka's sender calls

    def size(self) -> int:
        """Return the bytes of the batch as far as they are known."""
        return int(self._builder.size()) if self._packed is None else _HEADER_BYTES + len(self._packed.body)

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytes:
        if self._buffer is None:
            assert self._packed is not None, "a batch is closed before it is sent"
            covered, n, body = self._packed
            covered += _NUMBERS.pack(*self._producer, n)
            checksum = calc_crc32c(covered + body)
            length = _HEAD.size - _LENGTH_FROM + len(covered) + len(body)
            self._buffer = b"".join((_HEAD.pack(0, length, _UNKNOWN, _MAGIC, checksum), covered, body))
        return self._buffer
