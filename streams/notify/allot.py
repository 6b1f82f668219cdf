"""Door of room 6: an owner's state, and an alert or the passing of time -> the state after it, and what is delivered.

The day of an owner:

    round     at the beginning of the working hours: the best of what waits is sent, by worth (`worth.py`), as much as
              the budget allows; its last `reserve` places are for criticals. What is passed over is for the digest.
    digest    one message a day that counts as none of the budget: what was passed over, what is only worth a digest
              (info), and which of the alerts that were told have ended
    between   a critical that comes is sent at once while the budget lasts; everything else waits for the next round
    closed    outside of working hours, in quiet hours, on weekends and holidays nothing is sent

So each alert has its chance in one round and is sent, or named in a digest, or ends before that, unless a person took
it in hand. A round that could not be held in time, since nobody was there to hold it, is held late on the same day.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from streams.notify.delivery import Delivery, for_alert, for_digest
from streams.notify.hear import Heard, hear
from streams.notify.notice import Line, Notice, line_of
from streams.notify.owner import Entry, OwnerState
from streams.notify.policy import OwnerPolicy
from streams.notify.worth import ranked

#: Alerts that a digest has on lines of their own; how many more there are it says as a number.
MOST_LINES = 300


class Allotment(Struct, frozen=True):
    """The state after it, and what is to be delivered, in order.

    `passed_over` is how many alerts a round left to the digest since the budget was spent.
    """

    state: OwnerState
    deliveries: tuple[Delivery, ...]
    passed_over: int = 0


def allot(state: OwnerState, heard: Heard | None, now: int, policy: OwnerPolicy) -> Allotment:
    """Take a message, or none where only time has passed, and do what is due at `now` (milliseconds)."""
    said: list[Delivery] = []
    passed_over = 0
    if heard is not None:
        state, said = hear(state, heard, now, policy)
    if policy.time.is_open(now):
        today = policy.time.day_of(now)
        if state.day != today:
            state = replace(state, day=today, sent=0)
        before = state
        state, more = _round(state, now, policy)
        passed_over = _passed_over(before, state)
        said += more
        for step in (_criticals, _digest):
            state, more = step(state, now, policy)
            said += more
    return Allotment(replace(state, due=_due(state, now, policy)), tuple(said), passed_over)


def _passed_over(before: OwnerState, after: OwnerState) -> int:
    """How many alerts a round did not send for want of room; what is only worth a digest is none of them."""
    return sum(
        entry.passed and not before.entries[name].passed and entry.notice.severity != "info"
        for name, entry in after.entries.items()
    )


def _round(state: OwnerState, now: int, policy: OwnerPolicy) -> tuple[OwnerState, list[Delivery]]:
    day = state.day
    opens = policy.time.round_of(day)
    if state.round_day >= day or now < opens:
        return state, []
    waiting = {name: entry for name, entry in state.entries.items() if entry.fresh and _since(entry) <= opens}
    if not waiting:
        return state, []
    worthy = ranked((entry.notice for entry in waiting.values() if entry.notice.severity != "info"), now, policy.rates)
    chosen: list[Notice] = []
    for notice in worthy:
        places = policy.budget if notice.severity == "critical" else policy.budget - policy.reserve
        if state.sent + len(chosen) < places:
            chosen.append(notice)
    passed = {name: replace(entry, passed=True) for name, entry in waiting.items()}
    state = replace(state, entries={**state.entries, **passed}, round_day=day)
    return _send(state, chosen, now, policy)


def _criticals(state: OwnerState, now: int, policy: OwnerPolicy) -> tuple[OwnerState, list[Delivery]]:
    waiting = [entry.notice for entry in state.entries.values() if entry.fresh and entry.notice.severity == "critical"]
    free = max(0, policy.budget - state.sent)
    if not waiting or not free:
        return state, []
    return _send(state, ranked(waiting, now, policy.rates)[:free], now, policy)


def _digest(state: OwnerState, now: int, policy: OwnerPolicy) -> tuple[OwnerState, list[Delivery]]:
    day = state.day
    closes = policy.time.digest_of(day)
    if state.digest_day >= day or now < closes:
        return state, []
    passed = [entry for entry in state.entries.values() if entry.passed]
    # What ended after the digest of the day can wait for that of the next.
    if not passed and not any(each.at <= closes for each in state.ended):
        return state, []
    waited = ranked((entry.notice for entry in passed), now, policy.rates)
    lines: list[Line] = [line_of(each, "info" if each.severity == "info" else "waited") for each in waited]
    lines.sort(key=lambda line: line.how == "info")
    lines += [line_of(each, "ended") for each in state.ended]
    channels = dict.fromkeys(channel for each in (*waited, *state.ended) for channel in policy.routing(each).usual)
    people = [each for each in channels if each not in policy.undigested] or list(policy.fallback)
    shown, omitted = tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES)
    said = [for_digest(state.owner, day, channel, now, shown, omitted, state.sent) for channel in people]
    told = {
        entry.notice.id: replace(entry, waiting_since=None, passed=False, told=entry.told or "digest")
        for entry in passed
    }
    return replace(state, entries={**state.entries, **told}, ended=(), digest_day=day), said


def _send(state: OwnerState, chosen: list[Notice], now: int, policy: OwnerPolicy) -> tuple[OwnerState, list[Delivery]]:
    said: list[Delivery] = []
    entries = dict(state.entries)
    for notice in chosen:
        entry, usual = entries[notice.id], policy.routing(notice).usual
        said += [
            for_alert(notice, channel, now, policy.act_by(notice, now))
            for channel in usual
            if channel not in entry.holders
        ]
        holders = dict.fromkeys((*entry.holders, *(each for each in usual if each in policy.holders)))
        entries[notice.id] = replace(
            entry, waiting_since=None, passed=False, told="sent", told_as=notice.severity, holders=tuple(holders)
        )
    return replace(state, entries=entries, sent=state.sent + len(chosen)), said


def _since(entry: Entry) -> int:
    return entry.waiting_since or 0


def _due(state: OwnerState, now: int, policy: OwnerPolicy) -> int | None:
    """The next instant after `now` at which something can go out without another alert."""
    time = policy.time
    opening = time.next_open(now)
    today = time.day_of(opening)
    found: list[int] = []
    fresh = [entry for entry in state.entries.values() if entry.fresh]
    if fresh:
        first = min(map(_since, fresh))
        day = today
        if state.round_day >= today or time.round_of(today) < first:
            day = time.working_day_after(max(today, state.round_day))
        found.append(time.next_open(max(time.round_of(day), opening)))
        if opening > now and any(entry.notice.severity == "critical" for entry in fresh):
            found.append(opening)
    passed = any(entry.passed for entry in state.entries.values())
    if state.ended or passed:
        day = today
        first = min((each.at for each in state.ended), default=0)
        if state.digest_day >= today or (not passed and time.digest_of(today) < first):
            day = time.working_day_after(max(today, state.digest_day))
        found.append(time.next_open(max(time.digest_of(day), opening)))
    return max(min(found), now + 1) if found else None
