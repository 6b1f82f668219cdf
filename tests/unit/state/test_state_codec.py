"""States as bytes: readable, versioned, and refused where they are not ours."""

from __future__ import annotations

import json

import msgspec
import pytest

from streams.state.codec import (
    PARTITION_KEY,
    decode_deal,
    decode_partition,
    encode_deal,
    encode_partition,
    gist_of,
    mark_in,
)
from streams.state.feeds import PartitionState
from streams.state.memory import mark_of
from tests.builders import Timeline, a_call, a_close_date, an_opportunity


def test_a_deal_is_readable_json() -> None:
    """The value of the state topic says its schema and the deal's facts by name."""
    state = Timeline().tell(an_opportunity(0), a_close_date(1, 9), a_call(2)).deal()
    record = json.loads(encode_deal(state))
    assert record["schema"] == 11
    assert tuple(record["deal"]["facts"][name] for name in ("name", "close_date", "contacts")) == (
        "Deal",
        "2024-01-10",
        1,
    )


def test_another_schema_is_refused() -> None:
    """A state of a version that this program does not know is never half-read."""
    value = encode_deal(Timeline().tell(an_opportunity(0)).deal())
    with pytest.raises(msgspec.ValidationError):
        decode_deal(value.replace(b'"schema":11', b'"schema":7'))
    with pytest.raises(msgspec.ValidationError):
        decode_partition(encode_partition(PartitionState()).replace(b'"schema":11', b'"schema":7'))


@pytest.mark.parametrize("schema", [8, 9, 10])
def test_a_state_of_a_schema_before_is_read(schema: int) -> None:
    """What was written before records had updates and deals products: the deal, its mark, the partition."""
    state = Timeline().tell(an_opportunity(0)).deal()
    of_old = encode_deal(state).replace(b'"schema":11', f'"schema":{schema}'.encode())
    assert decode_deal(of_old) == state
    assert mark_in(gist_of(b"opp-1", of_old)) == mark_of(state)
    before = encode_partition(PartitionState()).replace(b'"schema":11', f'"schema":{schema}'.encode())
    assert decode_partition(before) == PartitionState()


def test_what_was_before_recent_events_is_readable_too() -> None:
    """The deal before its recent events is written beside the deal as it is."""
    state = Timeline().tell(an_opportunity(0), a_close_date(1, 9), a_call(8.5)).deal()
    value = encode_deal(state)
    deal = json.loads(value)["deal"]
    assert [(deal[part]["events"], deal[part].get("contacts", 0)) for part in ("base", "facts")] == [(2, 0), (3, 1)]
    assert state == decode_deal(value)


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
