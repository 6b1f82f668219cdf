"""What rules declare of themselves is true of what they do."""

from __future__ import annotations

import pytest

from streams.alerts.declare import Rule
from streams.alerts.parameters import default_of, described
from streams.alerts.registry import BY_NAME, RULES
from tests.builders import Timeline, a_call, a_hold, a_loss, an_opportunity, new_rules
from tests.unit.alerts.cases import SPEAKS

_NAMED = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


@_NAMED
def test_a_rule_speaks_as_its_example_does(rule: Rule) -> None:
    """The example is a title that was really said, with evidence in words, in a severity that is declared."""
    timeline = SPEAKS[rule.name]()
    alert, reason = timeline.told(rule.name)[0]
    assert reason.title == rule.example
    assert reason.evidence
    assert alert.play is not None or alert.withheld is not None
    assert {severity for _, severity, _ in timeline.of(rule.name)} <= set(rule.severities)


@_NAMED
def test_a_rule_falls_silent_when_the_deal_is_lost(rule: Rule) -> None:
    """Whatever it said of an open deal."""
    timeline = SPEAKS[rule.name]()
    timeline.tell(a_loss(100)).until(101)
    assert timeline.of(rule.name)[-1][0] == "resolved"


@_NAMED
def test_a_rule_that_is_switched_off_says_so_and_no_more(rule: Rule) -> None:
    """Its open alert ends at the next look; on a deal of which it had not spoken it says nothing."""
    timeline = SPEAKS[rule.name]()
    assert timeline.of(rule.name)[-1][0] != "resolved"
    timeline.tell(new_rules(0, {"rule": {rule.name: {"on": False}}}))
    timeline.until((timeline.partition.clock or 0) / 86_400_000 - 19_723 + 1.5)
    assert timeline.of(rule.name)[-1][0] == "resolved"
    assert timeline.ended(rule.name)[-1] == "the rule was switched off"


@pytest.mark.parametrize("name", [rule.name for rule in RULES if "hold" in rule.paused_by])
def test_a_hold_pauses_a_rule(name: str) -> None:
    """A deal that rests for a known reason is left alone by the rules that say so."""
    timeline = SPEAKS[name]()
    day = (timeline.partition.clock or 0) / 86_400_000 - 19_723
    timeline.tell(a_hold(day)).until(day + 0.1)
    assert timeline.of(name)[-1][0] == "resolved"
    assert timeline.ended(name)[-1] == "the deal is on hold (budget)"


@_NAMED
def test_a_healthy_deal_is_left_alone(rule: Rule) -> None:
    """Talks every other day, and nothing else is known: no rule has anything to say but that nothing is planned."""
    timeline = Timeline().tell(an_opportunity(0), *(a_call(day, contacts=("ann", "bob")) for day in range(1, 30, 2)))
    assert rule.name == "no_next_step" or timeline.until(30).of(rule.name) == []


@_NAMED
def test_a_rule_declares_everything(rule: Rule) -> None:
    """Name, meaning, inputs, parameters, severities, what clears it; the parameters have a sensible default each."""
    assert rule.name in SPEAKS
    assert BY_NAME[rule.name] is rule
    assert rule.meaning.endswith(".")
    assert rule.looks_at
    assert rule.severities
    assert rule.clears_when
    assert rule.resolved
    assert described(rule.parameters)[0].name == "on"
    assert default_of(rule.parameters).on


def test_only_what_is_about_to_lose_the_deal_is_critical() -> None:
    """A silent buyer, and a date that is over, moved, or out of reach."""
    critical = {rule.name for rule in RULES if "critical" in rule.severities}
    assert critical == {
        "going_quiet",
        "silent",
        "dark_after_proposal",
        "slipping",
        "close_date_missed",
        "pushed_repeatedly",
    }
