"""The hidden truth, as values and as JSON lines: what was really going on in each deal, and every fault of the feeds.

Each line is an object whose `truth` says what it is: `world`, `deal`, `marketing`, `fault` or `outage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from streams.demo.settings import Kind, Style, TeamHabit, WorldSettings
from streams.events.envelope import Instant
from streams.records import read_value

Family = Literal[
    "going_quiet", "silent", "slipping", "close_date_missed", "pushed_repeatedly", "stuck_in_stage", "no_next_step"
]
Fault = Literal["duplicate", "late", "out_of_order", "malformed", "held", "lost"]


class Expectation(Struct, frozen=True):
    """An alert of that family is deserved from `since` until `until` (both instants)."""

    family: Family
    since: Instant
    until: Instant


class Rest(Struct, frozen=True):
    """A silence with a cause the seller knows: a lull, a budget that must come first, a buyer who is not ready.

    `recorded` says whether the rep set a hold or the readiness, so that a system can know it too.
    """

    mood: str
    since: Instant
    until: Instant
    recorded: bool


class DealTruth(Struct, frozen=True, kw_only=True, tag="deal", tag_field="truth"):
    """One deal as it really is. `outcome` and `closed_at` may lie beyond the end of what was generated.

    `faded_at`: when the buyer began to fade. `silent_from`, `silent_until`: the last contact before the real silence
    and what ended it (a contact or the end of the deal). `contacts` and `events` count the whole life, without faults.
    """

    opportunity: str
    kind: Kind
    created: Instant
    outcome: str
    closed_at: Instant
    faded_at: Instant | None
    silent_from: Instant | None
    silent_until: Instant | None
    first_closed_at: Instant | None
    rests: tuple[Rest, ...]
    expected: tuple[Expectation, ...]
    rep: str
    team: str
    style: Style
    region: str
    pushes: int
    contacts: int
    events: int
    #: What all of the team do alike.
    habits: tuple[TeamHabit, ...] = ()

    def deserves(self, family: Family) -> bool:
        """Say whether an alert of that family is deserved at any time."""
        return any(each.family == family for each in self.expected)


class MarketingTruth(Struct, frozen=True, kw_only=True, tag="marketing", tag_field="truth"):
    """What planted channels truly did in one deal: which touched it before it was opened, and which won it.

    `otherwise` is how the deal's course would have ended without them (won, lost, no_decision). `swayed_by` are the
    channels each of which alone would have turned it to won; none where it would have been won anyway.
    """

    opportunity: str
    touched: tuple[str, ...]
    swayed_by: tuple[str, ...]
    otherwise: str


class FaultTruth(Struct, frozen=True, kw_only=True, tag="fault", tag_field="truth"):
    """One thing the feeds did wrong with one event.

    `at` is when it was (or, for a lost one, would have been) delivered; `delay_ms` how much later than it should have
    been. `detail` names the kind of a malformed record and `reason` the dead letter it should become.
    """

    fault: Fault
    at: Instant
    source: str
    opportunity: str
    event: str
    delay_ms: int = 0
    detail: str = ""
    reason: str = ""


class OutageTruth(Struct, frozen=True, kw_only=True, tag="outage", tag_field="truth"):
    """A connector that delivered nothing from `since` to `until`; what it held back came afterwards unless `lossy`."""

    source: str
    since: Instant
    until: Instant
    lossy: bool


class WorldTruth(Struct, frozen=True, kw_only=True, tag="world", tag_field="truth"):
    """What to generate the same world from again. `deals` is none for a world without end."""

    seed: int
    start: Instant
    settings: WorldSettings
    deals: int | None = None
    days: int | None = None


Truth = WorldTruth | DealTruth | MarketingTruth | FaultTruth | OutageTruth

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[Truth] = msgspec.json.Decoder(Truth)


def truth_lines(truths: Iterable[Truth]) -> Iterator[bytes]:
    """Return each truth as a line of JSON, without the line feed."""
    return map(_encoder.encode, truths)


def read_truth(line: bytes) -> Truth:
    """Return the truth of a line; inverse of `truth_lines`."""
    return read_value(_decoder, line)
