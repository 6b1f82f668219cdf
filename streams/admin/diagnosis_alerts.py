"""What the doctor says of alerts on their way to people: rules that cannot be used or are off, floods, what waits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from streams.access.kafka import Address
from streams.admin.accounting import read_partitions
from streams.admin.alertlog import alert_of
from streams.admin.check import Check, Look
from streams.admin.lag import group_lag, members
from streams.admin.notifications import Waiting, outbox
from streams.admin.reading import read_span, spans
from streams.alerts.policy import Policy
from streams.alerts.registry import BY_NAME
from streams.alerts.rulebook import kept_rules
from streams.alerts.ruleset import AS_DECLARED, Rules
from streams.alerts.words import count
from streams.config.rules import read_rules_file
from streams.config.topics import Topics
from streams.errors import RulesWrong

#: So many of the last records of `deal.alerts` are looked at, in each partition: a week of a large tenant, or more.
_LOOKED_AT = 5_000
_HOUR_MS = 3_600_000
#: As DealwatchAlertFlood has it: more than so many within an hour, and so many times the usual, once it is known.
_FLOOD, _TIMES_USUAL = 50, 10
_USUAL_AFTER_MS = 7 * 24 * _HOUR_MS
_SHOWN = 3
#: As workers have it: from when on the clock on the wall moves time. They announce it every minute.
_LIVE_WITHIN_MS, _BEHIND_MS = 2 * 86_400_000, 5 * 60_000
#: As DealwatchTimeAhead has it.
_AHEAD_MS = _HOUR_MS


class Told(NamedTuple):
    """What the doctor looks at. `rules` and `plays` are none where no file or folder is; `groups` by role.

    `delivers` says whether anybody is to be told: whether a delivery file is named.
    """

    rules: Path | None
    plays: Path | None
    delivers: bool
    groups: Mapping[str, str]
    """Those of who keeps the deals (`track`), decides (`allot`) and sends (`send`)."""


class Opened(NamedTuple):
    """An alert opened: by which rule, and when in the time of events (milliseconds); what is replayed is old."""

    rule: str
    at: int


def alert_checks(bootstrap: Address, topics: Topics, told: Told) -> Iterator[Look]:
    """Yield the checks, each with its name."""
    yield "rules", lambda: rules(told, _held(bootstrap, topics))
    yield "deadlines", lambda: _deadlines(bootstrap, topics, told.groups["track"])
    yield "alerts", lambda: flood(list(_opened(bootstrap, topics)), _first(bootstrap, topics), int(time.time() * 1000))
    if told.delivers:
        yield "messages", lambda: _messages(bootstrap, topics, told.groups)


def rules(told: Told, held: Mapping[int, Rules]) -> Check:
    """Whether the rules file can be used, holds in every partition (`held`), and leaves a rule that speaks."""
    named = told.rules or told.plays
    try:
        file = AS_DECLARED if named is None else read_rules_file(told.rules, told.plays)
    except RulesWrong as error:
        todo = (
            "mend the file, or put back the one of before, which holds until then; workers take it over by themselves"
        )
        return Check("rules", "fail", str(error.args[0]), todo)
    if silent := sorted(number for number, each in held.items() if _all_off(each)):
        found = f"all {len(BY_NAME)} rules are off in {_partitions(silent)}: nothing is said of any deal"
        return Check("rules", "warn", found, f"switch some on in {told.rules or 'the rules file'} of the workers")
    other = sorted(number for number, each in held.items() if each.digest != file.digest)
    if named is not None and other:
        found = f"{named} is not what {_partitions(other)} {'goes' if len(other) == 1 else 'go'} by"
        todo = "workers take it over within seconds; where they do not, they are given another file than this one"
        return Check("rules", "warn", found, todo)
    off = sorted(_off(file))
    where = f"{named} holds" if named is not None else "no file here, all as declared"
    return Check("rules", "ok", f"{where}; off: {', '.join(off)}" if off else where)


def deadlines(clocks: Mapping[int, int], now_ms: int, workers: int) -> Check:
    """Whether the time of every partition (milliseconds, by number) is the time, so that deadlines pass when they do.

    Where all of them are days behind, history is read, and says nothing of the clock. Without workers no time passes.
    """
    if clocks and not workers:
        found = f"nobody keeps them: no time passes in {_partitions(sorted(clocks))}"
        return Check("deadlines", "fail", found, "see the track group")
    lead = max(clocks.values(), default=None)
    if lead is None or now_ms - lead > _LIVE_WITHIN_MS:
        return Check("deadlines", "ok", "history is read, or nothing yet: time is that of the events")
    if ahead := sorted(number for number, at in clocks.items() if at - now_ms > _AHEAD_MS):
        found = f"{_partitions(ahead)} up to {_minutes(lead - now_ms)} ahead of the clock: deadlines pass early"
        return Check("deadlines", "warn", found, "find the source whose clock is wrong; it passes when it is that late")
    if behind := sorted(number for number, at in clocks.items() if now_ms - at > _BEHIND_MS):
        found = f"nobody told {_partitions(behind)} the time for up to {_minutes(now_ms - min(clocks.values()))}"
        todo = "see the track group: who has them may be cut off; where the setting clock is event, only events tell it"
        return Check("deadlines", "warn", found, todo)
    return Check("deadlines", "ok", "every partition knows the time")


def flood(opened: Sequence[Opened], first_ms: int | None, now_ms: int) -> Check:
    """Whether many more alerts opened within the last hour than usually do.

    `first_ms` is when the first alert of all was said, in the time of events; none where there is none. What is usual
    is not known before a week has passed since then.
    """
    recent = Counter(each.rule for each in opened if now_ms - each.at < _HOUR_MS)
    number, before = recent.total(), [each.at for each in opened if now_ms - each.at >= _HOUR_MS]
    hours = max((now_ms - min(before)) / _HOUR_MS - 1.0, 1.0) if before else 1.0
    found = f"{count(number, 'alert')} opened within an hour"
    if number <= _FLOOD or number <= _TIMES_USUAL * len(before) / hours:
        return Check("alerts", "ok", found)
    if first_ms is None or now_ms - first_ms < _USUAL_AFTER_MS:
        return Check("alerts", "ok", f"{found}; how many are usual is not known before the first week is over")
    [(leads, its), *_] = recent.most_common(1)
    found += f", {its} of them by {leads}; {len(before) / hours:.1f} an hour are usual"
    todo = f"see `dealwatch rules show {leads}`, and try other numbers with `dealwatch alerts simulate`"
    return Check("alerts", "warn", found, todo)


def messages(present: Mapping[str, int], behind: int, waiting: Sequence[Waiting]) -> Check:
    """Whether people are told: somebody decides and sends (`present` by role), and no channel fails."""
    if absent := [role for role, number in present.items() if not number]:
        found = f"nobody works in {' and '.join(absent)}; {behind:,} records wait"
        role = "notify" if len(absent) == len(present) else absent[0]  # the halves may run apart
        return Check(
            "messages", "fail" if behind else "warn", found, f"start one with `dealwatch worker --role {role}`"
        )
    failing = [each for each in waiting if each.status == "sending" and each.reason]
    if failing:
        by_channel = Counter((each.channel, each.reason) for each in failing)
        said = ", ".join(f"{number:,} for {name} ({why})" for (name, why), number in by_channel.most_common(_SHOWN))
        todo = "see `dealwatch notify outbox`, try the channel with `dealwatch notify test CHANNEL`"
        return Check("messages", "warn", f"tried in vain and waiting: {said}", todo)
    if buried := sum(each.status == "refused" for each in waiting):
        todo = "see `dealwatch notify outbox --status refused`; once mended, `dealwatch notify retry`"
        return Check("messages", "warn", f"{buried:,} refused", todo)
    return Check("messages", "ok", f"{count(len(waiting), 'message')} waiting, none failed")


def _messages(bootstrap: Address, topics: Topics, groups: Mapping[str, str]) -> Check:
    present = {role: len(members(bootstrap, groups[role])) for role in ("allot", "send")}
    lags = [
        group_lag(bootstrap, groups["allot"], topics.alerts.name),
        group_lag(bootstrap, groups["send"], topics.notifications.name),
    ]
    return messages(present, sum(sum(each.values()) for each in lags), outbox(bootstrap, topics))


def _deadlines(bootstrap: Address, topics: Topics, group: str) -> Check:
    return deadlines(_clocks(bootstrap, topics), int(time.time() * 1000), len(members(bootstrap, group)))


def _held(bootstrap: Address, topics: Topics) -> dict[int, Rules]:
    """The rules that each partition goes by, as of its last checkpoint."""
    states = read_partitions(bootstrap, topics.state.name)
    return {number: kept_rules(each.rules) for number, each in states.items()}


def _clocks(bootstrap: Address, topics: Topics) -> dict[int, int]:
    """How far the time of each partition has come, as of its last checkpoint."""
    states = read_partitions(bootstrap, topics.state.name)
    return {number: each.clock for number, each in states.items() if each.clock is not None}


def _minutes(milliseconds: int) -> str:
    return count(milliseconds // 60_000, "minute")


def _opened(bootstrap: Address, topics: Topics) -> Iterator[Opened]:
    """Yield what opened, of the last records of `deal.alerts`."""
    name = topics.alerts.name
    for number, (begin, end) in spans(bootstrap, name).items():
        for record in read_span(bootstrap, name, max(begin, end - _LOOKED_AT), end, number):
            if record.headers.get("transition") == b"opened" and (alert := alert_of(record.value)) is not None:
                yield Opened(alert.rule, alert.at)


def _first(bootstrap: Address, topics: Topics) -> int | None:
    """The time of the first alert on `deal.alerts` (milliseconds); none where there is none, or too much before it."""
    name = topics.alerts.name
    found: list[int] = []
    for number, (begin, end) in spans(bootstrap, name).items():
        for record in read_span(bootstrap, name, begin, min(end, begin + _LOOKED_AT), number):
            if (alert := alert_of(record.value)) is not None:
                found.append(alert.at)
                break
    return min(found, default=None)


def _off(of: Rules) -> Iterable[str]:
    return of.policy(Policy()).everyone.off


def _all_off(of: Rules) -> bool:
    return len(set(_off(of))) == len(BY_NAME)


def _partitions(numbers: Sequence[int]) -> str:
    """Partition 3, or partitions 0 to 3, in words."""
    if len(numbers) == 1:
        return f"partition {numbers[0]}"
    if all(other == one + 1 for one, other in pairwise(numbers)):
        return f"partitions {numbers[0]} to {numbers[-1]}"
    return f"partitions {', '.join(map(str, numbers))}"
