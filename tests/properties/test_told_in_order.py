"""Both programs of delivery, one behind the other, their checkpoints cut short: nobody reads an end before a beginning.

Whoever decides may write a later word of an alert before an earlier one, when a crash leaves the records of its owners
apart. Whoever sends leaves the earlier one out then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.channels.outcome import SENT, Outcome
from streams.config.delivery import read_delivery
from streams.config.delivery_plan import DeliveryPlan
from streams.config.settings import load
from streams.config.topics import plan as topics_of
from streams.engine.task import StateStore
from streams.notify.delivery import Delivery, decode_delivery, encode_delivery
from streams.notify.handled import OVERTAKEN, RETRY, Handled, decode_handled
from streams.notify.notice import Notice
from streams.runtime.allotter import AllotParts, AllotTask
from streams.runtime.sender import SendParts, SendTask
from streams.telemetry.emit import Metrics
from tests.properties.test_delivery_cuts import CUTS, LATER, THERE_AND_BACK, Cut, everywhere, lived, logs
from tests.strategies import law
from tests.unit.notify.crashing import Program
from tests.unit.notify.said import at

TOPICS = topics_of(load())
ALLOTTED, TOLD = Metrics("allot"), Metrics("send")
#: One chat for all, and a mailbox each.
FILE = """
fallback = ["chat"]
[channels.chat]
url = "json://x"
rate = 1000
[channels.box]
url = "json://x/{mail}"
rate = 1000
[[routes]]
channels = ["chat"]
always = true
continue = true
[[routes]]
channels = ["box"]
[owner.rep-1]
mail = "one@example.org"
[owner.rep-2]
mail = "two@example.org"
[owner.rep-3]
mail = "two@example.org"
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> DeliveryPlan:
    """Return a plan with a chat that all share, and mailboxes, one of which two owners share."""
    path = tmp_path_factory.mktemp("plan") / "delivery.toml"
    path.write_text(FILE)
    return read_delivery(path, Policy(), "")


class Receivers:
    """Services that take what they are given, by chance later or never; what they took once they take again."""

    def __init__(self, chance: Random, moody: bool) -> None:
        self.chance, self.moody = chance, moody
        self.taken: list[Delivery] = []
        self._under_way: list[tuple[Delivery, Callable[[Outcome], None]]] = []

    def attempt(self, delivery: Delivery, before: Notice | None, done: Callable[[Outcome], None]) -> None:
        """Note it; the answer comes later."""
        self._under_way.append((delivery, done))

    def repeat(self, channel: str, notices: list[Notice]) -> None:
        """There is no such channel here."""
        raise AssertionError

    def answer(self) -> None:
        """Answer what is under way."""
        under_way, self._under_way = self._under_way, []
        known = {each.id for each in self.taken}
        for delivery, done in under_way:
            fate = self.chance.random() if self.moody and delivery.id not in known else 0.0
            if fate < 0.6:
                self.taken.append(delivery)
            done(SENT if fate < 0.6 else Outcome("later" if fate < 0.8 else "refused", "http_500", ""))

    def lose_who_asked(self) -> None:
        """Whoever asked is dead. What it asked for may have arrived; nobody hears so."""
        self.taken += [each for each, _ in self._under_way if self.chance.random() < 0.5]
        self._under_way.clear()


class Sending:
    """The program that sends, and the services behind it. By chance it is idle or begins again between two messages."""

    def __init__(self, plan: DeliveryPlan, receivers: Receivers, states: dict[bytes, bytes] | None = None) -> None:
        self.now = at(30)
        self.receivers = receivers

        def make(store: StateStore) -> SendTask:
            receivers.lose_who_asked()
            return SendTask(store, SendParts(TOPICS, plan, receivers, lambda: self.now, TOLD))

        self.program = Program(make, Random(0), states=dict(states or {}))

    def append(self, said: Iterable[Delivery], *headers: tuple[str, bytes]) -> None:
        """Let deliveries be written."""
        for each in said:
            self.program.append(encode_delivery(each), self.now, headers)

    def live(self, cuts: Iterable[Cut]) -> None:
        """Read what was written with these checkpoints, then message by message, and wait until all is over."""
        program = self.program
        for messages, written in cuts:
            self._advance(min(program.committed + messages, len(program.log)), written)
        for end in range(program.committed + 1, len(program.log) + 1):
            self._advance(end, None)
            for _ in range(self.receivers.chance.choice((0, 0, 3))):
                self._advance(end, None)
            if self.receivers.chance.random() < 0.3:
                self._advance(end, self.receivers.chance.randrange(5))
        while any(each.status == "waiting" for each in self.handled.values()):
            self._advance(len(program.log), None)

    def ask_again(self) -> None:
        """Let what was refused be sent again, by services that take everything."""
        self.receivers.moody = False
        self.append(
            [each.delivery for each in self.handled.values() if each.status == "refused" and each.delivery],
            (RETRY, b"1"),
        )
        self.live([])

    def _advance(self, end: int, written: int | None) -> None:
        self.program.advance(end, self.now, written)
        self.receivers.answer()
        self.now += 600_000

    @property
    def handled(self) -> dict[str, Handled]:
        """How far each delivery is, as written down."""
        return {key.decode(): decode_handled(value) for key, value in self.program.states.items()}


def sequences(plan: DeliveryPlan, said: Iterable[Delivery]) -> dict[tuple[str, str], list[int]]:
    """Which messages of each alert each destination hears, in order."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in said:
        if each.notice is not None:
            found[plan.destination(each.channel, each.owner), each.notice.id].append(each.notice.sequence)
    return found


def see_that_all_is_told_in_order(plan: DeliveryPlan, decided: list[Delivery], sending: Sending) -> None:
    """Nothing goes back; the last word of each alert arrives everywhere; what was left out was overtaken."""
    taken, how = sequences(plan, sending.receivers.taken), sending.handled
    for heard in taken.values():
        assert heard == sorted(heard)
    for key, said in sequences(plan, decided).items():
        assert taken[key][-1] == max(said)
    arrived = {each.id for each in sending.receivers.taken}
    for each in decided:
        if each.notice is None or how[each.id].status == "sent":
            assert each.id in arrived
        else:
            assert (how[each.id].status, how[each.id].reason) == ("left_out", OVERTAKEN)
            heard = taken[plan.destination(each.channel, each.owner), each.notice.id]
            assert max(heard) > each.notice.sequence


def said_by(program: Program) -> list[Delivery]:
    """What was decided, in the order in which it was written, with what was written again."""
    return [decode_delivery(each.value or b"") for each in program.written]


@law(200)
@given(logs(LATER), CUTS, CUTS, st.integers(0, 2**32), st.booleans(), st.booleans())
def test_no_destination_hears_an_earlier_word_after_a_later_one_wherever_checkpoints_are_cut(
    planned: DeliveryPlan,
    log: list[Alert],
    cuts: list[Cut],
    sends: list[Cut],
    seed: int,
    simulated: bool,
    moody: bool,
) -> None:
    """Also where services refuse, and what they refused is asked for again after a later word."""
    decided = said_by(lived(planned, log, cuts, simulated))
    sending = Sending(planned, Receivers(Random(seed), moody))
    sending.append(decided)
    sending.live(sends)
    sending.ask_again()
    see_that_all_is_told_in_order(planned, decided, sending)


@law(100)
@given(logs(LATER), CUTS, st.integers(0, 2**32), st.booleans())
def test_nothing_is_left_out_where_only_the_program_that_sends_is_cut(
    planned: DeliveryPlan, log: list[Alert], sends: list[Cut], seed: int, simulated: bool
) -> None:
    """What was written in order is said in order, and all of it."""
    decided = said_by(lived(planned, log, [], simulated))
    sending = Sending(planned, Receivers(Random(seed), False))
    sending.append(decided)
    sending.live(sends)
    assert {each.id for each in sending.receivers.taken} == {each.id for each in decided}
    assert {each.status for each in sending.handled.values()} <= {"sent"}


@law(100)
@given(logs(LATER), CUTS, st.integers(1, 8), st.integers(0, 2**32), st.booleans())
def test_order_holds_over_a_handover_and_over_a_replay_of_all_that_was_decided(
    planned: DeliveryPlan, log: list[Alert], cuts: list[Cut], until: int, seed: int, simulated: bool
) -> None:
    """Whoever takes over has the states and what was not sent, and reads the alerts from the beginning."""
    before = lived(planned, log[:until], cuts, simulated)
    receivers = Receivers(Random(seed), False)
    first = Sending(planned, receivers)
    first.append(said_by(before))
    first.live([])

    after = Program(
        lambda store: AllotTask(store, AllotParts(TOPICS, planned, simulated, lambda: at(40), ALLOTTED)),
        Random(0),
        states=dict(before.states),
    )
    for each in log:
        after.append(encode_alert(each), each.at)
    for end in range(1, len(log) + 1):
        after.advance(end, at(40))
    for _ in range(3):
        after.advance(len(log), at(40))
    second = Sending(planned, receivers, first.program.states)
    second.append([*said_by(before)[len(said_by(before)) // 2 :], *said_by(after)])
    second.live([])
    decided = [*said_by(before), *said_by(after)]
    see_that_all_is_told_in_order(planned, decided, second)

    taken = len(receivers.taken)
    again = Sending(planned, receivers, second.program.states)
    again.append(decided)
    again.live([])
    assert len(receivers.taken) == taken


def test_who_hears_that_an_alert_ended_does_not_hear_afterwards_that_it_began(planned: DeliveryPlan) -> None:
    """An alert comes back to who had it first and ends, and the checkpoint is cut in every way there is."""
    overtaken = 0
    for cuts in everywhere(THERE_AND_BACK):
        decided = said_by(lived(planned, THERE_AND_BACK, cuts, simulated=False))
        sending = Sending(planned, Receivers(Random(0), False))
        sending.append(decided)
        sending.live([])
        see_that_all_is_told_in_order(planned, decided, sending)
        overtaken += sum(each.status == "left_out" for each in sending.handled.values())
    assert overtaken
