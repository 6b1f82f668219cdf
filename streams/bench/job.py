"""What a contender is told, and what its process says back: JSON, one object a line."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """One run of one contender. Topics exist, unless the contender makes its own."""

    part: str
    contender: str
    broker: str
    prefix: str
    """Of this run alone: its group, and every topic it writes to."""
    source: str
    """The topic, or the file, that is read."""
    folder: str
    """Empty, for local files."""
    partitions: int
    events: int
    """How many records the source holds; the run is over when all are handled."""
    limit_s: float
    """The run is over after this many seconds, too."""
    commit_interval_s: float = 1.0
    models: str = ""
    """File with the fixed models."""
    clock: Literal["event", "wall"] = "event"
    """What moves time in our worker where no event does."""

    @property
    def alerts(self) -> str:
        """Where alerts go."""
        return self.prefix + "deal.alerts"

    @property
    def changelog(self) -> str:
        """Where states go."""
        return self.prefix + "deal.state"

    @property
    def group(self) -> str:
        """The consumer group."""
        return self.prefix + "group"


class Progress(Struct, frozen=True, tag="progress"):
    """So many records are handled; `at` is the machine's monotonic clock, in seconds."""

    handled: int
    at: float


class Measured(Struct, frozen=True, tag="measured"):
    """What the meter says when the run is over; the warm-up is left out of all but `handled`."""

    handled: int
    events_per_second: float
    cpu_us_per_event: float
    """Processor time of all threads of the process."""
    seconds: float


class Result(Struct, frozen=True):
    """What a run led to, so that it can be compared."""

    counted: int
    """Events counted in the states."""
    digest: str = ""
    """Of all states and alerts."""


class Ended(Struct, frozen=True, tag="ended"):
    """The contender has stopped in order, and what it has in memory, for one that writes no changelog."""

    handled: int
    result: Result | None = None


class Recovered(Struct, frozen=True, tag="recovered"):
    """A partition has its states back: how many, and how many seconds after the rebalance (or the start of reading)."""

    partition: int
    states: int
    seconds: float


class Rebalanced(Struct, frozen=True, tag="rebalanced"):
    """The group has dealt the partitions anew: what was recovered before is void."""


class Committed(Struct, frozen=True, tag="committed"):
    """A checkpoint is complete."""

    seconds: float
    states: int


class Resident(Struct, frozen=True, tag="resident"):
    """Memory that is resident at a moment: `empty` before there are states, `full` with all of them."""

    moment: str
    bytes: int


class Rounds(Struct, frozen=True, tag="rounds"):
    """Answers of revenue were made: the first round of a day and a later one, a weekly lock, and what was told.

    `open_deals` is what the company's forecast counts; seconds are elapsed, `cpu_s` of the processor.
    """

    deals: int
    events: int
    open_deals: int
    answers: int
    first_s: float
    later_s: float
    later_cpu_s: float
    lock_s: float
    peak: int
    """The most memory that was ever resident, in bytes."""


class Asked(Struct, frozen=True, tag="asked"):
    """A view was asked for: milliseconds of those that had to decode answers, and of those that had not."""

    path: str
    cold_ms: list[float]
    warm_ms: list[float]


Said = Progress | Measured | Ended | Recovered | Rebalanced | Committed | Resident | Rounds | Asked
