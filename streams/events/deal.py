"""Events of the opportunity itself: its stage, money, close date, owner, and its end."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from streams.events.envelope import Amount, Currency, Event, Identifier, Instant, Text, UpdateId

ForecastCategory = Literal["omitted", "pipeline", "best_case", "most_likely", "commit", "closed"]
StagePosition = Annotated[int, Meta(ge=0, le=99)]
StageName = Annotated[str, Meta(min_length=1, max_length=100)]


class _Data(Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class CreatedData(_Data, frozen=True):
    """What is known at birth.

    `close_date` is a calendar date in `timezone`; `close_at`, an exact instant, wins over it.
    """

    name: Text = ""
    owner: Annotated[str, Meta(max_length=200)] = ""
    account: Annotated[str, Meta(max_length=200)] = ""
    product: Annotated[str, Meta(max_length=200)] = ""
    stage: Annotated[str, Meta(max_length=100)] = ""
    position: StagePosition | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    close_date: date | None = None
    close_at: Instant | None = None
    timezone: Annotated[str, Meta(max_length=64)] = ""
    lead_source: Annotated[str, Meta(max_length=100)] = ""


class StageData(_Data, frozen=True):
    """A sales stage. `position` is its rank on the sales ladder, so that steps back can be told from steps forward.

    `update` names the proposed update that somebody accepted with it; so it does in the other changes.
    """

    stage: StageName
    position: StagePosition | None = None
    previous: Annotated[str, Meta(max_length=100)] = ""
    update: UpdateId | None = None


class CloseDateData(_Data, frozen=True):
    """The new expected close, as a calendar date or as an exact instant (an offer that runs out); neither clears it."""

    close_date: date | None = None
    close_at: Instant | None = None
    update: UpdateId | None = None


class AmountData(_Data, frozen=True):
    """The new amount; none clears it."""

    amount: Amount | None = None
    currency: Currency | None = None


class CategoryData(_Data, frozen=True):
    """The seller's own judgement for the forecast."""

    category: ForecastCategory


class NextStepData(_Data, frozen=True):
    """What the seller will do next, and when; an empty text clears it."""

    text: Text = ""
    due: Instant | None = None
    update: UpdateId | None = None


class OwnerData(_Data, frozen=True):
    """The new owner (a rep's id)."""

    owner: Identifier


class WonData(_Data, frozen=True):
    """How it was won; the amount replaces the last one where given."""

    amount: Amount | None = None
    currency: Currency | None = None
    update: UpdateId | None = None


class LostData(_Data, frozen=True):
    """Why it was lost. `no_decision`: the buyer bought from nobody, an outcome of its own."""

    reason: Text = ""
    no_decision: bool = False


class ReferenceData(_Data, frozen=True):
    """The other opportunity: the one merged into, or the parent that was split."""

    opportunity: Identifier


class EmptyData(_Data, frozen=True):
    """Nothing more to say."""


class Created(Event, tag="deal.created.v1", frozen=True, kw_only=True):
    """An opportunity was opened."""

    data: CreatedData


class StageChanged(Event, tag="deal.stage_changed.v1", frozen=True, kw_only=True):
    """The sales stage was changed, forward or back."""

    data: StageData


class CloseDateChanged(Event, tag="deal.close_date_changed.v1", frozen=True, kw_only=True):
    """The expected close date was set, pushed or pulled in."""

    data: CloseDateData


class AmountChanged(Event, tag="deal.amount_changed.v1", frozen=True, kw_only=True):
    """The amount was changed."""

    data: AmountData


class ForecastCategoryChanged(Event, tag="deal.forecast_category_changed.v1", frozen=True, kw_only=True):
    """The forecast category was changed."""

    data: CategoryData


class NextStepChanged(Event, tag="deal.next_step_changed.v1", frozen=True, kw_only=True):
    """A next step was planned, changed or cleared."""

    data: NextStepData


class OwnerChanged(Event, tag="deal.owner_changed.v1", frozen=True, kw_only=True):
    """Another rep took over."""

    data: OwnerData


class Won(Event, tag="deal.won.v1", frozen=True, kw_only=True):
    """Closed won."""

    data: WonData = WonData()


class Lost(Event, tag="deal.lost.v1", frozen=True, kw_only=True):
    """Closed lost, to a competitor or to no decision."""

    data: LostData = LostData()


class Reopened(Event, tag="deal.reopened.v1", frozen=True, kw_only=True):
    """A closed opportunity is open again."""

    data: EmptyData = EmptyData()


class MergedInto(Event, tag="deal.merged_into.v1", frozen=True, kw_only=True):
    """This opportunity was a duplicate of another one and ends without an outcome of its own."""

    data: ReferenceData


class Split(Event, tag="deal.split.v1", frozen=True, kw_only=True):
    """This opportunity was split off from another one."""

    data: ReferenceData


class Deleted(Event, tag="deal.deleted.v1", frozen=True, kw_only=True):
    """The CRM object was deleted; no outcome."""

    data: EmptyData = EmptyData()


class Restored(Event, tag="deal.restored.v1", frozen=True, kw_only=True):
    """A deleted CRM object came back."""

    data: EmptyData = EmptyData()
