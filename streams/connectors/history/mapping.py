"""Rows of a foreign log -> events, or the reason why a row is none. Pure: no file, no clock.

A row is looked at twice. First by itself (`draft`): whose it is, when, and which rules it meets; most rows that mean
nothing end here. Then in the order of time, together with the others of its opportunity (`tell`): whether it is the
first or repeats one, and how long the call took that it ends. Each row has exactly one outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from streams.connectors.history.cells import Unreadable
from streams.connectors.history.plan import Action, Cells, Plan, Taken
from streams.events.control import BackfillData, BackfillEnded, BackfillStarted
from streams.events.decode import EARLIEST_MS, decode
from streams.events.envelope import Event, millis, moment_of
from streams.events.rejection import Rejection

#: Nothing of today's logs is older or younger; a time outside is a slip of the pen that would move every clock.
EARLIEST = moment_of(EARLIEST_MS)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
#: Ids sort in row order up to this many digits of a row number.
ROW_DIGITS = 9
_LONGEST_OPPORTUNITY = 200 - ROW_DIGITS - 1
#: Different texts that the reasons for left-out rows quote, so that free text cannot make a reason of every row.
_MOST_REASONS = 500
_LONGEST_QUOTE = 60
_REMEMBERED_ROWS = 20_000

_SECOND = timedelta(seconds=1)


class LeftOut(NamedTuple):
    """A row that becomes no event, and why, in words for the author of the mapping."""

    reason: str


class Draft(NamedTuple):
    """A row that meets a rule. Drafts sort by time, then by row; `actions` are the rules it meets, in order."""

    time: datetime
    row: int
    opportunity: str
    actions: tuple[Action, ...]
    cells: Cells


class Drafter:
    """Looks at each row by itself. Keeps the period of all rows with a readable opportunity and time."""

    def __init__(self, plan: Plan) -> None:
        """Work by a plan; rows must come from the file that its header is of."""
        self.first_time: datetime | None = None
        self.last_time: datetime | None = None
        self._plan = plan
        self._prefix = plan.mapping.columns.opportunity.prefix
        self._earliest = plan.mapping.time.not_before or EARLIEST
        self._latest = plan.mapping.time.not_after or LATEST
        self._known: dict[tuple[int, Cells], tuple[Action, ...] | LeftOut] = {}
        self._reasons: set[str] = set()
        # Equal texts are kept once: a log repeats the same few names in all its rows.
        self._texts: dict[str, str] = {}

    def draft(self, row: int, cells: Sequence[str], at: int = 0) -> Draft | LeftOut:
        """Return what the row with number `row` (from 1) is by itself, read for the time column with number `at`."""
        plan = self._plan
        if len(cells) != plan.width:
            return LeftOut("wrong number of cells")
        opportunity = self._opportunity(cells[plan.opportunity].strip())
        if isinstance(opportunity, LeftOut):
            return opportunity
        time = self._time(cells[plan.times[at]].strip(), at)
        if isinstance(time, LeftOut):
            return time
        if self.first_time is None or time < self.first_time:
            self.first_time = time
        if self.last_time is None or time > self.last_time:
            self.last_time = time
        asked = tuple([cells[number].strip() for number in plan.asked])
        actions = self._known.get((at, asked))
        if actions is None:
            actions = self._remember(at, asked)
        if isinstance(actions, LeftOut):
            return actions
        share = self._texts.setdefault
        kept = tuple([share(text, text) for text in [cells[number].strip() for number in plan.kept]])
        return Draft(time, row, share(opportunity, opportunity), actions, kept)

    def _opportunity(self, text: str) -> str | LeftOut:
        if not text:
            return LeftOut("no opportunity id")
        opportunity = self._prefix + text
        if len(opportunity) > _LONGEST_OPPORTUNITY:
            return LeftOut(f"opportunity id is longer than {_LONGEST_OPPORTUNITY} characters")
        if opportunity.startswith("~"):
            return LeftOut("opportunity id starts with '~' (set a prefix in columns.opportunity)")
        return opportunity

    def _time(self, text: str, at: int) -> datetime | LeftOut:
        names = self._plan.time_names
        if not text:
            return LeftOut("no time" if len(names) == 1 else f"no {names[at]}")
        try:
            time = self._plan.read_time(text)
        except Unreadable as error:
            return LeftOut(f"unreadable time: it {error}")
        except OverflowError:
            return LeftOut("time is outside of the calendar")
        if time < EARLIEST:
            return LeftOut("time is before 1990")
        if time >= LATEST:
            return LeftOut("time is after 2099")
        if time < self._earliest:
            return LeftOut("before time.not_before")
        if time > self._latest:
            return LeftOut("after time.not_after")
        return time

    def _remember(self, at: int, asked: Cells) -> tuple[Action, ...] | LeftOut:
        if len(self._known) >= _REMEMBERED_ROWS:
            self._known.clear()
        found = self._known[at, asked] = self._decide(at, asked)
        return found

    def _decide(self, at: int, asked: Cells) -> tuple[Action, ...] | LeftOut:
        actions: list[Action] = []
        for condition, action in zip(self._plan.conditions, self._plan.actions, strict=True):
            if action.at in (None, at) and condition(asked):
                actions.append(action)
                if not action.passes_on:
                    break
        if actions:
            return LeftOut(actions[0].leave_out) if actions[0].leave_out else tuple(actions)
        reason = "no rule: " + ", ".join(
            f"{name}={text[:_LONGEST_QUOTE]}" for name, text in zip(self._plan.asked_names, asked, strict=True)
        )
        if reason not in self._reasons and len(self._reasons) >= _MOST_REASONS:
            return LeftOut("no rule: other texts")
        self._reasons.add(reason)
        return LeftOut(reason)


def tell(drafts: list[Draft], plan: Plan) -> Iterator[Event | LeftOut]:
    """Yield what becomes of each draft, in the order of time; rows of one time keep their order in the file."""
    choices = list(_choose(sorted(drafts, key=_place)))
    durations = _durations(choices, plan)
    for draft, choice in choices:
        if isinstance(choice, LeftOut):
            yield choice
        elif choice.leave_out:
            yield LeftOut(choice.leave_out)
        elif choice.start_of:
            fate = "gives its duration" if draft.row in durations else "no end follows"
            yield LeftOut(f"start of {choice.start_of} ({fate})")
        else:
            yield _event(draft, choice, durations.get(draft.row), plan)


def _place(draft: Draft) -> tuple[datetime, int]:
    return draft.time, draft.row


def _choose(drafts: Iterable[Draft]) -> Iterator[tuple[Draft, Action | LeftOut]]:
    """Yield the rule that decides about each draft, which for `once` depends on the earlier ones."""
    seen: set[tuple[str, str]] = set()
    for draft in drafts:
        choice: Action | LeftOut | None = None
        for action in draft.actions:
            group = (draft.opportunity, action.once)
            if not action.once or group not in seen:
                if action.once:
                    seen.add(group)
                choice = action
                break
            choice = LeftOut(f"repeated {action.kind}")
        assert choice is not None, "a draft meets at least one rule"
        yield draft, choice


def _durations(choices: Iterable[tuple[Draft, Action | LeftOut]], plan: Plan) -> dict[int, int]:
    """Return seconds by row, for every end that a start was found for, and for that start.

    An end belongs to the last start before it with the same opportunity and cells; each start serves one end.
    """
    durations: dict[int, int] = {}
    started: dict[tuple[str, ...], Draft] = {}
    for draft, choice in choices:
        if isinstance(choice, LeftOut):
            continue
        pair = choice.start_of or choice.duration_from
        if not pair:
            continue
        span = plan.spans[pair]
        key = (pair, draft.opportunity, *(draft.cells[number] for number in span.same))
        if choice.start_of:
            started[key] = draft
            continue
        start = started.pop(key, None)
        if start is not None and draft.time - start.time <= span.longest:
            durations[start.row] = durations[draft.row] = (draft.time - start.time) // _SECOND
    return durations


def _event(draft: Draft, action: Action, duration: int | None, plan: Plan) -> Event | LeftOut:
    """Build the event and have the contract's own door judge it, so that whatever is written can be read."""
    data = dict(action.data)
    record: dict[str, Any] = {
        "type": action.type,
        "id": f"{draft.opportunity}-{draft.row:0{ROW_DIGITS}d}",
        "source": plan.mapping.source,
        "time": draft.time,
        "subject": draft.opportunity,
        **action.attributes,
        "data": data,
    }
    for taken, target in ((action.taken_attributes, record), (action.taken_data, data)):
        failure = _take(taken, draft.cells, target)
        if failure is not None:
            return LeftOut(f"{action.kind}: {failure}")
    if action.duration_since is not None and (start := draft.cells[action.duration_since]):
        try:
            duration = (draft.time - plan.read_time(start)) // _SECOND
        except (Unreadable, OverflowError):
            return LeftOut(f"{action.kind}: the start of its duration is unreadable")
    if duration is not None:
        data["duration_seconds"] = duration
    if action.close_after is not None:
        data["close_at"] = draft.time + action.close_after
    try:
        value = msgspec.json.encode(record)
    except UnicodeEncodeError:
        return LeftOut(f"{action.kind}: text is not Unicode")
    event = decode(value, None, millis(draft.time))
    return LeftOut(f"{action.kind}: {_words(event)}") if isinstance(event, Rejection) else event


def _take(taken: tuple[Taken, ...], cells: Cells, target: dict[str, Any]) -> str | None:
    """Put the values of the cells into `target`, or return why one cannot be read; an empty cell sets nothing."""
    for each in taken:
        try:
            value = each.read(cells[each.cell])
        except Unreadable as error:
            return f"{each.name} {error}"
        except OverflowError:
            return f"{each.name} is outside of the calendar"
        if value is not None:
            target[each.name] = value
    return None


def _words(rejection: Rejection) -> str:
    return f"{rejection.reason}: {rejection.detail}"


def started(plan: Plan, first: datetime) -> BackfillStarted:
    """Return the event that a history begins, which carries the mapping's inactivity horizon where it gives one."""
    data = BackfillData(inactivity_horizon_days=plan.mapping.targets.inactivity_horizon_days)
    return BackfillStarted(id=f"backfill-started-{millis(first)}", source=plan.mapping.source, time=first, data=data)


def ended(plan: Plan, last: datetime, events: int) -> BackfillEnded:
    """Return the event that a history of `events` events has arrived, whose last row is of the time `last`."""
    data = BackfillData(events=events)
    return BackfillEnded(id=f"backfill-ended-{millis(last)}", source=plan.mapping.source, time=last, data=data)
