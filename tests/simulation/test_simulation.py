"""Thousands of schedules of crashes, zombies and rebalances, and none that loses, invents or forgets anything."""

from collections import Counter
from functools import cache

import pytest

from tests.simulation.faults import FAULTS
from tests.simulation.kafka import Broken
from tests.simulation.world import THEMES, Theme, World, play

SCHEDULES = 500
SEARCH = 3_000
"""Most schedules until a fault must have been noticed; most faults need a dozen."""
FATES = ("killed", "died at its place", "freeze at", "stop")


@cache
def seen_in(theme: Theme) -> Counter[str]:
    """Play all schedules of a theme; return how often each thing happened in them.

    Raises Broken, named by the seed, at the first one that breaks a promise.
    """
    seen: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        try:
            world = play(seed, themes=[theme])
        except Broken as broken:
            raise Broken(f"seed {seed} of {theme!r}: {broken}") from broken
        seen += happened_in(world)
    return seen


def happened_in(world: World) -> Counter[str]:
    """Count takeovers, fates of processes and their failures."""
    seen: Counter[str] = Counter()
    for process in world.processes:
        seen.update(process.takeovers)
    seen.update(fate for fate in FATES for fault in world.faults_seen if fate in fault)
    seen.update(type(process.failure).__name__ for process in world.processes if process.failure)
    return seen


@pytest.mark.parametrize("theme", THEMES)
def test_no_schedule_breaks_a_promise(theme: Theme) -> None:
    """Whenever an offset is committed, what follows from it is there; in the end all is as if nothing had happened.

    The states are the pure fold of the source, each announcement is there, exactly once in a world without faults, and
    every shelf is at every write the fold of the changelog up to its position.
    """
    assert sum(seen_in(theme).values()) > 0


def journal(world: World) -> tuple[object, ...]:
    """Return everything that could differ."""
    kafka = world.kafka
    return world.steps, world.now, world.faults_seen, kafka.said, kafka.changelogs, kafka.group.generation


@pytest.mark.parametrize("theme", THEMES)
def test_a_seed_is_a_schedule(theme: Theme) -> None:
    """What was found once is found again: nothing depends on the machine, the clock or the order of a set."""
    for seed in range(10):
        assert journal(play(seed, themes=[theme])) == journal(play(seed, themes=[theme]))


def test_the_schedules_see_what_they_should() -> None:
    """Processes die and freeze everywhere, zombies write, and partitions that stayed, tails and whole logs are used."""
    seen = sum((seen_in(theme) for theme in THEMES), Counter[str]())
    failures = ("DeliveryFailed", "CommitFailed", "TaskFailed", "ChangelogIntruded")
    assert all(seen[each] > 0 for each in (*FATES, *failures, "went on", "nothing", "tail", "whole")), seen


@pytest.mark.parametrize("fault", FAULTS)
def test_the_simulation_notices(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one safeguard taken out of the engine, some schedule breaks a promise."""
    themes, make = FAULTS[fault]
    faulty = make(monkeypatch)
    for seed in range(SEARCH):
        try:
            play(seed, faulty, themes)
        except Broken:
            return
    pytest.fail(f"{SEARCH} schedules did not notice: {fault}")
