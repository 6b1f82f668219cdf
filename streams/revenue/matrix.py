"""Door: the Sales Relationship/Process matrix. Teams by how they work, their accounts by how close they are.

After CSO Insights (2007 and later): moving over (process) and up (relationship) goes with better results. Two cells are
no-fly, since no representative sample of companies was found there; a team that stands in one more likely has bad data.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct

from streams.revenue.logbook import Logbook
from streams.revenue.process import PROCESS_LEVELS, WINDOW, ProcessLevel, Standing, standing_of
from streams.revenue.quarters import Quarter, quarters_back
from streams.revenue.relationship import RELATIONSHIP_LEVELS, AccountStanding, RelationshipLevel, accounts_of
from streams.revenue.sample import Gathered, gather

#: Quarters of which the levels are told.
MOVEMENT = 5
NO_FLY: frozenset[tuple[ProcessLevel, RelationshipLevel]] = frozenset(
    {("random", "trusted partner"), ("dynamic", "approved vendor")}
)
PerformanceLevel = Literal[1, 2, 3]


class Outcomes(Struct, frozen=True):
    """How deals ended. CSO Insights counts no decision as an outcome of its own (2018: 47.3, 32.0 and 20.7 %)."""

    won: int
    lost: int
    no_decision: int


class Row(Struct, frozen=True, kw_only=True):
    """A team in the matrix."""

    team: str
    process: Standing
    #: How many of the team's accounts are on each level; of `unknown` there is too little to say.
    accounts: dict[str, int]
    #: The level of the accounts' median; none where no account's is known.
    relationship: RelationshipLevel | None
    performance: PerformanceLevel | None
    outcomes: Outcomes
    #: Why the data of this row are suspicious; empty where they are not.
    suspicion: str
    #: The level of each quarter's window, the earliest first.
    movement: tuple[tuple[str, ProcessLevel | None], ...]
    #: The smallest change that would move the team over, and up, in words.
    to_move: tuple[str, ...]


class Matrix(Struct, frozen=True, kw_only=True):
    """The matrix as of an instant (milliseconds)."""

    as_of: int
    quarter: str
    rows: tuple[Row, ...]
    accounts: tuple[AccountStanding, ...]

    def row(self, team: str) -> Row:
        """The row of a team; raises `KeyError` where there is none."""
        for each in self.rows:
            if each.team == team:
                return each
        raise KeyError(team)


def matrix_of(logbook: Logbook, as_of: int) -> Matrix:
    """Return the matrix of what a logbook has seen, as of an instant at or after that."""
    found = gather(logbook, as_of)
    quarters = quarters_back(logbook.company, as_of, MOVEMENT + WINDOW - 1)
    accounts = accounts_of(found)
    rows = tuple(_row(found, team, quarters, accounts) for team in found.teams)
    return Matrix(as_of=as_of, quarter=quarters[0].name, rows=rows, accounts=tuple(accounts))


def _row(found: Gathered, team: str, quarters: list[Quarter], accounts: list[AccountStanding]) -> Row:
    process = standing_of(found, team, quarters[:WINDOW], with_reps=True)
    earlier = [standing_of(found, team, quarters[place : place + WINDOW]) for place in range(MOVEMENT - 1, 0, -1)]
    own = [each for each in accounts if team in each.signals.teams]
    relationship = _median([each.level for each in own if each.level is not None])
    closed = found.sample(found.reps_of(team), quarters[:WINDOW]).closed
    return Row(
        team=team,
        process=process,
        accounts=_counted(own),
        relationship=relationship,
        performance=performance_of(process.level, relationship),
        outcomes=Outcomes(
            won=sum(each.status == "won" for each in closed),
            lost=sum(each.status == "lost" and not each.no_decision for each in closed),
            no_decision=sum(each.status == "lost" and each.no_decision for each in closed),
        ),
        suspicion=suspicion_of(process.level, relationship),
        movement=tuple((each.quarter, each.level) for each in (*earlier, process)),
        to_move=_to_move(process, relationship, own),
    )


def _counted(accounts: list[AccountStanding]) -> dict[str, int]:
    counts: Counter[str] = Counter(each.level or "unknown" for each in accounts)
    return {name: counts[name] for name in (*RELATIONSHIP_LEVELS, "unknown")}


def _median(levels: list[RelationshipLevel]) -> RelationshipLevel | None:
    """The lower median: at least half of the accounts are at least there."""
    ordered = sorted(RELATIONSHIP_LEVELS.index(each) for each in levels)
    return RELATIONSHIP_LEVELS[ordered[(len(ordered) - 1) // 2]] if ordered else None


def performance_of(process: ProcessLevel | None, relationship: RelationshipLevel | None) -> PerformanceLevel | None:
    """The performance level of a cell: 1 in the lower left, 3 in the upper right; none where a level is not known.

    CSO Insights drew the borders by four results (share of plan, reps at quota, turnover, forecast) and published them
    as a figure only; these are ours, by the steps from the lower left: fewer than 2, fewer than 5, and more.
    """
    if process is None or relationship is None:
        return None
    steps = PROCESS_LEVELS.index(process) + RELATIONSHIP_LEVELS.index(relationship)
    return 1 if steps < 2 else 2 if steps < 5 else 3


def suspicion_of(process: ProcessLevel | None, relationship: RelationshipLevel | None) -> str:
    """Why the data of a team in a cell are suspicious; empty where they are not."""
    if process is None or relationship is None or (process, relationship) not in NO_FLY:
        return ""
    return (
        f"a {process} process with accounts that are mostly {relationship} is hardly ever found: "
        "look for missing events, stages that are set by a machine, or accounts that are merged wrongly"
    )


def _to_move(
    process: Standing, relationship: RelationshipLevel | None, accounts: list[AccountStanding]
) -> tuple[str, ...]:
    """What fails for the next level, first the process, then the accounts that stand at the median."""
    words = [f"over: {process.failed[0].words}"] if process.failed else []
    if relationship is None or relationship == RELATIONSHIP_LEVELS[-1]:
        return tuple(words)
    known = [each for each in accounts if each.level is not None]
    above = sum(
        RELATIONSHIP_LEVELS.index(each.level) > RELATIONSHIP_LEVELS.index(relationship) for each in known if each.level
    )
    # The lower median moves up once more than half of all are above.
    needed = len(known) // 2 + 1 - above
    lacks = Counter(each.lacks.what for each in known if each.lacks is not None and each.level == relationship)
    wanted = min(lacks, key=lambda each: (-lacks[each], each))
    words.append(
        f"up: {needed} more of {len(known)} accounts above {relationship}; what {lacks[wanted]} of those on it lack "
        f"first is {wanted}"
    )
    return tuple(words)
