"""Plays that run without an alert: what is said of them, what they ask for and when, and what is never said."""

from __future__ import annotations

from msgspec.structs import replace

from streams.alerts.policy import Policy
from streams.alerts.rulebook import Rulebook
from streams.alerts.ruleset import read_rules
from streams.alerts.running import Ask, RunningPlay, is_pressing, running_plays
from streams.config.plays import shipped
from streams.plays.arm import is_held_out
from streams.plays.read import plain
from streams.state.calendar import Calendar
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_hold,
    a_message,
    a_next_step,
    a_policy,
    a_readiness,
    a_win,
    an_opportunity,
    ms,
)


def _running(timeline: Timeline, day: float, subject: str = "opp-1", but: str = "") -> tuple[RunningPlay, ...]:
    deal = timeline.until(day).deal(subject)
    return running_plays(deal.facts, deal.watch, ms(day), timeline.partition.policy, but)


def _asked(running: RunningPlay, day: float) -> list[tuple[str, float]]:
    """What presses on a day, with the day on which it is due."""
    found = [each for each in running.asks if is_pressing(each, ms(day), Calendar())]
    return [(each.text, round((each.due - ms(0)) / 86_400_000, 2)) for each in found]


def test_a_hold_for_the_budget_shows_stay_close_with_its_steps_rhythm_and_end() -> None:
    """Which steps are done, when the others are due, the next touch, and until when it goes on."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_close_date(2, closes=90))
    [found] = _running(timeline, 3)
    play = found.play
    assert (play.id, play.owner, play.started_at, play.ends_at) == ("stay_close", "rep-1", ms(1), ms(87))
    assert [(each.due, each.done, each.over) for each in play.schedule] == [
        (ms(2), False, True),
        (ms(4), True, False),
        (ms(30), False, False),
    ]
    assert (found.alert, found.touch_every_days, found.touch_due) == ("", 30, ms(31))
    assert [each.due for each in found.asks] == [ms(2), ms(30), ms(31)]
    assert "budget date" in play.success


def test_what_is_asked_for_stands_from_a_business_day_before_to_five_after() -> None:
    """Not earlier, and not for months where nobody records what was done."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(0.5, resumes=200))
    calendar_step, move = "Put the budget date into the calendar", "Move the close date once, past the budget date"
    expected = {
        0.5: [],
        0.6: [(calendar_step, 1.5)],
        2.4: [(calendar_step, 1.5)],
        2.6: [(calendar_step, 1.5), (move, 3.5)],
        8.4: [(calendar_step, 1.5), (move, 3.5)],  # a weekend lies between
        8.6: [(move, 3.5)],
        10.6: [],
        30: [("One light touch a month, no pressure", 29.5), ("A light touch, no pressure", 30.5)],
    }
    for day, asked in expected.items():
        [found] = _running(timeline, day)
        assert _asked(found, day) == asked, day


def test_a_touch_that_was_asked_for_is_owed_until_it_comes() -> None:
    """Then the next one is a rhythm away."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=200), a_message(2))
    [owed] = _running(timeline, 33)
    assert owed.touch_due == ms(32)
    assert Ask("A light touch, no pressure", ms(32), over=True) in owed.asks
    [touched] = _running(timeline.tell(a_message(34)), 35)
    assert touched.touch_due == ms(64)
    assert not any(each.over for each in touched.asks if each.text.startswith("A light touch"))


def test_the_end_of_the_hold_asks_for_the_buyer_and_for_no_light_touch() -> None:
    """Until the play has failed, five business days later."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_message(60))
    [found] = _running(timeline, 81)
    assert found.touch_due is None
    assert _asked(found, 81) == [("The hold is over: turn to the buyer", 80)]
    [found] = _running(timeline, 86.9)
    assert _asked(found, 86.9) == [("The hold is over: turn to the buyer", 80)]
    assert "stay_close" not in [each.play.id for each in _running(timeline, 87.5)]


def test_a_step_that_no_event_shows_is_asked_for_until_the_play_is_followed() -> None:
    """From then on it counts as done with the play."""
    base = shipped().of("nurture")
    assert base is not None
    unseen = replace(base, version=2, holdout=0.0, steps=tuple(replace(each, seen_in=()) for each in base.steps))
    rules = read_rules({"play": {"nurture": plain(unseen)}})
    timeline = Timeline(policy=rules.policy(a_policy()))
    timeline.tell(an_opportunity(0), a_call(1), a_readiness(2, "not_ready"), a_next_step(2.1, due=90))
    [found] = _running(timeline, 3)
    assert len([each for each in found.asks if each.text in found.play.steps]) == 4
    [followed] = _running(timeline.tell(a_message(4)), 5)
    assert [each.text for each in followed.asks] == ["A light touch, no pressure"]


def test_of_a_play_that_is_withheld_nothing_is_said() -> None:
    """Although its run goes on, and is judged."""
    definition = shipped().of("stay_close")
    assert definition is not None
    name = next(f"opp-{number}" for number in range(100) if is_held_out(f"opp-{number}", definition))
    timeline = Timeline().tell(an_opportunity(0, subject=name), a_hold(1, resumes=80, subject=name)).until(40)
    assert timeline.deal(name).watch.runs["stay_close"].status == "running"
    assert _running(timeline, 41, name) == ()


def test_neither_what_the_alert_carries_nor_what_is_over_or_of_another_version_is_said() -> None:
    """The alert says its own play; a run that ended, or whose play was changed, asks for nothing."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80))
    [found] = _running(timeline, 3)
    assert _running(timeline, 3, but=found.play.run) == ()
    deal = timeline.deal()
    base = shipped().of("stay_close")
    assert base is not None
    newer = Policy(playbook=shipped().with_plays([replace(base, version=2)]))
    assert running_plays(deal.facts, deal.watch, ms(3), newer) == ()
    assert running_plays(deal.facts, deal.watch, ms(3), Policy()) == ()
    assert _running(timeline.tell(a_win(4)), 5) == ()


def test_a_run_that_outlives_its_alert_names_it() -> None:
    """So that a page can say why it runs, and an inbox can leave it out."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5)).until(14)
    alert = next(each for each in timeline.alerts if each.play is not None and each.play.run)
    found = _running(timeline, 14, but="run-of-another")
    assert alert.play is not None
    [its] = [each for each in found if each.play.run == alert.play.run]
    assert (its.alert, its.rule) == (alert.id, alert.rule)


def test_a_rulebook_goes_by_what_each_partition_keeps() -> None:
    """Equal rules share a policy; what this version cannot read is taken as declared."""
    base = a_policy()
    book = Rulebook(base)
    assert book.of(0) is book.latest is base
    rules = {"rule": {"silent": {"factor": 2.0}}}
    book.hear(0, rules)
    book.hear(1, {"rule": {"silent": {"factor": 2.0}}})
    assert book.of(0) is book.of(1) is book.latest
    assert book.of(0).everyone.parameters
    book.hear(1, {"rule": {"of_a_later_version": {}}})
    assert book.of(1) is book.latest is base
    assert book.of(0) is not base


def test_steps_are_due_when_the_alert_said_so_wherever_the_tenant_is() -> None:
    """A Friday before dawn of London is a Thursday in California: both count business days of the tenant's zone."""
    policy = replace(a_policy(), timezone="America/Los_Angeles")
    timeline = Timeline(policy=policy).tell(an_opportunity(0), a_call(4.7), a_next_step(4.7, due=100)).until(19)
    said = timeline.alerts[0].play
    assert said is not None
    [found] = _running(timeline, 19)
    assert [each.due for each in found.play.schedule] == [each.due for each in said.schedule]
