"""The figures of the data's README on the cases of December 2011: our questions are theirs, our answers are better."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.evaluation import Figures, evaluate
from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import convert
from streams.events.envelope import moment_of

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(600)]

MAPPING = Path(__file__).parents[2] / "deploy" / "mappings" / "bpi2012.toml"
DECEMBER = datetime(2011, 12, 1, tzinfo=UTC)
JANUARY = datetime(2012, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def result(bpi_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return the backtest of the whole log."""
    path = tmp_path_factory.mktemp("bpi") / "events.jsonl.gz"
    convert(bpi_log, MAPPING, path)
    return run(read_lines(path), Policy(), int(time.time() * 1000))


def december(result: Result, target: str) -> Figures:
    """The figures of one target on deals created in December 2011 (UTC)."""
    born = {name: moment_of(deal.facts.born_at) for name, deal in result.deals.items()}
    rows = [
        each
        for each in result.predictions.rows
        if each.target == target and DECEMBER <= born[each.opportunity] < JANUARY
    ]
    return evaluate([each.probability for each in rows], [each.label for each in rows])


def test_the_questions_are_those_of_the_published_table(result: Result) -> None:
    """20,155 inactivity checkpoints with 16.5 % inactive, 18,251 slippage checkpoints with 73.7 % slipping."""
    inactivity, slippage = december(result, "inactivity"), december(result, "slippage")

    assert (20_155, 18_251) == (inactivity.cases, slippage.cases)
    assert (0.165, 0.737) == (
        round(inactivity.positives / inactivity.cases, 3),
        round(slippage.positives / slippage.cases, 3),
    )


def test_inactivity_is_predicted_better_than_by_plain_online_logistic_regression(result: Result) -> None:
    """River's StandardScaler | LogisticRegression reaches 0.682 / 0.300 / 0.1313 on the same cases."""
    figures = december(result, "inactivity")

    assert figures.roc_auc > 0.78
    assert figures.pr_auc > 0.50
    assert figures.brier < 0.112


def test_slippage_is_predicted_better_than_by_plain_online_logistic_regression(result: Result) -> None:
    """River's StandardScaler | LogisticRegression reaches 0.774 / 0.912 / 0.1643 on the same cases."""
    figures = december(result, "slippage")

    assert figures.roc_auc > 0.80
    assert figures.pr_auc > 0.92
    assert figures.brier < 0.152
