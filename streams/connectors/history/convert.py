"""Door: a foreign log and a mapping -> an event file, and an account of every row.

The log is read as a stream and sorted in memory by time, because a first row, a repetition and the end of a call are
what they are by time, not by place in the file; what is kept of a row that means nothing is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from streams.connectors.errors import EventFileUnwritable, LogUnreadable
from streams.connectors.eventfile import STANDARD_STREAM, EventWriter
from streams.connectors.history.mapping import Draft, Drafter, LeftOut, ended, started, tell
from streams.connectors.history.plan import Plan, plan
from streams.connectors.history.reader import read_mapping, read_rows
from streams.events.envelope import Event

#: Rows between two calls of `progress`.
PROGRESS_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Conversion:
    """The account of a conversion: every row is one event or left out for one reason.

    A row with several times is counted once for each of them.

    `events_by_kind` and `left_out_by_reason` have the most frequent first. `opportunities` counts those with an event.
    `first_time` and `last_time` span all rows with a readable opportunity and time, written or not; none where there is
    no such row. `control_events` are the two lines about the history itself, which stand for no row.
    """

    rows_read: int
    events_written: int
    rows_left_out: int
    events_by_kind: dict[str, int]
    left_out_by_reason: dict[str, int]
    opportunities: int
    control_events: int
    first_time: datetime | None
    last_time: datetime | None
    inactivity_horizon_days: int | None

    def __post_init__(self) -> None:
        """Balance the account: a row that is lost without a reason is a bug, never a figure."""
        assert self.rows_read == self.events_written + self.rows_left_out
        assert self.events_written == sum(self.events_by_kind.values())
        assert self.rows_left_out == sum(self.left_out_by_reason.values())


def convert(source: Path, mapping: Path, output: Path, progress: Callable[[int], None] | None = None) -> Conversion:
    """Convert the CSV log `source` by the file `mapping` into the event file `output`, and return the account.

    The output begins with `backfill_started` and ends with `backfill_ended`, or is empty where no row has a readable
    opportunity and time. The same input gives the same bytes. `progress` is called with the rows read so far. Raises
    `MappingInvalid`, `LogUnreadable` or `EventFileUnwritable`; then `output` is as it was.
    """
    spec = read_mapping(mapping)
    _refuse_overwriting(output, source, mapping)
    account = _Account(progress)
    drafts: list[Draft] = []
    with closing(read_rows(source, spec.file)) as rows:
        header = tuple(next(rows))
        try:
            ready = plan(spec, header)
        except LogUnreadable as error:
            raise LogUnreadable(f"{source}: {error}") from error
        drafter = Drafter(ready)
        for cells in rows:
            for at in range(len(ready.times)):
                draft = drafter.draft(account.read(), cells, at)
                if isinstance(draft, LeftOut):
                    account.leave_out(draft)
                else:
                    drafts.append(draft)
    _write(output, drafts, ready, drafter, account)
    return account.closed(drafter, spec.targets.inactivity_horizon_days)


class _Account:
    """Counts while the conversion runs."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self.rows = 0
        self.events = 0
        self.control_events = 0
        self._progress = progress
        self._kinds: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._opportunities: set[str] = set()

    def read(self) -> int:
        """Count a row and return its number."""
        self.rows += 1
        if self._progress is not None and self.rows % PROGRESS_ROWS == 0:
            self._progress(self.rows)
        return self.rows

    def leave_out(self, left_out: LeftOut) -> None:
        self._reasons[left_out.reason] += 1

    def write(self, event: Event) -> None:
        self.events += 1
        self._kinds[event.kind] += 1
        self._opportunities.add(event.subject)

    def closed(self, drafter: Drafter, horizon_days: int | None) -> Conversion:
        if self._progress is not None:
            self._progress(self.rows)
        return Conversion(
            rows_read=self.rows,
            events_written=self.events,
            rows_left_out=self._reasons.total(),
            events_by_kind=dict(self._kinds.most_common()),
            left_out_by_reason=dict(self._reasons.most_common()),
            opportunities=len(self._opportunities),
            control_events=self.control_events,
            first_time=drafter.first_time,
            last_time=drafter.last_time,
            inactivity_horizon_days=horizon_days,
        )


def _write(output: Path, drafts: list[Draft], ready: Plan, drafter: Drafter, account: _Account) -> None:
    first, last = drafter.first_time, drafter.last_time
    with EventWriter(output) as writer:
        if first is None or last is None:
            return
        writer.write(started(ready, first))
        for outcome in tell(drafts, ready):
            if isinstance(outcome, LeftOut):
                account.leave_out(outcome)
            else:
                writer.write(outcome)
                account.write(outcome)
        writer.write(ended(ready, last, account.events))
        account.control_events = 2


def _refuse_overwriting(output: Path, source: Path, mapping: Path) -> None:
    if output == STANDARD_STREAM or not output.is_file():
        return
    for each in (source, mapping):
        if each.exists() and output.samefile(each):
            raise EventFileUnwritable(f"{output}: is the file that is read; name another file for the events")
