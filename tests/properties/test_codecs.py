"""Law: bytes and values are two forms of the same thing, and no bytes whatever make the reader fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from models.ballots import Vote
from models.dwell import ENDS, Stay
from models.schema import Vector
from streams.alerts.alert import decode_alert, encode_alert
from streams.events.contract import EVENT_TYPES, encode
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.labels.lesson import (
    Answered,
    Asked,
    EpochReached,
    GapEnded,
    Lesson,
    StayEnded,
    StaysChanged,
    VotesChanged,
    decode_lesson,
    encode_lesson,
)
from streams.labels.outcome import TARGETS
from streams.state.codec import decode_deal, decode_partition, encode_deal, encode_partition
from tests.builders import APPENDED_AT, Timeline, a_market, some_models
from tests.strategies import DEAL_TYPES, NAMED, ORIGINS, SIDES, WILD, WILD_INSTANTS, histories, law, wild_events

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@law(300)
@given(st.binary(max_size=200), st.none() | st.binary(max_size=10), st.integers(0, APPENDED_AT))
def test_reading_random_bytes_never_raises(value: bytes, key: bytes | None, appended_at: int) -> None:
    """Random bytes are refused with a reason."""
    assert isinstance(decode(value, key, appended_at), Rejection)


@st.composite
def damaged_events(draw: st.DrawFn) -> bytes:
    """Events with a few bytes overwritten, cut out, or cut off."""
    value = bytearray(encode(draw(wild_events())))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(value)))
        value[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(value)


@law(150)
@given(damaged_events())
def test_reading_damaged_events_never_raises(value: bytes) -> None:
    """A damaged event is refused, or is an event that can be written again."""
    event = decode(value, None, APPENDED_AT)
    if isinstance(event, Event):
        assert event == decode(encode(event), None, APPENDED_AT)


@st.composite
def wrong_events(draw: st.DrawFn) -> bytes:
    """Events in which some attributes hold any JSON value at all."""
    fields: dict[str, Any] = json.loads(encode(draw(wild_events())))
    places = [(fields, name) for name in fields]
    if isinstance(fields.get("data"), dict):
        places += [(fields["data"], name) for name in fields["data"]]
    for holder, name in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        holder[name] = draw(_JSON)
    return json.dumps(fields).encode()


@law(150)
@given(wrong_events())
def test_reading_attributes_of_any_kind_never_raises(value: bytes) -> None:
    """An event with attributes of wrong types or values is refused, or is an event that can be written again."""
    event = decode(value, None, APPENDED_AT)
    if isinstance(event, Event):
        assert event == decode(encode(event), None, APPENDED_AT)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: str(kind.__name__))
def test_every_event_type_survives_its_bytes(kind: type[Event]) -> None:
    """An event of each type, with whatever the contract allows in it, is read back equal."""

    @law(25)
    @given(_of(kind))
    def survives(event: Event) -> None:
        key = None if kind not in DEAL_TYPES else event.subject.encode()
        assert event == decode(encode(event), key, APPENDED_AT)

    survives()


def _of(kind: type[Event]) -> SearchStrategy[Event]:
    return st.builds(
        kind,
        actor=st.text(min_size=1 if kind in NAMED else 0, max_size=9),
        id=st.text(min_size=1, max_size=200),
        source=st.text(min_size=1, max_size=9),
        time=WILD_INSTANTS,
        subject=st.text(min_size=1, max_size=9).map(lambda text: f"o{text}"),
        side=SIDES,
        origin=ORIGINS,
        data=WILD[kind],
    )


@law(60)
@given(histories(deals=1))
def test_states_survive_their_bytes(history: list[Event]) -> None:
    """After every event of a history, the deal's state and the partition's are read back equal."""
    timeline = Timeline()
    for event in history:
        timeline.tell(event)
        state, partition = timeline.deal(), timeline.partition.state
        assert state == decode_deal(encode_deal(state))
        assert partition == decode_partition(encode_partition(partition))


_NAME = st.text(min_size=1, max_size=9)
_AT = st.integers(0, APPENDED_AT)
_STEP = st.integers(1, 400)
_TARGET = st.sampled_from(TARGETS)
_SHARE = st.floats(0, 1)
_DAYS = st.floats(0, 10_000)
_NUMBERS = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=28).map(tuple)
_VECTOR = st.builds(Vector, _NUMBERS, st.lists(st.text(max_size=9), max_size=7).map(tuple))
_STAY = st.builds(
    Stay, _NAME, st.none() | st.integers(0, 99), st.integers(0, 30_000), st.none() | _DAYS, st.sampled_from(ENDS), _NAME
)
_TOLD = st.tuples(_STAY, st.sampled_from([1, -1]))
_VOTED = st.tuples(
    st.builds(Vote, _NAME, _NAME, _NAME, st.integers(0, 30_000), st.booleans(), st.integers(0, 60)),
    st.sampled_from([1, -1]),
)
LESSONS: SearchStrategy[Lesson] = st.one_of(
    st.builds(Asked, _NAME, _STEP, _AT, _VECTOR, st.dictionaries(_TARGET, _SHARE)),
    st.builds(Answered, _NAME, _TARGET, _STEP, _STEP, _AT, st.none() | st.booleans()),
    st.builds(GapEnded, _NAME, _AT, _AT, _NAME, _NAME, _DAYS),
    st.builds(StayEnded, _NAME, _AT, _AT, _NAME, _DAYS),
    st.builds(StaysChanged, _NAME, _AT, st.integers(0, 10**12), st.lists(_TOLD, max_size=4).map(tuple)),
    st.builds(VotesChanged, _NAME, _AT, st.integers(0, 10**12), st.lists(_VOTED, max_size=4).map(tuple)),
    st.builds(EpochReached, st.integers(0, 99), st.integers(1, 99), st.integers(0, 30_000), st.integers(0, 30_000)),
)


@law(200)
@given(LESSONS)
def test_lessons_survive_their_bytes(lesson: Lesson) -> None:
    """A lesson is read back equal, to the last bit of every number."""
    assert lesson == decode_lesson(encode_lesson(lesson))


def test_alerts_and_lessons_of_a_market_survive_their_bytes() -> None:
    """Everything a partition says about a small market is read back equal."""
    timeline = Timeline(some_models(inactivity=0.75, slippage=0.7, cases=500)).tell(*a_market(deals=10, days=40))
    assert {"opened", "escalated", "changed", "resolved"} <= {each.transition for each in timeline.alerts}
    assert timeline.alerts == [decode_alert(encode_alert(each)) for each in timeline.alerts]
    assert timeline.lessons == [decode_lesson(encode_lesson(each)) for each in timeline.lessons]
