"""What attribution says: credit by model, what a touch changes, and what of the deals is not in it. Values only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from models.interval import Interval
from streams.revenue.credit import RULES, By, Rule

Model = Literal[Rule, "markov", "incremental"]
#: The models in the order in which they are told.
MODELS: tuple[Model, ...] = (*RULES, "markov", "incremental")


class Credit(Struct, frozen=True, kw_only=True):
    """What one model gives to one channel or campaign.

    `share` is its part of the value, `won_rate` the share won of the deals that it is credited with, each counted by
    its part of it; both none where deals are too few (`said` says so), the latter also for models that do not look at
    deals one by one. `deals` are the closed deals that the row comes from.
    """

    model: Model
    name: str
    value: Decimal
    share: Interval | None
    deals: int
    won_rate: Interval | None = None
    said: str = ""


class Effect(Struct, frozen=True, kw_only=True):
    """What a touch before the opening changes: by how much the chance to win differs, other touches being equal.

    `deals` are the closed deals that were so touched, `of` all closed ones; `wins` are the wins that would be missing
    without it. `late` of the `won` deals that it touched at all, it touched only in their last days.
    """

    name: str
    deals: int
    of: int
    won: int
    late: int
    difference: Interval | None
    wins: Interval | None
    said: str


class Attribution(Struct, frozen=True, kw_only=True):
    """What was won in some months, by what it is credited to."""

    by: By
    half_life_days: float
    since: date | None
    until: date | None
    currency: str
    won: int
    lost: int
    value: Decimal
    #: Won deals without an amount, or without a rate of their currency: no money of theirs is credited.
    unvalued: int
    #: Closed deals that nothing of marketing touched.
    untouched: int
    #: Touches without credit, since more came than are kept, and the deals they are of; and so activities.
    beyond: int
    beyond_deals: int
    activities_beyond: int
    #: Mailings to many, which are no touches.
    mailings: int
    credits: tuple[Credit, ...]
    effects: tuple[Effect, ...]
    #: Channels that touched the fewest deals, where there are many: they are one row, `(others)`, of the models that
    #: look at all deals at once, and of all models where it is told briefly.
    gathered: int = 0

    def of(self, model: Model) -> tuple[Credit, ...]:
        """What one model gives, the most first."""
        return tuple(each for each in self.credits if each.model == model)
