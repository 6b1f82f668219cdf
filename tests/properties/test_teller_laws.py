"""Answers are a function of the log: neither how partitions are interleaved nor when anybody asked changes them."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.answers import Answer, Said, decode_answer, encode_answer, key_of, topic_of
from streams.revenue.company import Company
from streams.revenue.seen import Seen
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from tests.seeing import a_pipeline, seen
from tests.strategies import law

COMPANY = Company(teams={"ann": "north", "bob": "north", "cyd": "south"}, regions={"north": "emea"})
SEEDS = st.integers(0, 10_000)
#: Long enough for a quarter to be over.
DAYS, DEALS, EVENTS = 260, 12, 150


def a_year(seed: int) -> list[Seen]:
    """What is seen of some deals to which everything happens."""
    return seen(a_pipeline(seed, DEALS, EVENTS, DAYS))


def interleaved(told: list[Seen], seed: int) -> list[Seen]:
    """The same, each deal's in its order, the deals in another one."""
    random = Random(seed)
    rest: dict[str, list[Seen]] = {}
    for each in told:
        rest.setdefault(each.after.id, []).append(each)
    found = []
    while rest:
        name = random.choice(sorted(rest))
        found.append(rest[name].pop(0))
        if not rest[name]:
            del rest[name]
    return found


def answers(teller: Teller) -> dict[tuple[str, bytes], bytes]:
    """All answers, the locks that are due among them, as they are written."""
    found: list[Answer] = list(teller.tell())
    while teller.waiting:
        found += teller.lock()
    found += teller.tell()
    return {(topic_of(each), key_of(each)): encode_answer(each) for each in found}


def told_of(seen_: list[Seen], teller: Teller | None = None) -> Teller:
    """A teller that has seen something."""
    made = teller or Teller(Standing(COMPANY))
    for each in seen_:
        made.standing.see(each)
    return made


@law(25)
@given(seed=SEEDS, order=SEEDS)
def test_answers_do_not_depend_on_how_partitions_are_interleaved(seed: int, order: int) -> None:
    """Byte by byte, and each can be read back."""
    told = a_year(seed)
    found = answers(told_of(told))
    assert found == answers(told_of(interleaved(told, order)))
    for (topic, key), value in found.items():
        read = decode_answer(value)
        assert (topic_of(read), key_of(read), encode_answer(read)) == (topic, key, value)


@law(25)
@given(seed=SEEDS, cut=st.integers(1, EVENTS))
def test_rounds_in_between_change_nothing_but_the_week_of_sheets(seed: int, cut: int) -> None:
    """Who was there all the time tells what somebody tells who comes at the end."""
    told = a_year(seed)
    there = told_of(told[:cut])
    answers(there)
    known = {key: value for key, value in answers(told_of(told[cut:], there)).items() if b"sheet|" not in key[1]}
    late = {key: value for key, value in answers(told_of(told)).items() if b"sheet|" not in key[1]}
    assert {key for key in known if not key[1].startswith(b"said|")} == {
        key for key in late if not key[1].startswith(b"said|")
    }


@law(25)
@given(seed=SEEDS)
def test_locks_that_are_kept_are_not_made_again(seed: int) -> None:
    """A restart goes on with what was said, and says the same of all else."""
    told = a_year(seed)
    first = told_of(told)
    found = answers(first)
    kept = [read for value in found.values() if isinstance(read := decode_answer(value), Said)]
    again = Teller(Standing(COMPANY), [lock for each in kept for lock in each.locks()])
    after = answers(told_of(told, again))
    assert not any(key.startswith(b"said|") for _, key in after)
    assert {key: value for key, value in found.items() if not key[1].startswith(b"said|")} == after
