"""What is usual for this very deal: its own habits blended with those of its stage and its owner, by evidence.

A deal with many contacts is judged by its own gaps, a young one by what deals in its stage and of its owner do. Each
source weighs as much as it has spans, the foreign ones at most `_PRIOR` each: that is shrinkage towards the norm.
"""

from __future__ import annotations

from math import log

from msgspec import Struct

from models.norms import Spans
from streams.alerts.view import View
from streams.alerts.words import days
from streams.state.opportunity import DAY

#: A norm counts like this many own gaps.
_PRIOR = 4.0
#: So many norms are asked, the closest first.
_FOREIGN = 2
_NINE_OF_TEN = 0.9
#: 90 % of exponentially distributed gaps are shorter than this many mean gaps.
_P90_OF_MEAN = -log(1 - _NINE_OF_TEN)


class UsualGap(Struct, frozen=True, gc=False):
    """A usual gap between contacts in days, and whose habits it was blended from."""

    days: float
    sources: list[str]

    @property
    def words(self) -> str:
        """The sentence that says what is usual, and where that comes from."""
        return f"9 of 10 gaps end within {days(self.days)} (from {_list(self.sources)})"


class UsualStay(Struct, frozen=True, gc=False):
    """A usual stay in a stage in days, and from how many deals it is known (none: a default)."""

    days: float
    deals: int | None

    @property
    def words(self) -> str:
        """The sentence that says what is usual, and where that comes from."""
        if self.deals is None:
            return f"{days(self.days)} is the default"
        return f"half of {self.deals} deals left it within {days(self.days)}"


def usual_gap(view: View) -> UsualGap:
    """The gap that 9 of 10 contacts of a deal like this keep."""
    facts, norms, general = view.facts, view.norms, view.policy.general
    total = weight = 0.0
    sources: list[str] = []
    for name, spans in (
        ("its stage", norms.stage_gaps.get(facts.stage)),
        ("its owner", norms.owner_gaps.get(facts.owner)),
        ("all deals", norms.gaps),
    ):
        if spans is not None and spans.total >= general.min_spans and len(sources) < _FOREIGN:
            total += _PRIOR * spans.nine_of_ten
            weight += _PRIOR
            sources.append(name)
    if not sources:
        total, weight, sources = _PRIOR * general.usual_gap_days, _PRIOR, ["a default"]
    own = facts.contacts - 1
    if own > 0 and facts.last_contact_at is not None and facts.first_contact_at is not None:
        mean = (facts.last_contact_at - facts.first_contact_at) / own / DAY
        total += own * (mean * _P90_OF_MEAN)
        weight += own
        sources.insert(0, "this deal")
    return UsualGap(total / weight, sources)


def usual_stay(view: View) -> UsualStay:
    """The median stay of deals in this deal's stage."""
    general = view.policy.general
    spans: Spans | None = view.norms.stage_stays.get(view.facts.stage)
    if spans is None or spans.total < general.min_spans:
        return UsualStay(general.usual_stay_days, None)
    return UsualStay(spans.median, spans.total)


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
