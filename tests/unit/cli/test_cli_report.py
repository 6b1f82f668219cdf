"""The figures of a backtest."""

from math import log

import pytest

from streams.backtest.judge import constant, judge
from streams.backtest.predictions import Prediction
from streams.backtest.report import created_at, report, within
from streams.backtest.run import Result
from streams.events.rejection import Reason, Rejection
from streams.labels.outcome import INACTIVITY
from streams.state.opportunity import DAY
from tests.builders import ms
from tests.unit.cli.samples import an_alert


def a_row(probability: float, label: bool, day: float = 10.0, age: float = 4.0, name: str = "opp-1") -> Prediction:
    """Return a prediction about inactivity."""
    return Prediction(name, ms(day), INACTIVITY, 14.0, probability, label, age, age / 2)


def test_the_constant_base_rate_has_known_figures() -> None:
    """Always saying 1 in 4 is calibrated, ranks nothing, and costs the entropy."""
    figures = constant(8, 2)
    assert (figures.roc_auc, figures.pr_auc, figures.brier, figures.ece) == (0.5, 0.25, 0.1875, 0.0)
    assert figures.log_loss == pytest.approx(-0.25 * log(0.25) - 0.75 * log(0.75))


def test_a_perfect_model_is_told_from_rules_that_know_nothing() -> None:
    """The model ranks every case right; the rules, which say the same of all, rank none."""
    found = judge([a_row(0.9, True), a_row(0.1, False), a_row(0.8, True), a_row(0.2, False)])
    assert found.model is not None and found.age is not None and found.since_contact is not None
    assert found.model.roc_auc == found.model.pr_auc == 1.0
    assert (found.age.roc_auc, found.since_contact.pr_auc) == (0.5, 0.5)
    assert found.base_rate == 0.5


@pytest.mark.parametrize("rows", [[], [a_row(0.5, True)], [a_row(0.5, False), a_row(0.4, False)]])
def test_one_kind_of_outcome_cannot_be_judged(rows: list[Prediction]) -> None:
    """Without both outcomes there are no figures, and no error."""
    found = judge(rows)
    assert (found.cases, found.model, found.base) == (len(rows), None, None)


def test_a_deal_belongs_to_the_range_of_its_creation() -> None:
    """The beginning of a range belongs to it, its end does not; forgotten deals are known by their age."""
    row = a_row(0.5, True, day=10.0, age=4.0)
    assert created_at(row) == ms(6)
    assert within([row], ms(6), ms(7)) == [row]
    assert within([row], ms(5), ms(6)) == []
    assert within([row], None, None) == [row]


def test_what_was_told_is_counted_by_rule_and_per_owner_and_week() -> None:
    """Two openings for one owner within two weeks are one a week."""
    result = Result()
    result.predictions.judged = _judged(a_row(0.5, True, day=0.0, age=0.0), a_row(0.6, False, day=14.0, age=14.0))
    result.alerts = [an_alert(at=ms(1)), an_alert(at=ms(2), transition="resolved"), an_alert(at=ms(3), id="al-2")]
    found = report(result).alerts["silent"]
    assert (found.told, found.worse, found.over) == (2, 0, 1)
    assert found.told_per_owner_week == pytest.approx(1.0)


def test_only_alerts_of_judged_deals_count_but_every_dead_letter_does() -> None:
    """A refused record belongs to no range."""
    result = Result(rejections=[Rejection(Reason.LATE, ""), Rejection(Reason.LATE, ""), Rejection(Reason.NOT_JSON, "")])
    result.predictions.judged = _judged(
        a_row(0.5, True, name="old", day=1.0, age=0.5), a_row(0.5, False, name="new", day=9.0)
    )
    result.alerts = [an_alert(opportunity="old"), an_alert(opportunity="new", rule="slipping")]
    found = report(result, since=ms(2))
    assert found.deals == 1
    assert set(found.alerts) == {"slipping"}
    assert found.dead_letters == {"late": 2, "not_json": 1}


def test_an_empty_log_has_a_report() -> None:
    """Nothing in, zeros out."""
    found = report(Result())
    assert (found.deals, found.weeks, found.alerts, found.dead_letters) == (0, 1.0, {}, {})


def test_a_day_is_a_day() -> None:
    """The age that dates a deal is exact to the millisecond over a year."""
    row = a_row(0.5, True, day=400.0, age=(365 * DAY + 1) / DAY)
    assert created_at(row) == ms(400) - 365 * DAY - 1


def _judged(*rows: Prediction) -> dict[tuple[str, int, str], Prediction]:
    return {(row.opportunity, step, row.target): row for step, row in enumerate(rows)}
