"""The promises of delivery, for any alerts at any time: budget, nothing lost, the same again, owners apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.notify.allot import allot
from streams.notify.delivery import Delivery
from streams.notify.hear import Heard
from streams.notify.hours import Span
from streams.notify.notice import Notice
from streams.notify.owner import Kept, OwnerState, decode_owner, encode_owner
from streams.notify.policy import OwnerPolicy
from streams.notify.routes import Route
from streams.state.watch import Severity
from tests.unit.notify.said import DAY, HOUR, MONDAY, a_notice, a_policy, at, open_hours

SEVERITIES: st.SearchStrategy[Severity] = st.sampled_from(["info", "warning", "critical"])
#: What may happen to an alert that is there.
LATER = st.sampled_from(["escalated", "de_escalated", "changed", "acknowledged", "snoozed", "reopened", "resolved"])
STATUS = {"acknowledged": "acknowledged", "snoozed": "snoozed", "resolved": "resolved"}
#: Each of them lives through three weeks.
EXAMPLES = 40


class Said(NamedTuple):
    """A message of an alert at an instant."""

    now: int
    notice: Notice


@st.composite
def histories(draw: st.DrawFn, owner: str = "rep-1") -> list[Said]:
    """Draw the messages of some alerts of an owner within a week, in order of time."""
    said: list[Said] = []
    for number in range(draw(st.integers(1, 14))):
        now = MONDAY + draw(st.integers(0, 6 * 24 * 4)) * HOUR // 4
        notice = a_notice(
            f"{owner}-{number}",
            now,
            draw(SEVERITIES),
            owner=owner,
            amount=draw(st.sampled_from([None, "10", "500", "90000"])),
            probability=draw(st.sampled_from([None, 0.2, 0.9])),
            helps=draw(st.sampled_from([None, 0.1, 0.5])),
        )
        said.append(Said(now, notice))
        for sequence in range(2, 2 + draw(st.integers(0, 4))):
            if notice.status == "resolved":
                break
            now += draw(st.integers(1, 200)) * HOUR // 4
            transition = draw(LATER)
            notice = replace(
                notice,
                sequence=sequence,
                at=now,
                transition=transition,
                status=STATUS.get(transition, "open"),
                severity=draw(SEVERITIES),
            )
            said.append(Said(now, notice))
    return sorted(said, key=lambda each: (each.now, each.notice.id, each.notice.sequence))


POLICIES = st.builds(
    lambda zone, quiet, digest, budget, reserve: a_policy(
        time=open_hours(zone, quiet, digest), budget=budget, reserve=min(reserve, budget)
    ),
    st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata"]),
    st.sampled_from([(), (Span(12 * 60, 13 * 60),), (Span(16 * 60, 8 * 60),)]),
    st.sampled_from([None, 11 * 60, 15 * 60]),
    st.integers(0, 6),
    st.integers(0, 6),
)


class Lived(NamedTuple):
    """What came of a history: the state at its end, and each delivery with the instant of its decision."""

    state: OwnerState
    deliveries: list[tuple[int, Delivery]]


def live(history: list[Said], policy: OwnerPolicy, owner: str = "rep-1", until: int = at(21)) -> Lived:
    """Live through a history, letting time pass as the notifier does, and then until everything is told."""
    state = OwnerState(owner=owner)
    out: list[tuple[int, Delivery]] = []

    def pass_time(state: OwnerState, now: int) -> OwnerState:
        while state.due is not None and state.due <= now:
            due = state.due
            done = allot(state, None, due, policy)
            assert done.state.due is None or done.state.due > due
            out.extend((due, each) for each in done.deliveries)
            state = done.state
        return state

    for said in history:
        state = pass_time(state, said.now)
        done = allot(state, Heard(said.notice, True), said.now, policy)
        out.extend((said.now, each) for each in done.deliveries)
        # As it comes back from Kafka.
        state = decode_owner(encode_owner(Kept(state=done.state))).state
    return Lived(pass_time(state, until), out)


@settings(max_examples=EXAMPLES)
@given(histories(), POLICIES)
def test_never_more_than_the_budget_and_never_in_closed_hours(history: list[Said], policy: OwnerPolicy) -> None:
    """Each working day has at most `budget` alerts and one digest, all in open hours."""
    alerts: Counter[int] = Counter()
    digests: Counter[int] = Counter()
    for now, delivery in live(history, policy).deliveries:
        assert policy.time.is_open(now)
        (alerts if delivery.kind == "alert" else digests)[policy.time.day_of(now)] += 1
    assert all(number <= policy.budget for number in alerts.values())
    assert all(number == 1 for number in digests.values())


@settings(max_examples=EXAMPLES)
@given(histories(), POLICIES)
def test_nothing_is_lost(history: list[Said], policy: OwnerPolicy) -> None:
    """Each time that an alert begins to wait it is sent, named in a digest, or ends or is taken in hand before."""
    lived = live(history, policy)
    told: dict[str, list[int]] = defaultdict(list)
    for now, delivery in lived.deliveries:
        for name in [delivery.notice.id] if delivery.notice else [line.id for line in delivery.lines]:
            told[name].append(now)
    by_alert: dict[str, list[Said]] = defaultdict(list)
    for said in history:
        by_alert[said.notice.id].append(said)
    for name, messages in by_alert.items():
        opened = messages[0].now
        closed = next((each.now for each in messages if each.notice.status != "open"), None)
        first = min(told[name], default=None)
        if first is None:
            assert closed is not None, "an alert that stayed open was never told"
        assert closed is not None or first is not None
        # Nobody waits longer than over a weekend and the day after.
        assert (first if closed is None or (first is not None and first <= closed) else closed) - opened <= 5 * DAY  # type: ignore[operator]
    assert not any(entry.waiting_since for entry in lived.state.entries.values())
    assert not lived.state.ended


@settings(max_examples=EXAMPLES)
@given(histories(), POLICIES)
def test_what_was_taken_in_hand_is_not_sent(history: list[Said], policy: OwnerPolicy) -> None:
    """An alert is told of only while its last word is that it is open; of an ended one only the digest speaks."""
    for now, delivery in live(history, policy).deliveries:
        # What is decided at an instant may be so before or after the messages of that instant.
        latest: dict[str, list[Notice]] = {}
        for said in history:
            if said.now < now:
                latest[said.notice.id] = [said.notice]
            elif said.now == now:
                latest.setdefault(said.notice.id, []).append(said.notice)
        if delivery.notice is not None:
            assert delivery.notice in latest[delivery.notice.id]
            assert delivery.notice.status == "open"
        for line in delivery.lines:
            status = "resolved" if line.how == "ended" else "open"
            assert status in {each.status for each in latest[line.id]}


@settings(max_examples=EXAMPLES)
@given(histories(), POLICIES, st.data())
def test_lived_again_with_repeats_it_says_the_same(
    history: list[Said], policy: OwnerPolicy, data: st.DataObject
) -> None:
    """The same log gives the same deliveries with the same ids, also where messages come twice; no id comes twice."""
    once = live(history, policy)
    again = [each for each in history for _ in range(data.draw(st.integers(1, 2)))]
    assert live(again, policy).deliveries == once.deliveries
    assert all(number == 1 for number in Counter(each.id for _, each in once.deliveries).values())


@settings(max_examples=EXAMPLES)
@given(histories("rep-1"), histories("rep-2"), POLICIES)
def test_owners_do_not_disturb_each_other(first: list[Said], second: list[Said], policy: OwnerPolicy) -> None:
    """What an owner is told does not depend on what others are: ids differ, states are apart."""
    alone = live(first, policy)
    beside = live(second, policy, "rep-2")
    assert not {each.id for _, each in alone.deliveries} & {each.id for _, each in beside.deliveries}
    assert live(first, policy) == alone


@settings(max_examples=EXAMPLES)
@given(histories(), POLICIES)
def test_history_that_is_replayed_says_nothing(history: list[Said], policy: OwnerPolicy) -> None:
    """Old news moves the state and reaches nobody, however long one waits."""
    state = OwnerState(owner="rep-1")
    for said in history:
        done = allot(state, Heard(said.notice, False), said.now, policy)
        assert not done.deliveries
        state = done.state
    assert state.due is None
    assert not allot(state, None, at(20, 10), policy).deliveries


@settings(max_examples=EXAMPLES)
@given(histories(), st.integers(0, 30 * 24))
def test_held_late_it_is_held_once(history: list[Said], hours: int) -> None:
    """A notifier that was away does what is due at once, and not once for each day that it missed."""
    policy = a_policy()
    state = OwnerState(owner="rep-1")
    for said in history:
        state = allot(state, Heard(said.notice, True), said.now, policy).state
    done = allot(state, None, at(7) + hours * HOUR, policy)
    assert sum(each.kind == "alert" for each in done.deliveries) <= policy.budget
    assert sum(each.kind == "digest" for each in done.deliveries) <= 1


@settings(max_examples=EXAMPLES)
@given(histories())
def test_what_is_always_sent_is_sent_at_once_and_costs_nothing(history: list[Said]) -> None:
    """An `always` route speaks at the instant of the alert; the owner's own messages are the same as without it."""
    usual = a_policy()
    both = a_policy(routes=(Route(channels=("pager",), always=True, goes_on=True), Route(channels=("chat",))))
    lived = live(history, both)
    paged = [(now, each) for now, each in lived.deliveries if each.channel == "pager"]
    assert all(now == each.notice.at for now, each in paged if each.notice is not None)
    assert [each for each in lived.deliveries if each[1].channel == "chat"] == live(history, usual).deliveries


@settings(max_examples=EXAMPLES)
@given(st.lists(SEVERITIES, min_size=1, max_size=12), st.integers(1, 6), st.integers(0, 6))
def test_what_the_budget_passed_over_is_counted(severities: list[Severity], budget: int, reserve: int) -> None:
    """Of a morning's alerts those that are not sent, but for what is only worth a digest."""
    policy = a_policy(budget=budget, reserve=min(reserve, budget))
    state = OwnerState(owner="rep-1")
    for number, severity in enumerate(severities):
        state = allot(state, Heard(a_notice(str(number), at(0, 3), severity), True), at(0, 3), policy).state
    done = allot(state, None, at(0, 9), policy)
    sent = sum(each.kind == "alert" for each in done.deliveries)
    # What the reserve has no room for in the round may still go out as a critical, at the same instant.
    round_only = sum(each != "info" for each in severities) - sent
    assert done.passed_over >= round_only
    assert done.passed_over == round_only or "critical" in severities
    assert allot(done.state, None, at(0, 10), policy).passed_over == 0
