"""What the doctor says of a consumer group: who works in it, what waits and where, and how to start who is missing."""

from __future__ import annotations

from collections.abc import Mapping

from streams.access.kafka import Address
from streams.admin.check import Check
from streams.admin.errors import AccessDenied
from streams.admin.lag import committed_places, group_lag, members
from streams.admin.reading import spans
from streams.config.topics import Topic

#: Records a group may be behind before somebody should look.
_WARN_LAG = 10_000
#: Partitions that are named, of those in which records wait.
_SHOWN_PARTITIONS = 4


def group(bootstrap: Address, role: str, name: str, topic: Topic, beside: str) -> Check:
    """Whether somebody works in a consumer group, and how far it is behind.

    `beside` is the group of the other half, by which it is known whether the halves run apart. That nobody keeps the
    deals fails wherever somebody ever did, or an event came: nothing waits, and nobody is told of anything.
    """
    label = f"{role} group"
    present = members(bootstrap, name)
    lags = group_lag(bootstrap, name, topic.name)
    behind = sum(lags.values())
    waiting = f"{behind:,} records of {topic.name} wait{_where(lags)}"
    if not present:
        todo = f"start one with `{_start(bootstrap, role, beside)}`"
        if behind:
            return Check(label, "fail", f"nobody works in {name}, and {waiting}", todo)
        if role == "track" and _was_alive(bootstrap, name, topic.name):
            found = f"nobody works in {name}: no deadline passes, and nobody is told of anything; nothing waits"
            return Check(label, "fail", found, todo)
        return Check(label, "warn", f"nobody works in {name}; nothing waits", todo)
    found = f"{len(present)} at work in {name}; {waiting}"
    if behind > _WARN_LAG:
        return Check(label, "warn", found, "it is catching up, or too slow: run this again, add workers if it grows")
    return Check(label, "ok", found)


def _start(bootstrap: Address, role: str, beside: str) -> str:
    """The command for the half that is missing: alone where the other one is at work, else both."""
    try:
        apart = bool(members(bootstrap, beside))
    except AccessDenied:  # that nobody is there is said anyway
        apart = False
    return f"dealwatch worker --role {role}" if apart else "dealwatch worker"


def _was_alive(bootstrap: Address, name: str, topic: str) -> bool:
    """Whether a group ever committed, or a record ever came: where the log ends counts those that are deleted, too."""
    return bool(committed_places(bootstrap, name, topic)) or any(end for _, end in spans(bootstrap, topic).values())


def _where(lags: Mapping[int, int]) -> str:
    """In which partitions most waits; empty where nothing does, or there is one only."""
    if len(lags) == 1 or not any(lags.values()):
        return ""
    most = sorted(((number, lag) for number, lag in lags.items() if lag), key=lambda each: -each[1])
    return f" ({', '.join(f'partition {number}: {lag:,}' for number, lag in most[:_SHOWN_PARTITIONS])})"
