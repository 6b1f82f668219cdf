"""The matrix as lines of text, for a terminal; a page makes its own of the same values."""

from __future__ import annotations

from collections.abc import Iterator

from streams.revenue.matrix import NO_FLY, Matrix, Row
from streams.revenue.process import PROCESS_LEVELS, ProcessLevel
from streams.revenue.relationship import RELATIONSHIP_LEVELS

_WIDE = 22
MATRIX_NOTICE = (
    "For coaching teams, not for employment decisions: no rating, pay, promotion or dismissal may rest on it."
)


def matrix_lines(matrix: Matrix) -> list[str]:
    """The matrix as it is drawn (relationship upwards, process to the right), then each team with its reasons."""
    lines = [MATRIX_NOTICE, ""]
    for relationship in reversed(RELATIONSHIP_LEVELS):
        cells = []
        for process in PROCESS_LEVELS:
            inside = [
                each.team or "(no team)"
                for each in matrix.rows
                if each.relationship == relationship and each.process.level == process
            ]
            no_fly = "(no-fly)" if (process, relationship) in NO_FLY else "."
            cells.append(", ".join(inside) or no_fly)
        lines.append(f"{relationship:<{_WIDE}}  " + "  ".join(f"{cell:<{_WIDE}}" for cell in cells).rstrip())
    lines.append(" " * (_WIDE + 2) + "  ".join(f"{process:<{_WIDE}}" for process in PROCESS_LEVELS).rstrip())
    for row in matrix.rows:
        lines += ["", *_row_lines(row)]
    return lines


def account_lines(matrix: Matrix) -> Iterator[str]:
    """Each account with its level and the first gate that failed, those with the most deals first."""
    yield MATRIX_NOTICE
    yield ""
    for each in sorted(matrix.accounts, key=lambda one: (-one.signals.deals, one.account)):
        signals = each.signals
        deals = f"{signals.deals} deals, {signals.won} won, {signals.open} open"
        yield f"{each.account or '(no account)'} ({deals}): {each.words}"


def rep_lines(matrix: Matrix) -> Iterator[str]:
    """The indices of each rep, pulled towards the team's, team by team."""
    yield MATRIX_NOTICE
    for row in matrix.rows:
        yield ""
        yield f"{row.team or '(no team)'}: {_level(row.process.level)} process"
        for each in row.process.reps:
            values = ", ".join(
                f"{name} {'-' if value is None else f'{value:.2f}'}" for name, value in each.values.items()
            )
            yield f"  {each.rep or '(nobody)'} ({each.closed} closed deals): {values}"


def _row_lines(row: Row) -> Iterator[str]:
    process, outcomes = row.process, row.outcomes
    place = f"{_level(process.level)} process, {row.relationship or 'relationship unknown'}"
    if row.performance is not None:
        place += f", performance level {row.performance}"
    yield f"{row.team or '(no team)'}: {place}"
    yield f"  {process.words}"
    for each in process.indices:
        value = "  - " if each.value is None else f"{each.value:.2f}"
        certain = "" if each.interval is None else f" ({each.interval.low:.2f} to {each.interval.high:.2f})"
        yield f"  {each.name:<12} {value}{certain:<16} {each.words}"
    mix = ", ".join(f"{name} {count}" for name, count in row.accounts.items() if count)
    yield f"  accounts: {mix or 'none'}"
    yield f"  closed deals: {outcomes.won} won, {outcomes.lost} lost, {outcomes.no_decision} no decision"
    yield "  movement: " + " > ".join(f"{quarter} {_level(level)}" for quarter, level in row.movement)
    for words in row.to_move:
        yield f"  to move {words}"
    if row.suspicion:
        yield f"  look at the data: {row.suspicion}"


def _level(level: ProcessLevel | None) -> str:
    return "insufficient" if level is None else level
