"""Events that come several times (S15), or in another order and late (S16)."""

from __future__ import annotations

from tests.reliability import disorder

EVENTS = 4_000
"""Delivered, with the truth, 28,000 times."""


def test_what_is_known_does_not_depend_on_how_often_or_in_which_order_events_come() -> None:
    """Each one to five times, all of it again, shuffled within an hour with some three days late: nothing differs."""
    assert disorder.differences(EVENTS, seed=15) == dict.fromkeys(disorder.TROUBLES, 0)
