"""The process level of a team: random, informal, formal or dynamic, with the gate that failed and what would pass it.

The four levels are those of the CSO Insights Sales Relationship/Process matrix: everybody their own way; a process that
nobody watches; one that is defined and looked at; one that is held to, fed back and changed when the market changes.
How they are told from events is ours; docs/coaching.md says so gate by gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Literal, get_args

from msgspec import Struct

from streams.revenue.indices import Index, IndexName, fits_of, indices_of, shrunk
from streams.revenue.logbook import Change
from streams.revenue.quarters import Quarter
from streams.revenue.sample import Gathered, Sample

ProcessLevel = Literal["random", "informal", "formal", "dynamic"]
PROCESS_LEVELS: tuple[ProcessLevel, ...] = get_args(ProcessLevel)
#: Under so many closed deals, or events, of a team in the window no level is said.
FEWEST_CLOSED, FEWEST_EVENTS = 20, 200
#: A level is told from so many quarters together.
WINDOW = 2
_EXACT = 1e-9


class Gate(Struct, frozen=True):
    """What a level asks for: an index of at least so much, or so many changes of the process."""

    level: ProcessLevel
    of: IndexName | Literal["changes"]
    least: float


#: In the order in which they are asked. A level is reached where its gates, and those of the levels below, hold.
GATES = (
    Gate("informal", "conformance", 0.5),
    Gate("formal", "conformance", 0.7),
    Gate("formal", "evidence", 0.7),
    Gate("formal", "cadence", 0.75),
    Gate("dynamic", "feedback", 0.7),
    Gate("dynamic", "changes", 1),
)


class Failed(Struct, frozen=True):
    """A gate that is not passed: what there is of it (none: not known), and the smallest change that passes it."""

    gate: Gate
    value: float | None
    #: How many more are needed of what is counted; none where that cannot be said.
    needed: int | None
    words: str


class RepIndices(Struct, frozen=True):
    """The indices of one rep, pulled towards the team's by n / (n + 20)."""

    rep: str
    closed: int
    values: dict[str, float | None]


class Standing(Struct, frozen=True, kw_only=True):
    """How a team works in some quarters. `level` is none where there is too little to say."""

    team: str
    #: The quarter that the window ends with.
    quarter: str
    closed: int
    events: int
    level: ProcessLevel | None
    indices: tuple[Index, ...]
    changes: tuple[Change, ...] = ()
    #: The gates of the next level that fail, in their order; none at the top.
    failed: tuple[Failed, ...] = ()
    words: str = ""
    reps: tuple[RepIndices, ...] = ()

    def index(self, name: str) -> Index:
        """The index of a name."""
        return next(each for each in self.indices if each.name == name)


def level_of(values: Mapping[str, float | None]) -> tuple[ProcessLevel, tuple[Gate, ...]]:
    """The level for values by the names of gates, and the gates of the next level that fail (an unknown value does).

    Monotone: no value that rises lowers the level.
    """
    level: ProcessLevel = "random"
    for above in PROCESS_LEVELS[1:]:
        failed = tuple(gate for gate in GATES if gate.level == above and not _passes(gate, values.get(gate.of)))
        if failed:
            return level, failed
        level = above
    return level, ()


def _passes(gate: Gate, value: float | None) -> bool:
    return value is not None and value >= gate.least - _EXACT


def standing_of(found: Gathered, team: str, quarters: Sequence[Quarter], *, with_reps: bool = False) -> Standing:
    """How a team works in some quarters, of which the first is the latest."""
    company, practice = found.logbook.company, found.logbook.practice
    reps = found.reps_of(team)
    sample = found.sample(reps, quarters)

    def indices(of: Sample) -> tuple[Index, ...]:
        return indices_of(of, found.ladder, practice, found.as_of, company.timezone)

    told = indices(sample)
    begins, ends = quarters[-1].begins, quarters[0].ends
    changes = tuple(each for each in found.changes if begins <= each.at < ends)
    closed, events = len(sample.closed), sample.events
    level, failed, words = _level(found, sample, told, changes)
    members: list[RepIndices] = []
    for rep in reps if with_reps else ():
        own = found.sample([rep], quarters)
        pairs = zip(indices(own), told, strict=True)
        members.append(RepIndices(rep, len(own.closed), {whole.name: shrunk(part, whole) for part, whole in pairs}))
    return Standing(
        team=team,
        quarter=quarters[0].name,
        closed=closed,
        events=events,
        level=level,
        indices=told,
        changes=changes,
        failed=failed,
        words=words,
        reps=tuple(members),
    )


def _level(
    found: Gathered, sample: Sample, told: Sequence[Index], changes: Sequence[Change]
) -> tuple[ProcessLevel | None, tuple[Failed, ...], str]:
    closed, events = len(sample.closed), sample.events
    if closed < FEWEST_CLOSED or events < FEWEST_EVENTS:
        return (
            None,
            (),
            (
                f"insufficient: {closed} closed deals and {events} events, "
                f"and {FEWEST_CLOSED} and {FEWEST_EVENTS} are needed"
            ),
        )
    values: dict[str, float | None] = {each.name: each.value for each in told}
    values["changes"] = float(len(changes))
    level, gates = level_of(values)
    by_name = {each.name: each for each in told}
    failed = tuple(_failed(gate, values[gate.of], by_name, found, sample) for gate in gates)
    return level, failed, f"{level}, because {failed[0].words}" if failed else f"{level}: every gate is passed"


def _failed(
    gate: Gate, value: float | None, by_name: Mapping[IndexName, Index], found: Gathered, sample: Sample
) -> Failed:
    """Say what a gate lacks. What is needed is how many cases would have had to go well, all else as it was."""
    if gate.of == "changes":
        words = "no rule, play or stage was changed in the window; one change that is recorded would pass it"
        return Failed(gate, value, 1, words)
    index = by_name[gate.of]
    if value is None:
        return Failed(gate, None, None, f"{gate.of} is not known: {index.words}")
    needed = _needed(gate, index, found, sample)
    words = f"{gate.of} is {value:.2f} and {gate.least:g} is asked for: {index.words}. "
    return Failed(gate, value, needed, words + _MORE[gate.of].format(needed, "s" * (needed != 1)))


_MORE = {
    "conformance": "Had {0} deal{1} more climbed the ladder step by step, it would be passed",
    "evidence": "Had {0} advance{1} more had all milestones, it would be passed",
    "cadence": "Had a manager looked into deals in {0} week{1} more, it would be passed",
    "feedback": "Had somebody turned to {0} alert{1} more in time, it would be passed",
}


def _needed(gate: Gate, index: Index, found: Gathered, sample: Sample) -> int:
    """How many more of what an index counts would have had to go well; of deals the worst fitting ones first."""
    assert index.value is not None
    lacking = gate.least * index.of - _hits(index)
    if index.name != "conformance":
        return ceil(lacking - _EXACT)
    needed = 0
    for value, _ in fits_of(sample.closed, found.ladder):
        if lacking <= _EXACT:
            break
        lacking, needed = lacking - (1.0 - value), needed + 1
    return needed


def _hits(index: Index) -> float:
    if index.name == "cadence":  # the index ends at 0, however much edits crowd
        return index.parts["inspected"] - index.parts["batchiness"] * index.of
    assert index.value is not None
    return index.value * index.of
