"""What the engine lets others see: an observer that is told, a status that is asked. Neither can change anything."""

from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["starting", "joining", "recovering", "running", "waiting", "stopped"]
"""`joining` waits for the group to deal partitions; `waiting` is a member that was dealt none."""


class Observer(Protocol):
    """Told what happens, once for each batch or rarer. Must be quick and must not raise. Times in seconds."""

    def on_batch(self, partition: int, n: int, seconds: float) -> None:
        """`n` records of a partition were handled."""

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """A checkpoint is complete: so many partitions moved on, so many states were written."""

    def on_lag(self, partition: int, lag: int, seconds: float) -> None:
        """So many records of the partition are not handled yet, and the first has been there so long; once a second.

        By the record's timestamp; while it is not fetched, since when all was last handled, which is longer.
        """

    def on_size(self, partition: int, n_bytes: int) -> None:
        """The partition's settled states take so many bytes, as they are kept; about once a second."""

    def on_rebalance(self) -> None:
        """The group has dealt the partitions anew."""

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """A partition goes on with so many states, after so many changelog records were read.

        The time counts from the rebalance. A partition that stayed with its worker has read none.
        """

    def on_mended(self, topic: str, n: int) -> None:
        """So many last words of a topic were said again, over what a former owner of their partition wrote late."""


class Unobserved:
    """An observer that looks away."""

    def on_batch(self, partition: int, n: int, seconds: float) -> None:
        """Ignore it."""

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """Ignore it."""

    def on_lag(self, partition: int, lag: int, seconds: float) -> None:
        """Ignore it."""

    def on_size(self, partition: int, n_bytes: int) -> None:
        """Ignore it."""

    def on_rebalance(self) -> None:
        """Ignore it."""

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """Ignore it."""

    def on_mended(self, topic: str, n: int) -> None:
        """Ignore it."""


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """How far one partition has come. Offsets name the next record: the first not yet handled, not yet committed."""

    partition: int
    handled: int
    committed: int
    end: int | None
    backlog: int
    stalled: bool

    @property
    def lag(self) -> int | None:
        """Records in the log that are not handled; None before the end is known."""
        return None if self.end is None else max(0, self.end - self.handled)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the worker is doing at this moment."""

    state: State
    partitions: tuple[PartitionStatus, ...]
    outgoing_bytes: int
    rebalances: int
    commits: int
    seconds_since_commit: float | None
