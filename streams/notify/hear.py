"""An alert's next message -> its owner's state after it: whether it waits to be told, and what is said at once.

    the message                            waits                                said at once
    opened, reopened, new to the owner     from now on                          to `always` channels
    escalated                              again, if it is worse than was told  to `always` channels, and to holders
    changed, de-escalated                  as before                            to holders
    acknowledged, snoozed                  no more                              to holders
    resolved                               no more; named in the digest, if it was told    to holders

Holders are channels that were told of it and keep a state (an incident, a ticket). Old news, from history that is
replayed, changes the state and says nothing; only holders hear that what they hold has ended.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from streams.notify.delivery import Delivery, for_alert
from streams.notify.notice import Notice, is_worse
from streams.notify.owner import Entry, Gone, OwnerState
from streams.notify.policy import OwnerPolicy

_DAY = 86_400_000
#: A resolved alert is remembered for this long, so that a repeat of what was said of it before is known as one.
REMEMBERED = 8 * _DAY


class Heard(Struct, frozen=True):
    """An alert's message. `news`: it is of the present, and not of a history that is replayed.

    `holders` are the channels that keep a state of it, where it comes from another owner.
    """

    notice: Notice
    news: bool
    holders: tuple[str, ...] = ()


def hear(state: OwnerState, heard: Heard, now: int, policy: OwnerPolicy) -> tuple[OwnerState, list[Delivery]]:
    """Take a message of an alert of this owner; what was heard before, by (id, sequence), changes nothing."""
    notice = heard.notice
    if has_heard(state, notice):
        return state, []
    known = state.entries.get(notice.id)
    if notice.status == "resolved":
        return _end(state, known or Entry(notice=notice, holders=heard.holders), notice, now)
    entry = Entry(notice=notice, holders=heard.holders) if known is None else replace(known, notice=notice)
    routing = policy.routing(notice)
    speaks = heard.news and _is_to_be_told(known, notice)
    if notice.status != "open":
        entry = replace(entry, waiting_since=None, passed=False)
    elif speaks and routing.usual:
        since = entry.waiting_since if entry.fresh else None
        entry = replace(entry, waiting_since=notice.at if since is None else since, passed=False)
    elif speaks:
        # Its owner has no part in it: who is always told is, and no digest has to speak of it.
        entry = replace(entry, told_as=notice.severity)
    said = {channel: for_alert(notice, channel, now, policy.act_by(notice, now), "update") for channel in entry.holders}
    if speaks:
        for channel in routing.always:
            said.setdefault(channel, for_alert(notice, channel, now, policy.act_by(notice, now)))
        entry = replace(
            entry, holders=(*entry.holders, *(each for each in said if each in policy.holders - {*entry.holders}))
        )
    return replace(state, entries={**state.entries, notice.id: entry}), list(said.values())


def has_heard(state: OwnerState, notice: Notice) -> bool:
    """Whether this message of an alert, or a later one, is known to its owner."""
    known = state.entries.get(notice.id)
    gone = state.gone.get(notice.id)
    return notice.sequence <= max(known.notice.sequence if known else -1, gone.sequence if gone else -1)


def _is_to_be_told(known: Entry | None, notice: Notice) -> bool:
    """Whether its owner has to hear of it (anew)."""
    if notice.status != "open":
        return False
    if known is None or notice.transition in ("opened", "reopened"):
        return True
    if notice.transition != "escalated":
        return False
    return known.told_as is None or is_worse(notice.severity, known.told_as)


def let_go(state: OwnerState, alert: str, sequence: int, now: int) -> OwnerState:
    """Part with an alert that ended, or went to somebody else, with its message `sequence`; remember that it did."""
    entry, before = state.entries.get(alert), state.gone.get(alert)
    earlier = () if before is None else (*before.earlier, *((replace(before, earlier=()),) if before.holders else ()))
    gone = Gone(sequence, now, () if entry is None else entry.holders, earlier)
    entries = {name: each for name, each in state.entries.items() if name != alert}
    return replace(state, entries=entries, gone={**state.gone, alert: gone})


def held_when(state: OwnerState, alert: str, sequence: int) -> tuple[str, ...]:
    """Return the channels that held an alert when it went from this owner with its message `sequence`."""
    gone = state.gone.get(alert)
    times = () if gone is None else (gone, *gone.earlier)
    return next((each.holders for each in times if each.sequence == sequence), ())


def forget(state: OwnerState, until: int) -> OwnerState:
    """Remember no more what went up to an instant (milliseconds)."""
    gone = {name: _lately(each, until) for name, each in state.gone.items() if each.at > until}
    return state if gone == state.gone else replace(state, gone=gone)


def _lately(gone: Gone, until: int) -> Gone:
    return replace(gone, earlier=tuple(each for each in gone.earlier if each.at > until)) if gone.earlier else gone


def _end(state: OwnerState, known: Entry, notice: Notice, now: int) -> tuple[OwnerState, list[Delivery]]:
    state = let_go(state, notice.id, notice.sequence, now)
    # Of what was only to be tidied up, and named in a digest, nobody has to hear again.
    if known.told == "sent" or (known.told and notice.severity != "info" and known.notice.severity != "info"):
        state = replace(state, ended=(*state.ended, notice))
    return state, [for_alert(notice, channel, now, None, "update") for channel in known.holders]
