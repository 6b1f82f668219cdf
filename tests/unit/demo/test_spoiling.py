"""Broken copies are broken in the way they say."""

from datetime import UTC, datetime
from random import Random

import pytest

from streams.demo.spoiling import BREAKS, CONFLICT, spoil
from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event, millis
from streams.events.rejection import Rejection

EVENT = EmailReceived(id="e-1", source="/mail", time=datetime(2026, 3, 2, 10, tzinfo=UTC), subject="opp-000001")
APPENDED = millis(EVENT.time) + 5_000


@pytest.mark.parametrize("kind", BREAKS)
def test_each_break_becomes_the_dead_letter_it_announces(kind: str) -> None:
    """Every break is refused by the decoder, for the reason in the table."""
    breaking, reason = BREAKS[kind]
    refused = decode(breaking(encode(EVENT)), b"opp-000001", APPENDED)

    assert isinstance(refused, Rejection)
    assert refused.reason is reason


@pytest.mark.parametrize("kind", BREAKS)
def test_a_broken_copy_stays_one_line(kind: str) -> None:
    """No break brings a line feed or an empty value into an event file."""
    value = BREAKS[kind][0](encode(EVENT))

    assert value
    assert b"\n" not in value


def test_every_break_occurs_and_a_conflict_keeps_the_id() -> None:
    """All breaks are drawn sooner or later; the one that still decodes has the id of the event and other content."""
    rng, seen = Random(1), {}
    for _ in range(400):
        value, kind, _ = spoil(rng, EVENT, encode(EVENT))
        seen[kind] = value
    conflict = decode(seen[CONFLICT], b"opp-000001", APPENDED)

    assert set(seen) == {*BREAKS, CONFLICT}
    assert isinstance(conflict, Event)
    assert conflict.id == EVENT.id
    assert conflict != EVENT
