"""Edits of the record that come in batches, and those that come just before somebody looks.

A record that is kept from day to day says how deals stand; one that is filled in before the forecast call says how its
owner wants them to look. Neither is an accusation: a weekly review is a batch, too, and is shown as one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from streams.events import deal, judgement
from streams.revenue.seen import Seen
from streams.state.opportunity import HOUR

#: What a person changes of a deal's record.
EDITS = (
    deal.StageChanged,
    deal.CloseDateChanged,
    deal.AmountChanged,
    deal.ForecastCategoryChanged,
    deal.NextStepChanged,
    deal.OwnerChanged,
    deal.Won,
    deal.Lost,
    deal.Reopened,
    judgement.HoldSet,
    judgement.HoldCleared,
    judgement.ReadinessChanged,
)
#: Edits of one sitting follow each other within this long, and a batch has at least so many deals.
SITTING = HOUR // 4
LEAST_DEALS = 5
#: How long before a call an edit counts as made for it.
AHEAD = 48 * HOUR


class Edit(Struct, frozen=True, order=True, gc=False):
    """Somebody changed a deal's record at `at` (milliseconds, the event's own time)."""

    at: int
    by: str
    deal: str
    kind: str


class Batch(Struct, frozen=True, kw_only=True, gc=False):
    """Edits of many deals by one person in one sitting."""

    by: str
    since: int
    until: int
    edits: int
    deals: tuple[str, ...]
    #: How many edits of which kind.
    kinds: Mapping[str, int]
    #: The call or the end of a period that came within two days after it; none where none did.
    call: int | None = None
    #: Deals that are not named, where too many were edited to name them all.
    beyond: int = 0


class LateEdits(Struct, frozen=True, kw_only=True, gc=False):
    """How many of a person's edits came within the two days before a call (or the end of a period)."""

    by: str
    edits: int
    ahead: int
    #: The share of the time that lies within two days before a call: what edits of every day would have.
    expected: float

    @property
    def share(self) -> float:
        """Of the edits, those ahead of a call."""
        return self.ahead / self.edits


def edits(seen: Iterable[Seen]) -> Iterator[Edit]:
    """The edits that people made; where a feed does not say who, the deal's owner made it. Leads are no deals yet."""
    for each in seen:
        event = each.event
        if isinstance(event, EDITS) and event.origin == "human":
            facts = each.after if each.before is None else each.before
            by = event.actor or facts.owner
            if by and not facts.is_lead:
                yield Edit(event.at, by, event.subject, event.kind)


def batches(
    found: Iterable[Edit], calls: Sequence[int] = (), sitting: int = SITTING, least: int = LEAST_DEALS
) -> list[Batch]:
    """The batches among edits, in order of time; `calls` are instants (milliseconds) that somebody may edit for."""
    calls = sorted(calls)
    sittings = (each for of in _by_person(found).values() for each in _sittings(of, sitting))
    told = [_batch(each, calls) for each in sittings if len({edit.deal for edit in each}) >= least]
    return sorted(told, key=lambda batch: (batch.since, batch.by))


def late_edits(
    found: Iterable[Edit], calls: Sequence[int], since: int, until: int, ahead: int = AHEAD
) -> list[LateEdits]:
    """Of everybody's edits from `since` to before `until`, those ahead of a call; the largest share first."""
    calls = sorted(calls)
    expected = _covered(calls, since, until, ahead) / max(until - since, 1)
    told = []
    for by, of in _by_person(edit for edit in found if since <= edit.at < until).items():
        before = sum(_call_after(edit.at, calls, ahead) is not None for edit in of)
        told.append(LateEdits(by=by, edits=len(of), ahead=before, expected=expected))
    return sorted(told, key=lambda each: (-each.share, -each.edits, each.by))


def _by_person(found: Iterable[Edit]) -> dict[str, list[Edit]]:
    people: dict[str, list[Edit]] = {}
    for edit in sorted(found):
        people.setdefault(edit.by, []).append(edit)
    return people


def _sittings(of: list[Edit], sitting: int) -> Iterator[list[Edit]]:
    begun = 0
    for place, (before, after) in enumerate(pairwise(of), 1):
        if after.at - before.at > sitting:
            yield of[begun:place]
            begun = place
    yield of[begun:]


def _batch(of: list[Edit], calls: list[int]) -> Batch:
    return Batch(
        by=of[0].by,
        since=of[0].at,
        until=of[-1].at,
        edits=len(of),
        deals=tuple(sorted({edit.deal for edit in of})),
        kinds=dict(sorted(Counter(edit.kind for edit in of).items())),
        call=_call_after(of[-1].at, calls, AHEAD),
    )


def _call_after(at: int, calls: Sequence[int], ahead: int) -> int | None:
    """The first call after an instant, where it comes within `ahead`."""
    place = bisect_right(calls, at)
    return calls[place] if place < len(calls) and calls[place] - at <= ahead else None


def _covered(calls: Sequence[int], since: int, until: int, ahead: int) -> int:
    """How much of a span lies within `ahead` before a call; what two calls share counts once."""
    covered, reached = 0, since
    for call in calls[bisect_left(calls, since) :]:
        begins, ends = max(call - ahead, reached), min(call, until)
        if begins < ends:
            covered, reached = covered + ends - begins, ends
    return covered
