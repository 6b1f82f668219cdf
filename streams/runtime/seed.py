"""Door: a seed + what `deal.learner` holds -> the records that make the learner begin from the seed. Pure.

The records are those that a learner's own checkpoint would write: parts under the keys that are not in use, and last
the one record that names them. Whoever is cut short before it has changed nothing that anybody reads.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from models.checkpoint import CheckpointRefused, pack_learner
from models.learn import LearnerState
from models.pins import PinState
from models.seed import Seed
from streams.labels.classroom import Progress
from streams.runtime.learn import LEARNER_KEY, SCHEMA, Remembered, decode_remembered, learner_of, part_key

_encoder = msgspec.json.Encoder()


def kept_learner(states: Mapping[bytes, bytes]) -> LearnerState | None:
    """The learner that the topic holds, none where there is none; raises `CheckpointRefused` where it is damaged."""
    remembered = _remembered(states)
    return None if remembered is None else learner_of(remembered, states)


def learned_until(states: Mapping[bytes, bytes]) -> int:
    """The first UTC day of which the topic's learner knows nothing, 0 where there is none; raises as `kept_learner`."""
    remembered = _remembered(states)
    progress = Progress() if remembered is None else remembered.progress
    return max(progress.next_epoch or 0, progress.learned_before or 0)


def planted(seed: Seed, states: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Return what to write, in this order; the last record is the one that counts.

    Questions that wait, people's votes, and how far the days are, stay as they are. What fell due before the seed's end
    is taken for learned. A record that cannot be read is as good as none.
    """
    learner = seed.learner
    try:
        before = _remembered(states)
        if before is not None:
            learner = replace(learner, ballots=learner_of(before, states).ballots)
    except CheckpointRefused:
        before = None
    parts = pack_learner(learner)
    turn = 0 if before is None else 1 - before.turn
    progress = replace(Progress() if before is None else before.progress, learned_before=seed.until)
    spans, pins = ((), PinState()) if before is None else (before.spans, before.pins)
    after = Remembered(SCHEMA, turn, len(parts), progress, spans, pins)
    return [
        *((part_key(turn, number), part) for number, part in enumerate(parts)),
        (LEARNER_KEY, _encoder.encode(after)),
    ]


def _remembered(states: Mapping[bytes, bytes]) -> Remembered | None:
    value = states.get(LEARNER_KEY)
    try:
        return None if value is None else decode_remembered(value)
    except msgspec.DecodeError as error:
        raise CheckpointRefused(f"the learner's record cannot be read: {error}") from error
