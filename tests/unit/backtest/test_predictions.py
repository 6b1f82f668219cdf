"""Questions joined with their answers, and the file they become."""

from __future__ import annotations

from io import StringIO

import pytest

from streams.alerts.policy import Policy
from streams.backtest.predictions import COLUMNS, Prediction, Predictions, ages, write_csv
from streams.backtest.run import Result, run
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.events.rejection import Reason
from streams.facts import Name
from streams.labels.lesson import Answered, Asked, TakenBack
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE, WIN
from streams.state.opportunity import DAY
from tests.builders import (
    APPENDED_AT,
    a_call,
    a_clock,
    a_close_date,
    a_deletion,
    a_loss,
    a_message,
    a_vector,
    a_win,
    an_opportunity,
    ms,
)


def _asked(step: int, **said: float) -> Asked:
    vector = a_vector(age=float(step), since_contact=None)
    return Asked("opp-1", step, ms(step), vector, said or {INACTIVITY: 0.25})


def _answered(step: int, label: bool | None, target: str = INACTIVITY, due: float = 15) -> Answered:
    return Answered("opp-1", target, step, step, ms(due), label)  # type: ignore[arg-type]


def _heard(*lessons: Asked | Answered | TakenBack) -> Predictions:
    predictions = Predictions()
    for lesson in lessons:
        predictions.hear(lesson)
    return predictions


def test_a_question_and_its_answer_are_one_row() -> None:
    """Deal, time, target, horizon, what was said, what came of it, and the ages that rules go by."""
    rows = _heard(_asked(1), _answered(1, True)).rows
    assert rows == [Prediction("opp-1", ms(1), INACTIVITY, 14.0, 0.25, True, 1.0, 1.0)]
    assert rows[0].version == f"inactivity-{ms(1) // DAY}"


def test_an_answer_is_taken_once() -> None:
    """A second answer to the same question makes no second row."""
    predictions = _heard(_asked(1), _answered(1, True), _answered(1, False))
    assert [row.label for row in predictions.rows] == [True]
    assert predictions.open_questions == 0


def test_withdrawn_questions_are_counted() -> None:
    """They are no predictions, and no longer open."""
    predictions = _heard(_asked(1), _answered(1, None))
    assert (predictions.rows, predictions.withdrawn, predictions.open_questions) == ([], 1, 0)


def test_an_answer_that_is_taken_back_takes_its_row_along() -> None:
    """The question is open again, and judged by the next answer; other labels of the target stay."""
    won, again = _answered(1, True, WIN), TakenBack("opp-1", WIN, 1, 1, ms(16), 0)
    predictions = _heard(_asked(1, **{WIN: 0.3}), won, again)
    assert (predictions.rows, predictions.open_questions) == ([], 1)
    predictions.hear(_answered(1, False, WIN, due=20))
    assert [(row.label, row.probability, row.horizon_days) for row in predictions.rows] == [(False, 0.3, 19.0)]
    slips = _heard(
        *(_asked(step, **{SLIPPAGE: 0.4}) for step in (1, 2)),
        *(_answered(step, step == 1, SLIPPAGE) for step in (1, 2)),
        TakenBack("opp-1", SLIPPAGE, 1, 2, ms(16), 0, label=False, instead=True),
    )
    assert [(row.label, row.as_of, row.horizon_days) for row in slips.rows] == [
        (True, ms(1), 14.0),
        (True, ms(2), 14.0),
    ]


def test_questions_that_the_log_does_not_answer_stay_open() -> None:
    """Open questions are counted per target."""
    predictions = _heard(_asked(1, **{INACTIVITY: 0.1, SLIPPAGE: 0.2, WIN: 0.3}), _asked(2), _answered(1, True))
    assert predictions.open_questions == 3


def test_the_win_is_judged_over_the_time_until_the_deal_closed() -> None:
    """Its horizon ends when the answer is known."""
    rows = _heard(_asked(1, **{WIN: 0.3}), _answered(1, True, WIN, due=9.5)).rows
    assert [(row.target, row.horizon_days, row.due) for row in rows] == [(WIN, 8.5, ms(9.5))]


def test_what_was_measured_is_kept_on_demand_only() -> None:
    """Vectors are many; who does not learn from them does not hold them."""
    kept = Predictions(keep_vectors=True)
    for lesson in (_asked(1), _answered(1, True)):
        kept.hear(lesson)
    assert [row.vector for row in kept.rows] == [_asked(1).vector]
    assert [row.vector for row in _heard(_asked(1), _answered(1, True)).rows] == [None]


def test_every_question_is_known_with_what_was_said() -> None:
    """Also before, and without, its answer."""
    predictions = _heard(_asked(1), _answered(1, True), _asked(2))
    assert [(each.at, dict(each.said)) for each in predictions.questions] == [
        (ms(1), {INACTIVITY: 0.25}),
        (ms(2), {INACTIVITY: 0.25}),
    ]


def test_answers_without_a_question_are_left_out() -> None:
    """Asked before the log began, or about another deal."""
    assert _heard(_answered(1, True), _asked(2), _answered(1, True)).rows == []


def test_ages_of_a_measurement() -> None:
    """The days since the last contact, or the age of a deal that had none."""
    assert ages(a_vector(age=3.0, since_contact=None)) == (3.0, 3.0)
    assert ages(a_vector(age=3.0, since_contact=1.5)) == (3.0, 1.5)


def _run(*events: Event | bytes) -> Result:
    lines = [each if isinstance(each, bytes) else encode(each) for each in events]
    return run(lines, Policy(), APPENDED_AT, partitions=3)


def test_the_silence_of_a_closed_deal_is_judged_at_the_end_of_the_log() -> None:
    """What cannot change any more is judged although it is not due; of open deals nothing is assumed."""
    result = _run(
        an_opportunity(0),
        an_opportunity(0.1, subject="opp-2"),
        a_call(1.5),
        a_loss(3.5),
        a_message(4.5, subject="opp-2"),
    )
    rows = sorted(row for row in result.predictions.rows if row.target == INACTIVITY)
    assert [(row.opportunity, row.as_of, row.label) for row in rows] == [
        ("opp-1", ms(1), False),
        ("opp-1", ms(2), True),
        ("opp-1", ms(3), True),
    ]
    assert {row.horizon_days for row in rows} == {14.0}
    silences = sorted(row for row in result.predictions.rows if row.target == SILENCE)
    assert [(row.opportunity, row.due, row.label) for row in silences] == [
        ("opp-1", ms(14), False),
        ("opp-1", ms(15.5), False),
        ("opp-1", ms(15.5), False),
    ]
    # Of four days inactivity and silence, and of the steps that ask for it how the deal ends.
    assert result.predictions.open_questions == 4 + 4 + 3 + 3


def test_a_won_deal_was_not_silent() -> None:
    """A win inside the horizon counts as activity, also at the end of the log."""
    rows = _run(an_opportunity(0), a_win(3.5)).predictions.rows
    assert {(row.target, row.label) for row in rows} == {(INACTIVITY, False), (SILENCE, False), (WIN, True)}


def test_a_deleted_deal_is_not_judged() -> None:
    """It has no outcome; its questions were withdrawn."""
    result = _run(an_opportunity(0), a_deletion(3.5))
    assert (result.predictions.rows, result.predictions.withdrawn) == ([], 12)


def test_a_file_of_predictions_is_sorted_and_exact() -> None:
    """Columns, times with milliseconds, six digits of probability, labels as 0 and 1, rows in order."""
    rows = [
        Prediction("opp-2", ms(1), INACTIVITY, 14.0, 0.1234567, False, 1.0, 1.0),
        Prediction("opp-1", ms(2) + 5, SLIPPAGE, 3.25, 0.5, True, 2.0, 0.5),
    ]
    text = StringIO()
    assert write_csv(rows, text) == 2
    day = ms(1) // DAY
    assert text.getvalue().splitlines() == [
        ",".join(COLUMNS),
        f"opp-1,2024-01-03T00:00:00.005+00:00,slippage,3.25,0.500000,1,slippage-{day + 1}",
        f"opp-2,2024-01-02T00:00:00.000+00:00,inactivity,14,0.123457,0,inactivity-{day}",
    ]


def test_a_name_with_a_comma_is_quoted() -> None:
    """An opportunity id may hold anything; the file stays a table."""
    text = StringIO()
    write_csv([Prediction('a,"b"\n', ms(1), INACTIVITY, 14.0, 0.5, False, 1.0, 1.0)], text)
    assert '"a,""b""\n",' in text.getvalue()


def test_garbage_is_refused_and_counted() -> None:
    """Refusals come out with their reasons; every line is accounted for."""
    result = _run(an_opportunity(0), b"garbage", a_call(1), a_call(1), a_call(1, seconds=1), b"{}")
    assert sorted(each.reason for each in result.rejections) == [
        Reason.CONFLICTING_DUPLICATE,
        Reason.MISSING_FIELD,
        Reason.NOT_JSON,
    ]
    noticed = {name: sum(n for fact, n in result.tally.items() if fact.name is name) for name in Name}
    assert result.lines == 6 == noticed[Name.EVENT_IN]
    assert (noticed[Name.EVENT_FOLDED], noticed[Name.EVENT_DUPLICATE], noticed[Name.EVENT_DEAD]) == (2, 1, 3)


def test_progress_is_told() -> None:
    """A long log says how far it is."""
    told: list[int] = []
    run([encode(a_clock(0))] * 4_001, Policy(), APPENDED_AT, partitions=1, progress=told.append)
    assert told == [2_000, 4_000]


def test_an_empty_log_has_no_outcome() -> None:
    """Nothing in, nothing out, and no models."""
    result = _run()
    assert (result.deals, result.alerts, result.models, result.lines) == ({}, [], None, 0)


@pytest.mark.parametrize("partitions", [1, 12])
def test_a_log_with_a_close_date_is_judged_on_slippage(partitions: int) -> None:
    """A win in time is no slip, on any number of partitions."""
    events = [an_opportunity(0), a_close_date(0.5, 9), a_win(8.5), a_clock(12)]
    result = run([encode(event) for event in events], Policy(), APPENDED_AT, partitions)
    slips = [row for row in result.predictions.rows if row.target == SLIPPAGE]
    assert len(slips) == 8
    assert {(row.label, row.as_of + row.horizon_days * DAY) for row in slips} == {(False, ms(10))}
