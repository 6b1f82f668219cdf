"""A trial of forecasts says what would have been said, and nothing that only the future knew."""

from datetime import UTC, date, datetime

import pytest

from streams.backtest.errors import NothingToForecast
from streams.backtest.forecast import History, Trial, prepare, read, try_out
from streams.backtest.forecast_report import report
from streams.revenue.company import Company, Unit
from streams.revenue.version import DEFAULT, VERSIONS
from tests.builders import APPENDED_AT
from tests.sold import lines

COMPANY = Company(timezone="UTC", teams={"ana": "north", "ben": "north", "cleo": "south"}, regions={"north": "emea"})
SINCE = date(2024, 11, 1)
NOW = APPENDED_AT


@pytest.fixture(scope="module")
def history() -> History:
    """Six months, from July to December."""
    return read(lines(), NOW, "UTC")


@pytest.fixture(scope="module")
def trial(history: History) -> Trial:
    """What would have been said of November and December."""
    return try_out(prepare(history, COMPANY, SINCE, "month"))


def test_events_are_taken_in_as_a_partition_takes_them() -> None:
    """Doubles and rubbish are counted, and change nothing."""
    told = lines()
    clean, spoilt = read(told, NOW, "UTC"), read([*told[:50], told[49], b"{", *told[50:]], NOW, "UTC")

    assert dict(spoilt.left_out) == {"duplicate": 1, "not_json": 1}
    assert [each.after for each in spoilt.moves] == [each.after for each in clean.moves]
    assert (clean.deals, clean.events) == (120, len(told))


def test_each_week_of_each_period_with_a_past_is_locked_and_each_month_is_judged(trial: Trial) -> None:
    """August is the first that begins after a win; September has a whole one before it."""
    assert trial.days == [date(2024, 11, 1), date(2024, 12, 1)]
    assert sorted({each.day for each in trial.weekly})[:2] == [date(2024, 9, 1), date(2024, 9, 8)]
    assert list(trial.weights) == ["FY2024-M09", "FY2024-M10", "FY2024-M11", "FY2024-M12"]
    assert trial.weights["FY2024-M09"].who_outcomes == 0
    assert trial.weights["FY2024-M12"].much_outcomes == 3


def test_what_came_is_what_was_won(history: History, trial: Trial) -> None:
    """Of ana in November, and the whole is the sum of its parts."""
    wins = [
        each.after
        for each in history.moves
        if each.after.status == "won"
        and each.after.closes is not None
        and date(2024, 11, 1) <= each.after.closes < date(2024, 12, 1)
    ]

    assert trial.came["FY2024-M11", Unit("rep", "ana")] == sum(
        round(float(each.amount or 0) * 100) for each in wins if each.owner == "ana"
    )
    for level in ("rep", "team", "region"):
        of_level = [
            cents for (period, unit), cents in trial.came.items() if period == "FY2024-M11" and unit.level == level
        ]
        assert sum(of_level) == trial.came["FY2024-M11", Unit()]


def test_what_was_said_does_not_depend_on_what_came_after(trial: Trial) -> None:
    """A log that ends with November says of it what the whole one says, weights and all."""
    short = read(lines(until=datetime(2024, 12, 1, tzinfo=UTC)), NOW, "UTC")

    found = try_out(prepare(short, COMPANY, SINCE, "month"))

    assert found.judged
    assert found.judged == [each for each in trial.judged if each.period == "FY2024-M11"]
    assert found.weights["FY2024-M11"] == trial.weights["FY2024-M11"]


def test_a_log_without_a_whole_period_is_refused_with_what_is_missing(history: History) -> None:
    """Nothing can be compared."""
    with pytest.raises(NothingToForecast, match="no month from 2027-01-01 on"):
        prepare(history, COMPANY, date(2027, 1, 1), "month")
    with pytest.raises(NothingToForecast):
        prepare(read(lines(until=datetime(2024, 9, 1, tzinfo=UTC)), NOW, "UTC"), COMPANY, date(2024, 7, 1), "month")


def test_the_report_has_every_version_by_level_unit_and_day(history: History, trial: Trial) -> None:
    """And its figures are those of the trial."""
    found = report(history, trial, "EUR")

    assert [each.version for each in found.versions] == list(VERSIONS)
    assert dict(found.units) == {"rep": 3, "team": 2, "region": 2, "company": 1}
    default = next(each for each in found.versions if each.version == DEFAULT)
    assert default.whole.cases == 2 * 8
    assert default.whole.outcomes == 2 * 8
    assert default.whole.intervals == 16
    assert set(default.units) >= {"company", "rep:ana", "team:north", "region:emea"}
    assert found.best_simple in ("pace", "stage_weighted")
    for day in found.days:
        assert day.came == trial.came[day.period, Unit()]
        assert day.said["closed"] == day.closed <= day.came
    assert sum(each.covered for each in found.days) == round((default.whole.coverage or 0) * 16)
