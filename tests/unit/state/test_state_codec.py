"""States as bytes: readable, versioned, and refused where they are not ours."""

from __future__ import annotations

import json

import msgspec
import pytest

from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition, encode_deal, encode_partition
from streams.state.feeds import PartitionState
from tests.builders import Timeline, a_call, a_close_date, an_opportunity


def test_a_deal_is_readable_json() -> None:
    """The value of the state topic says its schema and the deal's facts by name."""
    state = Timeline().tell(an_opportunity(0), a_close_date(1, 9), a_call(2)).deal()
    record = json.loads(encode_deal(state))
    assert record["schema"] == 2
    assert tuple(record["deal"]["facts"][name] for name in ("name", "close_date", "contacts")) == (
        "Deal",
        "2024-01-10",
        1,
    )


def test_another_schema_is_refused() -> None:
    """A state of a version that this program does not know is never half-read."""
    value = encode_deal(Timeline().tell(an_opportunity(0)).deal())
    with pytest.raises(msgspec.ValidationError):
        decode_deal(value.replace(b'"schema":2', b'"schema":3'))
    with pytest.raises(msgspec.ValidationError):
        decode_partition(encode_partition(PartitionState()).replace(b'"schema":2', b'"schema":3'))


def test_what_was_before_recent_events_is_written_as_differences() -> None:
    """Of the deal before its recent events only the fields that differ are written, and read back it is whole."""
    state = Timeline().tell(an_opportunity(0), a_close_date(1, 9), a_call(8.5)).deal()
    assert state.base is not None
    value = encode_deal(state)
    base = json.loads(value)["base"]
    assert (base["events"], base["contacts"]) == (2, 0)
    assert not {"name", "close_date", "stage"}.intersection(base)
    assert state == decode_deal(value)


def test_a_deal_whose_events_are_all_recent_was_nothing_before() -> None:
    """Differences from nothing would be every field; nothing itself is a few bytes."""
    state = Timeline().tell(an_opportunity(0), a_close_date(1, 9), a_call(2)).deal()
    record = json.loads(encode_deal(state))
    assert "base" not in record
    assert record["deal"]["base"] == {"id": "opp-1"}


def test_a_partition_is_no_deal() -> None:
    """The two kinds of values on the topic cannot be taken for each other."""
    with pytest.raises(msgspec.ValidationError):
        decode_deal(encode_partition(PartitionState()))
    with pytest.raises(msgspec.ValidationError):
        decode_partition(encode_deal(Timeline().tell(an_opportunity(0)).deal()))


def test_no_opportunity_can_have_the_partitions_key() -> None:
    """The key of the partition's own record begins with a character that no opportunity id may begin with."""
    assert PARTITION_KEY.startswith(b"~")


def test_a_field_that_is_new_is_read_with_its_default() -> None:
    """A state written before a field existed is read with that field's default."""
    state = Timeline().tell(an_opportunity(0)).deal()
    record = json.loads(encode_deal(state))
    del record["deal"]["facts"]["owner"]
    record["deal"]["facts"]["unheard_of"] = 1
    assert decode_deal(json.dumps(record).encode()).facts.owner == ""
