"""The verifier finds whatever is planted, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from streams.alerts.alert import decode_alert, encode_alert
from streams.engine.store import term_headers
from streams.labels.lesson import Asked, decode_lesson, encode_lesson
from streams.plays.event import decode_play_event, encode_play_event
from streams.replay.sequence import sequence
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition, encode_deal, encode_partition
from tests.reliability.load import lines
from tests.reliability.topics import Owners
from tests.reliability.truth import Truth, recompute
from tests.reliability.verifier import Found, Letter, compare, state_offsets

PARTITIONS = 3
LINES = 1_500
APPENDED_AT = 1_800_000_000_000
OWN = PARTITION_KEY.decode()


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Return the truth of a small log."""
    events = lines(seed=7)
    source: dict[int, list[Any]] = {number: [] for number in range(PARTITIONS)}
    for outbound in sequence((next(events) for _ in range(LINES)), PARTITIONS, APPENDED_AT):
        records = source[outbound.partition]
        records.append(
            SimpleNamespace(offset=len(records), timestamp=APPENDED_AT, key=outbound.key, value=outbound.value)
        )
    return recompute(source)


@pytest.fixture
def found(truth: Truth) -> Found:
    """Return what a perfect run leaves behind."""
    return Found(
        states=dict(truth.states),
        alerts=list(truth.alerts.values()),
        open_alerts=dict(truth.open_alerts),
        plays=list(truth.plays.values()),
        dead=[Letter(origin, *letter) for origin, letter in truth.dead.items()],
        lessons=sorted(truth.lessons),
        models=dict(truth.models),
        committed={number: offset + 1 for number, offset in truth.offsets.items()},
    )


def test_a_perfect_run_has_no_differences_and_was_really_compared(truth: Truth, found: Found) -> None:
    """The log of these tests has states, alerts, dead letters and deadlines, and all of them are the same."""
    verdict = compare(truth, found, repeats_allowed=False)
    assert (verdict.differences, verdict.repeats.total()) == ([], 0)
    assert all(count > 0 for count in verdict.compared.values())
    assert truth.ticks > 0


def test_things_that_come_again_byte_for_byte_are_counted(truth: Truth, found: Found) -> None:
    """After a crash an alert and a dead letter may come again; after clean handovers they may not."""
    again = replace(found, alerts=[*found.alerts, found.alerts[0]], dead=[*found.dead, found.dead[0]])
    verdict = compare(truth, again)
    assert (verdict.differences, dict(verdict.repeats)) == ([], {"alert": 1, "dead letter": 1})
    kinds = {each.kind for each in compare(truth, again, repeats_allowed=False).differences}
    assert kinds == {"alert repeated", "dead letter repeated"}


def _first_deal(found: Found) -> tuple[int, str]:
    return next(key for key in found.states if key[1] != OWN)


def _lose_an_alert(found: Found) -> None:
    found.alerts = found.alerts[1:]


def _add_an_alert(found: Found) -> None:
    extra = changed(decode_alert(found.alerts[0]), id="al-never", sequence=1)
    found.alerts = [*found.alerts, encode_alert(extra)]


def _change_a_repeated_alert(found: Found) -> None:
    other = changed(decode_alert(found.alerts[0]), title="Something else")
    found.alerts = [*found.alerts, encode_alert(other)]


def _turn_an_alert_around(found: Found) -> None:
    keyed = sorted(found.alerts, key=lambda value: (decode_alert(value).id, -decode_alert(value).sequence))
    groups = [list(group) for _, group in groupby(keyed, key=lambda value: decode_alert(value).id)]
    assert any(len(group) > 1 for group in groups)
    found.alerts = [value for group in groups for value in group]


def _lose_a_play(found: Found) -> None:
    found.plays = found.plays[1:]


def _change_a_play(found: Found) -> None:
    other = changed(decode_play_event(found.plays[0]), arm="held_out", why="another")
    found.plays = [*found.plays, encode_play_event(other)]


def _change_a_state(found: Found) -> None:
    key = _first_deal(found)
    deal = decode_deal(found.states[key])
    found.states = {**found.states, key: encode_deal(changed(deal, offset=deal.offset + 1))}


def _lose_a_state(found: Found) -> None:
    key = _first_deal(found)
    found.states = {each: value for each, value in found.states.items() if each != key}


def _add_a_state(found: Found) -> None:
    found.states = {**found.states, (0, "opp-never"): found.states[_first_deal(found)]}


def _bury_a_letter_twice(found: Found) -> None:
    found.dead = [*found.dead, replace(found.dead[0], reason="another")]


def _lose_a_letter(found: Found) -> None:
    found.dead = found.dead[1:]


def _bury_a_good_record(found: Found) -> None:
    found.dead = [*found.dead, replace(found.dead[0], origin=(0, 999_999))]


def _lose_a_lesson(found: Found) -> None:
    found.lessons = found.lessons[1:]


def _learn_something_else(found: Found) -> None:
    name = next(iter(found.models))
    found.models = {**found.models, name: b"{}"}


def _commit_too_far(found: Found) -> None:
    found.committed = {**found.committed, 0: found.committed[0] + 1}


def _miss_a_deadline(found: Found) -> None:
    key = next(
        each for each, value in found.states.items() if each[1] != OWN and decode_deal(value).watch.due is not None
    )
    due = decode_deal(found.states[key]).watch.due
    own = (key[0], OWN)
    late = changed(decode_partition(found.states[own]), clock=due)
    found.states = {**found.states, own: encode_partition(late)}


PLANTED: list[tuple[Callable[[Found], None], str]] = [
    (_lose_an_alert, "alert missing"),
    (_add_an_alert, "alert too many"),
    (_change_a_repeated_alert, "alert repeated otherwise"),
    (_turn_an_alert_around, "alert out of order"),
    (_lose_a_play, "play missing"),
    (_change_a_play, "play repeated otherwise"),
    (_change_a_state, "state differs"),
    (_lose_a_state, "state missing"),
    (_add_a_state, "state too many"),
    (_bury_a_letter_twice, "dead letter repeated otherwise"),
    (_lose_a_letter, "dead letter missing"),
    (_bury_a_good_record, "dead letter too many"),
    (_lose_a_lesson, "lesson missing"),
    (_learn_something_else, "models differs"),
    (_commit_too_far, "committed too far"),
    (_miss_a_deadline, "deadline not fired"),
]


@pytest.mark.parametrize(("plant", "kind"), PLANTED, ids=[kind for _, kind in PLANTED])
def test_what_is_planted_is_found(truth: Truth, found: Found, plant: Callable[[Found], None], kind: str) -> None:
    """Each fault in what was found is told by its kind."""
    spoiled = deepcopy(found)
    plant(spoiled)
    assert kind in {each.kind for each in compare(truth, spoiled).differences}


def test_a_partition_without_a_state_covers_no_offset(truth: Truth, found: Found) -> None:
    """An offset committed before the first state was written is too far."""
    assert set(state_offsets(found.states)) == set(range(PARTITIONS))
    bare = replace(found, states={})
    assert "committed too far" in {each.kind for each in compare(truth, bare).differences}


def test_the_earliest_difference_comes_first(truth: Truth, found: Found) -> None:
    """Losing one question of the first days is told before everything that differs later, and only as that."""
    questions = sorted(
        (lesson.at, value) for value in truth.lessons if isinstance(lesson := decode_lesson(value), Asked)
    )
    lost, later = questions[len(questions) // 2][1], questions[-1][1]
    asked = decode_lesson(later)
    assert isinstance(asked, Asked)
    otherwise = encode_lesson(changed(asked, predicted={}))
    spoiled = replace(
        found,
        lessons=[*(each for each in found.lessons if each not in (lost, later)), otherwise],
        states={},
    )
    differences = compare(truth, spoiled).differences
    assert [each.kind for each in differences[:3]] == ["lesson missing", "lesson differs", "state missing"]
    assert differences[0].line.startswith("2025-01-")


def test_what_an_old_owner_writes_after_a_new_one_is_no_part_of_the_states() -> None:
    """Per partition: a lower term after a higher one is left out, the same or a higher one counts."""
    owners = Owners()
    written = [(0, 5), (1, 3), (0, 4), (0, 5), (1, 4), (1, 3), (0, 6)]
    records = [SimpleNamespace(partition=partition, headers=term_headers(term)) for partition, term in written]
    assert [owners.wrote(record) for record in records] == [True, True, False, True, True, False, True]
