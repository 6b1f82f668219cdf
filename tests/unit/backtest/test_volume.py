"""How much would have been sent, counted on small lives; and what the truth says of it."""

from __future__ import annotations

import pytest

from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.backtest.deserved import Trouble, deserved
from streams.backtest.lives import Life
from streams.backtest.tellings import Telling, tellings
from streams.backtest.volume import volume
from streams.config.delivery import default_delivery
from streams.notify.policy import OwnerPolicy
from streams.state.opportunity import DAY
from tests.builders import ms
from tests.unit.cli.samples import an_alert

_PLAN = default_delivery(Policy())
#: Ten o'clock of a day, in UTC: working hours of the default.
_TEN = 10 / 24


def _policy_of(owner: str) -> OwnerPolicy:
    return _PLAN.policy_of(owner)


def _opened(name: str, day: float, severity: str = "warning", owner: str = "ana", rule: str = "silent") -> Alert:
    return an_alert(
        id=f"al-{name}",
        opportunity=name,
        owner=owner,
        severity=severity,
        rule=rule,
        opened_at=ms(day),
        at=ms(day),
        amount="1000",
    )


def test_no_owner_gets_more_than_the_budget_and_nothing_is_lost() -> None:
    """Nine warnings overnight, five places of which two are kept for criticals: three sent, six in the digest."""
    alerts = [_opened(f"opp-{number}", 0.9) for number in range(9)]
    found = volume(alerts, {}, (ms(0), ms(4.9)), _policy_of, ("ana", "ben", ""))
    assert (found.alerts, found.sent, found.digest, found.neither) == (9, 3, 6, 0)
    ana, ben = found.owners
    assert (ana.owner, ana.sent, ana.busiest, ana.lines, ana.working_days) == ("ana", 3, 3, 6, 5)
    assert (ben.owner, ben.sent, ben.per_day) == ("ben", 0, 0.0)
    assert found.rules["silent"].sent == 3
    assert found.rules["silent"].digest == 6


def test_what_ends_before_its_turn_is_neither() -> None:
    """Opened in the evening, over before the morning."""
    over = an_alert(id="al-x", sequence=2, transition="resolved", opened_at=ms(0.9), at=ms(0.95), owner="ana")
    found = volume([_opened("x", 0.9), over], {}, (ms(0), ms(3)), _policy_of)
    assert (found.sent, found.digest, found.neither) == (0, 0, 1)


def test_who_waits_at_the_end_is_neither() -> None:
    """Nothing after the log's last instant counts."""
    found = volume([_opened("x", 0.9)], {}, (ms(0), ms(0.95)), _policy_of)
    assert (found.sent, found.neither) == (0, 1)


def test_an_alert_that_is_given_away_is_its_new_owners() -> None:
    """Who had it waits for it no more, and is not told."""
    given = an_alert(id="al-x", sequence=2, transition="assigned", owner="ana", assignee="ben", at=ms(0.95))
    found = volume([_opened("x", 0.9), given], {}, (ms(0), ms(3)), _policy_of, ("ana", "ben"))
    assert {each.owner: each.sent for each in found.owners} == {"ana": 0, "ben": 1}


@pytest.mark.parametrize(("contact", "right"), [(30, 1), (9, 0)])
def test_a_warning_is_right_if_the_silence_reached_the_horizon(contact: int, right: int) -> None:
    """A contact on day 9 made it wrong; each silence counts once."""
    lives = {"x": Life(ms(0), 14 * DAY, {ms(1), ms(contact)})}
    found = volume([_opened("x", 4 + _TEN, "critical")], lives, (ms(0), ms(40)), _policy_of)
    assert (found.rules["silent"].judged, found.rules["silent"].right) == (1, right)


def test_a_rule_that_foresees_nothing_is_not_judged() -> None:
    """That there is no next step is so, or not."""
    found = volume(
        [_opened("x", 4 + _TEN, rule="no_next_step")], {"x": Life(ms(0), 14 * DAY)}, (ms(0), ms(40)), _policy_of
    )
    assert found.rules["no_next_step"].precision is None


def _trouble(name: str, fading: tuple[float, float] | None = None, rest: tuple[float, float] | None = None) -> Trouble:
    spans = () if fading is None else ((ms(fading[0]), ms(fading[1])),)
    rests = () if rest is None else ((ms(rest[0]), ms(rest[1])),)
    return Trouble(opportunity=name, kind="fading", fading=spans, rests=rests, silent_from=ms(3) if fading else None)


def _told(name: str, day: float) -> Telling:
    return Telling(name, "going_quiet", ms(day), "told", "warning")


def test_the_truth_says_who_was_told_of_in_time_and_who_was_disturbed() -> None:
    """Found early, found late, told of too late, not at all, and barely seen; a rest that was disturbed."""
    troubles = {
        "early": _trouble("early", (2, 30)),
        "late": _trouble("late", (2, 30)),
        "missed": _trouble("missed", (2, 30)),
        "unseen": _trouble("unseen", (36, 60)),
        "rests": _trouble("rests", rest=(5, 30)),
        "quiet": _trouble("quiet", rest=(5, 30)),
    }
    told = [_told("early", 6), _told("late", 20), _told("missed", 31), _told("rests", 8), _told("nobody's", 3)]
    lives = {"rests": Life(ms(0), 14 * DAY, {ms(1), ms(9)}), "missed": Life(ms(0), 14 * DAY, {ms(1), ms(30)})}
    found = deserved(troubles, lives, told, ms(40))
    assert (found.fading, found.found, found.early) == (3, 2, 1)
    assert (found.told, found.judged, found.right) == (4, 3, 2)
    assert (found.resting, found.disturbed) == (2, 1)
    assert found.recall == pytest.approx(2 / 3)


def test_tellings_follow_each_reason_through_an_alert() -> None:
    """A reason that joins, gets worse, and leaves while the alert goes on; one of another episode is told anew."""
    opened = an_alert()
    [reason] = opened.reasons
    second = an_alert(rule="slipping").reasons[0]
    alerts = [
        an_alert(at=ms(1)),
        an_alert(at=ms(2), sequence=2, transition="changed", reasons=(reason, second)),
        an_alert(at=ms(3), sequence=3, transition="resolved"),
    ]
    assert [(each.rule, each.move, each.at) for each in tellings(alerts)] == [
        ("silent", "told", ms(1)),
        ("slipping", "told", ms(2)),
        ("silent", "over", ms(3)),
        ("slipping", "over", ms(3)),
    ]
