"""What votes make of the numbers from which on rules speak, and the days of deals on which that is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from models.ballots import Tallies, Tally
from models.hats import main_slots
from models.risk import log_odds
from models.schema import FEATURES
from models.snapshot import ModelSet
from streams.alerts.declare import Rule
from streams.alerts.heed import furthest, heeding, threshold, why_moved
from streams.alerts.parameters import ModelParameters
from streams.alerts.policy import General, Policy, TeamRules
from streams.alerts.registry import BY_NAME, RULES
from streams.alerts.rules.answers import DarkAfterProposal
from streams.alerts.rules.forecast import DoubtfulCommit
from streams.alerts.rules.silence import GoingQuiet, Silent
from streams.events.deal import CreatedData
from streams.events.envelope import Event
from tests.builders import (
    Envelope,
    SameModels,
    SchooledModels,
    Timeline,
    a_call,
    a_dismissal,
    a_done,
    a_next_step,
    a_policy,
    a_proposal,
    a_win,
    an_opportunity,
    an_undoing,
    ms,
    some_models,
)

MOVABLE = [rule for rule in RULES if rule.begins is not None]
TALLIES = st.builds(
    Tally, st.integers(0, 99), st.integers(0, 99), st.integers(1, 30), st.floats(0, 90), st.floats(0, 90)
)
_DAY = 86_400_000
_EPOCH = ms(0) // _DAY


def against(votes: float, people: int = 9) -> Tally:
    """So many votes against, and none in favour."""
    return Tally(0, round(votes), people, 0.0, votes)


def for_all(tally: Tally, team: str = "") -> Tallies:
    """The same votes on every rule."""
    return {team: {rule.name: tally for rule in RULES}}


def test_without_votes_a_policy_is_what_it_was() -> None:
    """The same value; and with votes of another team, or on rules of another version, an equal one."""
    policy = a_policy(Silent(factor=2.0))
    assert heeding(policy, {}) is policy
    assert heeding(policy, for_all(against(50), team="emea")) == policy
    assert heeding(policy, {"": {"of_a_later_version": against(50)}}) == policy


@given(TALLIES, st.sampled_from(MOVABLE), st.floats(0, 1.5), st.floats(1, 3))
def test_no_votes_move_a_number_past_what_is_said_to_be_the_furthest(
    tally: Tally, rule: Rule, log_odds_most: float, factor_most: float
) -> None:
    """It lies between what is set and that, both included."""
    policy = Policy(general=General(feedback_log_odds=log_odds_most, feedback_factor=factor_most))
    moved = heeding(policy, {"": {rule.name: tally}}).everyone.moved[rule.name]
    most = furthest(policy.everyone, rule, policy.general)
    low, high = sorted((moved.set_to, most))
    assert low <= moved.value <= high


@given(TALLIES, st.sampled_from(MOVABLE), st.floats(0, 1.5), st.floats(1, 3))
def test_a_number_moves_within_its_bounds_and_severer_ones_never(
    tally: Tally, rule: object, log_odds_most: float, factor_most: float
) -> None:
    """Whatever people say."""
    assert rule in MOVABLE
    declared = next(each for each in MOVABLE if each is rule)
    general = General(feedback_log_odds=log_odds_most, feedback_factor=factor_most)
    before = Policy(general=general).everyone.settings_of(declared.parameters)
    after = heeding(Policy(general=general), {"": {declared.name: tally}}).everyone.settings_of(declared.parameters)
    assert declared.begins is not None
    was, now = (getattr(each, declared.begins.parameter) for each in (before, after))
    if "probability" in declared.begins.parameter:
        assert abs(log_odds(now) - log_odds(was)) <= log_odds_most + 1e-9
    else:
        assert was / factor_most - 1e-9 <= now <= was * factor_most + 1e-9
        assert isinstance(now, type(was))
    others = {name: value for name, value in asdict(before).items() if name != declared.begins.parameter}
    moved = {name: value for name, value in asdict(after).items() if name != declared.begins.parameter}
    if isinstance(before, ModelParameters) and isinstance(after, ModelParameters):
        assert after.lift + after.critical_log_odds == pytest.approx(before.lift + before.critical_log_odds)
        assert after.critical_log_odds >= 0.0
        assert log_odds(now) + after.critical_log_odds == pytest.approx(log_odds(was) + before.critical_log_odds)
    else:
        assert moved == others
        if declared.begins.severe:
            severe = getattr(after, declared.begins.severe)
            assert now >= severe if declared.begins.ceiling else now <= severe


def test_votes_against_make_a_rule_rarer_and_votes_in_favour_leave_it_as_it_is_set() -> None:
    """Of whichever kind its number is."""
    favour = Tally(9, 0, 9, 9.0, 0.0)
    rarer, same = (heeding(Policy(), for_all(each)).everyone for each in (against(9), favour))
    assert rarer.settings_of(GoingQuiet).probability > 0.65
    assert rarer.settings_of(Silent).factor > 1.5
    assert rarer.settings_of(DarkAfterProposal).days == 7
    assert rarer.settings_of(DoubtfulCommit).probability < 0.4
    assert [same.settings_of(rule.parameters) for rule in RULES] == [rule.parameters() for rule in RULES]


def test_one_person_alone_moves_a_bar_by_a_third_of_the_bound() -> None:
    """Two votes against, which is all that one person has: 0.23 log-odds, from 65 % to 70 %."""
    policy = heeding(Policy(), {"": {"going_quiet": against(2.0, people=1)}})
    assert log_odds(policy.everyone.settings_of(GoingQuiet).probability) == pytest.approx(log_odds(0.65) + 0.7 / 3)
    assert threshold(BY_NAME["going_quiet"], policy.everyone.settings_of(GoingQuiet).probability) == "70 %"


def test_a_tenant_can_switch_it_off() -> None:
    """Both bounds at nothing: whatever people say, the rules go by what is set."""
    policy = Policy(general=General(feedback_log_odds=0.0, feedback_factor=1.0))
    heard = heeding(policy, for_all(against(50))).everyone
    assert [heard.settings_of(rule.parameters) for rule in RULES] == [rule.parameters() for rule in RULES]
    assert [why_moved(heard, rule) for rule in RULES] == [None] * len(RULES)


def test_every_rule_says_what_votes_move_or_that_nothing_does() -> None:
    """The parameters are there; whatever tells a fact is left alone."""
    for rule in MOVABLE:
        assert rule.begins is not None
        assert hasattr(rule.parameters(), rule.begins.parameter)
        assert not rule.begins.severe or hasattr(rule.parameters(), rule.begins.severe)
    assert [rule.name for rule in RULES if rule.begins is None] == [
        "close_date_missed",
        "pushed_repeatedly",
        "left_quarter",
        "stage_moved_back",
        "pushed_to_quarter_end",
        "closes_on_day_off",
    ]


def test_an_alert_says_what_moved_its_threshold() -> None:
    """By whom, from where to where; nothing where the figures are the same when they are read."""
    team = heeding(Policy(), {"": {"going_quiet": Tally(2, 7, 4, 1.0, 3.0)}}).everyone
    why = why_moved(team, BY_NAME["going_quiet"])
    assert why is not None
    assert why.text == "people here called 7 of 9 such alerts not useful, so it speaks from 70 % instead of 65 %"
    assert why_moved(team, BY_NAME["silent"]) is None
    hardly = heeding(Policy(), {"": {"going_quiet": Tally(6, 3, 4, 4.0, 2.1)}}).everyone
    assert why_moved(hardly, BY_NAME["going_quiet"]) is None


# Days of deals


def rising() -> ModelSet:
    """Models that take a silence for the likelier to last, the longer it is already."""
    still = some_models(cases=500, base_rate=0.2, silence=0.2)
    [feature] = [each for each in FEATURES if each.name == "since_contact"]
    slopes = {slot: place * 0.25 for place, slot in enumerate(main_slots(feature))}
    silence = replace(still.targets["silence"], weights={**still.targets["silence"].weights, **slopes})
    return replace(still, targets={**still.targets, "silence": silence})


_OFF = frozenset(("incomplete",))
POLICY = Policy(owners={"rep-e": TeamRules(team="emea", off=_OFF), "rep-a": TeamRules(team="apac", off=_OFF)})


def silences(day: float, *names: str, owner: str = "rep-e") -> list[Event]:
    """Deals whose buyers are spoken to on `day` for the last time; a step is planned all the time."""
    data = CreatedData(name="Deal", owner=owner, stage="discovery", position=1)
    events: list[Event] = []
    for name in names:
        events += [
            an_opportunity(day - 4, data, subject=name),
            a_call(day - 3.9, subject=name),
            a_call(day - 2, subject=name),
            a_call(day, subject=name),
            a_next_step(day, due=day + 90, subject=name),
        ]
    return sorted(events, key=lambda each: each.time)


def answered(votes: int = 10, useful: bool = False, people: int = 5, undone: bool = False) -> Timeline:
    """Deals of team emea fall silent on day 4, and the alerts on them are answered on day 12."""
    timeline = Timeline(shelf=SchooledModels(rising()), policy=POLICY)
    timeline.tell(*silences(4, *(f"opp-e{number}" for number in range(votes)))).until(12)
    for number, alert in enumerate(list(timeline.alerts)):
        of = Envelope(subject=alert.opportunity, actor=f"rep-{number % people}")
        timeline.tell(a_done(12.1, alert.id, **of) if useful else a_dismissal(12.1, alert.id, "wrong", **of))
        if undone:
            timeline.tell(an_undoing(12.2, alert.id, **of))
    return timeline


def warned(timeline: Timeline, name: str) -> float | None:
    """How many days into its silence of day 24 `going_quiet` spoke of a deal."""
    for alert in timeline.alerts:
        if alert.opportunity == name and alert.rule == "going_quiet":
            return round((alert.at - ms(24)) / _DAY, 2)
    return None


def going_on(timeline: Timeline, until: float = 36) -> Timeline:
    """On day 24 two deals of each team fall silent; one each is won a week later."""
    after = [*silences(24, "opp-e", "opp-weak"), *silences(24, "opp-a", "opp-a-weak", owner="rep-a")]
    timeline.tell(*sorted(after, key=lambda each: each.time)).until(31)
    return timeline.tell(a_win(31, subject="opp-weak"), a_win(31, subject="opp-a-weak")).until(until)


def test_a_team_s_dismissals_stop_the_next_weak_alert_and_no_strong_one() -> None:
    """Without them the deal that is won after a week is warned of on the fifth day; of another team it still is.

    What is really silent is told, later; and it is critical on the very day on which it would have been.
    """
    quiet, heard = going_on(answered(votes=0), 56), going_on(answered(), 56)
    assert [warned(quiet, name) for name in ("opp-e", "opp-weak", "opp-a", "opp-a-weak")] == [5.05] * 4
    assert [warned(heard, name) for name in ("opp-e", "opp-weak", "opp-a", "opp-a-weak")] == [8.86, None, 5.05, 5.05]

    def critical(timeline: Timeline) -> list[float]:
        return [
            round((each.at - ms(24)) / _DAY, 2)
            for each in timeline.alerts
            if each.opportunity == "opp-e" and each.severity == "critical" and each.transition != "resolved"
        ][:1]

    assert critical(quiet) == critical(heard) != []


def test_what_was_useful_is_said_as_ever() -> None:
    """Whether it would be good to say more, nobody was asked."""
    assert warned(going_on(answered(useful=True)), "opp-e") == 5.05


def test_an_undo_undoes_what_the_click_taught() -> None:
    """Everything is as if nobody had clicked, and no count is left."""
    timeline = going_on(answered(undone=True))
    assert warned(timeline, "opp-e") == 5.05
    assert isinstance(timeline.shelf, SchooledModels)
    assert timeline.shelf.feedback(_EPOCH + 24) == {}


def test_one_person_s_clicks_move_less_than_those_of_five() -> None:
    """Ten clicks: the bar is where three of three people would have it, at 70 %."""
    alone, five = answered(people=1), answered(people=5)
    days = [warned(going_on(each), "opp-e") for each in (alone, five)]
    assert days == [6.91, 8.86]


def test_votes_count_from_midnight_on() -> None:
    """On the day of the click the models, and so the thresholds, are those of its morning."""
    timeline = answered().until(13)
    assert isinstance(timeline.shelf, SchooledModels)
    assert timeline.shelf.feedback(_EPOCH + 12) == {}
    tally = timeline.shelf.feedback(_EPOCH + 13)["emea"]["going_quiet"]
    assert (tally.useful, tally.not_useful, tally.people) == (0, 10, 5)


def test_an_alert_whose_threshold_moved_says_so() -> None:
    """In the evidence of the reason, beside what the rule found."""
    alerts = [each for each in going_on(answered()).alerts if each.opportunity == "opp-e"]
    evidence = [each.text for each in alerts[0].reasons[0].evidence]
    assert "team emea called 10 of 10 such alerts not useful, so it speaks from 75 % instead of 65 %" in evidence


def test_a_reason_does_not_end_because_its_threshold_moved() -> None:
    """Told after five business days, it stays when votes say seven at midnight; the next one waits for seven."""
    voted = replace(some_models(), feedback={"": {"dark_after_proposal": against(9)}})
    timeline = Timeline(shelf=SameModels(some_models(), {15: voted}))
    timeline.tell(an_opportunity(0), a_call(7), a_next_step(7.1, due=90), a_proposal(7.2)).until(25)
    assert timeline.of("dark_after_proposal") == [("opened", "warning", 14.2), ("escalated", "critical", 21.2)]
    timeline.tell(a_call(28, id="again"), a_proposal(28.2, id="another")).until(40)
    assert timeline.of("dark_after_proposal")[2:] == [("resolved", "critical", 28.0), ("opened", "warning", 37.2)]
