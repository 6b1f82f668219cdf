"""Worlds: the same everywhere, playable from any day, in bounded memory."""

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.demo.arrivals import Arrivals
from streams.demo.calendar import DAY_MS
from streams.demo.settings import WorldSettings
from streams.demo.truth import truth_lines
from streams.demo.world import Book, Day, World, generate, generated_days, play, played_days
from streams.events.control import is_control
from streams.events.decode import decode
from streams.events.envelope import millis
from streams.events.rejection import Rejection

START = datetime.fromisoformat("2026-01-05T00:00:00+00:00")
ROOT = Path(__file__).parents[3]
DIGEST = """
from datetime import UTC, datetime
from hashlib import sha256
from streams.demo.truth import truth_lines
from streams.demo.world import World, generated_days
digest = sha256()
for day in generated_days(World(7, datetime(2026, 1, 5, tzinfo=UTC)), 60, 70):
    for line in day.lines:
        digest.update(b"%d %s %s" % (line.at, line.key or b"-", line.value))
    for line in truth_lines(day.truths()):
        digest.update(line)
print(digest.hexdigest())
"""


def digest() -> str:
    """A hash of lines and truth of a small world."""
    found = sha256()
    for day in generated_days(World(7, START), 60, 70):
        for line in day.lines:
            found.update(b"%d %s %s" % (line.at, line.key or b"-", line.value))
        for truth in truth_lines(day.truths()):
            found.update(truth)
    return found.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_the_same_seed_gives_the_same_bytes_in_another_process(hash_seed: str) -> None:
    """Neither the process nor its hash seed changes a byte of lines or truth."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    told = subprocess.run(
        [sys.executable, "-c", DIGEST], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )

    assert told.stdout.strip() == digest()


def test_the_example_of_the_documentation_runs() -> None:
    """The code in docs/generator.md works as it stands, and its files are not empty."""
    code = (ROOT / "docs" / "generator.md").read_text().split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "docs/generator.md", "exec"), names)

    assert len(names["lines"]) > 2_000
    assert names["text"].count(b'{"truth":"deal"') == 40


def test_another_seed_gives_another_world() -> None:
    """Seeds matter."""
    one, two = (list(generate(World(seed, START), 20, 30)) for seed in (1, 2))

    assert one != two


def test_every_line_decodes_or_is_recorded_as_malformed(days: list[Day]) -> None:
    """The decoder refuses exactly the lines of which the truth says so, for the reasons it says."""
    refused: Counter[str] = Counter()
    for day in days:
        for line in day.lines:
            event = decode(line.value, line.key, line.at)
            if isinstance(event, Rejection):
                refused[event.reason.value] += 1
            else:
                assert is_control(event) == (line.key is None)
    recorded = Counter(
        fault.reason for day in days for fault in day.faults if fault.reason and fault.reason != "conflicting_duplicate"
    )

    assert refused
    assert refused == recorded


def test_fault_rates_are_near_what_was_asked(world: World, days: list[Day]) -> None:
    """Over 200 days each fault has about its share of all deliveries."""
    faults = Counter(fault.fault for day in days for fault in day.faults)
    lines = sum(line.key is not None for day in days for line in day.lines)
    settings = world.settings

    assert faults["duplicate"] / lines == pytest.approx(settings.duplicate_rate, rel=0.25)
    assert faults["late"] / lines == pytest.approx(settings.late_rate, rel=0.25)
    assert faults["out_of_order"] / lines == pytest.approx(settings.out_of_order_rate, rel=0.25)
    assert faults["malformed"] / lines == pytest.approx(settings.malformed_rate, rel=0.5)


def test_lines_come_in_order_of_delivery_within_their_day(world: World, days: list[Day]) -> None:
    """A day holds what is delivered between its midnights, in order, and no line breaks a line."""
    for day in days:
        instants = [line.at for line in day.lines]
        assert day.begins == world.origin + day.number * DAY_MS
        assert instants == sorted(instants)
        assert not instants or day.begins <= instants[0] <= instants[-1] < day.begins + DAY_MS
        assert not any(b"\n" in line.value for line in day.lines)


def test_a_steady_world_is_as_busy_as_a_sales_organisation(days: list[Day]) -> None:
    """After the first months 300 to 400 deals are open and 150 to 300 events arrive on an average day."""
    truths = [truth for day in days for truth in day.opened]
    moment = START + timedelta(days=180)
    open_deals = sum(truth.created <= moment < truth.closed_at for truth in truths)
    events = [sum(line.key is not None for line in day.lines) for day in days[150:]]

    assert 290 <= open_deals <= 410
    assert 150 <= sum(events) / len(events) <= 300


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**63), st.integers(0, 260), st.booleans())
def test_playing_from_a_day_on_is_playing_on(seed: int, from_day: int, fragile: bool) -> None:
    """Lines and truth from day n on are the same as after all the days before it."""
    world = World(seed, START, WorldSettings(deals_per_day=0.5, outages_per_year=12.0 if fragile else 0.0))
    whole = list(islice(played_days(world), from_day + 3))[from_day:]

    assert list(islice(played_days(world, from_day), 3)) == whole


def test_a_year_later_old_deals_are_still_told_to_their_end() -> None:
    """Even deals of the longest life and with the longest delays are complete when playing begins late."""
    longest = WorldSettings(
        deals_per_day=0.4, cycle_days=180.0, longest_life_days=200, late_rate=0.3, reopened_share=0.5
    )
    world = World(5, START, longest)
    whole = list(islice(played_days(world), 420))[400:]

    assert list(islice(played_days(world, 400), 20)) == whole


def test_play_is_the_days_in_a_row(world: World, days: list[Day]) -> None:
    """The endless stream of lines is that of the days."""
    lines = [line for day in days[:40] for line in day.lines]
    until = world.origin + 40 * DAY_MS

    assert list(takewhile(lambda line: line.at < until, play(world))) == lines


def test_memory_is_that_of_the_open_deals() -> None:
    """What is known of the days to come does not grow with the days played."""
    world = World(3, START, WorldSettings(deals_per_day=1.0))
    book = Book(world, Arrivals(world.organisation, world.first_day, 1.0), 0)
    pending = []
    for _ in range(700):
        book.turn()
        pending.append(book.pending)

    assert max(pending[400:]) < 1.5 * max(pending[150:300])


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 60), st.integers(0, 40))
@example(21, 15)  # the last day is a holiday in one of the regions
@example(44, 12)  # a deal has two exchanges in the same minute, one of them with a meeting to come
def test_as_many_deals_as_asked_for_are_opened(deals: int, days: int) -> None:
    """`generate` opens the number of deals it was given, also where the last day is a holiday."""
    told = list(generated_days(World(1, START), deals, days))
    opened = sum(len(day.opened) for day in told)

    assert len(told) == days
    assert opened == (deals if any(day % 7 < 5 for day in range(days)) else 0)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(7, 60), st.integers(0, 400))
@example(1, 500, 120, 0)  # what `generate` does where nothing is asked
@example(3, 120, 33, 347)  # ends on New Year's Day
def test_the_truth_knows_every_deal_that_a_line_names(seed: int, deals: int, days: int, later: int) -> None:
    """No touch, mail or edit is about a deal that the truth is silent about, whatever the season."""
    told = list(generated_days(World(seed, START + timedelta(days=later)), deals, days))
    known = {truth.opportunity.encode() for day in told for truth in day.opened}

    assert len(known) == deals
    assert {line.key for day in told for line in day.lines} - {None} <= known


def test_deals_are_known_before_they_are_closed(days: list[Day]) -> None:
    """The truth of a deal comes with the day on which it is opened, once."""
    truths = [(day, truth) for day in days for truth in day.opened]

    assert len({truth.opportunity for _, truth in truths}) == len(truths)
    assert all(day.begins <= millis(truth.created) < day.begins + DAY_MS for day, truth in truths)


@pytest.mark.parametrize("arguments", [(-1, 3), (3, -1)])
def test_negative_numbers_are_refused(world: World, arguments: tuple[int, int]) -> None:
    """There is no world of minus three days."""
    with pytest.raises(ValueError, match="must not be negative"):
        list(generate(world, *arguments))


def test_a_start_without_a_zone_is_refused() -> None:
    """A naive start would mean another world in another place."""
    with pytest.raises(ValueError, match="aware"):
        World(1, START.replace(tzinfo=None))
