"""A part of the soak: how it is played, and what is kept of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from tests.reliability.arena import SESSION_S, Arena
from tests.reliability.stage import Stage
from tests.reliability.verifier import Difference, Verdict
from tests.reliability.workers import Nursery

MOST_TOLD = 10
Part = dict[str, Any]
"""What is kept of a part of the soak: its name, seconds, differences, and what it measured."""
Play = Callable[[Stage, Nursery, Path, float], Awaitable[Part]]
"""Gets the seconds that are left of the soak."""
Episode = Callable[[Arena], Awaitable[Verdict]]


def told(differences: Iterable[Difference], *measured: str) -> Part:
    """Return what is kept of a part that came to its end."""
    found = list(differences)
    part: Part = {"differences": len(found), "first": [each.line for each in found[:MOST_TOLD]]}
    return part | ({"measured": list(measured)} if measured else {})


def of_episode(seed: int, episode: Episode, session_s: float = SESSION_S) -> Play:
    """Return an episode, in an arena of its own, as a part."""

    async def play(stage: Stage, nursery: Nursery, folder: Path, left_s: float) -> Part:
        async with Arena(stage, nursery, folder, seed=seed, session_s=session_s) as arena:
            return told((await episode(arena)).differences)

    return play
