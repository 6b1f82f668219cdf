"""The whole learner as records."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.case import Case
from models.checkpoint import PART_BYTES, CheckpointRefused, pack_learner, unpack_learner
from models.learn import Learner, LearnerState
from tests.builders import TARGETS, a_vector


@pytest.fixture(scope="module")
def kept() -> LearnerState:
    """A learner that knows some hundred slots a target."""
    learner = Learner()
    for day in range(12):
        vectors = [a_vector(float(day + deal) / 3, phase=float(deal % 4), owner=f"rep-{deal % 3}") for deal in range(9)]
        learner.learn(
            [
                Case(target, f"opp-{deal}", each, deal % 3 == 0, 0.4)
                for deal, each in enumerate(vectors)
                for target in TARGETS
            ]
        )
    return learner.state()


def test_a_checkpoint_is_the_learner_to_the_last_bit(kept: LearnerState) -> None:
    """In parts that Kafka takes."""
    parts = pack_learner(kept)
    assert len(parts) > 1
    assert max(len(part) for part in parts) <= PART_BYTES
    assert unpack_learner(parts) == kept
    assert pack_learner(unpack_learner(parts)) == parts


def test_an_empty_learner_has_a_checkpoint_too() -> None:
    """Nothing learned is also a state."""
    state = Learner().state()
    assert unpack_learner(pack_learner(state)) == state


def test_what_is_not_whole_is_refused(kept: LearnerState) -> None:
    """Each damage with its reason."""
    parts = list(pack_learner(kept))
    flipped = bytearray(parts[-1])
    flipped[-5] ^= 1
    damages = {
        "bytes, not": parts[:-1],
        "altered": [*parts[:-1], bytes(flipped)],
        "cannot be read": parts[1:],
        "other features": pack_learner(replace(kept, features="000000000000")),
        "missing required field": [b"{}"],
        "Invalid enum value 9": [parts[0].replace(b'"schema":1', b'"schema":9'), *parts[1:]],
    }
    for reason, damaged in damages.items():
        with pytest.raises(CheckpointRefused, match=reason):
            unpack_learner(damaged)
    with pytest.raises(CheckpointRefused, match="cannot be read"):
        unpack_learner([])
