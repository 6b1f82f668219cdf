"""Who owns the partitions, as far as the consumer and recovery need to know; `engine.Engine` is the one.

The engine is made of a consumer and a recovery, and they report to it: this port keeps that from being a circle.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from faust.types import TP

from streams.engine.observer import Observer
from streams.engine.partition import Partition, Stretch
from streams.engine.settings import EngineSettings
from streams.engine.task import MakeTask
from streams.engine.tenure import Tenure


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch brought: for every partition asked for, how much further the consumer stands.

    `seek` is the number of the last seek before that, so that what is from before a seek is told apart.
    """

    seek: int
    stretches: Mapping[TP, Stretch]


class Owner(Protocol):
    """Decides what is read, takes it, and commits."""

    settings: EngineSettings
    make_task: MakeTask
    observer: Observer
    tenure: Tenure

    def wanted(self, active: Collection[TP]) -> frozenset[TP]:
        """Return which of the active partitions should be fetched from."""

    async def room(self, timeout_s: float) -> None:
        """Wait until that may have changed."""

    def make_room(self) -> None:
        """Note that it has changed."""

    def deliver(self, fetched: Fetched) -> None:
        """Take what was fetched."""

    async def checkpoint(self) -> bool:
        """Take a checkpoint; return whether it is complete."""

    async def release(self) -> None:
        """Give the partitions up because the group takes them back."""

    async def leave(self) -> None:
        """Give the partitions up because the worker stops."""

    def dealt(self) -> None:
        """Note that the group has dealt the partitions."""

    def open(self, partitions: Sequence[Partition], seek: int) -> None:
        """Own these partitions; only what is fetched after this seek, which is still to come, is theirs."""
