"""`deal show` of a deal on which a play runs without an alert: in words and as JSON, and nothing of withheld ones."""

from __future__ import annotations

import msgspec
import pytest

from streams.admin.dealfile import DealFile, beside, looked_at
from streams.cli.deal import _print, document
from streams.config.plays import shipped
from streams.plays.arm import is_held_out
from tests.builders import Timeline, a_call, a_close_date, a_hold, a_message, an_opportunity, ms


def _file(timeline: Timeline, day: float, subject: str = "opp-1") -> DealFile:
    """What is read of a deal, as `read_deal` puts it together."""
    state = timeline.until(day).deal(subject)
    alerts = timeline.alerts[-1:]
    plays = beside(state, alerts, ms(day), timeline.partition.policy)
    return DealFile(state=state, now=ms(day), looked_at=looked_at(state), risks={}, alerts=alerts, plays=plays)


def _shown(found: DealFile, capsys: pytest.CaptureFixture[str]) -> str:
    _print(found)
    return capsys.readouterr().out


def test_a_play_on_hold_is_shown_with_steps_touches_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Which steps are done, when the others are due, and until when it goes on."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_close_date(2, closes=90))
    shown = _shown(_file(timeline, 3), capsys)
    for line in (
        "play  Stay close until the budget comes, for rep-1  without an alert, since 2024-01-02",
        "1. Put the budget date into the calendar (overdue since 2024-01-03 00:00)",
        "2. Move the close date once, past the budget date (done)",
        "3. One light touch a month, no pressure (by 2024-01-31 00:00)",
        "a light touch every 30 days, the next by 2024-02-01 00:00",
        "budget date; by 2024-03-28 00:00",
    ):
        assert line in shown, line
    assert "one was due on 2024-02-01 00:00" in _shown(_file(timeline, 33), capsys)


def test_a_hold_without_a_date_has_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    """And says so."""
    assert "goes on until the hold ends" in _shown(_file(Timeline().tell(an_opportunity(0), a_hold(1)), 2), capsys)


def test_the_json_has_the_same_by_name() -> None:
    """With what is asked for."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80))
    found = msgspec.json.decode(msgspec.json.encode(document(_file(timeline, 3))["running_plays"]))
    assert [(each["play"]["id"], each["play"]["schedule"][0]["due"]) for each in found] == [("stay_close", ms(2))]
    assert found[0]["asks"][0]["text"] == "Put the budget date into the calendar"


def test_a_withheld_play_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in words nor in JSON."""
    definition = shipped().of("stay_close")
    assert definition is not None
    name = next(f"opp-{number}" for number in range(100) if is_held_out(f"opp-{number}", definition))
    timeline = Timeline().tell(an_opportunity(0, subject=name), a_hold(1, resumes=80, subject=name))
    found = _file(timeline, 3, name)
    assert timeline.deal(name).watch.runs["stay_close"].holdout
    for said in (_shown(found, capsys), str(document(found))):
        assert "Stay close" not in said and "stay_close" not in said and "withheld" not in said


def test_the_play_of_the_alert_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Under the alert; not again among those that run without one."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_message(1))
    found = _file(timeline, 16)
    [alert] = found.alerts
    assert alert.play is not None and alert.play.run
    assert alert.play.run not in [each.play.run for each in found.plays]
    assert _shown(found, capsys).count(alert.play.title) == 1
