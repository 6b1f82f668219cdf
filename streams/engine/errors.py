"""Every way the engine refuses to go on. Each one ends the worker: a restart replays from the last commit."""

from collections.abc import Mapping


class EngineError(Exception):
    """Something the engine cannot repair by itself; the message says what to do.

    `place` names what it is about, where that is a record: topic, partition, offset.
    """

    def __init__(self, message: str, place: Mapping[str, str | int] | None = None) -> None:
        """Say what happened."""
        super().__init__(message)
        self.place = dict(place or {})


class NotConnected(EngineError):
    """No connection to Kafka came about: it is not there, or it refuses whoever comes like this."""


class TopicsUnfit(EngineError):
    """A topic is missing, or two topics that must have the same number of partitions do not."""


class TaskFailed(EngineError):
    """The program's own code raised; the record it was handling is not committed."""


class DeliveryFailed(EngineError):
    """Kafka did not take a record that must be there before an offset may be committed."""


class CommitFailed(EngineError):
    """Kafka did not take the offsets; what they stood for will be read again."""


class OwnershipLost(EngineError):
    """The group has given our partitions to somebody else: nothing more may be written in their name."""


class PositionLost(EngineError):
    """The log does not hold what the committed offset promises: a topic was recreated or has lost its end."""


class ChangelogIntruded(EngineError):
    """A worker that had lost a partition without knowing wrote to its changelog. A restart repairs that."""


class RecoveryFailed(EngineError):
    """The changelog could not be read to its end, so the state is not known."""


class StoreFailed(EngineError):
    """The states on this worker's disk cannot be written, or cannot be read back."""


class Stuck(EngineError):
    """There was work to do and none was done for too long."""


class FollowerFailed(EngineError):
    """A side topic could not be followed any longer."""
