"""The plays that come with the product, as timelines; and those of a tenant."""

from __future__ import annotations

import pytest

from streams.alerts.registry import BY_NAME, RULES
from streams.alerts.ruleset import Rules, read_rules
from streams.config.plays import shipped
from streams.events.control import RulesChanged, RulesData
from streams.events.envelope import Event
from streams.plays.arm import is_held_out
from streams.plays.definition import PlayDefinition
from streams.plays.read import plain, read_play
from streams.plays.situation import Situation, is_called_for
from streams.state.calendar import Calendar
from streams.state.opportunity import Opportunity
from streams.state.watch import AlertState
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_dismissal,
    a_done,
    a_hold,
    a_loss,
    a_message,
    a_next_step,
    a_planned_meeting,
    a_policy,
    a_readiness,
    a_reply,
    an_acknowledgement,
    an_opportunity,
    moment,
    ms,
)

#: A deal whose buyer is silent from day 0.5 on: warning at day 14, critical at day 27.5.
SILENT = (an_opportunity(0), a_call(0.5), a_next_step(0.6, due=100))


def play(name: str) -> PlayDefinition:
    """A play that comes with the product."""
    found = shipped().of(name)
    assert found is not None
    return found


def course(timeline: Timeline, name: str) -> list[tuple[str, float]]:
    """What happened to a play, and on which day."""
    return [(each.happened, round((each.at - ms(0)) / ms_day(), 2)) for each in timeline.plays if each.play == name]


def ms_day() -> int:
    """Milliseconds of a day."""
    return ms(1) - ms(0)


def lived(*events: Event, until: float) -> Timeline:
    """Live a deal that falls silent, with some events more."""
    return Timeline().tell(*SILENT).tell(*events).until(until)


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("silent", {"people": ("ann", "bob")}, "re_engage"),
        ("silent", {"people": ("ann", "bob"), "unanswered": 2}, "other_channel"),
        ("silent", {"people": ("ann",)}, "multi_thread"),
        ("silent", {"people": (), "people_left": 1}, "multi_thread"),
        ("silent", {"people": ("ann",), "last_contact_at": ms(-40)}, "revive_or_disqualify"),
        ("going_quiet", {}, "re_engage"),
        ("dark_after_proposal", {}, "re_engage"),
        ("slipping", {}, "close_plan"),
        ("left_quarter", {}, "close_plan"),
        ("close_date_missed", {}, "fix_close_date"),
        ("pushed_repeatedly", {}, "requalify"),
        ("stuck_in_stage", {}, "stage_review"),
        ("no_next_step", {}, "book_next_step"),
        ("single_threaded", {"people": ("ann",)}, "multi_thread"),
        ("slipping", {"hold_reason": "budget", "hold_since": ms(1)}, "stay_close"),
        ("slipping", {"hold_reason": "legal", "hold_since": ms(1)}, "close_plan"),
        ("slipping", {"hold_reason": "budget", "hold_since": ms(1), "hold_until": ms(2)}, "close_plan"),
        ("silent", {"readiness": "not_ready"}, "nurture"),
        ("waiting_for_us", {"readiness": "not_ready"}, "reply_now"),
        ("untouched_by_owner", {"hold_reason": "budget", "hold_since": ms(1)}, "introduce_owner"),
        ("amount_falling", {}, "scope_check"),
        ("stale_commit", {}, "inspect_commit"),
        ("doubtful_commit", {}, "inspect_commit"),
        ("meeting_not_rebooked", {}, "rebook_meeting"),
        ("incomplete", {}, "complete_record"),
        ("record_behind", {}, "update_record"),
    ],
)
def test_the_most_specific_play_fits_the_situation(rule: str, facts: dict[str, object], expected: str) -> None:
    """What the buyer asks for comes first, then a missing budget and an unready buyer, then the rule and the people."""
    alert = AlertState(id="al", sequence=1, status="open", severity="warning", rule=rule, opened_at=ms(9), at=ms(9))
    known = {"created_at": ms(0), "last_contact_at": ms(5), **facts}
    deal = Opportunity(id="opp-1", events=1, **known)  # type: ignore[arg-type]
    situation = Situation(facts=deal, now=ms(10), calendar=Calendar(), playbook=shipped(), alert=alert)
    fitting = [each.id for each in shipped().plays if is_called_for(each, situation, {})]
    assert fitting[0] == expected


def test_every_rule_has_a_play_and_every_play_is_whole() -> None:
    """Nobody is alarmed without advice; ids are unique; what a file says is read back the same."""
    plays = shipped().plays
    assert len(plays) == len({each.id for each in plays})
    named = {rule for each in plays for rule in each.trigger.rules}
    assert named == {rule.name for rule in RULES}
    for each in plays:
        assert read_play(plain(each), BY_NAME) == each
        assert 0 < each.holdout <= 0.2


def test_a_silent_buyer_is_re_engaged_and_the_play_works_when_the_buyer_answers() -> None:
    """Begun with the alert, followed by our message, succeeded with the call that is taken, in that order."""
    timeline = lived(a_message(15), a_call(17), until=20)
    assert course(timeline, "re_engage") == [("started", 14.0), ("followed", 15.0), ("replied", 17.0), ("calmed", 17.0),
                                             ("succeeded", 17.0)]  # fmt: skip
    opened = timeline.alerts[0]
    assert opened.play is not None
    assert opened.play.run == timeline.plays[0].run
    assert [step.due for step in opened.play.schedule] == [ms(15), ms(16), ms(17)]
    assert (opened.play.owner, opened.play.ends_at) == ("rep-1", ms(28))


def test_a_play_fails_when_its_time_is_over_and_is_not_begun_again_while_it_cools() -> None:
    """Ten business days without an answer; the alert that escalates meanwhile goes on with the same run."""
    timeline = lived(until=28)
    assert course(timeline, "re_engage") == [("started", 14.0), ("failed", 28.0)]
    runs = {alert.play.run for alert in timeline.alerts if alert.play is not None}
    assert runs == {timeline.plays[0].run}


def test_steps_that_are_over_are_in_the_message_and_steps_that_were_seen_are_done() -> None:
    """A week after the alert the call was not made, the mail was sent: said with the next message."""
    told = lived(a_message(15), until=28).alerts[-1]
    assert told.transition == "escalated"
    assert told.play is not None
    assert [(step.done, step.over) for step in told.play.schedule] == [(False, True), (False, False), (True, False)]
    assert told.play.followed


def test_an_alert_that_is_dismissed_withdraws_its_play_and_one_that_is_done_follows_it() -> None:
    """Not useful is no failure of the play; done is what the person says."""
    alert = lived(until=14.5).alerts[0].id
    assert course(lived(a_dismissal(15, alert), until=16), "re_engage") == [("started", 14.0), ("withdrawn", 15.0)]
    done = lived(a_done(15, alert), until=16)
    assert course(done, "re_engage") == [("started", 14.0), ("followed", 15.0)]
    assert done.deal().watch.runs["re_engage"].done == 0b111


def test_a_deal_that_closes_otherwise_withdraws_its_plays() -> None:
    """Lost is no success of re-engaging; it is the success of requalifying."""
    timeline = lived(a_loss(16), until=40)
    assert course(timeline, "re_engage") == [("started", 14.0), ("withdrawn", 16.0)]
    assert timeline.plays[-1].why == "the deal was lost"


def test_a_hold_for_a_budget_is_quiet_with_a_light_touch_a_month_and_wakes() -> None:
    """No alert and no nagging; a month after the last touch one is due; at the date it wakes and asks for a touch."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_message(20)).until(79)
    assert timeline.alerts == []
    assert course(timeline, "stay_close") == [("started", 1.0), ("followed", 20.0), ("touch_due", 50.0)]
    timeline.tell(a_call(82))
    assert course(timeline, "stay_close")[3:] == [("woke", 80.0), ("succeeded", 82.0)]


def test_a_hold_that_nobody_wakes_from_says_so() -> None:
    """Five business days after the date nobody has turned to the buyer."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80)).until(90)
    assert course(timeline, "stay_close")[-2:] == [("woke", 80.0), ("failed", 87.0)]
    assert "budget date" in timeline.plays[-1].why or "budget date" in timeline.plays[-2].why


def test_a_hold_without_a_date_goes_on_and_a_touch_shortly_before_the_date_counts() -> None:
    """No end is made up; a call three business days before the budget comes is near enough, once it has come."""
    forever = Timeline().tell(an_opportunity(0), a_hold(1)).until(300)
    assert forever.deal().watch.runs["stay_close"].status == "running"
    early = Timeline().tell(an_opportunity(0), a_hold(1, resumes=80), a_call(77)).until(81)
    assert course(early, "stay_close")[-2:] == [("woke", 80.0), ("succeeded", 80.0)]


def test_a_buyer_who_is_not_ready_is_nurtured_until_ready() -> None:
    """Touches are due each month; readiness is what it is for."""
    timeline = Timeline().tell(an_opportunity(0), a_readiness(2, "not_ready"), a_call(3), a_call(20)).until(60)
    assert course(timeline, "nurture") == [("started", 2.0), ("followed", 3.0), ("replied", 3.0), ("touch_due", 50.0)]
    timeline.tell(a_readiness(61, "ready"))
    assert course(timeline, "nurture")[-1] == ("succeeded", 61.0)


def test_a_critical_alert_that_nobody_attends_to_goes_to_the_manager() -> None:
    """Three business days after it became critical; the alert is told again, with the manager's play."""
    policy = a_policy(manager="boss")
    timeline = Timeline(policy=policy).tell(*SILENT).until(31)
    assert course(timeline, "escalate") == [("started", 30.5)]
    told = timeline.alerts[-1]
    assert (told.transition, told.severity, told.sequence) == ("changed", "critical", 3)
    assert told.play is not None
    assert (told.play.id, told.play.who, told.play.owner) == ("escalate", "manager", "boss")
    alert = told.id
    timeline.tell(an_acknowledgement(32, alert))
    assert course(timeline, "escalate")[1:] == [("followed", 32.0), ("succeeded", 32.0)]


@pytest.mark.parametrize("attends", ["acknowledged", "written"])
def test_an_alert_that_somebody_attends_to_is_not_escalated(attends: str) -> None:
    """Acknowledged, or a message to the buyer: both after it became critical."""
    alert = lived(until=28).alerts[-1].id
    event = an_acknowledgement(29, alert) if attends == "acknowledged" else a_message(29)
    assert course(lived(event, until=40), "escalate") == []


def test_other_plays_work_by_what_they_are_for() -> None:
    """A new close date that lies ahead, another stage, a meeting that is held, an answer: each ends its play."""
    late = Timeline().tell(an_opportunity(0), a_close_date(0.1, 10)).until(12).tell(a_close_date(13, 40)).until(14)
    assert [each for each, _ in course(late, "fix_close_date")][-1] == "succeeded"
    assert [each for each, _ in course(late, "fix_close_date")][:2] == ["started", "followed"]
    asked = Timeline().tell(an_opportunity(0), a_call(1), a_reply(7.4)).until(9.4)
    assert course(asked, "reply_now")[0][0] == "started"
    assert [each for each, _ in course(asked.tell(a_message(9.5)), "reply_now")][1:] == [
        "followed",
        "calmed",
        "succeeded",
    ]
    bare = Timeline().tell(an_opportunity(0), a_call(1)).until(16)
    assert [each for each, _ in course(bare, "book_next_step")] == ["started"]
    bare.tell(a_planned_meeting(16.5, 20))
    assert [each for each, _ in course(bare, "book_next_step")][-1] == "succeeded"


def _holding_out(name: str = "re_engage", share: float = 0.5) -> Rules:
    return read_rules(
        {"play": {name: {**plain(play(name)), "version": 2, "holdout": share}}, "rule": {"incomplete": {"on": False}}}
    )


def test_a_deal_that_is_held_out_is_told_so_and_measured_all_the_same() -> None:
    """The alert is shown, the play is not, and says so; what happens is counted; nobody else's play is put in place."""
    rules = _holding_out()
    policy = rules.policy(a_policy())
    definition = policy.playbook.of("re_engage")
    assert definition is not None
    held_out = next(f"opp-{n}" for n in range(100) if is_held_out(f"opp-{n}", definition))
    timeline = Timeline(policy=policy).tell(
        an_opportunity(0, subject=held_out), a_call(0.5, subject=held_out), a_next_step(0.6, due=100, subject=held_out)
    )
    timeline.until(15).tell(a_call(16, subject=held_out))
    opened = timeline.alerts[0]
    assert opened.play is None
    assert opened.withheld is not None
    assert (opened.withheld.play, opened.withheld.version) == ("re_engage", 2)
    assert {each.arm for each in timeline.plays} == {"held_out"}
    assert [each.happened for each in timeline.plays] == ["started", "followed", "replied", "calmed", "succeeded"]


def test_a_play_that_is_changed_ends_its_runs() -> None:
    """Which plays hold is in the log: after it was told the old version is withdrawn; the new one waits as long."""
    changed = RulesChanged(id="rules", source="/w", time=moment(15), data=RulesData(rules=_holding_out(share=0.0).data))
    timeline = Timeline().tell(*SILENT).until(15).tell(changed).until(28)
    assert [(each.happened, each.version) for each in timeline.plays if each.play == "re_engage"] == [
        ("started", 1),
        ("withdrawn", 1),
    ]
    assert {alert.play.version for alert in timeline.alerts if alert.play is not None} == {1, 2}
    assert timeline.partition.rules.data["play"]["re_engage"]["version"] == 2
    assert timeline.rejections == []


def test_deadlines_of_runs_pass_at_their_own_time_and_not_with_the_days_question() -> None:
    """A touch is due thirty days after the hold was set, to the minute; the end is five business days after it."""
    timeline = Timeline().tell(an_opportunity(0), a_hold(1.37, resumes=80)).until(90)
    said = [(each, day) for each, day in course(timeline, "stay_close") if each in ("touch_due", "woke", "failed")]
    assert said == [("touch_due", 31.37), ("touch_due", 61.37), ("woke", 80.0), ("failed", 87.0)]
    late = Timeline().tell(an_opportunity(0.21), a_close_date(0.22, 10)).until(40)
    [started] = [each for each in late.plays if each.play == "fix_close_date" and each.happened == "started"]
    [failed] = [each for each in late.plays if each.play == "fix_close_date" and each.happened == "failed"]
    assert failed.at == started.ends_at


def test_nothing_is_asked_for_where_a_play_is_held_out() -> None:
    """Neither touches nor the wake-up; what comes of it is told for the comparison."""
    policy = _holding_out("stay_close").policy(a_policy())
    definition = policy.playbook.of("stay_close")
    assert definition is not None
    name = next(f"opp-{n}" for n in range(100) if is_held_out(f"opp-{n}", definition))
    timeline = Timeline(policy=policy).tell(an_opportunity(0, subject=name), a_hold(1, resumes=80, subject=name))
    assert course(timeline.until(90), "stay_close") == [("started", 1.0), ("failed", 87.0)]
