"""Attribution of recovery: what ended a risk episode. One bounded value a deal, and tables that its ends are added to.

An episode is a reason of an alert, from the message that tells it to the one in which it is gone. It ended with the
buyer where the last sign of life came within `SIGN_DAYS` before its end; credit goes to the seller's last touch between
the opening (or the sign before) and that sign, and to those up to a day before that touch, in equal parts. A call that
is taken, or a meeting, is touch and sign in one and has the credit alone; so has what the buyer did with marketing. A
sign that nothing went before is the buyer's own. This is who was there, not what would have happened without: that says
`PlayRecovery`, since a play is withheld from deals that were drawn by lot.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from streams.events import activity
from streams.events.activity import MarketingTouched, is_contact, is_touch
from streams.events.envelope import Event
from streams.revenue.credit import allot
from streams.revenue.seen import Seen
from streams.revenue.settled import WHOLE
from streams.state.opportunity import DAY

#: How long before the end of an episode the sign of life may lie that ended it; rules are looked at once a day.
SIGN_DAYS = 2
#: Touches so shortly before the last one share its credit.
TOGETHER = DAY
#: Touches that share a credit, and kinds of them that are remembered of an episode.
MOST_TOUCHES = 8
MOST_KINDS = 16
#: The credit of a sign that no touch went before.
THEMSELVES = "(the buyer's own)"

#: How an episode ended: with the buyer; with the deal; with news of before the alert that came late; or otherwise, as
#: by a record that was put right, a hold, or a person who dismissed it.
How = Literal["buyer", "closed", "late_news", "otherwise"]

_KINDS: dict[type[Event], str] = {
    activity.EmailSent: "mail",
    activity.ProposalSent: "proposal",
    activity.CallLogged: "call",
    activity.MeetingScheduled: "invitation",
    activity.MeetingRescheduled: "invitation",
    activity.MeetingHeld: "meeting",
}


class Deed(Struct, frozen=True, order=True, array_like=True, gc=False):
    """What somebody did, at an event time (milliseconds)."""

    at: int
    kind: str


class Sign(Struct, frozen=True, gc=False):
    """When the buyer was heard of, and what that is credited to."""

    at: int
    credited: tuple[str, ...]


class Run(Struct, frozen=True, array_like=True, gc=False):
    """A play that was called for in an episode; `held_out`: it was withheld."""

    play: str
    version: int
    held_out: bool


class Episode(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One reason while it holds: what the seller did since the last sign of the buyer, and that sign."""

    rule: str
    opened_at: int
    touches: tuple[Deed, ...] = ()
    #: Kinds of touches since the opening.
    tried: tuple[str, ...] = ()
    sign: Sign | None = None
    runs: tuple[Run, ...] = ()


class Watched(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A deal's open episodes, and the plays whose first run has been counted."""

    id: str
    is_open: bool = True
    episodes: tuple[Episode, ...] = ()
    counted: tuple[Run, ...] = ()


class Recovery(Struct, frozen=True, kw_only=True, gc=False):
    """How an episode ended. `credit` has millionths by kind, all of them where it ended with the buyer, else none."""

    deal: str
    rule: str
    opened_at: int
    ended_at: int
    how: How
    credit: tuple[tuple[str, int], ...]
    #: From the opening to the sign of life, in milliseconds.
    took: int | None
    tried: tuple[str, ...]
    #: Plays whose first run on this deal was called for in it.
    runs: tuple[Run, ...]


def opened(watched: Watched, rule: str, at: int) -> Watched:
    """A reason is told; one that is told already goes on."""
    if any(each.rule == rule for each in watched.episodes):
        return watched
    return replace(watched, episodes=(*watched.episodes, Episode(rule=rule, opened_at=at)))


class Happening(Struct, frozen=True, array_like=True, gc=False):
    """What an event is to an episode, whenever it happened: few different ones, however many events there are.

    `contact`: the buyer was heard of. `touch`: the seller turned to the buyer. `alone`: it is both in one.
    """

    kind: str
    contact: bool
    touch: bool
    alone: bool
    is_open: bool


def happening_of(seen: Seen) -> Happening:
    """What an event is to the episodes of its deal."""
    event = seen.event
    marketing = isinstance(event, MarketingTouched)
    kind = f"marketing: {event.data.channel}" if isinstance(event, MarketingTouched) else _KINDS.get(type(event), "")
    contact = is_contact(event)
    touch = is_touch(event) or (marketing and not contact)
    told = kind if contact or touch else ""
    return Happening(told, contact, touch, contact and (touch or marketing), seen.after.is_open)


def happened(watched: Watched, what: Happening, at: int) -> Watched:
    """Something happened to the deal at an event time (milliseconds)."""
    episodes = watched.episodes
    if episodes and (what.contact or what.touch):
        deed = Deed(at, what.kind)
        episodes = tuple(_after(each, deed, what.contact, what.touch, what.alone) for each in episodes)
    if watched.is_open == what.is_open and episodes is watched.episodes:
        return watched
    return replace(watched, is_open=what.is_open, episodes=episodes)


def called_for(watched: Watched, rule: str, run: Run) -> Watched:
    """A play was called for by a reason; only its first run on the deal counts, as the lot is drawn by deal."""
    if any((each.play, each.version) == (run.play, run.version) for each in watched.counted):
        return watched
    episodes = tuple(replace(each, runs=(*each.runs, run)) if each.rule == rule else each for each in watched.episodes)
    if episodes == watched.episodes:
        return watched
    return replace(watched, episodes=episodes, counted=(*watched.counted, run))


def ended(watched: Watched, rule: str, at: int) -> tuple[Watched, Recovery | None]:
    """A reason is gone; none where it was not there."""
    found = next((each for each in watched.episodes if each.rule == rule), None)
    if found is None:
        return watched, None
    left = replace(watched, episodes=tuple(each for each in watched.episodes if each.rule != rule))
    sign, how = found.sign, _how(found, watched.is_open, at)
    credit: tuple[tuple[str, int], ...] = ()
    if how == "buyer" and sign is not None:
        kinds = sorted(set(sign.credited))
        weights = [sign.credited.count(each) for each in kinds]
        credit = tuple(zip(kinds, allot(WHOLE, weights), strict=True))
    return left, Recovery(
        deal=watched.id,
        rule=rule,
        opened_at=found.opened_at,
        ended_at=at,
        how=how,
        credit=credit,
        took=sign.at - found.opened_at if how == "buyer" and sign is not None else None,
        tried=found.tried,
        runs=found.runs,
    )


def _how(episode: Episode, is_open: bool, at: int) -> How:
    sign = episode.sign
    if sign is not None and sign.at > episode.opened_at and at - sign.at <= SIGN_DAYS * DAY:
        return "buyer"
    if not is_open:
        return "closed"
    return "late_news" if sign is not None and sign.at <= episode.opened_at else "otherwise"


def _after(episode: Episode, deed: Deed, contact: bool, touch: bool, alone: bool) -> Episode:
    tried, touches = episode.tried, episode.touches
    if deed.at > episode.opened_at and (touch or alone):
        if deed.kind not in tried and len(tried) < MOST_KINDS:
            tried = tuple(sorted((*tried, deed.kind)))
        touches = tuple(sorted((*touches, deed)))
        touches = tuple(each for each in touches if each.at >= touches[-1].at - TOGETHER)[-MOST_TOUCHES:]
    if not contact:
        return replace(episode, touches=touches, tried=tried)
    if episode.sign is not None and deed.at < episode.sign.at:
        return replace(episode, tried=tried)  # heard late of a sign before the last one
    before = tuple(each.kind for each in touches if each.at <= deed.at)
    credited = (deed.kind,) if alone else before or (THEMSELVES,)
    later = tuple(each for each in touches if each.at > deed.at)
    return replace(episode, touches=later, tried=tried, sign=Sign(deed.at, credited))
