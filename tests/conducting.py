"""Logs and histories as the matrix and the coach see them, and logbooks of them.

Admission is part of it: generated lines have duplicates, broken copies and late ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from streams.alerts.alert import Alert, Transition
from streams.events.contract import AnyEvent
from streams.events.control import is_control
from streams.events.deal import CreatedData
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.plays.definition import Who
from streams.plays.event import Arm, Happened, PlayEvent
from streams.revenue.company import Company
from streams.revenue.logbook import Logbook
from streams.revenue.practice import Practice
from streams.revenue.seen import Seen
from streams.state.admit import Admission, admit, fingerprint
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from tests.builders import a_call, a_next_step, a_stage, a_win, an_opportunity, calendar_day, ms

HORIZON_DAYS = 14
#: Two reps in one team, one in another.
COMPANY = Company(teams={"rep-1": "north", "rep-2": "north", "rep-3": "south"})


def seen_in(lines: Iterable[tuple[int, bytes]], timezone: str = "UTC") -> Iterator[Seen]:
    """Read encoded events with the instants at which they arrive, as one partition takes them in."""
    yield from seen_of(_decoded(lines), timezone)


def seen_of(events: Iterable[Event], timezone: str = "UTC") -> Iterator[Seen]:
    """Take typed events in, in the order in which they come."""
    states: dict[str, DealState] = {}
    clock, offsets = 0, count()
    for event in events:
        clock, offset, mark = max(clock, event.at), next(offsets), fingerprint(event)
        before = states.get(event.subject)
        if is_control(event) or admit(before, mark, event.at, offset, clock) is not Admission.FRESH:
            continue
        assert isinstance(event, AnyEvent)
        after = fold(before, event, Arrival(mark, offset, clock), timezone, HORIZON_DAYS)
        states[event.subject] = after
        yield Seen(clock, offset, event, None if before is None else before.facts, after.facts)


def a_logbook(events: Iterable[Event], practice: Practice | None = None, company: Company = COMPANY) -> Logbook:
    """A logbook that has seen some events."""
    book = Logbook(company, practice)
    for each in seen_of(events, company.timezone):
        book.see(each)
    return book


def _decoded(lines: Iterable[tuple[int, bytes]]) -> Iterator[AnyEvent]:
    for at, value in lines:
        event = decode(value, None, at)
        if not isinstance(event, Rejection):
            yield event


def a_team(
    deals: int,
    *,
    rep: str = "rep-1",
    rungs: tuple[int, ...] = (1, 2, 3, 4),
    misfits: int = 0,
    unproven: int = 0,
    people: int = 2,
    prefix: str = "d",
    account: str = "",
    every: float = 5,
) -> list[Event]:
    """Deals of one rep, one every so many days, each of 24 days: a call before every stage, then won.

    The first `misfits` skip every rung between the first and the last; before the first `unproven` stages nobody calls.
    """
    events: list[Event] = []
    for number in range(deals):
        begins, subject = number * every, f"{prefix}-{number:03d}"
        climbed = (rungs[0], rungs[-1]) if number < misfits else rungs
        data = CreatedData(
            name=f"Deal {number}", owner=rep, account=account, stage=f"s{climbed[0]}", position=climbed[0],
            amount="1000", currency="EUR", close_date=calendar_day(int(begins) + 30),
        )  # fmt: skip
        events.append(an_opportunity(begins, data, subject=subject))
        events.append(a_next_step(begins + 1, due=begins + 20, subject=subject, actor=rep))
        for place, rung in enumerate(climbed[1:], 1):
            day = begins + 5 * place
            if unproven > 0:
                unproven -= 1
            else:
                events.append(a_call(day - 1, contacts=(f"p{place % people}",), subject=subject, actor=rep))
            events.append(a_stage(day, f"s{rung}", rung, subject=subject, actor=rep))
        events.append(a_win(begins + 24, subject=subject))
    return in_turn(events)


def in_turn(*histories: Iterable[Event]) -> list[Event]:
    """Histories together, in the order of their time."""
    return sorted((each for history in histories for each in history), key=lambda event: (event.time, event.id))


ALERT = "al-" + "a" * 20


def an_alert(transition: Transition, day: float, by: str = "") -> Alert:
    """One message of an alert that was opened on Monday at nine."""
    return Alert(
        id=ALERT, sequence=1, transition=transition, status="open", severity="warning", rule="silent",
        opportunity="opp-1", name="", owner="rep-1", account="", stage="", amount=None, currency="",
        opened_at=ms(9 / 24), at=ms(day), title="", by=by,
    )  # fmt: skip


def a_play(happened: Happened, day: float, arm: Arm = "played", who: Who = "owner", run: str = "r1") -> PlayEvent:
    """Something that happened to a run."""
    return PlayEvent(
        id=f"{run}-{happened}", run=run, happened=happened, opportunity="opp-1", play="re_engage", version=1,
        title="Re-engage", arm=arm, at=ms(day), started_at=ms(0), who=who, owner="rep-1",
    )  # fmt: skip
