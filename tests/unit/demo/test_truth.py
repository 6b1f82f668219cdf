"""Truth as lines of JSON."""

from datetime import UTC, datetime

from streams.demo.story import Story
from streams.demo.truth import FaultTruth, OutageTruth, Truth, read_truth, truth_lines
from streams.demo.world import World, world_truth

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_every_truth_is_read_back_equal(world: World, stories: list[Story]) -> None:
    """Worlds, deals, faults and outages survive the truth file."""
    fault = FaultTruth(fault="late", at=NOON, source="/mail", opportunity="o", event="e", delay_ms=5)
    outage = OutageTruth(source="/mail", since=NOON, until=NOON, lossy=True)
    truths: list[Truth] = [world_truth(world, 10, 20), *(story.truth for story in stories), fault, outage]

    assert [read_truth(line) for line in truth_lines(truths)] == truths


def test_a_line_says_what_it_is(stories: list[Story]) -> None:
    """Each line is one JSON object with its sort in `truth`."""
    line = next(truth_lines([stories[0].truth]))

    assert line.startswith(b'{"truth":"deal"')
    assert b"\n" not in line
