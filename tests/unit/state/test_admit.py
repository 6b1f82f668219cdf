"""Is this event new to the deal? Fresh, replayed, duplicate, contradiction, late."""

from __future__ import annotations

import pytest

from streams.events.envelope import Event
from streams.state.admit import LATENESS, SEEN_EVENTS, Admission, admit, fingerprint, knows, remember
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from tests.builders import a_call, an_opportunity, ms


def _known(*events: Event) -> DealState:
    state: DealState | None = None
    for offset, event in enumerate(events):
        state = fold(state, event, Arrival(fingerprint(event), offset, event.at), "UTC", 14)  # type: ignore[arg-type]
    assert state is not None
    return state


def _ask(state: DealState | None, event: Event, offset: int = 99, clock: int = ms(1)) -> Admission:
    return admit(state, fingerprint(event), event.at, offset, clock)


def test_a_first_event_is_fresh() -> None:
    """Nothing is known of an unknown deal."""
    assert Admission.FRESH is _ask(None, an_opportunity(0))


def test_the_same_event_again_is_a_duplicate() -> None:
    """The same id with the same content, sent as another record."""
    assert Admission.DUPLICATE is _ask(_known(an_opportunity(0)), an_opportunity(0))


def test_the_same_record_again_is_a_replay() -> None:
    """The same event under an offset that the deal has seen."""
    assert Admission.REPLAYED is _ask(_known(an_opportunity(0)), an_opportunity(0), offset=0)


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    """The first content counts, also when the second comes under an old offset or very late."""
    state = _known(an_opportunity(0), a_call(1))
    other = a_call(1, seconds=1)
    assert Admission.CONFLICT is _ask(state, other)
    assert Admission.CONFLICT is _ask(state, other, offset=1)
    assert Admission.CONFLICT is _ask(state, other, clock=ms(99))


def test_ids_belong_to_their_source() -> None:
    """Two sources may use the same id for different events."""
    assert Admission.FRESH is _ask(_known(a_call(1, id="1")), a_call(1, id="1", source="/mail", seconds=1))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [(ms(0) + LATENESS, Admission.FRESH), (ms(0) + LATENESS + 1, Admission.LATE)],
)
def test_an_event_is_late_beyond_the_bound(clock: int, expected: Admission) -> None:
    """The bound itself is still in time, for known deals and unknown ones."""
    assert expected is _ask(None, a_call(0), clock=clock)
    assert expected is _ask(_known(an_opportunity(0)), a_call(0), clock=clock)


def test_a_late_repeat_is_a_duplicate() -> None:
    """An event that was taken in once is never called late."""
    assert Admission.DUPLICATE is _ask(_known(an_opportunity(0)), an_opportunity(0), clock=ms(300))


def test_the_ring_forgets_the_oldest() -> None:
    """The ring holds the latest ids only, at a fixed size."""
    seen = b""
    marks = [fingerprint(a_call(1, id=str(number))) for number in range(SEEN_EVENTS + 5)]
    for mark in marks:
        seen = remember(seen, mark)
    assert b"".join(marks[5:]) == seen


def test_a_fingerprint_is_found_on_its_place_only() -> None:
    """Bytes that look like an id across two entries of the ring are not that id."""
    state = _known(an_opportunity(0), a_call(1))
    across = state.seen[4:10] + b"\0" * 2
    assert Admission.FRESH is admit(state, across, ms(1), 99, ms(1))


def test_the_same_content_from_another_day_has_another_mark() -> None:
    """The fingerprint covers the id and everything else that is said."""
    marks = {
        fingerprint(a_call(1)),
        fingerprint(a_call(1, seconds=1)),
        fingerprint(a_call(2)),
        fingerprint(a_call(1, side="buyer")),
    }
    assert len(marks) == 4
    assert {8} == {len(mark) for mark in marks}


def test_a_deal_knows_what_it_has_taken_in_and_nothing_else() -> None:
    """Whatever the offsets say: an answer that is awaited is there when its event is."""
    told, other = an_opportunity(0), a_call(1)
    state = fold(None, told, Arrival(fingerprint(told), 7, ms(0)), "UTC", 14)
    assert knows(state, fingerprint(told))
    assert not knows(state, fingerprint(other))
