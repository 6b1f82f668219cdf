"""How a deal's probabilities went: a few points, so that a curve can be drawn and what moved it can be named.

A point is taken where the models are asked anyway, once a day. A few rules keep the points few and the curve true:

- Over the last 14 days a point stays where a probability moved by 3 points (percent) or more, with the point before
  the move; where nothing moves the last point wanders along, and a straight line says the rest.
- Older points stay where the point before or after is 10 points or more away.
- The points around a time in which the deal was closed stay as long as there is room.
- There are at most 20; beyond that the old point leaves that is nearest to its neighbours. The first one stays.

A point also knows what kinds of events lie between the point before and it, since the deal's timeline is short, and
moves that mattered may be old. A point that leaves hands this on to the next one.

A history is kept as 8 bytes a point. As JSON numbers the same is twice as long, and a page that holds every open deal
would keep some twenty objects of each.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import Final

from msgspec import Struct

from streams.state.opportunity import MOMENTS, Opportunity

#: The most points of a deal.
MOST: Final = 20
#: Whole days over which small moves are kept too.
RECENT_DAYS: Final = 14
#: How far a probability has to move for a point of its own, in per mille: lately, and before that.
SMALL_MOVE: Final = 30
LARGE_MOVE: Final = 100

#: What may have happened between two points; the place in this list is the bit in `Point.what`.
KINDS: Final = (
    "contact",
    "message",
    "meeting",
    "proposal",
    "stage",
    "close_date",
    "amount",
    "next_step",
    "owner",
    "people",
    "judgement",
    "status",
    "marketing",
    "other",
)
_GROUPS: Final = {
    "message": ("email_sent",),
    "meeting": ("meeting_scheduled", "meeting_rescheduled", "meeting_cancelled", "meeting_no_show"),
    "proposal": ("proposal_sent", "proposal_viewed", "proposal_signed"),
    "stage": ("stage_changed",),
    "close_date": ("close_date_changed",),
    "amount": ("amount_changed",),
    "next_step": ("next_step_changed",),
    "owner": ("owner_changed",),
    "people": ("contact_added", "contact_removed", "contact_left"),
    "judgement": ("hold_set", "hold_cleared", "readiness_changed", "forecast_category_changed"),
    "status": ("created", "won", "lost", "reopened", "merged_into", "split", "deleted", "restored"),
    "marketing": ("marketing_touched",),
}
_CONTACT: Final = 1 << KINDS.index("contact")
_OTHER: Final = 1 << KINDS.index("other")
_BITS: Final = {event: 1 << KINDS.index(kind) for kind, events in _GROUPS.items() for event in events}
#: Kinds of events that are contacts, unless a call was in vain or a machine wrote: the facts know.
_TALKS: Final = ("email_received", "call_logged", "meeting_held")


#: A point as a whole number, from the top: the day (16 bits), `what` (18), and per mille, 10 bits each: inactivity,
#: slippage, win. Points in order of time are numbers in order.
_DAY, _WHAT, _INACTIVITY, _SLIPPAGE = 48, 30, 20, 10
_PER_MILLE: Final = (1 << 10) - 1
_WHATS: Final = ((1 << 18) - 1) << _WHAT
_NOT_SAID: Final = _PER_MILLE
_LAST_DAY: Final = (1 << 16) - 1
_STATUS_BIT: Final = 1 << KINDS.index("status") << _WHAT
_SIZE: Final = 8
_POINTS: Final = tuple(struct.Struct(f"<{count}Q") for count in range(MOST + 1))


class Point(Struct, frozen=True, gc=False):
    """The probabilities of one day, in whole per mille; `slippage` is none where no close date lay ahead.

    `day` counts from the origin of the deal's watch: the point is of the instant `origin + day * 24 h`. `what` names
    what lies between the point before and this one, by the events' own times.
    """

    day: int
    inactivity: int
    slippage: int | None
    win: int
    what: tuple[str, ...] = ()


def follow(history: bytes, day: int, inactivity: float, slippage: float | None, win: float, what: int) -> bytes:
    """Return the history with the probabilities (0 to 1) of a later day; `what` is of `what_happened`."""
    said = _NOT_SAID if slippage is None else round(slippage * 1000)
    point = (
        min(day, _LAST_DAY) << _DAY
        | what << _WHAT
        | round(inactivity * 1000) << _INACTIVITY
        | said << _SLIPPAGE
        | round(win * 1000)
    )
    points = list(_read(history))
    if points:
        last = points[-1]
        if len(points) > 1 and max(_move(points[-2], last), _move(last, point)) < SMALL_MOVE:
            point |= points.pop() & _WHATS
        points.append(point)
        _thin(points, (last >> _DAY) - RECENT_DAYS, day - RECENT_DAYS)
    else:
        points.append(point)
    return _POINTS[len(points)].pack(*points)


def points_of(history: bytes) -> tuple[Point, ...]:
    """Return the points of a history, in order of time."""
    return tuple(_point(each) for each in _read(history))


def last_day(history: bytes) -> int | None:
    """Return the day of the last point; none where there is no point."""
    return int.from_bytes(history[-2:], "little") if history else None


def what_happened(facts: Opportunity, since: int) -> int:
    """Return what happened from the instant `since` (milliseconds) on: a bit for each of `KINDS`.

    A day's question is asked before an event of the same instant is taken in, so such an event came after the point.
    """
    if facts.last_event_at < since:
        return 0
    talked = facts.last_contact_at is not None and facts.last_contact_at >= since
    what = _CONTACT if talked else 0
    for moment in reversed(facts.timeline):
        if moment.at < since:
            return what
        if not (talked and moment.kind in _TALKS):
            what |= _BITS.get(moment.kind, _OTHER)
    return what if facts.own_events <= MOMENTS else what | _OTHER  # there was more than the timeline holds


def kind_of_event(event: str) -> str:
    """Return to which of `KINDS` an event of this name belongs, a call to the contacts even if it was in vain."""
    if event in _TALKS:
        return "contact"
    bit = _BITS.get(event, _OTHER)
    return KINDS[bit.bit_length() - 1]


def kinds_of(what: int) -> tuple[str, ...]:
    """Return the names of what happened."""
    return tuple(kind for place, kind in enumerate(KINDS) if what >> place & 1)


def _read(history: bytes) -> tuple[int, ...]:
    """The points as numbers; what is no whole point, or too much, is nobody's."""
    count = min(len(history) // _SIZE, MOST)
    return _POINTS[count].unpack_from(history)


def _point(number: int) -> Point:
    said = number >> _SLIPPAGE & _PER_MILLE
    return Point(
        number >> _DAY,
        number >> _INACTIVITY & _PER_MILLE,
        None if said == _NOT_SAID else said,
        number & _PER_MILLE,
        kinds_of((number & _WHATS) >> _WHAT),
    )


def _move(one: int, other: int) -> int:
    """How far the probability that moved most from a point to the next one moved, in per mille.

    All the way where one of the two is none, and where the deal was closed between them: both ends must stay.
    """
    if other & _STATUS_BIT:
        return 1000
    win = abs((one & _PER_MILLE) - (other & _PER_MILLE))
    inactivity = abs((one >> _INACTIVITY & _PER_MILLE) - (other >> _INACTIVITY & _PER_MILLE))
    mine, its = one >> _SLIPPAGE & _PER_MILLE, other >> _SLIPPAGE & _PER_MILLE
    if mine != its and _NOT_SAID in (mine, its):
        return 1000
    return max(win, inactivity, abs(mine - its))


def _thin(points: list[int], old: int, bound: int) -> None:
    """Let the points that became old, after day `old` and up to `bound`, go where no neighbour is far.

    Whether older ones stay was decided before, and stays decided: what they are far from is kept.
    """
    place = len(points) - 2
    while place > 0 and points[place] >> _DAY > bound:
        place -= 1
    newest = place
    while place > 0 and points[place] >> _DAY > old:
        if _stands_out(points, place) < LARGE_MOVE:
            _leave(points, place)
            newest -= 1
        place -= 1
    if len(points) > MOST:
        _leave(points, min(range(1, max(newest, 1) + 1), key=partial(_stands_out, points)))


def _stands_out(points: list[int], place: int) -> int:
    """How far a point is from the farther one of its neighbours."""
    return max(_move(points[place - 1], points[place]), _move(points[place], points[place + 1]))


def _leave(points: list[int], place: int) -> None:
    """Take a point away; the next one knows from now on what happened before both."""
    points[place : place + 2] = [points[place + 1] | points[place] & _WHATS]
