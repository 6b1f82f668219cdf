"""Door: what happened to plays, and how the deals ended -> what difference each play makes, with an interval.

A play is withheld from a random share of the deals, and runs there all the same: so both arms are followed from the
instant at which the play was called for, and what comes of them is counted in the same way. It is counted by deal, not
by run, since the lot was drawn by deal and the runs of one deal are alike: of each deal its first run of a version.

What is counted, each only for deals of which it can be known by `until`:

    followed    somebody did what the play says, before the run's end
    succeeded   the success condition came to hold, before the run's end
    replied     the buyer was heard from within 14 days of the start
    calmed      the reason of the alert was over before the run's end; only of runs that an alert called for
    won         the deal was won, of those that were won or lost
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from models.interval import Interval, difference_of, share_of
from streams.plays.event import PlayEvent
from streams.plays.outcome import REPLY_DAYS
from streams.state.opportunity import DAY

#: Deals that each arm must have before anything is said of a difference.
FEW = 20
MEASURES = ("followed", "succeeded", "replied", "calmed", "won")


class Share(Struct, frozen=True):
    """How many of how many deals, and the share with its interval (none of none)."""

    deals: int
    hits: int
    share: Interval | None


class Measure(Struct, frozen=True):
    """One measure in both arms, the difference (played minus withheld), and what can be said of it."""

    name: str
    played: Share
    held_out: Share
    difference: Interval | None
    verdict: str


class Effect(Struct, frozen=True):
    """What came of one version of a play: runs and deals in each arm, and its measures."""

    play: str
    version: int
    title: str
    runs_played: int
    runs_held_out: int
    deals_played: int
    deals_held_out: int
    measures: tuple[Measure, ...]


class _Life(Struct):
    """The first run of a play's version on a deal, as far as it is known."""

    opportunity: str
    held_out: bool
    started_at: int
    ends_at: int | None
    has_rule: bool
    title: str
    happened: set[str]


def judge_effect(events: Iterable[PlayEvent], outcomes: Mapping[str, str], until: int, since: int = 0) -> list[Effect]:
    """Return the effect of every version of every play, of the deals whose first run began since `since`.

    `outcomes` has the status of each deal that is known (`open`, `won`, `lost` ...), `until` is how far the events go
    (both instants in milliseconds). Events may come twice and in any order.
    """
    lives: dict[tuple[str, int], dict[str, _Life]] = {}
    runs: dict[tuple[str, int], dict[str, bool]] = {}
    told = {event.id: event for event in events}
    for event in sorted(told.values(), key=lambda each: (each.started_at, each.at, each.happened != "started")):
        key = (event.play, event.version)
        runs.setdefault(key, {})[event.run] = event.arm == "held_out"
        life = lives.setdefault(key, {}).setdefault(event.opportunity, _begun(event))
        if event.started_at == life.started_at:
            life.happened.add(event.happened)
            life.ends_at = event.ends_at
            life.title = event.title or life.title
    return [
        _effect(key, [each for each in found.values() if each.started_at >= since], runs[key], outcomes, until)
        for key, found in sorted(lives.items())
        if any(each.started_at >= since for each in found.values())
    ]


def _begun(event: PlayEvent) -> _Life:
    held_out = event.arm == "held_out"
    return _Life(event.opportunity, held_out, event.started_at, event.ends_at, bool(event.rule), event.title, set())


def _effect(
    key: tuple[str, int], lives: list[_Life], runs: Mapping[str, bool], outcomes: Mapping[str, str], until: int
) -> Effect:
    played = [each for each in lives if not each.held_out]
    held_out = [each for each in lives if each.held_out]
    return Effect(
        play=key[0],
        version=key[1],
        title=next((each.title for each in reversed(lives) if each.title), ""),
        runs_played=sum(not each for each in runs.values()),
        runs_held_out=sum(runs.values()),
        deals_played=len(played),
        deals_held_out=len(held_out),
        measures=tuple(_measure(name, played, held_out, outcomes, until) for name in MEASURES),
    )


def _measure(name: str, played: list[_Life], held_out: list[_Life], outcomes: Mapping[str, str], until: int) -> Measure:
    one, other = (_share(name, arm, outcomes, until) for arm in (played, held_out))
    difference = difference_of(one.hits, one.deals, other.hits, other.deals)
    return Measure(name, one, other, difference, _verdict(one, other, difference))


def _share(name: str, lives: list[_Life], outcomes: Mapping[str, str], until: int) -> Share:
    known = [each for each in lives if _KNOWN[name](each, outcomes, until)]
    if name == "won":
        hits = sum(outcomes[each.opportunity] == "won" for each in known)
    else:
        hits = sum(name in each.happened for each in known)
    return Share(len(known), hits, share_of(hits, len(known)))


def _has_ended(life: _Life, _outcomes: Mapping[str, str], until: int) -> bool:
    """Whether its time is over. A run that was over before counts from then on only: successes come first."""
    return life.ends_at is not None and life.ends_at <= until


_KNOWN: dict[str, Callable[[_Life, Mapping[str, str], int], bool]] = {
    "followed": _has_ended,
    "succeeded": _has_ended,
    "replied": lambda life, _outcomes, until: life.started_at + REPLY_DAYS * DAY <= until,
    "calmed": lambda life, outcomes, until: life.has_rule and _has_ended(life, outcomes, until),
    "won": lambda life, outcomes, _until: outcomes.get(life.opportunity) in ("won", "lost"),
}


def _verdict(one: Share, other: Share, difference: Interval | None) -> str:
    if difference is None or min(one.deals, other.deals) < FEW:
        return f"too few deals to tell: {FEW} are needed in each arm"
    if difference.low > 0:
        return "more where it is played"
    return "less where it is played" if difference.high < 0 else "no difference is shown"
