"""The notebook of one deal: what has been told so far, who takes part, and the pace of both sides.

The tellers (`conversation`, `silence`, `bookkeeping`, `closing_dates`, `marketing`, `endings`) write into it in any
order; `story` puts the notes in order of time and makes events of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from msgspec import Struct

from streams.demo import calendar
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.people import Contact, Deal, Habits, Organisation, habits_of
from streams.demo.plan import Mood, Plan
from streams.demo.settings import TeamHabit, WorldSettings
from streams.events.envelope import Event, Origin, Side

#: Hours at which people begin something, the usual ones more often.
_HOURS = (8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 12, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 16, 17)

#: In a team that has favourites: how many deals are, and the factors on the time between their exchanges and others'.
FAVOURITE_SHARE, FAVOURITE_PACE, NEGLECTED_PACE = 0.2, 0.6, 8.0


class Note(NamedTuple):
    """Something that happened at a local minute; `side` is none where the event type's own default holds."""

    minute: int
    event: type[Event]
    data: Struct | None
    actor: str
    side: Side | None
    origin: Origin


class Exchange(NamedTuple):
    """A moment after which a rep knows more, and the minute of the next meeting where one is planned."""

    minute: int
    meeting: int | None


@dataclass(slots=True)
class Notebook:
    """One deal being told. `cadence` and `speed` are this deal's factors on pauses and on the buyer's answers.

    What the team's habits decide is drawn from `whim`, so that a team without habits tells what it always did.
    """

    rng: Random
    deal: Deal
    plan: Plan
    settings: WorldSettings
    cadence: float
    speed: float
    responsive: float
    whim: Random
    team_habits: tuple[TeamHabit, ...]
    joins: list[tuple[int, Contact]]
    owners: list[tuple[int, str]]
    notes: list[Note] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    meeting: int | None = None
    proposals: int = 0

    @property
    def code(self) -> str:
        """The code of the region in which both sides work."""
        return self.deal.region.code

    @property
    def habits(self) -> Habits:
        """The habits of the rep who opened the deal."""
        return habits_of(self.deal.rep.style, self.team_habits)

    @property
    def opens_without_amount(self) -> bool:
        """Whether the rep does not know an amount when the deal is opened: one in seven, and none by the book."""
        return self.deal.number % 7 == 3 and TeamHabit.BY_THE_BOOK not in self.team_habits

    def tell(
        self,
        minute: int,
        event: type[Event],
        data: Struct | None = None,
        *,
        actor: str = "",
        side: Side | None = None,
        origin: Origin = "human",
    ) -> None:
        """Note what happened at that minute."""
        self.notes.append(Note(minute, event, data, actor, side, origin))

    def edit(self, minute: int, event: type[Event], data: Struct | None = None, *, origin: Origin = "human") -> None:
        """Note an edit of the CRM: by the rep in charge at that minute, or by the machine."""
        actor = self.rep_at(minute) if origin == "human" else "crm"
        self.tell(minute, event, data, actor=actor, side="seller" if origin == "human" else "none", origin=origin)

    def rep_at(self, minute: int) -> str:
        """Return the id of the rep in charge at that minute."""
        owner = self.owners[0][1]
        for since, rep in self.owners:
            if since <= minute:
                owner = rep
        return owner

    def people_at(self, minute: int) -> list[Contact]:
        """Return who of the buyer is known by that minute; never nobody."""
        return [contact for since, contact in self.joins if since <= minute] or [self.joins[0][1]]

    def partner(self, minute: int) -> Contact:
        """Return whom the rep turns to: the main contact more often than not."""
        people = self.people_at(minute)
        if self.plan.left_day is not None:
            return people[-1]  # the only one there is, later the successor
        if len(people) == 1 or self.rng.random() < 0.5:
            return people[0]
        return people[int(self.rng.random() * len(people))]

    def is_gone(self, minute: int) -> bool:
        """Say whether the only contact has left and nobody has come instead."""
        left = self.plan.left_day
        return left is not None and minute >= left * MINUTES_A_DAY and len(self.people_at(minute)) == 1

    def listens(self, minute: int) -> bool:
        """Say whether the buyer, as they are that day, takes part in anything at all."""
        if minute >= self.plan.closed:
            return False
        return self.plan.mood_at(minute // MINUTES_A_DAY) not in (Mood.SILENT, Mood.LULL)

    def span(self, median: float, spread: float = 0.8) -> int:
        """Draw a duration in minutes around a median: log-normal, at least 3."""
        return 3 + int(median * self.rng.lognormvariate(0.0, spread))

    def after(self, minute: int, working_minutes: int) -> int:
        """Return the local minute that many working minutes later."""
        return calendar.after(self.code, minute, working_minutes)

    def some_time(self, day: int) -> int:
        """Return a minute of that working day (or of the next one) at which people begin something."""
        day = calendar.next_working(self.code, day)
        return day * MINUTES_A_DAY + _HOURS[int(self.rng.random() * len(_HOURS))] * 60 + int(self.rng.random() * 60)

    def at_desk(self, minute: int) -> int:
        """Return when the rep gets round to the CRM edit about something: soon, or at the weekly review."""
        habits, rep = self.habits, self.deal.rep
        if self.rng.random() >= habits.weekly_edits:
            return self.after(minute, self.span(habits.edit_lag_minutes))
        day = minute // MINUTES_A_DAY + 1
        day += (rep.review_weekday - calendar.weekday(day)) % 7
        day = calendar.next_working(self.code, day)
        return day * MINUTES_A_DAY + rep.review_minute + int(self.rng.random() * 25)


def open_notebook(organisation: Organisation, deal: Deal, plan: Plan) -> Notebook:
    """Return an empty notebook with the pace of this deal, and with when the buyer's people come into it."""
    rng = organisation.stream("tale", deal.number)
    whim = organisation.stream("whim", deal.number)
    team_habits = organisation.settings.team_habits.get(deal.rep.team, ())
    cadence = rng.lognormvariate(0.0, 0.25)
    if TeamHabit.FAVOURITES in team_habits:
        cadence *= FAVOURITE_PACE if whim.random() < FAVOURITE_SHARE else NEGLECTED_PACE
    return Notebook(
        rng=rng,
        deal=deal,
        plan=plan,
        settings=organisation.settings,
        cadence=cadence,
        speed=rng.lognormvariate(0.0, 0.5),
        responsive=min(0.96, max(0.7, rng.gauss(0.87, 0.06))),
        whim=whim,
        team_habits=team_habits,
        joins=_joins(rng, deal, plan),
        owners=_owners(rng, organisation, deal, plan),
    )


def _joins(rng: Random, deal: Deal, plan: Plan) -> list[tuple[int, Contact]]:
    """The first person is there from the start, the others come while the buyer is engaged; a successor late."""
    engaged = [phase for phase in plan.phases if phase.mood is Mood.ENGAGED]
    first, last = engaged[0], engaged[-1]
    joins = [(plan.created, deal.contacts[0])]
    for contact in deal.contacts[1:]:
        day = first.since + 1 + rng.random() ** 1.4 * 0.8 * (first.until - first.since)
        working = calendar.next_working(deal.region.code, int(day))
        joins.append((working * MINUTES_A_DAY + 540 + int(rng.random() * 480), contact))
    if plan.left_day is not None and last is not first and last.since > plan.left_day:
        successor = deal.contacts[0].id.rpartition("-")[0] + "-9"
        working = calendar.next_working(deal.region.code, last.since)
        joins.append((working * MINUTES_A_DAY + 479, Contact(successor, "champion", "manager")))
    return sorted(joins)


def _owners(rng: Random, organisation: Organisation, deal: Deal, plan: Plan) -> list[tuple[int, str]]:
    owners = [(0, deal.rep.id)]
    colleagues = organisation.colleagues(deal.rep)
    if colleagues and rng.random() < organisation.settings.owner_change_share:
        minute = plan.created + int((plan.closed - plan.created) * rng.uniform(0.2, 0.7))
        day = calendar.next_working(deal.region.code, minute // MINUTES_A_DAY)
        owners.append((day * MINUTES_A_DAY + 540 + int(rng.random() * 420), rng.choice(colleagues).id))
    return owners
