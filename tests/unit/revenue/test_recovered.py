"""What ended risk episodes, from events, alerts and plays as the log has them."""

from __future__ import annotations

from itertools import permutations

from msgspec.structs import replace

from streams.alerts.alert import Alert, Reason
from streams.events.envelope import Event
from streams.plays.event import PlayEvent
from streams.revenue.recovered import Recovering, recoveries_of
from streams.revenue.recoveries import Recoveries
from streams.revenue.seen import Seen
from streams.revenue.settled import WHOLE
from streams.state.apply import apply
from streams.state.opportunity import Opportunity
from tests.builders import a_call, a_message, a_reply, a_win, an_opportunity, ms


def told(events: list[Event]) -> list[Seen]:
    """Each event beside what was on record before and after it."""
    found: list[Seen] = []
    facts = Opportunity(id="opp-1")
    for offset, event in enumerate(events):
        after = apply(facts, event, "UTC")
        found.append(Seen(event.at, offset, event, facts, after))  # type: ignore[arg-type]
        facts = after
    return found


def a_message_of_the_alert(day: float, *rules: str) -> Alert:
    """The alert as it stands from a day on: with reasons of these rules, resolved without any."""
    reasons = tuple(
        Reason(rule=rule, rule_version=3, severity="warning", episode=0, title=rule, evidence=(), clears_when="a reply")
        for rule in rules
    )
    return Alert(
        id="al-0123456789abcdef0123",
        sequence=int(day),
        transition="changed" if rules else "resolved",
        status="open" if rules else "resolved",
        severity="warning",
        rule=rules[0] if rules else "silent",
        opportunity="opp-1",
        name="",
        owner="ann",
        account="",
        stage="",
        amount=None,
        currency="",
        opened_at=ms(20),
        at=ms(day),
        title="",
        reasons=reasons,
    )


def a_run(day: float, *, held_out: bool = False) -> PlayEvent:
    """A play that was called for by the reason `silent`."""
    return PlayEvent(
        id=f"pl-{day:g}",
        run="run-1",
        happened="started",
        opportunity="opp-1",
        play="re_engage",
        version=2,
        title="Re-engage",
        arm="held_out" if held_out else "played",
        at=ms(day),
        started_at=ms(day),
        rule="silent",
    )


def test_the_touch_and_the_play_that_ended_an_alert_are_told() -> None:
    """The answer of day 24 comes first, then the message that it ends the alert: both have the same instant."""
    seen = told([an_opportunity(0), a_call(21, connected=False), a_message(23), a_reply(24)])
    alerts = [a_message_of_the_alert(20, "silent"), a_message_of_the_alert(24)]

    found = recoveries_of(seen, alerts, [a_run(20)])

    assert found.counts["ended", "silent", "buyer"] == 1
    assert found.counts["credit", "mail"] == WHOLE
    assert found.counts["run", "re_engage", "2", "played", "buyer"] == 1


def test_a_message_that_comes_twice_says_nothing_new() -> None:
    """As after a crash, or where the topic was read again."""
    seen = told([an_opportunity(0), a_message(23), a_reply(24)])
    alerts = [a_message_of_the_alert(20, "silent"), a_message_of_the_alert(24)]

    once, twice = recoveries_of(seen, alerts, [a_run(20)]), recoveries_of(seen, alerts * 2, [a_run(20)] * 2)
    assert once.counts == twice.counts


def test_a_reason_that_left_while_the_alert_was_silent_ended_with_the_next_message() -> None:
    """Which reasons there are says each message, so that none stays open for ever."""
    seen = told([an_opportunity(0)])
    alerts = [a_message_of_the_alert(20, "silent", "slipping"), a_message_of_the_alert(22, "slipping")]

    found = recoveries_of(seen, alerts, [])
    assert found.counts["ended", "silent", "otherwise"] == 1
    assert [each.rule for each in found.watched["opp-1"].episodes] == ["slipping"]


def test_only_a_play_that_an_alert_called_for_is_one_of_its_episode() -> None:
    """A play that a hold called for has no rule."""
    seen = told([an_opportunity(0)])
    alerts = [a_message_of_the_alert(20, "silent")]
    found = recoveries_of(seen, alerts, [replace(a_run(20), rule=""), replace(a_run(21), happened="followed")])

    assert found.watched["opp-1"].counted == ()


def a_risk_that_a_mail_ended(again: float = 0) -> tuple[list[Seen], list[Alert], list[PlayEvent]]:
    """Events, alerts and plays of an episode that ends with an answer on day 24, and of another one days after it."""
    seen = told([an_opportunity(0), a_message(23), a_reply(24), *([a_message(again)] if again else [])])
    return seen, [a_message_of_the_alert(20, "silent"), a_message_of_the_alert(24)], [a_run(20)]


def test_it_makes_no_difference_which_topic_is_ahead() -> None:
    """Read side by side, in any order of the three, with reports in between, they tell what they tell in order."""
    seen, alerts, plays = a_risk_that_a_mail_ended()
    whole = recoveries_of(seen, alerts, plays).report()
    assert (whole.recovered, whole.plays[0].played) == (1, 1)
    for order in permutations("sap"):
        found = Recovering()
        for source in order:
            if source == "s":
                for each in seen:
                    found.see(each)
            elif source == "a":
                for alert in alerts:
                    found.hear(alert)
            else:
                for event in plays:
                    found.play(event)
            found.report(ms(24) + 1)
        assert found.report(ms(24) + 1) == whole


def test_what_is_old_waits_no_longer_and_a_message_that_comes_later_counts_when_it_comes() -> None:
    """So that what waits has a bound; of an alert that nobody told for more than a week only its end is late."""
    seen, alerts, plays = a_risk_that_a_mail_ended(again=40)
    found = Recovering()
    for each in seen:
        found.see(each)
    found.hear(alerts[0])
    assert len(found) == 5
    assert found.report(ms(40) + 1).going_on == 1
    assert len(found) == 1
    found.hear(alerts[1])
    found.play(plays[0])
    late = found.report(ms(40) + 1)
    assert (late.ended, late.recovered, late.going_on) == (1, 1, 0)


def test_of_an_open_deal_that_never_had_an_alert_nothing_is_watched() -> None:
    """Most deals are such deals; one that is over must be known as over."""
    found = Recoveries()
    for each in told([an_opportunity(0), a_message(23), a_reply(24)]):
        found.see(each)
    assert found.watched == {}
    for each in told([an_opportunity(0), a_win(5)]):
        found.see(each)
    assert not found.watched["opp-1"].is_open
