"""What people say of alerts: votes on a rule, counted by team, person and week; and what they come to on a day.

A vote says that a rule's reason was useful, or that it was not. What is kept are integers that are added and taken
back, so neither the order of what is told nor a vote that was taken back leaves a trace. A vote fades with its age in
weeks, by half in `HALF_LIFE_WEEKS`, so that the anger of last year does not decide about this one.

Nobody decides alone, however often they click: a person's votes on a rule weigh at most `PERSON_MOST` together, in
their own proportion, and beside all votes stands a prior of twice that, which says that everything is well as it is.
So one person never has more than a third of the weight, and moves `lean` by at most a third of its range:

    lean = (against - b x in favour) / (against + in favour + PRIOR),    b = tolerated / (1 - tolerated) <= 1

or 0 where that is negative. With a person of weight w <= PRIOR / 2 and mean v (-b <= v <= 1) more, beside the weight
W >= PRIOR of the others, it moves by w |v - lean| / (W + w), which is greatest where nobody else voted:
w / (PRIOR + w) = 1/3.

Votes in favour outweigh those against and do no more. They are about alerts that were said, and tell nothing of those
that were not: whether it would be good to say more, nobody has been asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import fsum
from typing import Final, NamedTuple

from msgspec import Struct

#: One vote in the unit in which votes are counted: it can be shared among up to six rules, and in part of others.
UNIT: Final = 60
#: What a person's votes on a rule of a team weigh together at most, in votes.
PERSON_MOST: Final = 2.0
#: The weight, in votes, of everything being well as it is.
PRIOR: Final = 2.0 * PERSON_MOST
HALF_LIFE_WEEKS: Final = 13
#: A vote is forgotten when so many weeks have passed: a sixteenth of it is left.
KEPT_WEEKS: Final = 52
#: People whose votes on a rule of a team are kept; who invents names must not grow the counts without end.
MAX_PEOPLE: Final = 1_000
_WEEK = 7
_DECAY = tuple(2.0 ** (-age / HALF_LIFE_WEEKS) for age in range(KEPT_WEEKS))


class Vote(Struct, frozen=True, array_like=True, gc=False):
    """What a person (`by`) said of a rule for a team on a UTC day, and what that weighs, in parts of `UNIT`."""

    rule: str
    team: str
    by: str
    day: int
    useful: bool
    weight: int


class Week(NamedTuple):
    """A person's votes on a rule within a week: how many were in favour and against, and what they weigh."""

    useful: int = 0
    not_useful: int = 0
    useful_weight: int = 0
    not_useful_weight: int = 0


#: By week (days since 1970 / 7).
Weeks = Mapping[int, Week]
#: Team -> rule -> person -> weeks.
Counts = dict[str, dict[str, dict[str, dict[int, Week]]]]


class Ballots(Struct, frozen=True, omit_defaults=True):
    """All votes that are not forgotten: team -> rule -> person -> week."""

    teams: Counts = {}


class Tally(Struct, frozen=True, array_like=True):
    """What a team's votes on a rule come to: how many there are, of how many people, and what they weigh after limits.

    `against` and `in_favour` are in votes.
    """

    useful: int
    not_useful: int
    people: int
    in_favour: float
    against: float


#: Team -> rule -> what its votes come to.
Tallies = dict[str, dict[str, Tally]]


def count_votes(ballots: Ballots, told: Iterable[tuple[Vote, int]], epoch: int) -> Ballots:
    """Return the counts after the votes told on a UTC day, each with how often it counts (-1: taken back).

    What is forgotten by `epoch` is left out. The same votes give the same counts, whatever their order.
    """
    net: dict[tuple[str, str, str, int], list[int]] = {}
    for vote, times in told:
        change = net.setdefault((vote.team, vote.rule, vote.by, vote.day // _WEEK), [0, 0, 0, 0])
        place = 0 if vote.useful else 1
        change[place] += times
        change[place + 2] += times * vote.weight
    oldest = epoch // _WEEK - KEPT_WEEKS + 1
    if not net and not any(week < oldest for *_, weeks in _each(ballots) for week in weeks):
        return ballots
    counts = {
        (team, rule, person, week): counted
        for team, rule, person, weeks in _each(ballots)
        for week, counted in weeks.items()
    }
    for key, change in net.items():
        before = counts.get(key, Week())
        counts[key] = Week(*(max(old + more, 0) for old, more in zip(before, change, strict=True)))
    kept = {key: counts[key] for key in sorted(counts) if key[-1] >= oldest and any(counts[key])}
    return Ballots(_nested(kept, ballots.teams))


def tallied(ballots: Ballots, epoch: int) -> Tallies:
    """Return what the votes come to on a UTC day, by team and rule."""
    found: Tallies = {}
    for team, rules in ballots.teams.items():
        for rule, people in rules.items():
            each = [_of_person(weeks, epoch // _WEEK) for weeks in people.values()]
            found.setdefault(team, {})[rule] = Tally(
                sum(week.useful for weeks in people.values() for week in weeks.values()),
                sum(week.not_useful for weeks in people.values() for week in weeks.values()),
                len(people),
                fsum(in_favour for in_favour, _ in each),
                fsum(against for _, against in each),
            )
    return found


def lean(tally: Tally, tolerated: float) -> float:
    """How far votes speak for rarer alerts, from 0 to 1.

    It is 0 where the share of votes against is at most the `tolerated` one, which is at most a half.
    """
    useful = tolerated / (1.0 - tolerated)
    return max(tally.against - useful * tally.in_favour, 0.0) / (tally.against + tally.in_favour + PRIOR)


def _of_person(weeks: Weeks, now: int) -> tuple[float, float]:
    """What a person's votes weigh, in favour and against."""
    faded = {week: _DECAY[min(max(now - week, 0), KEPT_WEEKS - 1)] for week in weeks}
    in_favour = fsum(each.useful_weight * faded[week] for week, each in weeks.items()) / UNIT
    against = fsum(each.not_useful_weight * faded[week] for week, each in weeks.items()) / UNIT
    share = min(1.0, PERSON_MOST / max(in_favour + against, PERSON_MOST))
    return in_favour * share, against * share


def _each(ballots: Ballots) -> Iterator[tuple[str, str, str, dict[int, Week]]]:
    for team, rules in ballots.teams.items():
        for rule, people in rules.items():
            for person, weeks in people.items():
                yield team, rule, person, weeks


def _nested(counted: Mapping[tuple[str, str, str, int], Week], before: Counts) -> Counts:
    """Return counts by their keys as `Ballots` has them; of people who were not there before, those that have room."""
    counts: Counts = {}
    for (team, rule, person, week), votes in counted.items():
        counts.setdefault(team, {}).setdefault(rule, {}).setdefault(person, {})[week] = votes
    for team, rules in counts.items():
        for rule, people in rules.items():
            if len(people) > MAX_PEOPLE:
                known = before.get(team, {}).get(rule, {})
                stay = sorted(people, key=lambda person: (person not in known, person))[:MAX_PEOPLE]
                rules[rule] = {person: people[person] for person in sorted(stay)}
    return counts
