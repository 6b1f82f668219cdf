"""Worlds that many tests look at, told once."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from streams.demo.arrivals import Arrivals
from streams.demo.story import Story, tell
from streams.demo.world import Day, World, played_days

#: A Monday.
START = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """A world with default settings."""
    return World(11, START)


@pytest.fixture(scope="session")
def stories(world: World) -> list[Story]:
    """Some 700 deals of that world, whole lives."""
    arrivals = Arrivals(world.organisation, world.first_day, 5.0)
    return [tell(world.organisation, each) for day in islice(arrivals.days(), 140) for each in day]


@pytest.fixture(scope="session")
def days(world: World) -> list[Day]:
    """Its first 200 days as they are delivered."""
    return list(islice(played_days(world), 200))
