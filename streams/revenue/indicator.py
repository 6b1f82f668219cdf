"""An indicator as a value, and what the indicators are told from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

from models.interval import Interval, share_of
from streams.revenue.conduct import Conduct
from streams.revenue.sample import Gathered, Sample
from streams.state.calendar import Calendar
from streams.state.opportunity import DAY

IndicatorName = Literal[
    "several_people",
    "quick_answers",
    "next_steps",
    "kept_dates",
    "stage_by_stage",
    "followed_plays",
    "alerts_in_time",
    "all_deals",
]
INDICATORS: tuple[IndicatorName, ...] = get_args(IndicatorName)
#: Under so many of what an indicator counts, or where they are of fewer deals than that, nothing is said of it.
FEWEST, FEWEST_DEALS = 8, 5
#: Deals that are named as evidence.
SHOWN = 5


class DealNote(Struct, frozen=True):
    """A deal as evidence: which one, and what of it."""

    deal: str
    name: str
    words: str


class Indicator(Struct, frozen=True, kw_only=True):
    """One indicator. `value` is none where there is too little to say."""

    name: IndicatorName
    value: Interval | None
    of: int
    counted: str
    words: str
    deals: tuple[DealNote, ...] = ()
    #: As how many cases it counts: fewer than `of` where cases of one deal are alike, or deals of unequal value.
    weight: float = 0.0


class View(Struct):
    """What the indicators look at; open deals by falling value."""

    found: Gathered
    sample: Sample
    open_deals: list[Conduct]

    @property
    def calendar(self) -> Calendar:
        """The company's working days."""
        logbook = self.found.logbook
        return Calendar(logbook.practice.country, logbook.company.timezone)

    def noted(self, deals: Iterable[tuple[Conduct, str]]) -> tuple[DealNote, ...]:
        """The first few of some deals, each once with the first that is said of it."""
        notes: dict[str, DealNote] = {}
        for each, words in deals:
            notes.setdefault(each.id, DealNote(each.id, each.name, words))
        return tuple(notes.values())[:SHOWN]

    def ranked(self, deals: Iterable[Conduct]) -> list[Conduct]:
        """Deals that something can still be done about first, those by falling value; then the latest that ended."""
        return sorted(
            deals,
            key=lambda each: (
                not each.is_open,
                -worth_of(self.found, each) if each.is_open else -(each.closed_at or 0),
                each.id,
            ),
        )

    def days_since(self, at: int) -> str:
        """How long ago an instant is, in words."""
        days = (self.found.as_of - at) // DAY
        return f"{days} day{'s' * (days != 1)}"


def worth_of(found: Gathered, conduct: Conduct) -> float:
    """What a deal is worth in the company's currency; 0 where that cannot be said."""
    company = found.logbook.company
    value = company.rates.value(conduct.amount, conduct.currency, company.day(found.as_of))
    return 0.0 if value is None else float(value)


def indicator(
    name: IndicatorName,
    share: float,
    of: int,
    counted: str,
    words: str,
    deals: tuple[DealNote, ...] = (),
    weight: float | None = None,
) -> Indicator:
    """An indicator with the interval that so many cases (`weight` where they are alike or unequal) allow."""
    weight = float(of if weight is None else weight)
    if of < FEWEST or weight < FEWEST_DEALS:
        few = f"too few {counted} to say ({of}; {FEWEST} are needed, of {FEWEST_DEALS} deals or more)"
        return Indicator(name=name, value=None, of=of, counted=counted, words=few)
    value = share_of(min(1.0, max(0.0, share)) * weight, weight)
    return Indicator(name=name, value=value, of=of, counted=counted, words=words, deals=deals, weight=weight)
