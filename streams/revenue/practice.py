"""What a company declares of how it sells: its ladder, its milestones, its deadlines. Nothing here is learned.

The thresholds are defaults that docs/coaching.md traces to their sources, or says that we set them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

#: What may be asked for before a deal advances. `contact`: the buyer took part since the stage was entered. `people`:
#: two of the buyer's people took part. `next_step`: something is planned that lies ahead. `close_date`: somebody
#: promised one. `proposal`: one was sent.
Milestone = Literal["contact", "amount", "close_date", "next_step", "people", "proposal"]
MILESTONES: tuple[Milestone, ...] = get_args(Milestone)


class Practice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How a company means to sell; its file is read, with all its faults, by `streams/config/practice.py`."""

    #: The stages of the declared ladder, lowest first. Empty: the ranks that the feed gives to stages are the ladder.
    ladder: tuple[str, ...] = ()
    #: Of a stage, what must be so when a deal enters it; `usual` where a stage is not listed.
    milestones: Mapping[str, tuple[Milestone, ...]] = {}
    usual: tuple[Milestone, ...] = ("contact", "amount", "close_date")
    #: Of a team, who leads it. Where none is listed, whoever is no rep of the company but edits a rep's deal does.
    managers: Mapping[str, tuple[str, ...]] = {}
    #: The country whose working days count (ISO 3166, as `NL`); weekends only where empty.
    country: str = ""
    #: Business days within which an open deal is to have contact with the buyer.
    touch_days: Annotated[int, Meta(ge=1, le=90)] = 10
    #: Business hours within which a buyer who waits is to have an answer.
    answer_hours: Annotated[float, Meta(gt=0, le=200)] = 8.0
    #: Business hours within which somebody is to turn to an alert.
    alert_hours: Annotated[float, Meta(gt=0, le=400)] = 16.0
    #: The weekday of the forecast call (Monday is 0) and its local hour; none: there is no weekly one.
    call_weekday: Annotated[int, Meta(ge=0, le=6)] | None = None
    call_hour: Annotated[int, Meta(ge=0, le=23)] = 9
    #: Lead sources of deals for which nobody else was asked, as a referral: the events know no competitor.
    uncontested: tuple[str, ...] = ("referral",)
    #: The seniorities of people who can be an executive sponsor.
    executives: tuple[str, ...] = ("vp", "c-level", "executive", "director general", "owner")

    def wanted(self, stage: str) -> tuple[Milestone, ...]:
        """What must be so when a deal enters a stage."""
        return self.milestones.get(stage, self.usual)
