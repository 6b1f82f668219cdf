"""Door: the learner's own records on `deal.learner` -> the same without a deal's id or a person's. Pure.

What was learned stays: weights, counts and usual spans are sums over all deals, in which no single one can be found.
What gives way is names: of people among the words, the owners' rhythms and the votes; of deals beside words that are
not known well enough yet. The parts of the checkpoint go under the keys that are not in use, as a learner's own would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from models.checkpoint import pack_learner
from models.learn import LearnerState
from streams.admin.scrub import Scrubber
from streams.runtime.learn import LEARNER_KEY, PART_PREFIX, Remembered, decode_remembered, learner_of, part_key

_encoder = msgspec.json.Encoder()
_T = TypeVar("_T")


def forget(own: Mapping[bytes, bytes], scrubber: Scrubber) -> tuple[dict[bytes, bytes], bool]:
    """Return the learner's records (keys that begin with `~`) without it, in the order in which they must be written.

    And whether they had anything of it. Parts that the learner does not refer to any more are left out. Raises
    `CheckpointRefused` or `msgspec.DecodeError` where the learner cannot be read.
    """
    others = {key: value for key, value in own.items() if not key.startswith(PART_PREFIX) and key != LEARNER_KEY}
    left = {key: scrubber.record(value) or value for key, value in others.items()}
    found = own.get(LEARNER_KEY)
    if found is None:
        return left, left != others or _in_parts(own, scrubber)
    remembered = decode_remembered(found)
    state = learner_of(remembered, own)
    after = _named(_without(state, LearnerState, scrubber), scrubber)
    kept = _without(remembered, Remembered, scrubber)
    if after == state:
        used = {part_key(kept.turn, number) for number in range(kept.parts)}
        parts = {key: value for key, value in own.items() if key in used}
    else:
        packed = pack_learner(after)
        kept = replace(kept, turn=1 - remembered.turn, parts=len(packed))
        parts = {part_key(kept.turn, number): part for number, part in enumerate(packed)}
    named = kept != remembered or left != others or _in_parts(own, scrubber)
    return {**parts, **left, LEARNER_KEY: _encoder.encode(kept)}, named


def _in_parts(own: Mapping[bytes, bytes], scrubber: Scrubber) -> bool:
    """Whether parts name it, also such as nobody refers to any more: their heads are JSON."""
    for turn in (0, 1):
        parts = {key: value for key, value in own.items() if key.startswith(part_key(turn, 0)[:-1])}
        head = b"".join(parts[key] for key in sorted(parts, key=_number)).partition(b"\n")[0]
        if scrubber.record(head) != head:
            return True
    return False


def _number(key: bytes) -> int:
    return int(key.rpartition(b"|")[2])


def _without(value: _T, kind: type[_T], scrubber: Scrubber) -> _T:
    plain: Any = msgspec.to_builtins(value)
    left = scrubber.scrubbed(plain)
    return value if left is plain else msgspec.convert(left, kind)


def _named(state: LearnerState, scrubber: Scrubber) -> LearnerState:
    """Beside a word stands the deal that last had it, also where its id is a number."""
    name, stand_in = scrubber.erasure.name, scrubber.erasure.stand_in
    if scrubber.erasure.kind != "opportunity":
        return state
    counted = {
        slot: (times, stand_in if last == name else last) for slot, (times, last) in state.vocabulary.counted.items()
    }
    return replace(state, vocabulary=replace(state.vocabulary, counted=counted))
