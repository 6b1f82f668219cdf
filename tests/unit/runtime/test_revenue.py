"""What the revenue program writes: what is new, each key once, and nothing that is there already."""

from __future__ import annotations

from datetime import date

import pytest

from streams.revenue.answers import Answer, ForecastTold, Said, SaidVersion, SourcesTold, encode_answer, key_of
from streams.revenue.company import Unit
from streams.revenue.periods import FiscalCalendar
from streams.runtime.answers import Answers

QUARTER = FiscalCalendar().named("FY2026-Q1")
SOUTH = Unit("team", "south")


def a_forecast(at: int, unit: Unit = SOUTH, open_deals: int = 3) -> ForecastTold:
    """A forecast that says little."""
    return ForecastTold(
        at=at,
        day=date(2026, 2, 1),
        unit=unit,
        period=QUARTER,
        currency="EUR",
        open=open_deals,
        won=0,
        figures=(),
        differences=(),
        adjustment=None,
        course=(),
        scores=(),
        came=(),
        earlier=(),
        unvalued=0,
        undated=0,
        waiting=0,
    )


def a_lock() -> Said:
    """A lock."""
    version = SaidVersion(version="commit", cents=5, by="ann")
    return Said(period="FY2026-Q1", day=date(2026, 1, 1), unit=SOUTH, closed=0, versions=(version,))


def some_sources(at: int) -> SourcesTold:
    """Nothing of any lead source."""
    return SourcesTold(at=at, what="lead_source", currency="EUR", sources=())


def test_only_what_says_something_new_is_written() -> None:
    """That it is later is nothing new."""
    answers = Answers()
    assert answers.put(a_forecast(1))
    assert not answers.put(a_forecast(2))
    assert answers.put(a_forecast(3, open_deals=4))
    assert answers.take("forecast") == [(key_of(a_forecast(3)), encode_answer(a_forecast(3, open_deals=4)))]
    assert answers.take("forecast") == []


def test_the_company_s_forecast_says_as_of_when_all_is() -> None:
    """So it is written each time."""
    answers = Answers()
    assert answers.put(a_forecast(1, Unit()))
    assert answers.put(a_forecast(2, Unit()))


@pytest.mark.parametrize("there", [a_forecast(1), some_sources(1)])
def test_what_is_on_the_topic_already_is_not_written_again_after_a_restart(there: ForecastTold | SourcesTold) -> None:
    """It is known from the topic."""
    answers = Answers()
    answers.on_record(key_of(there), encode_answer(there))
    later: Answer = a_forecast(9) if isinstance(there, ForecastTold) else some_sources(9)
    assert not answers.put(later)
    answers.on_record(key_of(there), None)
    assert answers.put(later)


def test_what_no_round_tells_of_any_more_is_taken_away_but_not_what_was_said() -> None:
    """A team that is gone has no forecast; what was said of it stays said."""
    answers = Answers()
    for each in (a_forecast(1), a_forecast(1, Unit()), a_lock()):
        answers.put(each)
    answers.take("forecast")
    answers.sweep({"forecast": {key_of(a_forecast(1, Unit()))}})
    assert answers.take("forecast") == [(key_of(a_forecast(1)), None)]


def test_rubbish_on_a_topic_is_as_if_it_were_not_there() -> None:
    """Somebody else wrote it."""
    answers = Answers()
    assert answers.on_record(key_of(a_forecast(1)), b"\xff rubbish") is None
    assert answers.put(a_forecast(1))
