"""How far copying is, and what it says of how long it takes."""

from __future__ import annotations

from types import SimpleNamespace

from aiokafka.structs import OffsetAndMetadata

from streams.replay.rekey import COPIED_FROM, Original, Place
from streams.runtime.copymeter import Meter
from streams.runtime.copyorigin import origin_of, original_of, place_in


def test_speed_and_time_left_are_those_of_the_last_looks() -> None:
    """A hundred records a second of which three hundred are left: three seconds."""
    meter = Meter({0: 0, 1: 100}, {})
    for second in range(4):
        places = {0: Place(100 * second, 1)}
        meter.look({0: 500, 1: 100}, {0: 100 * second, 1: 100}, places, float(second))
    found = meter.progress(7, 0, "follows")
    assert (found.done, found.total, found.per_second, found.left_s) == (300, 500, 100.0, 2.0)
    assert not found.follows and found.clock == 7


def test_what_was_deleted_from_the_beginning_counts_neither_as_done_nor_as_to_do() -> None:
    """Kafka keeps a partition from offset 900 on; it is copied up to 950 of 1,000."""
    meter = Meter({0: 900}, {0: Place(950, None)})
    meter.look({0: 1000}, {0: 950}, {0: Place(950, None)}, 0.0)
    found = meter.progress(None, 0, "follows")
    assert (found.done, found.total, found.left_s) == (50, 100, None)


def test_it_follows_when_all_is_read_and_what_was_there_is_copied_whatever_comes_meanwhile() -> None:
    """A record may be read and wait for other partitions; an empty partition is copied."""
    meter = Meter({0: 0, 1: 0}, {})
    assert not meter.has_read(0) and not meter.copied_what_was_there
    meter.look({0: 10, 1: 0}, {0: 10, 1: 0}, {0: Place(8, 1)}, 0.0)
    assert (meter.read_all, meter.copied_what_was_there) == (True, False)
    meter.look({0: 12, 1: 1}, {0: 10, 1: 0}, {0: Place(10, 1)}, 1.0)
    assert (meter.read_all, meter.copied_what_was_there) == (False, True)
    meter.took(0, 11)
    meter.took(1, 0)
    assert meter.read_all


def test_a_copy_says_of_which_record_it_is() -> None:
    """Topic, partition and offset; a copy from elsewhere is an original here."""
    headers = [("content-type", b"x"), (COPIED_FROM, b"v1.deal.activity:3:17")]
    assert origin_of(headers, "v1.deal.activity") == (3, 17)
    assert origin_of(headers, "deal.activity") is None
    assert origin_of([], "deal.activity") is None


def test_places_are_kept_beside_offsets() -> None:
    """With the clock, or without where no event came yet, or where somebody else committed."""
    assert place_in(OffsetAndMetadata(5, "1700")) == Place(5, 1700)
    assert place_in(OffsetAndMetadata(5, "null")) == Place(5, None)
    assert place_in(OffsetAndMetadata(5, "")) == Place(5, None)
    record = SimpleNamespace(partition=1, offset=2, timestamp=3, key=b"k", value=b"v")
    assert original_of(record, True) == Original(1, 2, 3, b"k", b"v", True)
