"""The models of each epoch as the worker knows them from `deal.models`.

A partition that reaches midnight needs the models of the new day. They are there within milliseconds where the learner
runs. Where it does not, waiting forever would stop the alerts: after `wait_seconds` the newest models are used instead,
which is counted, and nothing is waited for until the learner is heard again.

The models of all days are kept, packed, since a partition that is dealt to this worker tomorrow may be far behind.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import zstandard

from models.scorer import Scorer
from models.snapshot import SnapshotRefused
from streams.labels.scoring import read_scorer

#: Key of a snapshot on `deal.models`: this prefix and the epoch.
KEY_PREFIX = b"models-"
_DECODED = 4
#: Of an epoch, a day since 1970.
_MOST_DIGITS = 6


def models_key(epoch: int) -> bytes:
    """The record key of an epoch's models."""
    return KEY_PREFIX + str(epoch).encode()


class ModelShelf:
    """Snapshots by epoch, decoded when they are needed. `clock` gives seconds and only measures waiting."""

    def __init__(self, wait_seconds: float, clock: Callable[[], float]) -> None:
        """Begin empty."""
        self._packed: dict[int, bytes] = {}
        self._decoded: OrderedDict[int, Scorer] = OrderedDict()
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._waiting_since: float | None = None
        self._learner_absent = False
        #: How often an epoch began with older models because its own did not come.
        self.substituted = 0

    def put(self, key: bytes, value: bytes | None) -> None:
        """Take in one record of `deal.models`; raises `SnapshotRefused` for one that cannot be used."""
        if not key.startswith(KEY_PREFIX):
            return
        said = key[len(KEY_PREFIX) :]
        if not said.isdigit() or len(said) > _MOST_DIGITS:
            raise SnapshotRefused("the key of a snapshot names no epoch")
        epoch = int(said)
        self._decoded.pop(epoch, None)
        if value is None:
            self._packed.pop(epoch, None)
            return
        self._packed[epoch] = zstandard.compress(value)
        self._learner_absent = False
        self._waiting_since = None

    def models_of(self, epoch: int) -> Scorer | None:
        """The models of an epoch; none while they may still come."""
        if epoch in self._packed:
            return self._decode(epoch)
        now = self._clock()
        if self._waiting_since is None:
            self._waiting_since = now
        if not self._learner_absent and now - self._waiting_since < self._wait_seconds:
            return None
        self._learner_absent = True
        self.substituted += 1
        older = [each for each in self._packed if each < epoch]
        return self._decode(max(older)) if older else _untrained(epoch)

    @property
    def overdue(self) -> bool:
        """Whether a partition has waited long enough and should try again."""
        return self._waiting_since is not None and self._clock() - self._waiting_since >= self._wait_seconds

    def newest(self) -> Scorer | None:
        """The models of the latest epoch known."""
        return self._decode(max(self._packed)) if self._packed else None

    def _decode(self, epoch: int) -> Scorer:
        scorer = self._decoded.get(epoch)
        if scorer is None:
            scorer = self._decoded[epoch] = read_scorer(zstandard.decompress(self._packed[epoch]))
            while len(self._decoded) > _DECODED:
                self._decoded.popitem(last=False)
        return scorer


def _untrained(epoch: int) -> Scorer:
    """What a learner says that has learned nothing."""
    # Rarely needed, and a second to import: a worker that scores has its learner in another process.
    from models.learn import Learner

    return Scorer(Learner().publish(epoch))
