"""What the doctor says of revenue: whether anybody keeps its answers current, and as of when they are."""

from __future__ import annotations

from collections.abc import Iterator

from streams.access.kafka import Address
from streams.admin.accounting import read_partitions
from streams.admin.answers import Standing, standing_of
from streams.admin.check import Check, Look
from streams.admin.lag import members
from streams.alerts.words import count
from streams.config.topics import Topics
from streams.events.envelope import moment_of
from streams.state.opportunity import DAY, HOUR

NAME = "revenue"
#: How far answers may be behind the events before somebody should look.
_WARN_BEHIND = DAY


def revenue_checks(bootstrap: Address, topics: Topics, group: str) -> Iterator[Look]:
    """Yield the check, with its name."""
    yield NAME, lambda: _looked(bootstrap, topics, group)


def _looked(bootstrap: Address, topics: Topics, group: str) -> Check:
    present = len(members(bootstrap, group))
    clocks = [state.clock or 0 for state in read_partitions(bootstrap, topics.state.name).values()]
    return revenue(group, present, standing_of(bootstrap, topics), max(clocks, default=0))


def revenue(group: str, present: int, standing: Standing | None, clock: int) -> Check:
    """Whether answers are kept current: by how many programs, and as of when, beside how far time has come.

    Not everybody wants them: that nobody keeps any is in order as long as there are none that somebody may read.
    """
    answers, behind = "no answers yet", 0
    if standing is not None:
        behind = max(clock - standing.at, 0)
        answers = f"answers are as of {moment_of(standing.at):%Y-%m-%d %H:%M} UTC"
        if behind >= HOUR:
            answers += f", {behind / HOUR:,.0f} h behind the events"
        if standing.waiting:
            answers += f"; {count(standing.waiting, 'day')} still to be locked"
    if not present:
        found = f"nobody works in {group}; {answers}"
        if standing is None:
            return Check(NAME, "ok", found, "who wants some starts one: `dealwatch worker --role revenue`")
        todo = "start one with `dealwatch worker --role revenue`; deals and alerts go on without"
        return Check(NAME, "warn", found, todo)
    found = f"{present} at work in {group}; {answers}"
    if behind > _WARN_BEHIND:
        return Check(NAME, "warn", found, "it is catching up, or too slow: run this again, and see its log if it grows")
    return Check(NAME, "ok", found)
