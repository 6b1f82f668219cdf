"""How a deal's probabilities went, in a terminal: a line of blocks per target, and what happened beneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.alerts.history import ScorePoint, probability_at, words_of
from streams.alerts.words import day, percent
from streams.state.history import kind_of_event
from streams.state.opportunity import DAY, Opportunity

BLOCKS = "▁▂▃▄▅▆▇█"
#: Signs of what happened, and what they say; of several in a column the first one of this list is shown.
SIGNS: dict[str, tuple[str, str]] = {
    "status": ("x", "closed or reopened"),
    "close_date": ("d", "close date"),
    "stage": ("s", "stage"),
    "amount": ("a", "amount"),
    "proposal": ("p", "proposal"),
    "contact": ("c", "call, meeting held or reply"),
    "meeting": ("t", "meeting planned or called off"),
    "judgement": ("h", "hold, readiness or forecast"),
    "people": ("e", "people"),
    "owner": ("o", "owner"),
    "next_step": ("n", "next step"),
    "message": ("m", "we wrote"),
    "marketing": ("k", "marketing"),
    "other": (".", "something else"),
}
OPENED, RESOLVED = "!", "-"
_MOST_COLUMNS = 60
#: A move that is worth a line, in shares of one, and how many of them are listed.
_WORTH_A_LINE = 0.05
_MOST_MOVES = 8
_Column = Callable[[int], int]


class Picture(Struct, frozen=True):
    """The lines, each of one character a column: blocks by target, the signs of events, and those of alerts."""

    start: int
    end: int
    blocks: dict[str, str]
    events: str
    alerts: str

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.events)


def picture(
    points: Sequence[ScorePoint], facts: Opportunity, alerts: Sequence[Alert], room: int = _MOST_COLUMNS
) -> Picture:
    """Draw a history of at least one point, at most `room` columns wide, a day a column where that is enough."""
    start = points[0].at
    end = max(points[-1].at, facts.closed_at or 0)
    columns = max(min(-(-(end - start) // DAY) + 1, room, _MOST_COLUMNS), 1)

    def column_of(at: int) -> int:
        return round((at - start) / max(end - start, 1) * (columns - 1))

    targets = dict.fromkeys(target for point in points for target in point.probabilities)
    blocks = {}
    for target in targets:
        line = [" "] * columns
        for column in range(columns):
            at = start + round((end - start) * column / max(columns - 1, 1))
            if (share := probability_at(points, target, at)) is not None:
                line[column] = _block(share)
        for point in points:  # a point that no column meets, as where a line ends
            column = column_of(point.at)
            if line[column] == " " and target in point.probabilities:
                line[column] = _block(point.probabilities[target])
        blocks[target] = "".join(line)
    happened = {(each.at, kind_of_event(each.kind)) for each in facts.timeline if start <= each.at <= end}
    happened |= {(point.at, kind) for point in points if not point.complete for kind in point.kinds}
    return Picture(start, end, blocks, _signs(happened, column_of, columns), _raised(alerts, column_of, columns, start))


def moves(points: Sequence[ScorePoint]) -> list[tuple[str, str, dict[str, str], str]]:
    """The moves that are worth a line, the latest first: from, to, each target's change, and what lies between."""
    lines = []
    for before, after in pairwise(points):
        changes = {}
        for target, now in after.probabilities.items():
            then = before.probabilities.get(target)
            if then is not None and abs(now - then) >= _WORTH_A_LINE:
                changes[target] = f"{percent(then)} -> {percent(now)}"
        if changes:
            lines.append((day(before.at), day(after.at), changes, _between(after)))
    return lines[::-1][:_MOST_MOVES]


def legend(drawn: Picture) -> str:
    """What the signs that occur mean."""
    said = [f"{sign} {words}" for sign, words in SIGNS.values() if sign in drawn.events]
    said += [f"{OPENED} alert opened"] if OPENED in drawn.alerts else []
    said += [f"{RESOLVED} alert ended"] if RESOLVED in drawn.alerts else []
    return ", ".join(said)


def _between(point: ScorePoint) -> str:
    if not point.complete:
        return words_of(point)
    if not point.events:
        return "silence"
    named = (f"{each.kind.replace('_', ' ')} {each.detail}".strip() for each in point.events)
    return ", ".join(dict.fromkeys(named))


def _block(share: float) -> str:
    return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]


def _signs(happened: set[tuple[int, str]], column_of: _Column, columns: int) -> str:
    ranks = list(SIGNS)
    line = [" "] * columns
    for at, kind in sorted(happened, key=lambda each: -ranks.index(each[1])):
        line[column_of(at)] = SIGNS[kind][0]
    return "".join(line)


def _raised(alerts: Sequence[Alert], column_of: _Column, columns: int, start: int) -> str:
    line = [" "] * columns
    ended = [(each.at, RESOLVED) for each in alerts if each.status == "resolved"]
    for at, sign in (*ended, *((each.opened_at, OPENED) for each in alerts)):
        if start <= at and 0 <= column_of(at) < columns:
            line[column_of(at)] = sign
    return "".join(line)
