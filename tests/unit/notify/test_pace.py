"""How soon again, and how many at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.notify.pace import FIRST_MS, LONGEST_MS, bucket, pause_ms


@given(st.text(max_size=10), st.integers(1, 60))
def test_pauses_double_up_to_a_quarter_of_an_hour_with_chance_in_the_upper_half(delivery: str, attempt: int) -> None:
    """The chance is the delivery's own: the same again, and another one for another."""
    whole = min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1))
    assert whole // 2 <= pause_ms(delivery, attempt) <= whole
    assert pause_ms(delivery, attempt) == pause_ms(delivery, attempt)


def test_what_failed_together_is_not_tried_together_again() -> None:
    """A hundred messages spread over the pause."""
    assert len({pause_ms(f"dn-{number}", 5) // 1000 for number in range(100)}) > 10


@given(st.floats(0.01, 100), st.lists(st.integers(1, 5_000), max_size=200))
def test_no_more_leave_than_the_rate_and_what_was_saved_up(rate: float, steps: list[int]) -> None:
    """Over any span at most its seconds times the rate, and the bucket's size."""
    tokens, now, left = bucket(rate), 0, 0
    for step in steps:
        now += step
        tokens = tokens.filled(now)
        while (taken := tokens.taken()) is not None:
            tokens, left = taken, left + 1
    assert left <= max(1.0, rate) + rate * now / 1000 + 1e-6
