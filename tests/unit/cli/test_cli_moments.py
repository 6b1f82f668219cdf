"""Dates and times as people type them."""

import pytest
import typer

from streams.cli.moments import day, instant
from streams.state.opportunity import DAY, HOUR

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("3d", NOW - 3 * DAY),
        ("12 h", NOW - 12 * HOUR),
        ("1w", NOW - 7 * DAY),
        ("2026-03-01", 1_772_323_200_000),
        ("2026-03-01T09:30Z", 1_772_357_400_000),
        ("2026-03-01T10:30+01:00", 1_772_357_400_000),
    ],
)
def test_a_time_is_a_date_an_instant_or_ago(text: str, at: int) -> None:
    """All the ways in which somebody says since when."""
    assert instant(text, NOW) == at


@pytest.mark.parametrize("text", ["yesterday", "", "3 parsecs", "2026-13-01"])
def test_anything_else_is_wrong_use(text: str) -> None:
    """The message shows how it is written."""
    with pytest.raises(typer.BadParameter, match="write"):
        instant(text, NOW)
    with pytest.raises(typer.BadParameter, match="write"):
        day(text)
