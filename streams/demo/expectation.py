"""Which alerts a deal deserves, and when: read from its whole true history, with the thresholds of the trade.

The thresholds are the "warn" column of the usual rule sets (InsightSquared: 10 business days without activity; twice
the usual stay in a stage; two pushes; five business days without a next step). `going_quiet` needs no threshold: the
buyer did begin to fade. `slipping`: the deal was not won by the date in force, foreseeable for two weeks before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from streams.demo import calendar
from streams.demo.calendar import MINUTES_A_DAY
from streams.demo.plan import LADDER
from streams.demo.truth import Expectation, Family
from streams.events import activity, deal, judgement
from streams.events.envelope import Event, millis, moment_of

SILENT_BUSINESS_DAYS = 10
STUCK_FACTOR = 2.0
STUCK_LEAST_DAYS = 7.0
PUSHES = 2
STEP_BUSINESS_DAYS = 5
FORESEEABLE = timedelta(days=14)
#: What was over within a day needed nobody's attention.
LEAST = timedelta(days=1)
#: A next step without a date counts for so long.
STEP_VALID = timedelta(days=14)
#: A fade is worth an alert only where the deal stays open for so long.
QUIET_LEAST = timedelta(days=7)


class History:
    """A deal's events in order of time, in its region, with the spans in which it rested for a recorded reason."""

    def __init__(
        self, code: str, events: Sequence[Event], opened: datetime, ended: datetime, cycle_days: float
    ) -> None:
        """Keep what the families ask for; `cycle_days` is the usual length of a won deal."""
        self.code, self.opened, self.ended, self.cycle_days = code, opened, ended, cycle_days
        self.events = [event for event in events if opened <= event.time]
        self.contacts = [event.time for event in events if activity.is_contact(event)]
        self.rests = list(_recorded_rests(code, self.events, ended))

    def resting(self, moment: datetime) -> bool:
        """Say whether a recorded hold or "not ready" is in force."""
        return any(since <= moment < until for since, until in self.rests)

    def plus_business_days(self, moment: datetime, count: int) -> datetime:
        """Return the same time of day that many working days later."""
        day, clock = divmod(calendar.minute_of(self.code, millis(moment)), MINUTES_A_DAY)
        later = calendar.plus_working(self.code, day, count)
        return moment_of(calendar.at_of(self.code, later * MINUTES_A_DAY + clock))

    def end_of(self, day: int) -> datetime:
        """Return the instant at which a calendar day is over in the region."""
        return moment_of(calendar.at_of(self.code, (day + 1) * MINUTES_A_DAY))


def expect(history: History, faded_at: datetime | None, silent_until: datetime | None) -> tuple[Expectation, ...]:
    """Return every deserved alert with its span, in order of time."""
    found: list[Expectation] = []
    until = silent_until or history.ended
    if faded_at is not None and until - faded_at >= QUIET_LEAST:
        found.append(Expectation("going_quiet", faded_at, until))
    found += _spans("silent", _silences(history))
    found += _spans("stuck_in_stage", _stays(history))
    found += _spans("no_next_step", _planless(history))
    found += _dates(history)
    return tuple(sorted(found, key=lambda each: (each.since, each.family)))


def _spans(family: Family, spans: Iterator[tuple[datetime, datetime]]) -> Iterator[Expectation]:
    return (Expectation(family, since, until) for since, until in spans if until - since >= LEAST)


def _recorded_rests(code: str, events: Sequence[Event], ended: datetime) -> Iterator[tuple[datetime, datetime]]:
    since: datetime | None = None
    for event in events:
        if isinstance(event, judgement.HoldSet):
            resume, until = event.data.resume_date, ended
            if resume is not None:
                until = moment_of(calendar.at_of(code, resume.toordinal() * MINUTES_A_DAY))
            cleared = [e.time for e in events if isinstance(e, judgement.HoldCleared) and e.time > event.time]
            yield event.time, min([until, *cleared[:1]])
        elif isinstance(event, judgement.ReadinessChanged):
            if event.data.readiness == "not_ready":
                since = event.time
            elif since is not None:
                yield since, event.time
                since = None
    if since is not None:
        yield since, ended


def _silences(history: History) -> Iterator[tuple[datetime, datetime]]:
    marks = [max(history.opened, each) for each in history.contacts]
    marks = [history.opened, *marks]
    for last, following in zip(marks, [*marks[1:], history.ended], strict=True):
        if following - last < timedelta(days=SILENT_BUSINESS_DAYS):
            continue
        yield from _not_resting(history, history.plus_business_days(last, SILENT_BUSINESS_DAYS), following)


def _not_resting(history: History, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Take the recorded rests out of a span."""
    for start, end in sorted(history.rests):
        if start < until and end > since:
            if since < start:
                yield since, start
            since = max(since, end)
    if since < until:
        yield since, until


def _stays(history: History) -> Iterator[tuple[datetime, datetime]]:
    usual = {name: share * history.cycle_days for name, share in LADDER}
    stage, entered = LADDER[0][0], history.opened
    moves = [event for event in history.events if isinstance(event, deal.StageChanged)]
    for name, moment in [*((each.data.stage, each.time) for each in moves), ("", history.ended)]:
        limit = timedelta(days=max(STUCK_LEAST_DAYS, STUCK_FACTOR * usual.get(stage, history.cycle_days)))
        if moment - entered > limit:
            yield from _not_resting(history, entered + limit, moment)
        stage, entered = name, moment


def _planless(history: History) -> Iterator[tuple[datetime, datetime]]:
    covered = history.opened
    for event in history.events:
        until: datetime | None = None
        if isinstance(event, deal.NextStepChanged):
            until = (event.data.due or event.time + STEP_VALID) if event.data.text else event.time
        elif isinstance(event, activity.MeetingScheduled | activity.MeetingRescheduled):
            until = event.data.starts
        if until is None:
            continue
        yield from _without_plan(history, covered, event.time)
        covered = max(covered, until)
    yield from _without_plan(history, covered, history.ended)


def _without_plan(history: History, covered: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    if until - covered > timedelta(days=STEP_BUSINESS_DAYS):
        yield from _not_resting(history, history.plus_business_days(covered, STEP_BUSINESS_DAYS), until)


def _dates(history: History) -> Iterator[Expectation]:
    pushes, due, set_at, promised = 0, None, history.opened, False
    for event in history.events:
        if isinstance(event, deal.Created):
            due = _due(history, event.data)
            promised = due is not None
        elif isinstance(event, deal.CloseDateChanged):
            new = _due(history, event.data)
            if due is not None and new is not None and new > due:
                yield from _slip(due, set_at, event.time)
                # A default that the CRM filled in was nobody's promise, so moving it is no push.
                pushes += promised
                if promised and pushes == PUSHES:
                    yield Expectation("pushed_repeatedly", event.time, history.ended)
            due, set_at, promised = new, event.time, event.origin == "human"
    if due is not None and (due < history.ended or not isinstance(history.events[-1], deal.Won)):
        yield from _slip(due, set_at, history.ended)


def _slip(due: datetime, set_at: datetime, until: datetime) -> Iterator[Expectation]:
    """A date that was pushed, that passed with the deal open, or before which the deal died, was bound to slip."""
    ends = min(due, until)
    begins = max(set_at, ends - FORESEEABLE)
    if begins < ends:
        yield Expectation("slipping", begins, ends)
    if due < until:
        yield Expectation("close_date_missed", due, until)


def _due(history: History, data: deal.CreatedData | deal.CloseDateData) -> datetime | None:
    if data.close_at is not None:
        return data.close_at
    return None if data.close_date is None else history.end_of(data.close_date.toordinal())
