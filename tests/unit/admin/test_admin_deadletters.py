"""Dead letters as lines that people repair."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.admin.deadletters import DeadLetter, StillBad, from_lines, in_time, judge, letter_of, select, to_line
from streams.admin.reading import Record
from streams.errors import FileUnusable
from streams.events.contract import encode
from streams.replay.partitioner import partition_of
from streams.state.opportunity import DAY
from tests.builders import APPENDED_AT, Timeline, a_call, a_heartbeat, ms

HEADERS = {
    "dealwatch_reason": b"late",
    "dealwatch_detail": "three days — too late".encode(),
    "dealwatch_topic": b"deal.activity",
    "dealwatch_partition": b"2",
    "dealwatch_offset": b"41",
    "dealwatch_timestamp": b"1700000000000",
}


def a_letter(value: bytes | None = b"{}", reason: str = "late", offset: int = 7, refused_at: int = 5) -> DeadLetter:
    """Return the dead letter of a record."""
    return letter_of(Record(1, offset, refused_at, b"opp-1", value, {**HEADERS, "dealwatch_reason": reason.encode()}))


def test_a_letter_is_read_from_its_headers() -> None:
    """Reason, detail and origin stand in the headers; the id is the place of the letter itself."""
    letter = a_letter()
    assert (letter.id, letter.reason, letter.detail) == ("1:7", "late", "three days — too late")
    assert (letter.topic, letter.partition, letter.offset) == ("deal.activity", 2, 41)
    assert (letter.appended_at, letter.refused_at) == (1_700_000_000_000, 5)


@pytest.mark.parametrize("headers", [{}, {"dealwatch_partition": b"x", "dealwatch_reason": b"\xff"}])
def test_a_letter_without_its_headers_is_still_shown(headers: dict[str, bytes]) -> None:
    """Nothing that somebody else wrote into the topic hides a record."""
    letter = letter_of(Record(0, 3, 5, None, b"x", headers))
    assert (letter.id, letter.partition, letter.appended_at, letter.value) == ("0:3", -1, None, b"x")


@given(st.binary() | st.none())
def test_a_line_holds_the_bytes_whatever_they_are(value: bytes | None) -> None:
    """What is listed and sent back without a change is what was refused, byte for byte, on one line."""
    line = to_line(a_letter(value))
    assert b"\n" not in line
    assert list(from_lines([line], "x")) == [("1:7", value)]


def test_a_value_may_be_repaired_as_an_object() -> None:
    """Nobody has to edit JSON inside of JSON."""
    line = json.loads(to_line(a_letter(b'{"a": 1}')))
    line["value"] = json.loads(line["value"])
    [(name, value)] = from_lines([json.dumps(line).encode(), b"  "], "x")
    assert (name, json.loads(value or b"")) == ("1:7", {"a": 1})


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[]", b'{"value": "x"}', b'{"id": "1:1", "value_base64": "not base64!"}']
)
def test_a_line_that_is_no_letter_stops_everything(line: bytes) -> None:
    """The message names file and line."""
    with pytest.raises(FileUnusable, match=r"letters\.jsonl, line 2: "):
        list(from_lines([to_line(a_letter()), line], "letters.jsonl"))


def test_letters_are_chosen_by_reason_id_and_time() -> None:
    """Every condition that is given holds; none given chooses all."""
    letters = [a_letter(reason="late", offset=1, refused_at=10), a_letter(reason="not_json", offset=2, refused_at=20)]
    assert [each.id for each in select(letters)] == ["1:1", "1:2"]
    assert [each.id for each in select(letters, reasons=["not_json"])] == ["1:2"]
    assert [each.id for each in select(letters, ids=["1:1"])] == ["1:1"]
    assert [each.id for each in select(letters, since=20)] == ["1:2"]
    assert list(select(letters, reasons=["late"], since=20)) == []


def test_only_events_are_ready() -> None:
    """A deal's event is keyed by its opportunity, a feed's by nothing, and what is no event is refused again."""
    call, heartbeat = encode(a_call(1, subject="opp-9")), encode(a_heartbeat(1))
    ready, bad = judge([("0:1", call), ("0:2", heartbeat), ("0:3", None), ("0:4", b"{")], APPENDED_AT)
    assert [(each.id, each.key) for each in ready] == [("0:1", b"opp-9"), ("0:2", None)]
    assert [(each.id, each.reason) for each in bad] == [("0:3", "null_value"), ("0:4", "not_json")]
    assert isinstance(bad[0], StillBad)


def test_a_letter_that_is_too_late_is_not_sent_again() -> None:
    """It would be refused for ever: clocks never go back. A feed's event is never late, and without a clock none is."""
    values = [("0:1", encode(a_call(1, subject="opp-9"))), ("0:2", encode(a_call(8))), ("0:3", encode(a_heartbeat(1)))]
    letters, _ = judge(values, APPENDED_AT)
    ready, late = in_time(letters, {0: ms(9)}, 1)
    assert [each.id for each in ready] == ["0:2", "0:3"]
    assert late == [StillBad("0:1", "late", "8 days behind the partition's clock; at most 7 are taken")]
    assert in_time(letters, {}, 1) == (letters, [])


@given(st.integers(0, 20), st.sampled_from(["opp-1", "opp-2", "opp-3"]))
def test_a_letter_is_sent_exactly_where_its_partition_would_take_it(day: int, name: str) -> None:
    """What is judged before sending is what the deal's own partition decides afterwards."""
    clocks = {0: ms(5), 1: ms(12), 2: ms(27)}
    letters, _ = judge([("0:1", encode(a_call(day, subject=name)))], APPENDED_AT)
    partition = partition_of(name.encode(), b"", 3)
    timeline = Timeline().until((clocks[partition] - ms(0)) / DAY).tell(a_call(day, subject=name))
    assert bool(in_time(letters, clocks, 3)[0]) == (timeline.rejections == [])
