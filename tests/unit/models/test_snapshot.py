"""What a snapshot says of itself, besides the weights."""

from __future__ import annotations

import msgspec
import pytest

from models.learn import Learner
from models.schema import NAMES, fingerprint
from models.snapshot import SnapshotRefused, decode_models, encode_models
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.labels.lesson import EpochReached
from tests.builders import some_models


def test_a_snapshot_names_its_features_beside_their_fingerprint() -> None:
    """Who reads it without our code knows what the weights are about."""
    written = msgspec.json.decode(encode_models(some_models()))["models"]
    assert (written["names"], written["features"]) == (list(NAMES), fingerprint())


def test_every_snapshot_knows_the_models_before_it() -> None:
    """The first ones have none; no offset is said where no topic was read."""
    classroom, learner = Classroom(), Learner()
    published = on_lesson(classroom, learner, EpochReached(0, 1, 100, 100))
    published += on_lesson(classroom, learner, EpochReached(0, 1, 103, 103))
    assert [(each.epoch, each.parent, each.offset) for each in published] == [
        (100, None, None),
        (101, 100, None),
        (102, 101, None),
        (103, 102, None),
    ]


def test_a_snapshot_of_the_schema_before_is_refused_with_its_reason() -> None:
    """It is not read in half."""
    old = encode_models(some_models()).replace(b'{"schema":2', b'{"schema":1', 1)
    with pytest.raises(SnapshotRefused, match=r"Invalid enum value 1|schema"):
        decode_models(old)
