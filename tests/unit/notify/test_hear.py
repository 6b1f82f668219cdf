"""What each message of an alert does to what its owner is told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from streams.notify.allot import allot
from streams.notify.delivery import Delivery
from streams.notify.hear import Heard
from streams.notify.notice import Notice
from streams.notify.owner import OwnerState
from streams.notify.policy import OwnerPolicy
from streams.notify.routes import Route
from tests.unit.notify.said import DAY, HOUR, a_notice, a_policy, at

#: In the middle of a working day.
NOON = at(0, 12)


class Owner:
    """An owner who is told things."""

    def __init__(self, policy: OwnerPolicy | None = None) -> None:
        self.policy = policy or a_policy()
        self.state = OwnerState(owner="rep-1")

    def hear(self, notice: Notice, now: int = NOON, news: bool = True) -> tuple[Delivery, ...]:
        """Hear a message; return what is delivered at once."""
        done = allot(self.state, Heard(notice, news), now, self.policy)
        self.state = done.state
        return done.deliveries

    def until(self, now: int) -> list[Delivery]:
        """Let time pass."""
        said: list[Delivery] = []
        while self.state.due is not None and self.state.due <= now:
            done = allot(self.state, None, self.state.due, self.policy)
            self.state = done.state
            said += done.deliveries
        return said


def then(notice: Notice, transition: Any, hours: float = 1, **changes: Any) -> Notice:
    """The next message of an alert."""
    status = transition if transition in ("acknowledged", "snoozed", "resolved") else "open"
    later = notice.at + round(hours * HOUR)
    return replace(notice, sequence=notice.sequence + 1, transition=transition, status=status, at=later, **changes)


CRITICAL = a_notice("al-1", NOON, "critical")
WARNING = a_notice("al-1", NOON)


def test_a_critical_in_open_hours_goes_at_once_and_a_warning_with_the_next_round() -> None:
    """Tuesday at nine."""
    assert [each.kind for each in Owner().hear(CRITICAL)] == ["alert"]
    owner = Owner()
    assert owner.hear(WARNING) == ()
    assert owner.state.due == at(1, 9)
    assert [each.kind for each in owner.until(at(1, 9))] == ["alert"]


def test_on_a_friday_evening_it_waits_for_monday() -> None:
    """Nobody is disturbed in between."""
    owner = Owner()
    owner.hear(a_notice("al-1", at(4, 18), "critical"), at(4, 18))
    assert owner.until(at(7, 8.99)) == []
    assert [each.at for each in owner.until(at(7, 9))] == [at(7, 9)]


@pytest.mark.parametrize("transition", ["acknowledged", "snoozed", "resolved"])
def test_what_is_taken_in_hand_or_over_before_its_round_is_not_sent(transition: str) -> None:
    """Nor does the digest speak of it, for it was never told."""
    owner = Owner()
    owner.hear(WARNING)
    owner.hear(then(WARNING, transition))
    assert owner.until(at(20)) == []


def test_reopened_it_waits_anew() -> None:
    """A snooze has ended."""
    owner = Owner()
    owner.hear(CRITICAL)
    owner.hear(then(CRITICAL, "snoozed"))
    again = then(then(CRITICAL, "snoozed"), "reopened")
    assert [each.notice for each in owner.hear(again, again.at)] == [again]


def test_worse_than_was_told_it_is_told_again_and_flickering_is_not() -> None:
    """Critical, milder, critical again: once. Warning, then critical: twice."""
    owner = Owner()
    owner.hear(CRITICAL)
    milder = then(CRITICAL, "de_escalated", severity="warning")
    assert owner.hear(milder) == owner.hear(then(milder, "escalated", severity="critical")) == ()

    owner = Owner()
    owner.hear(WARNING)
    owner.until(at(1, 9))
    worse = then(WARNING, "escalated", 22, severity="critical")
    assert [each.notice for each in owner.hear(worse, worse.at)] == [worse]


def test_one_that_was_told_and_has_ended_is_named_in_the_digest() -> None:
    """With how it ended."""
    owner = Owner()
    owner.hear(CRITICAL)
    owner.hear(then(CRITICAL, "resolved", resolution="the buyer made contact"))
    [digest] = owner.until(at(1, 9))
    assert [(line.how, line.title) for line in digest.lines] == [("ended", "the buyer made contact")]


def test_info_is_only_for_the_digest() -> None:
    """It costs nothing of the budget."""
    owner = Owner()
    owner.hear(a_notice("al-1", NOON, "info"))
    [digest] = owner.until(at(2))
    assert (digest.kind, digest.sent, [line.how for line in digest.lines]) == ("digest", 0, ["info"])


def test_a_channel_that_keeps_a_state_hears_of_every_later_message() -> None:
    """Also at night; a chat does not."""
    policy = a_policy(routes=(Route(channels=("chat", "pager")),), holders=frozenset({"pager"}))
    owner = Owner(policy)
    owner.hear(CRITICAL)
    night = at(0, 23)
    said = owner.hear(then(CRITICAL, "acknowledged"), night) + owner.hear(
        then(then(CRITICAL, "changed"), "resolved"), night
    )
    assert [(each.channel, each.kind) for each in said] == [("pager", "update"), ("pager", "update")]


def test_who_is_always_told_is_told_at_night_and_nobody_else_is() -> None:
    """The owner hears in the morning, of the same alert."""
    policy = a_policy(routes=(Route(channels=("pager",), always=True, goes_on=True), Route(channels=("chat",))))
    owner = Owner(policy)
    night = at(0, 23)
    assert [each.channel for each in owner.hear(a_notice("al-1", night), night)] == ["pager"]
    assert [each.channel for each in owner.until(at(1, 9))] == ["chat"]


def test_old_news_is_silent_and_what_follows_it_is_not() -> None:
    """A replayed opening says nothing; that it gets worse now is news."""
    owner = Owner()
    owner.hear(a_notice("al-1", NOON - 30 * DAY), news=False)
    assert owner.state.due is None
    worse = a_notice("al-1", NOON, "critical", sequence=2, transition="escalated")
    assert [each.notice for each in owner.hear(worse)] == [worse]


def test_repeats_by_id_and_sequence_change_nothing_also_after_the_end() -> None:
    """After a crash the tracker says things again."""
    owner = Owner()
    over = then(CRITICAL, "resolved")
    owner.hear(CRITICAL)
    owner.hear(over)
    before = owner.state
    assert owner.hear(CRITICAL) == owner.hear(over) == ()
    assert replace(owner.state, due=None) == replace(before, due=None)
