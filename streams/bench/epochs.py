"""Cases as the learner got them, epoch by epoch, in a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from models.case import Case
from models.schema import Vector

Epochs = list[list[Case]]
#: So many measurements are scored again and again; they would not fit into memory's fastest parts, as in a worker.
_MOST_VECTORS = 10_000

_decoder = msgspec.msgpack.Decoder(Epochs)


def write_epochs(path: Path, epochs: Iterable[Sequence[Case]]) -> None:
    """Write the cases of all epochs."""
    path.write_bytes(msgspec.msgpack.encode(list(epochs)))


def read_epochs(path: str) -> Epochs:
    """Read what was written."""
    return _decoder.decode(Path(path).read_bytes())


def vectors_of(epochs: Epochs) -> list[Vector]:
    """Return the latest measurements, each question's once."""
    asked = {(case.deal, case.vector): None for cases in epochs for case in cases}
    return [vector for _, vector in asked][-_MOST_VECTORS:]
