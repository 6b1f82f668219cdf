"""What reps did in some quarters, added up: what the indices of a team and the indicators of a rep are told from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streams.revenue.conduct import WEEK, Conduct, Tally
from streams.revenue.heeding import Asked, Run
from streams.revenue.ladder import Climb, Ladder, climbs_of, ladder_of
from streams.revenue.logbook import Change, Logbook
from streams.revenue.passing import passed
from streams.revenue.quarters import Quarter, quarter_at
from streams.state.calendar import Calendar


@dataclass(slots=True)
class Cell:
    """One rep in one quarter, from the first that was seen of it."""

    since: int
    tallies: list[tuple[str, Tally]] = field(default_factory=list)
    closed: list[Conduct] = field(default_factory=list)
    climbs: list[Climb] = field(default_factory=list)
    alerts: list[tuple[str, Asked]] = field(default_factory=list)
    runs: list[tuple[str, Run]] = field(default_factory=list)
    #: Deals whose buyer still waits for an answer, for longer than is in order.
    kept_waiting: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sample:
    """Some cells, added up. `weeks` are those that are over, and in how many of them a manager looked into deals."""

    cells: list[Cell]
    weeks: int = 0
    inspected: int = 0

    @property
    def tallies(self) -> list[tuple[str, Tally]]:
        """Every tally, with its deal."""
        return [each for cell in self.cells for each in cell.tallies]

    @property
    def closed(self) -> list[Conduct]:
        """Deals that ended with an outcome."""
        return [each for cell in self.cells for each in cell.closed]

    @property
    def climbs(self) -> list[Climb]:
        """Changes of stage."""
        return [each for cell in self.cells for each in cell.climbs]

    @property
    def alerts(self) -> list[tuple[str, Asked]]:
        """Alerts, with their deals."""
        return [each for cell in self.cells for each in cell.alerts]

    @property
    def runs(self) -> list[tuple[str, Run]]:
        """Runs of plays, with their deals."""
        return [each for cell in self.cells for each in cell.runs]

    @property
    def kept_waiting(self) -> list[str]:
        """Deals whose buyer waits."""
        return [each for cell in self.cells for each in cell.kept_waiting]

    @property
    def events(self) -> int:
        """Events of all deals."""
        return sum(tally.events for _, tally in self.tallies)

    def span(self, name: str) -> int:
        """A span of all tallies together, in milliseconds, or a count."""
        return sum(getattr(tally, name) for _, tally in self.tallies)

    @property
    def deals_open(self) -> int:
        """How many deals were open at any time."""
        return len({deal for deal, tally in self.tallies if tally.open_ms})


@dataclass(slots=True)
class Gathered:
    """Everything that is known as of an instant, by rep and quarter."""

    as_of: int
    logbook: Logbook
    ladder: Ladder
    conducts: list[Conduct]
    changes: list[Change]
    cells: dict[tuple[str, int], Cell]
    deals: dict[str, Conduct]
    open_by_rep: defaultdict[str, list[Conduct]]

    def team_of(self, rep: str) -> str:
        """The team of a rep; empty where nobody knows."""
        return self.logbook.company.teams.get(rep, "")

    @property
    def reps(self) -> list[str]:
        """Every rep who had a deal."""
        return sorted({rep for rep, _ in self.cells if rep})

    @property
    def teams(self) -> list[str]:
        """Every team whose reps had a deal."""
        return sorted({self.team_of(rep) for rep in self.reps})

    def reps_of(self, team: str) -> list[str]:
        """The reps of a team."""
        return [rep for rep in self.reps if self.team_of(rep) == team]

    def sample(self, reps: Iterable[str], quarters: Sequence[Quarter]) -> Sample:
        """What some reps did in some quarters."""
        wanted = sorted(set(reps))
        found = Sample([])
        for quarter in quarters:
            cells = [self.cells[key] for rep in wanted if (key := (rep, quarter.begins)) in self.cells]
            if not cells:
                continue
            found.cells += cells
            first = -(-(min(cell.since for cell in cells) - quarter.begins) // WEEK)
            last = (min(self.as_of, quarter.ends) - quarter.begins) // WEEK
            seen = 0
            for cell in cells:
                for _, tally in cell.tallies:
                    seen |= tally.inspected
            found.weeks += max(0, last - first)
            found.inspected += sum(seen >> week & 1 for week in range(first, last))
        return found

    def open_deals(self, rep: str) -> list[Conduct]:
        """A rep's deals that are open and do not rest for a known reason, in the order of their ids."""
        return self.open_by_rep.get(rep, [])


def gather(logbook: Logbook, as_of: int) -> Gathered:
    """Return what a logbook knows as of an instant (milliseconds), at or after all it has seen.

    The logbook stays as it is: time that has passed since a deal's last event is counted here only.
    """
    company = logbook.company
    conducts = [passed(each, as_of, company) for _, each in sorted(logbook.conducts.items())]
    ladder = ladder_of(logbook.practice, conducts)
    deals = {each.id: each for each in conducts}
    found = Gathered(as_of, logbook, ladder, conducts, logbook.changes(), {}, deals, defaultdict(list))
    for each in conducts:
        _gather_conduct(found, each)
    for name, heeding in sorted(logbook.heedings.items()):
        for alert in heeding.alerts:
            if alert.opened_at:
                _cell(found, alert.rep, alert.opened_at).alerts.append((name, alert))
        for run in heeding.runs:
            _cell(found, run.rep, run.started_at).runs.append((name, run))
    return found


def _gather_conduct(found: Gathered, conduct: Conduct) -> None:
    logbook, as_of = found.logbook, found.as_of
    for tally in conduct.tallies:
        cell = _cell_of(found, tally.rep, tally.begins, tally.since)
        cell.tallies.append((conduct.id, tally))
    if conduct.is_closed and conduct.closed_at is not None:
        _cell(found, conduct.rep, conduct.closed_at).closed.append(conduct)
    for climb in climbs_of(conduct, found.ladder):
        _cell(found, climb.step.rep, climb.step.recorded_at).climbs.append(climb)
    if conduct.is_open and not conduct.rests(as_of):
        found.open_by_rep[conduct.rep].append(conduct)
    if conduct.is_open and conduct.waiting_since is not None:
        calendar = Calendar(logbook.practice.country, logbook.company.timezone)
        if calendar.business_hours(conduct.waiting_since, as_of) > logbook.practice.answer_hours:
            _cell(found, conduct.rep, as_of).kept_waiting.append(conduct.id)


def _cell(found: Gathered, rep: str, at: int) -> Cell:
    return _cell_of(found, rep, quarter_at(found.logbook.company, at).begins, at)


def _cell_of(found: Gathered, rep: str, quarter: int, since: int) -> Cell:
    cell = found.cells.get((rep, quarter))
    if cell is None:
        cell = found.cells[rep, quarter] = Cell(since)
    cell.since = min(cell.since, since)
    return cell
