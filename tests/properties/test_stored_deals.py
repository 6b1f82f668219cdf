"""Law: the deals of a partition behave as a dictionary does, however few of them stay decoded."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.memory import MemoryShelf
from streams.engine.packing import Zstd
from streams.engine.store import PartitionStore
from streams.runtime.deals import StoredDeals
from streams.state.codec import PARTITION_KEY, decode_deal, encode_deal, encode_partition, gist_of, mark_in
from streams.state.feeds import PartitionState
from streams.state.memory import DealState, mark_of
from streams.state.sample import typical_state
from tests.builders import Timeline, a_call, an_opportunity
from tests.strategies import law

NAMES = ("opp-1", "opp-2", "opp-3", "opp-4", "größer")
Move = tuple[Literal["change", "forget", "look", "begin", "end", "acknowledge", "leave"], str]


def a_store() -> PartitionStore:
    """An empty store that packs as the product's does."""
    store = PartitionStore(MemoryShelf(Zstd(typical_state())))
    store.restart(0)
    return store


def a_deal(name: str, calls: int) -> DealState:
    """A deal after so many calls."""
    timeline = Timeline().tell(an_opportunity(0, subject=name))
    for call in range(calls):
        timeline.tell(a_call(call + 1, subject=name))
    return timeline.partition.deals[name]


class _Checkpointed:
    """Deals with the checkpoint's side of a task."""

    def __init__(self, at_work: int) -> None:
        self.store = a_store()
        self.store.load([], 0)
        self.deals = StoredDeals(self.store, at_work)
        self.dirty: set[str] = set()
        self._changed: list[tuple[str, DealState | None]] | None = None
        self._written = 0
        self._under_way = False

    def checkpoint(self) -> None:
        """Hand the changes to the store at once."""
        self.begin()
        self.end()

    def begin(self) -> None:
        """Say what changed, as `TrackTask.dirty` does; what changes from now on belongs to the next checkpoint."""
        if self._changed is None:
            self._changed = [(name, self.deals.get(name)) for name in sorted(self.dirty)]
            self.dirty.clear()
            self.deals.unsettled()

    def end(self) -> None:
        """Serialise it, and hand it to the store."""
        if self._changed is None:
            return
        states = [(name.encode(), None if deal is None else encode_deal(deal)) for name, deal in self._changed]
        self._changed = None
        self.deals.settled(self.dirty)
        self.store.cut([*states, (PARTITION_KEY, b"{}")])
        self._under_way = True

    def acknowledge(self) -> None:
        """Let Kafka acknowledge what was cut."""
        if self._under_way:
            self.store.settle(self._written, self._written + 1, 0)
            self._written += 1
            self._under_way = False


@law(100)
@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(
            st.sampled_from(["change", "change", "forget", "look", "begin", "end", "acknowledge", "leave"]),
            st.sampled_from(NAMES),
        ),
        max_size=40,
    ),
)
def test_stored_deals_are_a_dictionary_whatever_is_packed_and_whatever_is_under_way(
    at_work: int, moves: list[Move]
) -> None:
    """Changed, forgotten, read, written away and acknowledged in any order, no deal is lost, revived or stale."""
    made = _Checkpointed(at_work)
    expected: dict[str, DealState] = {}
    for number, (move, name) in enumerate(moves):
        if move == "change":
            made.deals[name] = expected[name] = a_deal(name, number % 3)
            made.dirty.add(name)
        elif move == "forget" and name in expected:
            del made.deals[name], expected[name]
            made.dirty.add(name)
        elif move == "begin":
            made.begin()
        elif move == "end":
            made.end()
        elif move == "acknowledge":
            made.acknowledge()
        elif move == "leave":
            made.deals.leave(made.dirty, 1 + number % 2)
        assert made.deals.get(name) == expected.get(name)
        assert (name in made.deals) == (name in expected)
    assert dict(made.deals) == expected
    assert len(made.deals) == len(expected)


def test_what_is_not_there_cannot_be_forgotten_or_read() -> None:
    """As a dictionary, deals refuse a name that they do not have, also one just forgotten."""
    deals = StoredDeals(a_store(), 1)
    deals["opp-1"] = a_deal("opp-1", 0)
    del deals["opp-1"]
    with pytest.raises(KeyError):
        deals["opp-1"]
    with pytest.raises(KeyError):
        del deals["opp-1"]


def test_no_more_deals_stay_decoded_than_asked_for() -> None:
    """Once a checkpoint has them, all but the latest leave, some at a time, and come back from the store."""
    made = _Checkpointed(at_work=2)
    for name in NAMES:
        made.deals[name] = a_deal(name, 1)
        made.dirty.add(name)
    left = []
    for step in (None, made.begin, made.end, None, None):
        if step is not None:
            step()
        made.deals.leave(made.dirty, 2)
        left.append(len(made.deals._decoded))

    assert left == [5, 5, 3, 2, 2]
    assert made.deals[NAMES[0]] == a_deal(NAMES[0], 1)


def test_the_mark_of_a_state_is_that_of_the_deal() -> None:
    """Read in a fraction of the time, events and deadline are those of the whole state, also where there is none."""
    deal = a_deal("opp-1", 2)
    resting = msgspec.structs.replace(deal, watch=msgspec.structs.replace(deal.watch, due=None))
    assert deal.watch.due is not None
    for each in (deal, resting):
        assert mark_in(gist_of(b"opp-1", encode_deal(each))) == mark_of(each)


@law(200)
@given(st.binary(max_size=60) | st.integers(0, 3000).map(lambda at: _flipped(encode_deal(a_deal("opp-1", 2)), at)))
def test_the_gist_of_anything_is_a_mark_or_nothing(value: bytes) -> None:
    """A state that somebody has damaged does no harm until it is read; a partition's own state has no mark."""
    assert len(gist_of(b"opp-1", value)) in (0, 16)
    assert mark_in(gist_of(PARTITION_KEY, encode_partition(PartitionState()))) is None


def _flipped(value: bytes, at: int) -> bytes:
    at %= len(value)
    return value[:at] + bytes([value[at] ^ 0x80]) + value[at + 1 :]


def test_the_typical_state_says_every_field_and_makes_others_smaller() -> None:
    """A field that the sample does not have is written out in every packed state."""
    sample = decode_deal(typical_state())
    for part in (sample.facts, sample.watch):
        unsaid = {
            name
            for name, default in zip(part.__struct_fields__, _defaults(part), strict=True)
            if getattr(part, name) == default
        }
        assert not unsaid - {"deleted_from"}
    packer = Zstd(typical_state())
    state = encode_deal(a_deal("opp-1", 2))
    [packed] = packer.pack([state])
    [alone] = Zstd(b"").pack([state])
    assert packer.unpack(packed) == state
    assert len(packed) < 0.8 * len(alone)


def _defaults(part: object) -> tuple[object, ...]:
    kind = type(part)
    defaults = kind.__struct_defaults__  # type: ignore[attr-defined]
    return (..., *defaults)[-len(kind.__struct_fields__) :]  # type: ignore[attr-defined]
