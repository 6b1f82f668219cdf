"""Which partition a key belongs to: murmur2 as Kafka's own clients compute it, so that every producer agrees."""

from __future__ import annotations

from zlib import crc32

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def partition_of(key: bytes | None, value: bytes, partitions: int) -> int:
    """The partition of a record; one without a key is placed by its value, so that a repeat goes the same way."""
    if key is None:
        return crc32(value) % partitions
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Kafka's murmur2 hash of a key, as an unsigned 32-bit number (org.apache.kafka.common.utils.Utils)."""
    length = len(data)
    hashed = (_SEED ^ length) & _MASK
    whole = length & ~3
    for index in range(0, whole, 4):
        word = int.from_bytes(data[index : index + 4], "little")
        word = (word * _M) & _MASK
        word = ((word ^ (word >> 24)) * _M) & _MASK
        hashed = ((hashed * _M) & _MASK) ^ word
    rest = data[whole:]
    if rest:
        hashed ^= int.from_bytes(rest, "little")
        hashed = (hashed * _M) & _MASK
    hashed = ((hashed ^ (hashed >> 13)) * _M) & _MASK
    return hashed ^ (hashed >> 15)
