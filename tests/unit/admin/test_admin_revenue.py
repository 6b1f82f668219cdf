"""What doctor says of revenue: who keeps answers current, and as of when they are."""

from __future__ import annotations

import pytest

from streams.admin.answers import Standing
from streams.admin.check import Check
from streams.admin.diagnosis_revenue import revenue
from streams.state.opportunity import DAY, HOUR
from tests.builders import ms

NOON = ms(20.5)


def found(standing: Standing | None, present: int = 1, clock: int = NOON) -> Check:
    """What is said where answers stand so."""
    return revenue("dealwatch-revenue", present, standing, clock)


def test_answers_that_are_current_are_in_order() -> None:
    """As of when they are is said, and nothing of hours where there are none."""
    check = found(Standing(NOON, 0))
    assert (check.verdict, check.todo) == ("ok", "")
    assert check.found.startswith("1 at work in dealwatch-revenue; answers are as of ") and "behind" not in check.found
    assert found(None) == Check("revenue", "ok", "1 at work in dealwatch-revenue; no answers yet")


@pytest.mark.parametrize(("behind", "verdict"), [(HOUR - 1, "ok"), (3 * HOUR, "ok"), (DAY, "ok"), (DAY + HOUR, "warn")])
def test_how_far_answers_are_behind_the_events_is_said_from_an_hour_on(behind: int, verdict: str) -> None:
    """A warning from more than a day on; answers that are ahead of a partition are not behind."""
    check = found(Standing(NOON - behind, 0))
    assert check.verdict == verdict
    assert ("h behind the events" in check.found) == (behind >= HOUR)
    assert found(Standing(NOON + behind, 0)).verdict == "ok"


def test_nobody_at_work_and_no_answers_is_in_order_with_a_hint_how_to_get_some() -> None:
    """Not everybody wants them."""
    check = found(None, present=0)
    assert (check.verdict, check.found) == ("ok", "nobody works in dealwatch-revenue; no answers yet")
    assert "`dealwatch worker --role revenue`" in check.todo


def test_nobody_at_work_although_there_are_answers_is_a_warning_with_what_to_start_and_no_failure() -> None:
    """Somebody may read what grows old. Deals and alerts go on; what is there is still said."""
    check = found(Standing(NOON, 2), present=0)
    assert check.verdict == "warn" and "`dealwatch worker --role revenue`" in check.todo
    assert "nobody works in dealwatch-revenue" in check.found and "2 days still to be locked" in check.found
