"""The stays of deals in their stages, and their whole lives, as the record tells them.

A stay ends with a move to another stage, a win, a loss or no decision; one that is reopened goes on as if it had not
ended. Of a deal that is deleted or merged the stay that it was in is left out: it has no end of its own. Days are those
of the events; which stays there were is what is on record, so a stage that was told late, when the deal was further
already, is not among them.

`StayCount` keeps the counts that the models of closing learn from as moves come, for many days one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush

from msgspec import Struct

from models.dwell import Dwell, End, observe_stays
from models.dwell import Stay as CountedStay
from streams.revenue.path import DECIDED, Outcome, outcome_of
from streams.revenue.position import Move, Position
from streams.state.opportunity import DAY

_ENDS: dict[Outcome, End] = {"won": "won", "lost": "lost", "no_decision": "no_decision"}


class Stay(Struct, frozen=True, kw_only=True, gc=False):
    """A deal was in a stage from `entered` (milliseconds) for so many days; no `end`: it goes on, as far as is known.

    `position` is how the deal stood in it last, which says whose it was and what it was worth.
    """

    position: Position
    stage: str
    entered: int
    days: float
    end: End | None = None
    to: str = ""


def stays(moves: Iterable[Move], at: int) -> list[Stay]:
    """Every stay in a stage as known at `at` (milliseconds); `moves` begin with the first, each deal's in order."""
    told: dict[str, list[Stay]] = {}
    last: dict[str, Position] = {}
    for move in moves:
        if move.at < at:
            _tell(told.setdefault(move.after.id, []), move)
            last[move.after.id] = move.after
    found: list[Stay] = []
    for id_, of in told.items():
        found += of
        if last[id_].is_open:
            found.append(_going(last[id_], at))
    return found


def lives(record: Iterable[Position], at: int) -> list[Stay]:
    """The life of each deal, from its creation to its end, as one stay; without those deleted or merged."""
    found = []
    for each in record:
        outcome = None if each.is_open else outcome_of(each)
        if outcome is None or outcome in DECIDED:
            until = at if each.closed_at is None else each.closed_at
            end = None if outcome is None else _ENDS[outcome]
            found.append(
                Stay(position=each, stage="", entered=each.created_at, days=_days(each.created_at, until), end=end)
            )
    return found


def dwell_of(found: Sequence[Stay], at: int) -> Dwell:
    """The counts that `Closings` are made of, from stays as known at `at`."""
    return observe_stays(Dwell(), ((_counted(each), 1) for each in found), at // DAY)


class StayCount:
    """The counts that `dwell_of` makes of `stays`, kept from move to move: each is read once, not once a day.

    `moves` may grow between two questions, also by some of an earlier time, as other partitions tell them: what was
    not there when it was asked is counted from the next question on.
    """

    def __init__(self, moves: Sequence[Move]) -> None:
        """Follow `moves`, each deal's in the order of the log."""
        self._moves = moves
        self._begin()

    def _begin(self) -> None:
        self._read = 0
        #: Moves that are not yet told, by time and then by place.
        self._waiting: list[tuple[int, int]] = []
        #: The stay that each deal ended last: the only one that can still be taken back.
        self._last: dict[str, Stay] = {}
        self._dwell = Dwell()
        self._until: int | None = None

    def until(self, at: int) -> Dwell:
        """The counts as known at `at` (milliseconds). Days in order cost nothing twice; an earlier one begins anew."""
        if self._until is not None and at < self._until:
            self._begin()
        for number in range(self._read, len(self._moves)):
            heappush(self._waiting, (self._moves[number].at, number))
        self._read, self._until = len(self._moves), at
        told: list[tuple[CountedStay, int]] = []
        while self._waiting and self._waiting[0][0] < at:
            told += self._changed(self._moves[heappop(self._waiting)[1]])
        self._dwell = observe_stays(self._dwell, told, at // DAY)
        return self._dwell

    def _changed(self, move: Move) -> Iterator[tuple[CountedStay, int]]:
        before, after = move.before, move.after
        if before is not None and before.is_open:
            yield _counted(_going(before, move.at)), -1
        last = self._last.pop(after.id, None)
        of = [] if last is None else [last]
        _tell(of, move)
        if last is not None and not any(each is last for each in of):
            yield _counted(last), -1
        yield from ((_counted(each), 1) for each in of if each is not last)
        if of:
            self._last[after.id] = of[-1]
        if after.is_open:
            yield _counted(_going(after, move.at)), 1


def _counted(stay: Stay) -> CountedStay:
    entered = stay.entered // DAY
    if stay.end is None:
        return CountedStay(stay.stage, stay.position.rank, entered)
    return CountedStay(stay.stage, stay.position.rank, entered, stay.days, stay.end, stay.to)


def _tell(of: list[Stay], move: Move) -> None:
    """Add the stay that a move ended, or take back one that did not end after all."""
    before, after = move.before, move.after
    ended = None if after.is_open else outcome_of(after)
    if before is not None and not before.is_open:
        if outcome_of(before) == ended:
            return
        if outcome_of(before) in DECIDED and of:
            of.pop()  # reopened, put right, deleted or merged: what was its end is none, or another one
    elif before is not None and before.stage != after.stage and (ended is None or ended in DECIDED):
        back = before.rank is not None and after.rank is not None and after.rank < before.rank
        of.append(_ended(before, after.stage_entered_at or move.at, "back" if back else "forward", after.stage))
    if ended is not None and ended in DECIDED:
        of.append(_ended(after, move.at if after.closed_at is None else after.closed_at, _ENDS[ended]))


def _entered(position: Position) -> int:
    return position.created_at if position.stage_entered_at is None else position.stage_entered_at


def _ended(position: Position, at: int, end: End, to: str = "") -> Stay:
    entered = _entered(position)
    return Stay(position=position, stage=position.stage, entered=entered, days=_days(entered, at), end=end, to=to)


def _going(position: Position, at: int) -> Stay:
    entered = _entered(position)
    return Stay(position=position, stage=position.stage, entered=entered, days=_days(entered, at))


def _days(since: int, until: int) -> float:
    return max(until - since, 0) / DAY
