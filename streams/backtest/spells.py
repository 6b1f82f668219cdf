"""Spells: stretches of a deal's life at whose end something happens or does not, so that warnings can be judged.

*Silence*: from a contact (or from when the deal was born or opened again) to the next contact or the deal's end. What
may happen: the silence reaches the deal's inactivity horizon while the deal is open. A contact at that very instant is
in time, as it is for the label. Holds and planned meetings do not interrupt it, as they do not for the label.

*Plan*: from when a planned close date became known to when it was moved or the deal ended. What may happen: the date
passes without a win. A deal that was lost before did not win, and one whose date was moved slipped unless it was won by
the date that was planned first: as for the label.

A spell that the log's end cuts off is left out unless it is decided by then, and so is one that a deletion or merger
cuts off: that is no outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from streams.backtest.lives import Life
from streams.labels.outcome import WITHDRAWN


class Spell(NamedTuple):
    """One spell of one deal; instants in milliseconds.

    `due` is when the event happens if it does, `until` when the spell ends, before or after that.
    """

    opportunity: str
    start: int
    until: int
    due: int
    happened: bool


def silences(lives: Mapping[str, Life], ended_at: int) -> list[Spell]:
    """Return the decided silences of deals in a log that ends at `ended_at`, by deal and time."""
    found: list[Spell] = []
    for name in sorted(lives):
        life = lives[name]
        contacts = sorted(life.contacts)
        for since, until, ending in life.open_spans(ended_at):
            marks = [since, *(at for at in contacts if since < at < until), until]
            for start, end in pairwise(marks):
                due = start + life.horizon
                cut = end == until and (ending == "open" or ending in WITHDRAWN)
                happened = end >= due if cut and ending == "open" else end > due
                if happened or not cut:
                    found.append(Spell(name, start, end, due, happened))
    return found


def plans(lives: Mapping[str, Life], ended_at: int) -> list[Spell]:
    """Return the decided close dates that open deals planned, in a log that ends at `ended_at`, by deal and time."""
    found: list[Spell] = []
    for name in sorted(lives):
        life = lives[name]
        spans = life.open_spans(ended_at)
        for (known, due), (moved, _) in pairwise([*life.dates, (ended_at, None)]):
            for since, until, _ in spans:
                start, end = max(known, since), min(moved, until)
                if due is None or start > end or start >= due:
                    continue
                happened = _slipped(life, due, ended_at)
                if happened is not None:
                    found.append(Spell(name, start, end, due, happened))
    return found


def _slipped(life: Life, due: int, ended_at: int) -> bool | None:
    """Whether a close date passed without a win; none while nobody can know."""
    if due <= ended_at:
        status = life.status_at(due)
        return None if status in WITHDRAWN else status != "won"
    if life.status == "open" or life.status in WITHDRAWN:
        return None
    return life.status != "won"
