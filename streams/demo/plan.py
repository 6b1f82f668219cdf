"""The hidden course of a deal: in which mood the buyer is when, which stage is reached when, and how it ends.

A course is a row of phases. Everything visible (mails, meetings, CRM edits) is told later along these phases; nothing
visible decides them. Days are ordinals of dates, minutes are local minutes (see `calendar`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from random import Random
from typing import NamedTuple

from streams.demo import calendar
from streams.demo.calendar import MINUTES_A_DAY, OPENS
from streams.demo.people import HABITS, Deal, Habits
from streams.demo.settings import Kind, WorldSettings


class Outcome(StrEnum):
    """How a deal ends; merged and deleted ones have no outcome of their own."""

    WON = "won"
    LOST = "lost"
    NO_DECISION = "no_decision"
    MERGED = "merged"
    DELETED = "deleted"


class Mood(Enum):
    """What the buyer is like during a phase."""

    ENGAGED = "engaged"
    FADING = "fading"  # answers come late, then rarely
    SILENT = "silent"  # no answer at all
    LULL = "lull"  # away for a while, comes back
    RESTING = "resting"  # waits for a budget
    NURTURED = "nurtured"  # not ready, but willing to listen


#: The sales ladder: name and the share of a won deal's time usually spent there. Its position is index + 1.
LADDER = (
    ("Qualification", 0.12),
    ("Discovery", 0.22),
    ("Evaluation", 0.26),
    ("Proposal", 0.22),
    ("Negotiation", 0.18),
)
PROPOSAL, NEGOTIATION = 3, 4
#: Days kept free within the longest life: for a closing moved to the end of its quarter, and for a reopening.
_EPILOGUE_DAYS = 100


class Phase(NamedTuple):
    """From day `since` (included) to day `until` (excluded) the buyer is in that mood."""

    mood: Mood
    since: int
    until: int


@dataclass(slots=True)
class Plan:
    """The course of one deal. `expected_days` is how long a rep of sober judgement would give it at the start."""

    outcome: Outcome
    created: int
    closed: int
    expected_days: int
    phases: list[Phase]
    stages: list[tuple[int, int]]
    faded_day: int | None = None
    left_day: int | None = None
    #: The buyer said the end aloud, so that the last contact comes just before it.
    told: bool = True
    #: How it would have ended without what was planted.
    otherwise: Outcome = Outcome.WON

    def mood_at(self, day: int) -> Mood:
        """Return the mood of the buyer on a day; after the last phase that of the last one."""
        for phase in self.phases:
            if day < phase.until:
                return phase.mood
        return self.phases[-1].mood

    def stage_at(self, day: int) -> int:
        """Return the index of the stage that the deal has really reached on a day."""
        reached = 0
        for stage, since in self.stages:
            if since <= day:
                reached = stage
        return reached


@dataclass(slots=True)
class _Course:
    """A plan in the making: phases are appended, the day moves on."""

    rng: Random
    code: str
    habits: Habits
    settings: WorldSettings
    outcome: Outcome
    cycle: float
    day: int
    phases: list[Phase] = field(default_factory=list)
    #: Index of the phase with which the buyer begins to fade, and whether that is because the only contact left.
    fades_with: int | None = None
    leaves: bool = False
    told: bool = True

    def spend(self, mood: Mood, days: float) -> None:
        """Add a phase of that many calendar days."""
        until = self.day + max(1, round(days))
        self.phases.append(Phase(mood, self.day, until))
        self.day = until

    def engage(self, days: float) -> None:
        """Add an engaged phase, broken by a lull (a holiday, a busy month) where chance has it."""
        if days < 25 or self.rng.random() >= self.settings.lull_share:
            self.spend(Mood.ENGAGED, days)
            return
        before = days * self.rng.uniform(0.3, 0.7)
        self.spend(Mood.ENGAGED, before)
        self.spend(Mood.LULL, self.rng.uniform(11, 21))
        self.spend(Mood.ENGAGED, days - before)

    def begin_to_fade(self) -> None:
        """Let the fading begin with the phase that comes next."""
        self.fades_with = len(self.phases)

    def fall_silent(self) -> None:
        """Add the last phase of a deal that ends in silence: as long as the rep's patience."""
        if self.fades_with is None:
            self.begin_to_fade()
        self.spend(Mood.SILENT, self.rng.uniform(*self.habits.patience_days))


def draw(rng: Random, deal: Deal, settings: WorldSettings, day: int, swayed: bool = False) -> Plan:
    """Draw the course of a deal that arrives on that day; one that was `swayed` is won, whatever it would have been."""
    code = deal.region.code
    otherwise = rng.choices((Outcome.WON, Outcome.LOST, Outcome.NO_DECISION), settings.outcomes[deal.kind])[0]
    outcome = Outcome.WON if swayed else otherwise
    created_day = calendar.next_working(code, day)
    created = created_day * MINUTES_A_DAY + OPENS + int(rng.random() * 500)
    length = settings.cycle_days * min(1.7, max(0.6, deal.size**0.18))
    cycle = min(190.0, max(16.0, length * rng.lognormvariate(0.0, settings.cycle_spread)))
    course = _Course(rng, code, HABITS[deal.rep.style], settings, outcome, cycle, created_day)
    _COURSES[deal.kind](course)
    course.phases = _fitted(course.phases, settings.longest_life_days - _EPILOGUE_DAYS)
    last = _closing_day(rng, code, outcome, course)
    course.phases[-1] = course.phases[-1]._replace(until=last + 1)
    faded_day = None if course.fades_with is None else course.phases[course.fades_with].since
    return Plan(
        outcome=outcome,
        created=created,
        closed=last * MINUTES_A_DAY + 600 + int(rng.random() * 440),
        expected_days=round(course.cycle),
        phases=course.phases,
        stages=_stages(course),
        faded_day=faded_day,
        left_day=faded_day if course.leaves else None,
        told=course.told,
        otherwise=otherwise,
    )


def _healthy(course: _Course) -> None:
    rng = course.rng
    if course.outcome is Outcome.WON:
        course.engage(course.cycle)
    else:
        course.engage(max(14.0, course.cycle * rng.uniform(0.35, 1.0)))
    course.told = rng.random() < 0.9


def _fading(course: _Course) -> None:
    rng = course.rng
    share = rng.uniform(0.3, 0.75)
    course.engage(max(10.0, course.cycle * share))
    course.begin_to_fade()
    course.spend(Mood.FADING, rng.uniform(8, 20))
    if course.outcome is Outcome.WON:
        course.spend(Mood.SILENT, rng.uniform(18, 38))
        course.engage(max(10.0, course.cycle * (1 - share)))
        return
    course.fall_silent()
    course.told = course.outcome is Outcome.LOST and rng.random() < 0.5


def _budget_deferred(course: _Course) -> None:
    rng = course.rng
    share = rng.uniform(0.5, 0.85)
    course.engage(max(12.0, course.cycle * share))
    quarter = calendar.quarter_end(course.day) + 1
    if quarter - course.day < 24:
        quarter = calendar.quarter_end(quarter) + 1
    course.spend(Mood.RESTING, quarter + rng.uniform(1, 10) - course.day)
    if course.outcome is Outcome.WON:
        course.spend(Mood.ENGAGED, max(9.0, course.cycle * (1 - share)))
    elif course.outcome is Outcome.LOST:
        course.spend(Mood.ENGAGED, rng.uniform(6, 24))
    else:
        course.fall_silent()
        course.told = rng.random() < 0.2


def _not_ready(course: _Course) -> None:
    rng = course.rng
    course.spend(Mood.ENGAGED, rng.uniform(8, 20))
    course.spend(Mood.NURTURED, rng.uniform(50, 130))
    if course.outcome is Outcome.WON:
        course.engage(max(16.0, course.cycle * 0.75))
    elif course.outcome is Outcome.LOST:
        course.spend(Mood.ENGAGED, rng.uniform(6, 20))
    else:
        course.fall_silent()
        course.told = rng.random() < 0.2


def _pushed_by_optimism(course: _Course) -> None:
    rng = course.rng
    course.cycle = max(75.0, course.cycle * 1.45)
    course.engage(course.cycle * (1.0 if course.outcome is Outcome.WON else rng.uniform(0.75, 1.05)))
    course.told = rng.random() < 0.9
    if course.outcome is Outcome.NO_DECISION:
        course.fall_silent()
        course.told = rng.random() < 0.2


def _single_threaded(course: _Course) -> None:
    rng = course.rng
    share = rng.uniform(0.35, 0.75)
    course.engage(max(12.0, course.cycle * share))
    course.begin_to_fade()
    course.leaves = True
    if course.outcome is Outcome.WON:
        # The successor is found after a while and takes it up.
        course.spend(Mood.SILENT, rng.uniform(16, 36))
        course.spend(Mood.ENGAGED, max(12.0, course.cycle * (1 - share)))
        return
    course.fall_silent()
    course.told = course.outcome is Outcome.LOST and rng.random() < 0.3


_COURSES: dict[Kind, Callable[[_Course], None]] = {
    Kind.HEALTHY: _healthy,
    Kind.FADING: _fading,
    Kind.BUDGET_DEFERRED: _budget_deferred,
    Kind.NOT_READY: _not_ready,
    Kind.PUSHED_BY_OPTIMISM: _pushed_by_optimism,
    Kind.SINGLE_THREADED: _single_threaded,
}


def _fitted(phases: list[Phase], longest_days: int) -> list[Phase]:
    """Shorten all phases alike where the whole is longer than allowed."""
    start, whole = phases[0].since, phases[-1].until - phases[0].since
    if whole <= longest_days:
        return phases

    def place(day: int) -> int:
        return start + (day - start) * longest_days // whole

    return [Phase(mood, place(since), max(place(since) + 1, place(until))) for mood, since, until in phases]


def _closing_day(rng: Random, code: str, outcome: Outcome, course: _Course) -> int:
    """Choose the last day: wins crowd at the end of a quarter, clean-ups of dead deals at its beginning."""
    day = course.phases[-1].until - 1
    earliest = course.phases[-1].since + 2
    left = calendar.days_to_quarter_end(day)
    if outcome is Outcome.WON and left <= 16 and rng.random() < 0.5:
        day += left - int(rng.random() * 5)
    elif outcome is Outcome.NO_DECISION and left <= 10 and rng.random() < 0.5:
        day += left + 2 + int(rng.random() * 6)
    return calendar.next_working(code, max(day, earliest))


def _stages(course: _Course) -> list[tuple[int, int]]:
    """Place the stages along the engaged time; a win reaches all of them, others as many as their time allows."""
    rng = course.rng
    weights = [share * rng.uniform(0.6, 1.5) for _, share in LADDER]
    engaged = [phase for phase in course.phases if phase.mood is Mood.ENGAGED]
    spent = sum(phase.until - phase.since for phase in engaged)
    needed = spent if course.outcome is Outcome.WON else max(float(spent), course.cycle)
    stages, threshold = [(0, course.phases[0].since)], 0.0
    for index, weight in enumerate(weights[:-1]):
        threshold += weight / sum(weights) * needed
        day = _day_of(engaged, threshold)
        if day is None:
            break
        stages.append((index + 1, day))
    return stages


def _day_of(engaged: list[Phase], progress: float) -> int | None:
    """Return the day on which so many engaged days have passed, or none where there are not so many."""
    for phase in engaged:
        length = phase.until - phase.since
        if progress < length:
            return phase.since + int(progress)
        progress -= length
    return None
