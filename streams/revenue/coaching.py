"""Door: the coach. A sheet a week for the talk between a rep and the manager, and one for a team.

A sheet has at most three points, each with its deals as evidence and one question to ask. The rep sees it a working day
before the manager. Others' figures are on it as a distribution only, and only where they are enough; under a minimum
sample nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from statistics import NormalDist, quantiles
from typing import Literal

from msgspec import Struct

from models.interval import Interval, difference_of, share_of
from streams.revenue.indicator import INDICATORS, DealNote, Indicator, IndicatorName
from streams.revenue.indicators import indicators_of
from streams.revenue.logbook import Logbook
from streams.revenue.process import WINDOW
from streams.revenue.quarters import quarters_back
from streams.revenue.sample import Gathered, gather
from streams.state.calendar import Calendar

NOTICE = (
    "For coaching, not for employment decisions: no rating, pay, promotion or dismissal may rest on it. "
    "The rep sees it first."
)
#: With fewer others a distribution would say who they are.
FEWEST_PEERS = 5
FEWEST_TEAMS = 3
POINTS = 3
LEAST_GAP = 0.1
#: Eight indicators are looked at: each must be 1 - 0.05 / 8 certain, so that of the sheets of people who work as all
#: others do about one in twenty has a point (Bonferroni).
CERTAIN = NormalDist().inv_cdf(1 - 0.05 / len(INDICATORS) / 2)
TITLES: dict[IndicatorName, str] = {
    "several_people": "Several people of the buyer",
    "quick_answers": "Answers to buyers who wait",
    "next_steps": "A next step ahead",
    "kept_dates": "Close dates that are kept",
    "stage_by_stage": "Stage by stage",
    "followed_plays": "Plays that are followed",
    "alerts_in_time": "Alerts turned to in time",
    "all_deals": "All open deals, not the favourite few",
}
QUESTIONS: dict[IndicatorName, str] = {
    "several_people": "Who else would have to say yes, and who could introduce you?",
    "quick_answers": "What keeps answers waiting, and what could somebody take off you?",
    "next_steps": "What happens next in each of these, and does the buyer know it, too?",
    "kept_dates": "What would have to happen by when for this date to hold?",
    "stage_by_stage": "What did the stage that was skipped want to find out, and do we know it?",
    "followed_plays": "Which of these plays do not fit, and what would you do instead?",
    "alerts_in_time": "Which of these alerts were worth your time, and which should we turn off?",
    "all_deals": "Which of these would you rather close as lost than touch again?",
}


class Distribution(Struct, frozen=True):
    """How others stand, without saying who: how many they are, and their quartiles."""

    count: int
    low: float
    middle: float
    high: float


class Compared(Struct, frozen=True):
    """An indicator beside others' and beside the same two quarters before."""

    indicator: Indicator
    peers: Distribution | None
    past: Interval | None
    #: Now minus then, as certain as a point must be; none where a side is not known.
    change: Interval | None


class Point(Struct, frozen=True, kw_only=True):
    """Something to talk about: where it is worse than usual (`improve`), or better (`keep`)."""

    about: IndicatorName
    kind: Literal["improve", "keep"]
    title: str
    words: str
    question: str
    deals: tuple[DealNote, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """A sheet for one rep or one team, of the week that begins with the Monday `week`."""

    level: Literal["rep", "team"]
    name: str
    week: date
    as_of: int
    #: From when the manager may read it; a rep may at once.
    manager_from: int
    points: tuple[Point, ...]
    compared: tuple[Compared, ...]
    notice: str = NOTICE

    def may_read(self, reader: Literal["rep", "manager"], now: int) -> bool:
        """Whether the rep, or the rep's manager, may read it at an instant; of a team's, the manager at once."""
        return now >= (self.manager_from if reader == "manager" and self.level == "rep" else self.as_of)


def sheet_of(logbook: Logbook, rep: str, as_of: int) -> Sheet:
    """A rep's sheet as of an instant at or after all that the logbook has seen; `KeyError` for a rep without deals."""
    found = gather(logbook, as_of)
    if rep not in found.reps:
        raise KeyError(rep)
    return next(each for each in _sheets(found, "rep", only=rep))


def sheets_of(logbook: Logbook, as_of: int) -> list[Sheet]:
    """Every rep's sheet, in the order of their ids."""
    return _sheets(gather(logbook, as_of), "rep")


def team_sheets_of(logbook: Logbook, as_of: int) -> list[Sheet]:
    """Every team's sheet, in the order of their names."""
    return _sheets(gather(logbook, as_of), "team")


def _sheets(found: Gathered, level: Literal["rep", "team"], only: str | None = None) -> list[Sheet]:
    names = found.reps if level == "rep" else found.teams
    members: Callable[[str], list[str]] = (lambda rep: [rep]) if level == "rep" else found.reps_of
    quarters = quarters_back(found.logbook.company, found.as_of, 2 * WINDOW)
    now = {name: indicators_of(found, members(name), quarters[:WINDOW]) for name in names}
    fewest = FEWEST_PEERS if level == "rep" else FEWEST_TEAMS
    known = [
        sorted(value.value for each in kinds if (value := each.value) is not None)
        for kinds in zip(*now.values(), strict=True)
    ]
    sheets = []
    for name in names:
        if only in (None, name):
            past = indicators_of(found, members(name), quarters[WINDOW:], is_now=False)
            pairs = zip(now[name], known, past, strict=True)
            sheets.append(_sheet(found, level, name, [_compared(*each, fewest) for each in pairs]))
    return sheets


def _sheet(found: Gathered, level: Literal["rep", "team"], name: str, compared: list[Compared]) -> Sheet:
    company, practice = found.logbook.company, found.logbook.practice
    today = company.day(found.as_of)
    return Sheet(
        level=level,
        name=name,
        week=today - timedelta(days=today.weekday()),
        as_of=found.as_of,
        manager_from=Calendar(practice.country, company.timezone).after_business_days(found.as_of, 1),
        points=points_of(compared),
        compared=tuple(compared),
    )


def _compared(indicator: Indicator, known: Sequence[float], before: Indicator, fewest: int) -> Compared:
    """Compare with all that are `known` (in rising order) but the one itself, and with what was before."""
    others = list(known)
    if indicator.value is not None:
        others.remove(indicator.value.value)
    peers = None
    if len(others) >= fewest:
        low, middle, high = quantiles(others, n=4, method="inclusive")
        peers = Distribution(len(others), low, middle, high)
    change = None
    past = before.value
    if indicator.value is not None and past is not None:
        now, then = indicator.weight, before.weight
        change = difference_of(indicator.value.value * now, now, past.value * then, then, CERTAIN)
    return Compared(indicator, peers, past, change)


def points_of(compared: Sequence[Compared]) -> tuple[Point, ...]:
    """At most three points: the worst first, and where there is room, one thing that goes well.

    Worse is what is below the middle half of the others, and below its middle by more than chance explains (see
    `CERTAIN`), or below what it was by more than that; and by no less than `LEAST_GAP`, which is worth a talk.
    """
    worse = sorted((each for each in map(_shortfall, compared) if each is not None), key=lambda each: -each[0])
    points = [_point(each, "improve", words) for _, each, words in worse[:POINTS]]
    if len(points) < POINTS:
        better = sorted((each for each in map(_strength, compared) if each is not None), key=lambda each: -each[0])
        points += [_point(each, "keep", words) for _, each, words in better[:1]]
    return tuple(points)


_Ranked = tuple[float, Compared, str]


def _certain(indicator: Indicator) -> Interval | None:
    """The indicator with as wide an interval as a point must be certain."""
    value, weight = indicator.value, indicator.weight
    return None if value is None else share_of(value.value * weight, weight, CERTAIN)


def _shortfall(each: Compared) -> _Ranked | None:
    """How far it falls short, in widths of its interval, and of what; none where chance may be all there is to it."""
    value, peers, change = _certain(each.indicator), each.peers, each.change
    if value is None:
        return None
    if peers is not None and value.high < peers.middle and value.value < min(peers.low, peers.middle - LEAST_GAP):
        far = (peers.middle - value.value) / max(value.high - value.low, _NARROW)
        return far, each, f"The middle of {peers.count} others is {peers.middle:.0%}"
    if change is not None and each.past is not None and change.high < 0 and change.value < -LEAST_GAP:
        far = -change.value / max(change.high - change.low, _NARROW)
        return far, each, f"It was {each.past.value:.0%} in the two quarters before"
    return None


def _strength(each: Compared) -> _Ranked | None:
    value, peers = _certain(each.indicator), each.peers
    if value is None or peers is None:
        return None
    if value.low <= peers.middle or value.value <= max(peers.high, peers.middle + LEAST_GAP):
        return None
    far = (value.value - peers.middle) / max(value.high - value.low, _NARROW)
    return far, each, f"The middle of {peers.count} others is {peers.middle:.0%}"


_NARROW = 1e-6
_KEEP = "What do you do there that others could learn?"


def _point(each: Compared, kind: Literal["improve", "keep"], beside: str) -> Point:
    indicator = each.indicator
    assert indicator.value is not None
    words = indicator.words[0].upper() + indicator.words[1:]
    improve = kind == "improve"
    return Point(
        about=indicator.name,
        kind=kind,
        title=TITLES[indicator.name],
        words=f"{words}: {indicator.value.value:.0%}. {beside}.",
        question=QUESTIONS[indicator.name] if improve else _KEEP,
        deals=indicator.deals if improve else (),
    )
