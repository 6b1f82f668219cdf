"""A store is a fold of the changelog up to a position, on any kind of shelf, whatever becomes of what is in flight."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.errors import ChangelogIntruded, RecoveryFailed
from streams.engine.memory import Allowance, MemoryShelf
from streams.engine.packing import Packer, Plain, Zstd
from streams.engine.rocks import RocksShelf
from streams.engine.store import PartitionStore, Shelf, Standing, Stores, term_headers
from tests.unit.engine.fakes import PlainRecord

SAMPLE = b'{"amount":"1000.00","stage":"Proposal","contacts":["a","b"]}' * 4


def change(
    key: bytes | None, value: bytes | None, offset: int = 0, timestamp: int = 0, term: int | None = None
) -> PlainRecord:
    """Return a changelog record."""
    headers = () if term is None else term_headers(term)
    return PlainRecord(offset=offset, key=key, value=value, timestamp=timestamp, headers=headers)


def gist(key: bytes, state: bytes) -> bytes:
    """Return the key and the first bytes of the state, nothing of short ones."""
    return key + state[:3] if len(state) > 1 else b""


@pytest.fixture(params=["plain", "packed", "fresh", "fresh and packed", "rocksdb"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """Return an empty shelf of each kind."""
    makers: dict[str, Callable[[], Shelf]] = {
        "plain": lambda: MemoryShelf(Plain(), gist),
        "packed": lambda: MemoryShelf(Zstd(SAMPLE), gist),
        "fresh": lambda: MemoryShelf(Zstd(SAMPLE), gist, Allowance(1000)),
        "fresh and packed": lambda: MemoryShelf(Zstd(SAMPLE), gist, Allowance(10)),
        "rocksdb": lambda: RocksShelf(tmp_path / "db", "changelog", gist),
    }
    made = makers[request.param]()
    yield made
    made.close()


@pytest.fixture
def store(shelf: Shelf) -> PartitionStore:
    """Return a store of a changelog that is empty."""
    store = PartitionStore(shelf)
    store.restart(0)
    return store


def test_a_shelf_says_about_how_large_its_states_are(shelf: Shelf) -> None:
    """It grows with them; in memory it is back at nothing when they are gone."""
    empty = shelf.size
    states: dict[bytes, bytes | None] = {b"%d" % number: SAMPLE[: number + 1] for number in range(200)}
    for _ in range(2):  # written over, they count once
        shelf.write(states, Standing(1, 1))
        shelf.tidy()
    if isinstance(shelf, MemoryShelf):
        kept = sum(len(kept) for kept in shelf._kept.values()) + sum(len(value) for value in shelf._fresh.values())
        assert shelf.size == kept > 200
        shelf.write(dict.fromkeys(states), Standing(2, 2))
        assert shelf.size == 0
    else:
        assert shelf.size >= empty
        shelf.close()
        assert shelf.size == 0


def contents(store: PartitionStore) -> dict[bytes, bytes]:
    """Return what the store has, having compared its ways to say so."""
    found = dict(store.items())
    assert len(store) == len(found)
    assert {key: store.get(key) for key in found} == found
    assert dict(store.gists()) == {key: gist(key, state) for key, state in found.items()}
    return found


def test_reading_keeps_the_last_value_of_each_live_key(store: PartitionStore) -> None:
    """Tombstones remove, later values replace, also across batches."""
    store.load([change(b"a", b"1"), change(b"b", b"1"), change(b"a", b"2", timestamp=70)], 3)
    store.load([change(b"b", None, 3, timestamp=60), change(b"c", None, 5), change(b"d", b"", 6)], 9)
    assert contents(store) == {b"a": b"2", b"d": b""}
    assert store.get(b"b") is None
    assert store.standing == Standing(9, 70)


def test_what_is_cut_is_seen_at_once_and_settled_later(store: PartitionStore) -> None:
    """The task sees the overlay first; the standing moves only when the changelog has acknowledged."""
    store.load([change(b"a", b"1"), change(b"b", b"1")], 2)
    store.cut([(b"a", b"2"), (b"b", None), (b"c", b"1")])
    assert contents(store) == {b"a": b"2", b"c": b"1"}
    assert store.standing == Standing(2, 0)
    store.settle(2, 5, 99)
    assert contents(store) == {b"a": b"2", b"c": b"1"}
    assert store.standing == Standing(5, 99)


def test_what_was_never_acknowledged_is_gone(store: PartitionStore) -> None:
    """After a retraction the store is what it was."""
    store.load([change(b"a", b"1"), change(b"b", b"1")], 2)
    store.cut([(b"a", b"2"), (b"b", None), (b"c", b"1")])
    store.retract()
    assert contents(store) == {b"a": b"1", b"b": b"1"}
    assert store.standing == Standing(2, 0)


@pytest.mark.parametrize("first", [1, 3, -1])
def test_a_stranger_in_the_changelog_is_noticed(store: PartitionStore, first: int) -> None:
    """States of ours that do not stand right behind our position mean that somebody else wrote: all must be read."""
    store.load([change(b"a", b"1")], 2)
    store.cut([(b"a", b"2")])
    with pytest.raises(ChangelogIntruded):
        store.settle(first, first + 1, 99)
    assert store.standing == Standing(2, 0)
    store.retract()
    assert contents(store) == {b"a": b"1"}


def test_what_was_retracted_is_not_settled_when_it_is_acknowledged_after_all(store: PartitionStore) -> None:
    """A partition was given up while its states were under way: they are in the changelog, and are read from there."""
    store.cut([(b"a", b"1")])
    store.retract()
    store.settle(0, 1, 5)
    assert store.standing == Standing(0, 0)
    store.load([change(b"a", b"1", 0)], 1)
    assert contents(store) == {b"a": b"1"}


def test_states_of_a_zombie_are_left_out_and_written_over(store: PartitionStore) -> None:
    """A record of a lower term than one before it is no part of the fold; its key is written again."""
    store.load(
        [
            change(b"a", b"old owner", 0, term=1),
            change(b"b", b"old owner", 1, term=1),
            change(b"a", b"new owner", 2, term=2),
            change(b"b", b"zombie", 3, term=1),
            change(b"c", b"zombie", 4, term=1),
            change(b"a", b"zombie", 5, term=1),
            change(b"c", b"new owner", 6, term=2),
        ],
        7,
    )
    assert contents(store) == {b"a": b"new owner", b"b": b"old owner", b"c": b"new owner"}
    assert store.standing == Standing(7, 0, 2, frozenset({b"a", b"b"}))
    store.begin_term(5)
    assert store.term > 2
    assert set(store.cut([(b"a", b"mine")])) == {(b"a", b"mine"), (b"b", b"old owner")}
    store.settle(7, 9, 1)
    assert store.cut([]) == []


def test_an_owner_outranks_an_earlier_one_that_has_not_written() -> None:
    """Two owners that found the same changelog are told apart by the group's generation."""
    terms = []
    for generation in (7, 8):
        store = PartitionStore(MemoryShelf(Plain()))
        store.load([change(b"a", b"1", term=3 << 32 | 6)], 1)
        store.begin_term(generation)
        terms.append(store.term)
    assert 3 << 32 | 6 < terms[0] < terms[1] < 5 << 32


@pytest.mark.parametrize(("offset", "position"), [(2, 9), (4, 3)])
def test_what_was_read_already_is_not_read_again(store: PartitionStore, offset: int, position: int) -> None:
    """Records that are no continuation would undo what came after them."""
    store.load([change(b"a", b"1", 3)], 4)
    with pytest.raises(RecoveryFailed, match="went back"):
        store.load([change(b"a", b"0", offset)], position)


def test_a_changelog_record_without_a_key_is_no_state(store: PartitionStore) -> None:
    """A changelog that somebody else wrote into is not taken for ours."""
    with pytest.raises(RecoveryFailed, match="without a key"):
        store.load([change(None, b"1")], 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["load", "settle", "retract"]),
            st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.none() | st.binary(max_size=40)), max_size=5),
        ),
        max_size=12,
    )
)
def test_every_shelf_is_the_fold_of_what_was_settled(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[tuple[bytes, bytes | None]]]]
) -> None:
    """Any sequence of readings and checkpoints leaves in each kind of store what a plain fold of the log has."""
    directory = tmp_path_factory.mktemp("db") / "db"
    memory = MemoryShelf(Zstd(SAMPLE), gist, Allowance(8))
    stores = [PartitionStore(each) for each in (memory, RocksShelf(directory, "changelog", gist))]
    truth: dict[bytes, bytes] = {}
    end = 0
    for store in stores:
        store.restart(0)
    for step, changes in steps:
        for store in stores:
            if step == "load":
                records = [change(key, value, end + index) for index, (key, value) in enumerate(changes)]
                store.load(records, end + len(changes))
                continue
            store.cut(changes)
            if step == "settle":
                store.settle(end, end + len(changes), 1)
            else:
                store.retract()
        if step != "retract":
            end += len(changes)
            for key, value in changes:
                truth.pop(key, None)
                if value is not None:
                    truth[key] = value
    for store in stores:
        assert contents(store) == truth
        store.close()
    again = PartitionStore(RocksShelf(directory, "changelog", gist))
    assert contents(again) == truth
    again.close()


def test_a_database_outlives_its_store(tmp_path: Path) -> None:
    """What was settled is there when the database is opened again; what was in flight is not."""
    store = PartitionStore(RocksShelf(tmp_path / "db", "changelog", gist))
    store.restart(4)
    store.cut([(b"a", b"1")])
    store.settle(4, 5, 99)
    store.cut([(b"a", b"2")])
    store.close()
    again = PartitionStore(RocksShelf(tmp_path / "db", "changelog", gist))
    assert contents(again) == {b"a": b"1"}
    assert again.standing == Standing(5, 99)
    again.close()


def test_a_database_of_another_changelog_is_not_used(tmp_path: Path) -> None:
    """States of another program, or of another cluster, are thrown away."""
    store = PartitionStore(RocksShelf(tmp_path / "db", "one"))
    store.load([change(b"a", b"1")], 1)
    store.close()
    again = PartitionStore(RocksShelf(tmp_path / "db", "another"))
    assert contents(again) == {}
    assert again.standing is None
    again.close()


def test_a_damaged_database_is_begun_anew(tmp_path: Path) -> None:
    """A database that cannot be opened costs a reading of the changelog, and nothing else."""
    store = PartitionStore(RocksShelf(tmp_path / "db", "one"))
    store.load([change(b"a", b"1")], 1)
    store.close()
    (tmp_path / "db" / "CURRENT").write_text("nonsense\n")
    again = PartitionStore(RocksShelf(tmp_path / "db", "one"))
    assert contents(again) == {}
    assert again.standing is None
    again.close()


def test_a_database_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers with one directory are told so."""
    monkeypatch.setattr("streams.engine.rocks.LOCK_PATIENCE_S", 0.2)
    held = RocksShelf(tmp_path / "db", "one")
    with pytest.raises(RecoveryFailed, match="state_dir of its own"):
        RocksShelf(tmp_path / "db", "one")
    held.close()


def test_stores_of_partitions_that_are_gone_are_closed() -> None:
    """A partition that belongs to somebody else leaves nothing behind; the others keep what they have."""
    stores = Stores(lambda _: MemoryShelf(Plain()))
    for number in (0, 1):
        stores.of(number).load([change(b"a", b"%d" % number)], 1)
    stores.keep_only({1, 2})
    assert contents(stores.of(0)) == {}
    assert stores.of(0).standing is None
    assert contents(stores.of(1)) == {b"a": b"1"}


def test_what_is_written_again_and_again_is_not_packed_and_what_is_left_alone_is() -> None:
    """The latest states stay as they are, up to the allowance that the shelves of a worker share evenly."""
    packer = Counted()
    allowance = Allowance(400)
    shelf, other = MemoryShelf(packer, gist, allowance), MemoryShelf(packer, gist, allowance)
    for number in range(50):
        shelf.write({b"hot": b"%100d" % number}, None)
        assert not shelf.tidy()
    shelf.write({b"cold": bytes(100)}, None)
    shelf.write({b"hot": bytes(100)}, None)
    other.close()
    shelf.write({b"warm": bytes(100), b"mild": bytes(100)}, None)
    assert not shelf.tidy()
    assert packer.packed == []
    shelf.write({b"late": bytes(100)}, None)
    assert not shelf.tidy()
    assert packer.packed == [1]
    assert shelf._fresh.keys() == {b"hot", b"warm", b"mild", b"late"}
    assert dict(shelf.items()) == dict.fromkeys([b"hot", b"cold", b"warm", b"mild", b"late"], bytes(100))


def test_many_states_are_packed_some_at_a_time() -> None:
    """A checkpoint packs what it has settled in pieces, and knows when there is no more; all can be read meanwhile."""
    packer = Counted()
    store = PartitionStore(MemoryShelf(packer, gist))
    store.restart(0)
    states = {b"%d" % number: bytes(number) for number in range(5)}
    store.cut(list(states.items()))
    store.settle(0, 5, 0)
    assert packer.packed == []
    assert [store.tidy(2), contents(store) == states, store.tidy(2), store.tidy(2), store.tidy(2)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert packer.packed == [2, 2, 1]
    assert contents(store) == states


class Counted(Plain):
    """Counts what is packed at once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.packed: list[int] = []

    def pack(self, states: Sequence[bytes]) -> Sequence[bytes]:
        """Count."""
        self.packed.append(len(states))
        return states


@pytest.mark.parametrize("packer", [Plain(), Zstd(b""), Zstd(SAMPLE)])
def test_packing_loses_nothing(packer: Packer) -> None:
    """Every state comes back as it was, the empty one too."""
    chance = random.Random(1)
    for size in (0, 1, 7, 100, 5_000):
        for state in (chance.randbytes(size), SAMPLE[:size]):
            assert [packer.unpack(packed) for packed in packer.pack([state])] == [state]
    states = [b"", SAMPLE, b"x"]
    assert [packer.unpack(packed) for packed in packer.pack(states)] == states


def test_a_sample_makes_states_small() -> None:
    """What a state has in common with the sample costs next to nothing."""
    state = SAMPLE[: len(SAMPLE) // 4]
    (alike,), (alone,) = Zstd(SAMPLE).pack([state]), Zstd(b"").pack([state])
    assert len(alike) < 20 < len(alone)
