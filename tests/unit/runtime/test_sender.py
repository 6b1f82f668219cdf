"""The program that sends: what is older than what its destination was told is left out, counted, and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from streams.alerts.policy import Policy
from streams.channels.outcome import SENT, Outcome
from streams.config.delivery import read_delivery
from streams.config.delivery_plan import DeliveryPlan
from streams.config.settings import load
from streams.config.topics import plan as topics_of
from streams.engine.task import StateStore
from streams.notify.delivery import Delivery, encode_delivery, for_alert
from streams.notify.handled import OVERTAKEN, RETRY, STANDING, Handled, decode_handled
from streams.notify.notice import Notice
from streams.runtime.sender import REMEMBERED, SendParts, SendTask
from streams.telemetry.emit import Metrics
from tests.unit.notify.crashing import Program
from tests.unit.notify.said import DAY, a_notice, at

TOPICS = topics_of(load())
FILE = """
fallback = ["chat"]
[channels.chat]
url = "slack://a/b/c/#deals"
rate = 1000
[channels.box]
url = "json://x/{mail}"
rate = 1000
[channels.oncall]
url = "alertmanager://x"
rate = 1000
[owner.rep-1]
mail = "one@example.org"
[owner.rep-2]
mail = "two@example.org"
[owner.rep-3]
mail = "two@example.org"
"""


@pytest.fixture
def planned(tmp_path: Path) -> DeliveryPlan:
    """Return a plan with a chat, mailboxes, and a channel that holds what is repeated."""
    (tmp_path / "delivery.toml").write_text(FILE)
    return read_delivery(tmp_path / "delivery.toml", Policy(), "")


class Sending:
    """The program, its clock, and services that answer as they are told."""

    def __init__(self, plan: DeliveryPlan) -> None:
        self.now = at(0)
        self.metrics = Metrics("send")
        self.answers: dict[str, Outcome] = {}
        self.taken: list[tuple[str, int]] = []
        self.repeated: list[list[str]] = []

        def make(store: StateStore) -> SendTask:
            return SendTask(store, SendParts(TOPICS, plan, self, lambda: self.now, self.metrics))

        self.program = Program(make, Random(0))

    def attempt(self, delivery: Delivery, before: Notice | None, done: Callable[[Outcome], None]) -> None:
        """Answer at once."""
        outcome = self.answers.get(delivery.id, SENT)
        if outcome is SENT:
            assert delivery.notice is not None
            self.taken.append((delivery.channel, delivery.notice.sequence))
        done(outcome)

    def repeat(self, channel: str, notices: list[Notice]) -> None:
        """Note what is said again."""
        self.repeated.append([each.id for each in notices])

    def read(self, *deliveries: Delivery, again: bool = False) -> None:
        """Let deliveries be written, read, and sent."""
        for each in deliveries:
            self.program.append(encode_delivery(each), self.now, ((RETRY, b"1"),) if again else ())
        self.live(4)

    def live(self, steps: int) -> None:
        """Let some seconds pass."""
        for _ in range(steps):
            self.program.advance(len(self.program.log), self.now)
            self.now += 1_000

    def restart(self) -> None:
        """Begin again from what is written down."""
        self.program.start()

    def how(self, delivery: Delivery) -> Handled | None:
        """How far a delivery is."""
        value = self.program.states.get(delivery.id.encode())
        return None if value is None else decode_handled(value)

    def told(self) -> list[tuple[str, int]]:
        """Which words of which alerts are known as sent."""
        known = map(decode_handled, self.program.states.values())
        return sorted((each.told.alert, each.told.sequence) for each in known if each.told is not None)

    def counted(self, outcome: str) -> float:
        """How many messages ended so."""
        registry: CollectorRegistry = self.metrics.registry
        return sum(
            sample.value
            for family in registry.collect()
            for sample in family.samples
            if sample.name == "dealwatch_notifications_total" and sample.labels["outcome"] == outcome
        )


def word(sequence: int, channel: str = "chat", owner: str = "rep-1", when: int = 0, ended: bool = False) -> Delivery:
    """A word of one alert, the same one always; `when` it was said (milliseconds)."""
    over: dict[str, Any] = {"status": "resolved", "transition": "resolved"} if ended else {}
    return for_alert(a_notice("al-1", when or at(0), sequence=sequence, owner=owner, **over), channel, at(0), None)


def test_the_beginning_is_left_out_after_the_end_was_sent_also_by_the_next_process(planned: DeliveryPlan) -> None:
    """It is counted, and kept with its reason."""
    for restarts in (False, True):
        sending = Sending(planned)
        sending.read(word(2, ended=True))
        if restarts:
            sending.restart()
        sending.read(word(1))
        assert sending.taken == [("chat", 2)]
        how = sending.how(word(1))
        assert how is not None and (how.status, how.reason, how.attempts) == ("left_out", OVERTAKEN, 0)
        assert how.detail == "message 1 of alert al-1; message 2 was sent before it" and how.delivery == word(1)
        assert (sending.counted("sent"), sending.counted("left_out"), sending.counted("refused")) == (1, 1, 0)
        assert sending.program.written == [], "it is no dead letter"


def test_of_two_that_wait_the_earlier_goes_first_and_nothing_is_left_out(planned: DeliveryPlan) -> None:
    """Both were read before any was tried."""
    sending = Sending(planned)
    sending.read(word(2, ended=True), word(1))
    sending.live(4)
    assert sending.taken == [("chat", 1), ("chat", 2)]
    assert sending.counted("left_out") == 0


def test_what_was_tried_and_may_have_arrived_is_settled_before_an_earlier_word(planned: DeliveryPlan) -> None:
    """It is tried again, arrives, and the earlier word is left out; where it is refused the earlier one goes out."""
    sending = Sending(planned)
    sending.answers[word(2).id] = Outcome("later", "no_answer", "")
    sending.read(word(2))
    sending.read(word(1))
    assert sending.taken == []
    sending.answers.clear()
    sending.now += 60_000
    sending.live(4)
    assert sending.taken == [("chat", 2)] and sending.counted("left_out") == 1

    sending = Sending(planned)
    sending.answers[word(2).id] = Outcome("refused", "http_400", "")
    sending.read(word(2), word(1))
    sending.live(4)
    assert sending.taken == [("chat", 1)] and sending.counted("left_out") == 0


def test_who_has_an_address_of_their_own_hears_what_another_one_has_heard_the_end_of(planned: DeliveryPlan) -> None:
    """Two owners with one mailbox are one destination, and a chat is one for all."""
    sending = Sending(planned)
    sending.read(word(2, "box", "rep-2"))
    sending.read(word(1, "box", "rep-1"))
    assert sending.taken == [("box", 2), ("box", 1)]

    for channel in ("box", "chat"):
        sending = Sending(planned)
        sending.read(word(2, channel, "rep-2"))
        sending.read(word(1, channel, "rep-3"))
        assert sending.taken == [(channel, 2)]


def test_what_is_asked_for_again_after_a_later_word_is_left_out_however_long_ago_that_was(
    planned: DeliveryPlan,
) -> None:
    """As long as it may be asked for at all; in a simulation a month of the alerts' time is a moment."""
    sending = Sending(planned)
    sending.answers[word(1).id] = Outcome("refused", "http_404", "")
    sending.read(word(1))
    sending.read(word(2, ended=True))
    sending.read(for_alert(a_notice("al-2", at(90)), "chat", at(90), None))
    sending.restart()
    sending.now += DAY
    sending.live(2)

    sending.answers.clear()
    sending.read(word(1), again=True)
    assert sending.taken == [("chat", 2), ("chat", 1)], "the second one is al-2's"
    how = sending.how(word(1))
    assert how is not None and how.status == "left_out"
    sending.read(word(1), again=True)
    assert sending.counted("left_out") == 1, "it stays out"


def test_an_alert_that_ended_does_not_stand_again_where_alerts_are_repeated(planned: DeliveryPlan) -> None:
    """It would be repeated for ever, since its end is known as sent."""
    sending = Sending(planned)
    sending.read(word(2, "oncall", ended=True))
    sending.read(word(1, "oncall"))
    sending.live(200)
    assert sending.repeated == []
    assert not any(key.startswith(STANDING.encode()) for key in sending.program.states)


def test_what_is_remembered_is_bounded_by_the_clock_and_by_the_alerts_own_time(planned: DeliveryPlan) -> None:
    """A notifier that was away for two months leaves out what is older than what was told before; then it forgets."""
    sending = Sending(planned)
    sending.read(word(1), word(2))
    sending.read(word(3))
    sending.restart()
    sending.now += 2 * REMEMBERED
    sending.live(2)
    assert sending.told() == [("al-1", 3)]

    sending.read(word(2))
    assert sending.taken == [("chat", 1), ("chat", 2), ("chat", 3)]

    for day in (40, 80):
        sending.now = at(200 + day)
        sending.read(for_alert(a_notice(f"al-{day}", at(day)), "chat", at(day), None))
        sending.live(2)
    assert sending.told() == [("al-80", 1)] and len(sending.program.states) == 1
