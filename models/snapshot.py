"""Door: model <-> bytes. A snapshot is plain numbers in JSON with a schema, a feature fingerprint and a checksum.

Nothing in it can be executed; a snapshot that is truncated, altered, of another schema or made for another list of
features is refused with a reason, never half-read, and so is one whose numbers no learner writes. Numbers survive
exactly (shortest round-trip notation), so a reloaded model gives bit-equal scores.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Literal

import msgspec
from msgspec import Struct

from models.ballots import Tallies
from models.dwell import EDGES as STAY_EDGES
from models.dwell import MAX_STAGES
from models.norms import EDGES as GAP_EDGES
from models.norms import MAX_NAMES, Norms, Spans
from models.schema import NAMES, PHASES, fingerprint

SCHEMA: Final = 2

#: No weight is near it, and a score of any number of such weights is still a number.
LARGEST_WEIGHT: Final = 1e9
#: No count is near it: sums of such counts are exact in a double.
LARGEST_COUNT: Final = 1 << 40
#: UTC days since 1970: until 2200, as of events.
LAST_EPOCH: Final = 84_370
#: What rank knows at most: the lowest, the highest, and what lies between in steps of 5 %.
MOST_QUANTILES: Final = 21

#: What can happen to a target's model with an epoch. Who adds a kind says in docs/topics.md what it means.
NoticeKind = Literal["pinned", "resumed", "refused", "drift", "unusual", "challenger", "promoted", "dropped"]


class SnapshotRefused(ValueError):
    """A model snapshot cannot be used; the message says why."""


class Quality(Struct, frozen=True, omit_defaults=True):
    """How well the model predicted before it learned each case (prequential): means over the last ~1,000 cases.

    `roc_auc` and `ece` (expected calibration error) are said of published models; none while all cases came out alike,
    or where none was judged.
    """

    cases: int = 0
    log_loss: float = 0.0
    brier: float = 0.0
    base_log_loss: float = 0.0
    roc_auc: float | None = None
    ece: float | None = None


class Pin(Struct, frozen=True):
    """Why these weights are said, although others were learned since: somebody pinned them.

    `held` is the quality of the pinned weights, `learned` that of what the learner learned beside, both on the same
    cases: those answered since epoch `since`, each judged on the day of its answer before it was learned.
    """

    since: int
    by: str
    reason: str
    held: Quality = Quality()
    learned: Quality = Quality()


class Challenger(Struct, frozen=True):
    """A challenger that learns beside: for how many days and cases, and by how much less it lost a case so far."""

    days: int
    cases: int
    gain: float


class Notice(Struct, frozen=True):
    """What happened to the model of a target with an epoch: `version` is said from now on, `before` was until then."""

    target: str
    kind: NoticeKind
    text: str
    version: str
    before: str


class Weights(Struct, frozen=True):
    """One linear model as it scores: a weight per slot, and the average share of each feature.

    `version` names the target and the epoch with which these weights were first said; whatever else is published under
    it later (they may be pinned) has the same weights, centers and rates; `quantiles` are those of the day.
    `centers` makes contributions readable: a feature's share is compared with what the average deal has there.
    `quality` is always that of what was said.
    """

    target: str
    version: str
    trained: int
    base_rate: float
    rates: tuple[float, ...]
    """The share of cases that came true by phase, few cases shrinking towards the base rate."""
    weights: dict[str, float]
    centers: dict[str, float]
    quality: Quality = Quality()
    learned_share: float = 1.0
    """How much what was learned counts in the weights, from 0 to 1; the rest is the base rate."""
    quantiles: tuple[float, ...] = ()
    """Of what these weights say of all deals that were asked about on the UTC day before, from the lowest to the
    highest in steps of 5 %; none where these were few, or all alike (`models.rank`)."""
    pin: Pin | None = None
    challenger: Challenger | None = None


class ModelSet(Struct, frozen=True):
    """Everything that scoring needs for one epoch (one UTC day): the weights per target, what is usual, and votes.

    `feedback` is what people's votes on rules come to, by team and rule, as known at the beginning of the epoch.

    And where they come from: `features` is the fingerprint of the list whose `names` they know, `parent` the epoch of
    the models before (none: these are the first), `offset` the last record of `deal.examples` that was heard (none
    where no topic was read), `notices` what happened to the models with this epoch.
    """

    epoch: int
    features: str
    targets: dict[str, Weights]
    norms: Norms
    names: tuple[str, ...] = NAMES
    parent: int | None = None
    offset: int | None = None
    notices: tuple[Notice, ...] = ()
    feedback: Tallies = {}


class _Envelope(Struct, frozen=True):
    schema: Literal[2]
    checksum: str
    models: msgspec.Raw


_encoder = msgspec.json.Encoder()
_envelopes: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)
_models: msgspec.json.Decoder[ModelSet] = msgspec.json.Decoder(ModelSet)


def encode_models(models: ModelSet) -> bytes:
    """Return the snapshot's bytes."""
    body = _encoder.encode(models)
    return _encoder.encode(_Envelope(SCHEMA, _checksum(body), msgspec.Raw(body)))


def decode_models(value: bytes) -> ModelSet:
    """Read a snapshot; raises `SnapshotRefused` where it is not whole, not ours, for other features, or no sense."""
    try:
        envelope = _envelopes.decode(value)
        body = bytes(envelope.models)
        if _checksum(body) != envelope.checksum:
            raise SnapshotRefused("the snapshot was altered: its checksum does not match")
        models = _models.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotRefused(f"the snapshot cannot be read: {error}") from error
    if models.features != fingerprint():
        raise SnapshotRefused(f"the snapshot was made for other features ({models.features}, here {fingerprint()})")
    if (problem := unsound(models)) is not None:
        raise SnapshotRefused(f"the snapshot makes no sense: {problem}")
    return models


def unsound(models: ModelSet) -> str | None:
    """What no learner would write, and scoring would stumble over or say nonsense of; none where all is well."""
    if not 0 <= models.epoch <= LAST_EPOCH:
        return f"epoch {models.epoch} is no day"
    for name, each in models.targets.items():
        if (problem := unsound_weights(each)) is not None:
            return f"{name}: {problem}"
    norms = models.norms
    named = (norms.stage_gaps, norms.owner_gaps, norms.stage_stays)
    if any(len(each) > MAX_NAMES for each in named) or len(norms.dwell.stages) > MAX_STAGES:
        return "norms of more stages or owners than are kept"
    for spans in (norms.gaps, norms.stays, *(spans for each in named for spans in each.values())):
        if not _are_counts(spans):
            return "norms that are no counts"
    for stage in norms.dwell.stages.values():
        numbers = (*stage.going.values(), *(count for each in stage.ends.values() for count in each))
        moves = (count for each in stage.moves.values() for count in each.values())
        if any(len(each) > len(STAY_EDGES) for each in stage.ends.values()):
            return "stays in more bins than there are"
        if not all(0 <= each <= LARGEST_COUNT for each in (*numbers, *moves)):
            return "stays that are no counts"
        if not all(0 <= day <= LAST_EPOCH for day in stage.going):
            return "stays that began on no day"
    for tally in (tally for rules in models.feedback.values() for tally in rules.values()):
        if not all(0 <= each <= LARGEST_COUNT for each in (tally.in_favour, tally.against, tally.useful, tally.people)):
            return "votes that are no counts"
    return None


def unsound_weights(weights: Weights) -> str | None:
    """What no learner would write as the weights of a target; none where all is well."""
    numbers = (*weights.weights.values(), *weights.centers.values())
    if not all(abs(each) <= LARGEST_WEIGHT for each in numbers):
        return f"a weight is beyond {LARGEST_WEIGHT:.0e}"
    if len(weights.rates) not in (0, len(PHASES)):
        return f"{len(weights.rates)} rates, for {len(PHASES)} phases"
    quantiles = weights.quantiles
    if len(quantiles) > MOST_QUANTILES or list(quantiles) != sorted(quantiles):
        return "the quantiles do not rise"
    if not all(0.0 <= each <= 1.0 for each in (weights.base_rate, weights.learned_share, *weights.rates, *quantiles)):
        return "a share is not between 0 and 1"
    return None


def _are_counts(spans: Spans) -> bool:
    counts = spans.counts
    return len(counts) <= len(GAP_EDGES) and all(0 <= each <= LARGEST_COUNT for each in (*counts, spans.total))


def _checksum(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
