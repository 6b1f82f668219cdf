"""The matrix: teams by process, their accounts by relationship."""

import pytest

from streams.events.deal import CreatedData
from streams.revenue.matrix import matrix_of, performance_of, suspicion_of
from streams.revenue.matrix_words import MATRIX_NOTICE, matrix_lines
from streams.revenue.process import PROCESS_LEVELS
from streams.revenue.relationship import RELATIONSHIP_LEVELS
from tests.builders import a_category, a_loss, a_message, an_opportunity, ms
from tests.conducting import a_logbook, a_team, in_turn

AS_OF = ms(181.9)


def test_a_row_has_the_teams_process_and_its_accounts() -> None:
    """Thirty won deals of one account, managed week by week."""
    reviews = [a_category(7 * week + 2, "commit", actor="boss", subject="d-000") for week in range(26)]
    row = matrix_of(a_logbook(in_turn(a_team(30, account="acme"), reviews)), AS_OF).row("north")

    assert (row.process.level, row.relationship) == ("formal", "preferred supplier")
    assert {name: count for name, count in row.accounts.items() if count} == {"preferred supplier": 1}
    assert (row.outcomes.won, row.outcomes.lost, row.outcomes.no_decision) == (30, 0, 0)
    assert row.performance == 2
    assert not row.suspicion


def test_a_team_stands_where_at_least_half_of_its_accounts_are() -> None:
    """Of two accounts the lower one: a customer of many deals, and one of whom there is one."""
    single = a_team(1, account="other", prefix="e")
    written = [a_message(day, subject="e-000") for day in range(1, 12)]
    row = matrix_of(a_logbook(in_turn(a_team(30, account="acme"), single, written)), AS_OF).row("north")

    assert (row.accounts["approved vendor"], row.accounts["preferred supplier"]) == (1, 1)
    assert row.relationship == "approved vendor"


def test_no_decision_is_an_outcome_of_its_own() -> None:
    """It is not a kind of loss."""
    theirs = CreatedData(owner="rep-9")
    lost = [an_opportunity(0, theirs, subject="x"), a_loss(2, no_decision=True, subject="x")]
    lost += [an_opportunity(0, theirs, subject="y"), a_loss(2, subject="y")]
    row = matrix_of(a_logbook(in_turn(a_team(3), lost)), AS_OF).row("")

    assert (row.outcomes.won, row.outcomes.lost, row.outcomes.no_decision) == (0, 1, 1)


def test_what_would_move_a_team_is_said_for_both_ways() -> None:
    """Over, by the gate that failed; up, by what its accounts lack."""
    over, up = matrix_of(a_logbook(a_team(30, account="acme")), AS_OF).row("north").to_move

    assert over.startswith("over: cadence is 0.00 and 0.75 is asked for: a manager looked into deals in 0 of 25 weeks")
    assert up == (
        "up: 1 more of 1 accounts above preferred supplier; what 1 of those on it lack first is "
        "people of 3 functions who take part"
    )


def test_movement_tells_the_level_of_each_quarter() -> None:
    """A manager who begins with the second quarter: informal, then formal once both quarters of a window have it."""
    reviews = [a_category(7 * week + 2, "commit", actor="boss", subject="d-010") for week in range(13, 52)]
    row = matrix_of(a_logbook(in_turn(a_team(72), reviews)), ms(365.9)).row("north")

    assert row.movement == (
        ("FY2023-Q4", None),
        ("FY2024-Q1", None),
        ("FY2024-Q2", "informal"),
        ("FY2024-Q3", "formal"),
        ("FY2024-Q4", "formal"),
    )


def test_performance_rises_over_and_up() -> None:
    """No step to the right or upwards lowers the performance level; both ends are there."""
    for place, process in enumerate(PROCESS_LEVELS):
        for height, relationship in enumerate(RELATIONSHIP_LEVELS):
            here = performance_of(process, relationship)
            assert here is not None
            over = performance_of(PROCESS_LEVELS[min(place + 1, 3)], relationship)
            up = performance_of(process, RELATIONSHIP_LEVELS[min(height + 1, 4)])
            assert over is not None
            assert up is not None
            assert here <= min(over, up)
    assert performance_of("random", "approved vendor") == 1
    assert performance_of("dynamic", "trusted partner") == 3
    assert performance_of(None, "approved vendor") is None


def test_a_no_fly_cell_is_a_suspicion_of_bad_data() -> None:
    """Hardly anybody is trusted while everybody works their own way, or works by the book and stays a vendor."""
    suspected = {
        (process, relationship)
        for process in PROCESS_LEVELS
        for relationship in RELATIONSHIP_LEVELS
        if suspicion_of(process, relationship)
    }

    assert suspected == {("random", "trusted partner"), ("dynamic", "approved vendor")}
    assert "look for missing events" in suspicion_of("random", "trusted partner")
    assert not suspicion_of(None, "trusted partner")


def test_the_lines_draw_the_matrix_and_give_the_reasons() -> None:
    """Relationship upwards, process to the right, and what it must not be used for in front."""
    lines = matrix_lines(matrix_of(a_logbook(a_team(30, account="acme")), AS_OF))

    assert lines[0] == MATRIX_NOTICE
    assert lines[2].startswith("trusted partner")
    assert "(no-fly)" in lines[2]
    drawn = next(line for line in lines if line.startswith("preferred supplier"))
    assert drawn.split() == ["preferred", "supplier", ".", "north", ".", "."]
    assert lines[7].split() == list(PROCESS_LEVELS)
    assert "north: informal process, preferred supplier, performance level 1" not in lines
    assert any(line.startswith("north: informal process, preferred supplier, performance level 2") for line in lines)


def test_a_team_that_is_not_there_is_an_error() -> None:
    """It names the team."""
    with pytest.raises(KeyError, match="west"):
        matrix_of(a_logbook(a_team(1)), AS_OF).row("west")
