"""What is usual for this very deal: its own habits blended with those of its stage and its owner, by evidence.

A deal with many contacts is judged by its own gaps, a young one by what deals in its stage and of its owner do. Each
source weighs as much as it has spans, the foreign ones at most `_PRIOR` each: that is shrinkage towards the norm.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from models.norms import Spans
from streams.alerts.view import View
from streams.alerts.words import days
from streams.state.opportunity import DAY

#: A norm counts like this many own gaps.
_PRIOR = 4.0
_NINE_OF_TEN = 0.9
#: 90 % of exponentially distributed gaps are shorter than this many mean gaps.
_P90_OF_MEAN = -log(1 - _NINE_OF_TEN)


@dataclass(frozen=True, slots=True)
class Usual:
    """A usual span in days, and the sentence that says where it comes from."""

    days: float
    words: str


def usual_gap(view: View) -> Usual:
    """The gap that 9 of 10 contacts of a deal like this keep."""
    facts, norms, policy = view.facts, view.norms, view.policy
    known = [
        (name, spans.quantile(_NINE_OF_TEN))
        for name, spans in (
            ("its stage", norms.stage_gaps.get(facts.stage)),
            ("its owner", norms.owner_gaps.get(facts.owner)),
            ("all deals", norms.gaps),
        )
        if spans is not None and spans.total >= policy.min_spans
    ][:2]
    weighted = [(_PRIOR, gap) for _, gap in known] or [(_PRIOR, policy.silent_default_days)]
    names = [name for name, _ in known] or ["a default"]
    own = facts.contacts - 1
    if own > 0 and facts.last_contact_at is not None and facts.first_contact_at is not None:
        mean = (facts.last_contact_at - facts.first_contact_at) / own / DAY
        weighted.append((float(own), mean * _P90_OF_MEAN))
        names.insert(0, "this deal")
    gap = sum(weight * each for weight, each in weighted) / sum(weight for weight, _ in weighted)
    return Usual(gap, f"9 of 10 gaps end within {days(gap)} (from {_list(names)})")


def usual_stay(view: View) -> Usual:
    """The median stay of deals in this deal's stage."""
    facts, norms, policy = view.facts, view.norms, view.policy
    spans: Spans | None = norms.stage_stays.get(facts.stage)
    if spans is None or spans.total < policy.min_spans:
        return Usual(policy.stuck_default_days, f"{days(policy.stuck_default_days)} is the default")
    stay = spans.quantile(0.5)
    return Usual(stay, f"half of {spans.total} deals left it within {days(stay)}")


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
