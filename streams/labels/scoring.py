"""Door: a snapshot -> a scorer that answers every question that deals are asked."""

from __future__ import annotations

from models.scorer import Scorer
from models.snapshot import SnapshotRefused, decode_models
from streams.labels.outcome import TARGETS


def read_scorer(value: bytes) -> Scorer:
    """Read a snapshot that says something of every target; raises `SnapshotRefused`, also where one is missing."""
    models = decode_models(value)
    if models.targets.keys() != set(TARGETS):
        said = ", ".join(sorted(models.targets)) or "nothing"
        raise SnapshotRefused(f"the snapshot is about {said[:200]}, and deals are asked about {', '.join(TARGETS)}")
    if wrong := [name for name, each in models.targets.items() if each.target != name]:
        raise SnapshotRefused(f"the snapshot has the weights of another target as those of {wrong[0]}")
    return Scorer(models)
