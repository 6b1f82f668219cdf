"""The last record of a key is the one that its owner said last, whoever writes late."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.lastwords import TENURE, LastWords, Recall, tenure_of
from streams.engine.task import Outgoing, Record
from tests.strategies import law
from tests.unit.engine.fakes import PlainRecord

TOPIC = "board"
OLD, NEW, NEXT = 10, 11, 12


class Board:
    """The topic, and a worker that owns partition 0 in some term and hears what is on it."""

    def __init__(self, term: int | None = NEW) -> None:
        self.log: list[Record] = []
        self.words = LastWords(TOPIC)
        self.term = term
        if term is not None:
            self.words.own(0, term)

    @property
    def owned(self) -> dict[int, int]:
        return {} if self.term is None else {0: self.term}

    def say(self, key: bytes, value: bytes | None) -> Outgoing:
        """Let the worker say something, which is not written yet."""
        return self.words.say(0, [Outgoing(TOPIC, key, value, (), 0)])[0]

    def write(self, record: Outgoing) -> None:
        """Let a record arrive, and be heard."""
        self.log.append(PlainRecord(len(self.log), record.key, record.value, TOPIC, 0, 0, record.headers))
        self.words.hear(self.log[-1])

    def write_of(self, term: int, key: bytes, value: bytes | None) -> None:
        """Let a record of another owner of partition 0 arrive."""
        self.write(Outgoing(TOPIC, key, value, [(TENURE, b"0 %d" % term)], 0))

    def mend(self) -> Sequence[Outgoing]:
        """Look the topic through, and return what is to be written again."""
        wanted = self.words.wanted(self.owned)
        return self.words.mend(wanted, self.recall(), self.owned)

    def recall(self) -> Recall:
        """What the topic says now of what is wanted now."""
        said = Recall(self.words.wanted(self.owned))
        for record in self.log:
            said.take(record)
        return said

    @property
    def last(self) -> dict[bytes, bytes]:
        """What somebody reads who knows nothing of owners."""
        last = {record.key: record.value for record in self.log}
        return {key: value for key, value in last.items() if key is not None and value is not None}


def test_what_a_former_owner_said_late_is_written_over() -> None:
    """The owner's own last word comes again, and its headers with it."""
    board = Board()
    said = board.words.say(0, [Outgoing(TOPIC, b"k", b"open", [("transition", b"opened")], 0)])[0]
    board.write(said)
    board.write_of(OLD, b"k", b"old")
    assert board.last == {b"k": b"old"}
    (again,) = board.mend()
    assert (again.key, again.value, again.partition) == (b"k", b"open", 0)
    assert [name for name, _ in again.headers] == ["transition", TENURE]
    board.write(again)
    assert board.last == {b"k": b"open"}
    assert board.mend() == []


def test_what_is_over_stays_over() -> None:
    """A late word on a key that was ended, or of which nobody ever said anything, is taken away."""
    board = Board()
    for each in (board.say(b"ended", b"open"), board.say(b"ended", None)):
        board.write(each)
    for key in (b"ended", b"invented"):
        board.write_of(OLD, key, b"old")
    for each in board.mend():
        assert each.value is None
        board.write(each)
    assert board.last == {}


def test_what_was_said_before_a_takeover_stands() -> None:
    """Words of earlier owners that came in time are no fault, and an owner that has said nothing mends nothing."""
    board = Board()
    board.write_of(OLD, b"k", b"1")
    board.write_of(OLD, b"k", b"2")
    assert board.mend() == []
    assert board.last == {b"k": b"2"}


def test_a_former_owners_words_before_a_takeover_are_what_comes_again() -> None:
    """What is said again is the last word in time, whoever said it."""
    board = Board(NEXT)
    board.write_of(NEW, b"k", b"new")
    board.write_of(OLD, b"k", b"old")
    assert [each.value for each in board.mend()] == [b"new"]


def test_what_is_on_its_way_is_left_alone() -> None:
    """Where the owner has said something of the key meanwhile, that comes last, and nothing older after it."""
    board = Board()
    board.write(board.say(b"k", b"1"))
    board.write_of(OLD, b"k", b"old")
    on_its_way = board.say(b"k", b"2")
    assert board.mend() == []
    board.write(on_its_way)
    assert board.last == {b"k": b"2"}
    assert board.mend() == []


def test_what_was_said_while_the_topic_was_looked_through_counts() -> None:
    """Between looking and saying a new word came and was overrun as well: what was found before is not said."""
    board = Board()
    board.write(board.say(b"k", b"1"))
    board.write_of(OLD, b"k", b"old")
    wanted, said = board.words.wanted(board.owned), board.recall()
    board.write(board.say(b"k", b"2"))
    board.write_of(OLD, b"k", b"older")
    assert board.words.mend(wanted, said, board.owned) == []
    assert [each.value for each in board.mend()] == [b"2"]


def test_a_worker_that_hears_a_later_owner_mends_nothing() -> None:
    """It believes that the partition is its own, and is wrong."""
    board = Board(OLD)
    board.write(board.say(b"k", b"1"))
    board.write_of(NEW, b"k", b"2")
    board.write(board.say(b"k", b"late"))
    assert board.mend() == []


def test_a_worker_that_gave_the_partition_up_mends_nothing() -> None:
    """Nor one that has it again, in a later term, and has not begun that one."""
    board = Board()
    board.write(board.say(b"k", b"1"))
    board.write_of(OLD, b"k", b"old")
    for term in (None, NEXT):
        board.term = term
        assert board.mend() == []


def test_records_of_nobody_and_without_a_key_say_nothing_of_owners() -> None:
    """An older version wrote no tenure, and anybody may write anything."""
    board = Board()
    board.write(board.say(b"k", b"1"))
    for headers in ((), [(TENURE, b"")], [(TENURE, b"0")], [(TENURE, b"x 9")], [(TENURE, b"0 -9")], [("term", b"0 1")]):
        board.write(Outgoing(TOPIC, b"k", b"theirs", headers, 0))
    board.log.append(PlainRecord(99, None, b"no key", TOPIC, 0, 0, [(TENURE, b"0 1")]))
    board.words.hear(board.log[-1])
    assert board.mend() == []


def test_headers_without_a_value_are_passed_over() -> None:
    """Kafka takes them, so anybody may write them: the worker that reads the topic must not end over it."""
    board = Board()
    empty: Sequence[tuple[str, bytes]] = [(TENURE, None), ("note", None)]  # type: ignore[list-item]  # as clients give it
    board.write(Outgoing(TOPIC, b"k", b"theirs", empty, 0))
    board.write(board.say(b"other", b"1"))
    board.write_of(OLD, b"k", b"late")
    (again,) = board.mend()
    assert again.value == b"theirs"
    assert all(value is not None for _, value in again.headers)


def test_owners_of_different_partitions_do_not_outrank_each_other() -> None:
    """The terms of two partitions have nothing to do with each other, nor those of two logs."""
    board = Board()
    board.write(board.say(b"k", b"1"))
    board.write(Outgoing(TOPIC, b"other", b"1", [(TENURE, b"1 3")], 0))
    board.words.hear(PlainRecord(0, b"elsewhere", b"1", TOPIC, 1, 0, [(TENURE, b"0 3")]))
    assert board.mend() == []


def test_other_topics_are_not_signed() -> None:
    """Only where the last word counts does it matter whose it is."""
    board = Board()
    other = Outgoing("alerts", b"k", b"v")
    assert board.words.say(0, [other]) == [other]


@pytest.mark.parametrize(
    "headers",
    [
        (),
        [(TENURE, b"3")],
        [(TENURE, b"3 ")],
        [(TENURE, b" 3")],
        [(TENURE, "٣ ٣".encode())],
        [(TENURE, b"3 " + b"9" * 5_000)],
    ],
)
def test_a_tenure_that_is_none(headers: Sequence[tuple[str, bytes]]) -> None:
    """What has not two decimal numbers names no tenure."""
    assert tenure_of(headers) is None


KEYS = st.sampled_from([b"a", b"b"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), KEYS, st.booleans()),
        st.tuples(st.just("arrive"), st.just(b""), st.booleans()),
        st.tuples(st.just("late"), KEYS, st.booleans()),
        st.tuples(st.just("look"), st.just(b""), st.booleans()),
        st.tuples(st.just("mend"), st.just(b""), st.booleans()),
    ),
    max_size=30,
)


@law(400)
@given(STEPS)
def test_in_the_end_the_last_words_are_the_owners(steps: list[tuple[str, bytes, bool]]) -> None:
    """However its words, late ones of a former owner, looking and mending follow each other."""
    board = Board()
    board.write(board.say(b"first", b"word"))
    wanted: dict[bytes, bytes | None] = {b"first": b"word"}
    on_their_way: list[Outgoing] = []
    looked = board.words.wanted(board.owned), board.recall()
    for number, (what, key, ends) in enumerate(steps):
        if what == "say":
            wanted[key] = None if ends else b"%d" % number
            on_their_way.append(board.say(key, wanted[key]))
        elif what == "arrive" and on_their_way:
            board.write(on_their_way.pop(0))
        elif what == "late":
            board.write_of(OLD, key, None if ends else b"late")
        elif what == "look":
            looked = board.words.wanted(board.owned), board.recall()
        elif what == "mend":
            on_their_way += board.words.mend(*looked, board.owned)
    while on_their_way or (on_their_way := list(board.mend())):
        board.write(on_their_way.pop(0))
    assert board.last == {key: value for key, value in wanted.items() if value is not None}
