"""Alerts change hands, and checkpoints are cut short between the records of their owners, days of alerts at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Alert, Transition, encode_alert
from streams.alerts.policy import Policy
from streams.config.delivery import read_delivery
from streams.config.delivery_plan import DeliveryPlan
from streams.config.settings import load
from streams.config.topics import plan as topics_of
from streams.engine.task import StateStore
from streams.notify.delivery import Delivery, decode_delivery
from streams.notify.owner import decode_owner, is_owner_key
from streams.runtime.allotter import AllotParts, AllotTask
from streams.state.watch import Severity
from streams.telemetry.emit import Metrics
from tests.strategies import law
from tests.unit.notify.crashing import Program
from tests.unit.notify.said import HOUR, an_alert, at

TOPICS, ALLOTTED = topics_of(load()), Metrics("allot")
OWNERS = st.sampled_from(["rep-1", "rep-2", "rep-3"])
SEVERITIES: st.SearchStrategy[Severity] = st.sampled_from(["info", "warning", "critical"])
#: What may happen to an alert that is there. Whoever has it may be another one with each of them.
LATER: list[Transition] = ["assigned", "escalated", "changed", "acknowledged", "resolved", "reopened"]
#: Hours between two messages of an alert: at once, on the same day, on the next one, when it would be forgotten.
GAPS = st.sampled_from([0, 2, 24, 24, 11 * 24])


class Cut(NamedTuple):
    """How many messages a checkpoint is about, and how many states of it are written; none: it is complete."""

    messages: int
    written: int | None


CUTS = st.lists(st.builds(Cut, st.integers(1, 8), st.none() | st.integers(0, 4)), max_size=4)


@st.composite
def logs(draw: st.DrawFn, later: list[Transition]) -> list[Alert]:
    """Draw the messages of some alerts, in order of time; one that is resolved stays so if nothing reopens it."""
    said: list[Alert] = []
    for number in range(draw(st.integers(1, 4))):
        when = at(draw(st.integers(0, 11)), draw(st.sampled_from([3, 10, 12])))
        said.append(an_alert(f"al-{number}", when, draw(SEVERITIES), owner=draw(OWNERS)))
        for sequence in range(2, 2 + draw(st.integers(0, 4))):
            if said[-1].status == "resolved" and "reopened" not in later:
                break
            when += draw(GAPS) * HOUR
            said.append(
                an_alert(
                    f"al-{number}", when, draw(SEVERITIES), sequence, draw(st.sampled_from(later)), owner=draw(OWNERS)
                )
            )
    return sorted(said, key=lambda each: each.at)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> DeliveryPlan:
    """Return a plan with a channel that keeps a state of each alert, open from nine to five."""
    path = tmp_path_factory.mktemp("plan") / "delivery.toml"
    path.write_text('fallback = ["a"]\n[channels.a]\nurl = "json://x"\n')
    return read_delivery(path, Policy(), "")


def lived(plan: DeliveryPlan, log: list[Alert], cuts: list[Cut], simulated: bool) -> Program:
    """Live through a log with these checkpoints, and then through its rest, message by message."""
    clock = [at(0)]

    def make(store: StateStore) -> AllotTask:
        return AllotTask(store, AllotParts(TOPICS, plan, simulated, lambda: clock[0], ALLOTTED))

    program = Program(make, Random(0))

    def advance(end: int, written: int | None) -> None:
        for each in log[len(program.log) : end]:
            program.append(encode_alert(each), each.at)
            clock[0] = each.at
        program.advance(end, clock[0], written)

    for messages, written in cuts:
        advance(min(program.committed + messages, len(log)), written)
    for end in range(program.committed + 1, len(log) + 1):
        advance(end, None)
    for _ in range(24 * 5):
        clock[0] += HOUR
        program.advance(len(log), clock[0])
    return program


def decided(program: Program) -> dict[str, Delivery]:
    """Return what was decided, each id once; what is said again under an id is the same."""
    found: dict[str, Delivery] = {}
    for each in program.written:
        delivery = decode_delivery(each.value or b"")
        assert found.setdefault(delivery.id, delivery) == delivery
    return found


@law(300)
@given(logs(LATER), CUTS)
def test_in_simulated_time_the_same_log_says_the_same_wherever_checkpoints_are_cut(
    planned: DeliveryPlan, log: list[Alert], cuts: list[Cut]
) -> None:
    """Also where it goes back to who had it before, and where some records are days ahead of others."""
    undisturbed = decided(lived(planned, log, [], simulated=True))
    assert decided(lived(planned, log, cuts, simulated=True)) == undisturbed


@law(200)
@given(logs([each for each in LATER if each != "reopened"]), CUTS)
def test_a_channel_that_holds_an_alert_hears_all_that_follows_wherever_checkpoints_are_cut(
    planned: DeliveryPlan, log: list[Alert], cuts: list[Cut]
) -> None:
    """An incident ends whoever has the alert by then, and in the end one owner at most has it."""
    program = lived(planned, log, cuts, simulated=False)
    heard, last = defaultdict(set), {each.id: each.sequence for each in log}
    for each in decided(program).values():
        if each.notice is not None:
            heard[each.notice.id].add(each.notice.sequence)
    for name, sequences in heard.items():
        assert sequences == set(range(min(sequences), last[name] + 1))
    kept = [decode_owner(value).state.entries for key, value in program.states.items() if is_owner_key(key)]
    assert all(sum(name in entries for entries in kept) <= 1 for name in last)


@law(300)
@given(logs(LATER), st.lists(st.integers(1, 8), max_size=4), st.booleans())
def test_of_one_alert_what_is_decided_goes_out_in_order_whoever_has_it(
    planned: DeliveryPlan, log: list[Alert], messages: list[int], simulated: bool
) -> None:
    """That it ended for one owner is not said before that it began for another, also in the same checkpoint."""
    program = lived(planned, log, [Cut(each, None) for each in messages], simulated)
    said = [decode_delivery(each.value or b"").notice for each in program.written]
    for name in {each.id for each in log}:
        sequences = [each.sequence for each in said if each is not None and each.id == name]
        assert sequences == sorted(sequences)


def everywhere(log: list[Alert]) -> Iterator[list[Cut]]:
    """Cut one checkpoint short, after one that is complete or at the beginning, in every way there is."""
    for before, upto in combinations(range(len(log) + 1), 2):
        for written in range(5):
            yield [*([Cut(before, None)] if before else []), Cut(upto - before, written)]


def says_the_same(plan: DeliveryPlan, log: list[Alert]) -> bool:
    """Whether a log says the same in simulated time, wherever a checkpoint is cut."""
    undisturbed = decided(lived(plan, log, [], simulated=True))
    return all(decided(lived(plan, log, cuts, simulated=True)) == undisturbed for cuts in everywhere(log))


#: An alert that is told, given away, and resolved as that of who had it first.
THERE_AND_BACK = [
    an_alert("al-1", at(0, 10), "critical", owner="rep-2"),
    an_alert("al-1", at(0, 12), "critical", 2, "assigned", owner="rep-1"),
    an_alert("al-1", at(0, 14), "info", 3, "resolved", owner="rep-2"),
]


def test_an_alert_that_goes_back_to_who_had_it_before_says_the_same_wherever_the_checkpoint_is_cut(
    planned: DeliveryPlan,
) -> None:
    """Both remember that they gave it away: the end comes from who did so last, not from who is read last."""
    assert says_the_same(planned, THERE_AND_BACK)


def test_an_incident_ends_though_its_alert_goes_back_and_the_checkpoint_is_cut_between_its_owners(
    planned: DeliveryPlan,
) -> None:
    """By the clock on the wall, too: it would be open for ever."""
    for cuts in everywhere(THERE_AND_BACK):
        said = decided(lived(planned, THERE_AND_BACK, cuts, simulated=False)).values()
        told = [each.kind for each in said if each.notice]
        assert not told or told[-1] == "update", cuts


def test_who_has_an_alert_in_between_hears_of_it_as_it_was_though_the_record_of_the_other_is_two_moves_ahead(
    planned: DeliveryPlan,
) -> None:
    """Who gave it away and has it again remembers what held it the first time."""
    log = [
        an_alert("al-1", at(0, 10), "critical", owner="rep-1"),
        an_alert("al-1", at(0, 12), "critical", 2, "assigned", owner="rep-2"),
        an_alert("al-1", at(0, 14), "critical", 3, "assigned", owner="rep-1"),
    ]
    assert says_the_same(planned, log)


def test_a_message_that_is_read_again_turns_no_owners_time_back(planned: DeliveryPlan) -> None:
    """It got worse on Saturday; nobody hears so on Friday since the message of Friday is read again."""
    friday = an_alert("al-1", at(4, 13), "warning")
    assert says_the_same(planned, [friday, an_alert("al-1", at(5, 9), "critical", 2, "escalated")])


def test_what_is_gone_is_remembered_as_long_as_its_messages_may_be_read_again(planned: DeliveryPlan) -> None:
    """A checkpoint is about two weeks, and another alert ends at the end of them."""
    later = [
        an_alert("al-2", at(14, 10), "critical", owner="rep-1"),
        an_alert("al-2", at(14, 12), "info", 2, "resolved", owner="rep-1"),
    ]
    assert says_the_same(planned, [*THERE_AND_BACK, *later])


def test_what_ends_and_begins_again_with_another_owner_at_the_same_instant_is_said_in_that_order(
    planned: DeliveryPlan,
) -> None:
    """All in one checkpoint: a channel that heard it the other way round would hold it as ended."""
    log = [
        an_alert("al-0", at(0, 9), "critical", owner="rep-1"),
        an_alert("al-1", at(0, 10), "critical", owner="rep-2"),
        an_alert("al-1", at(0, 12), "info", 2, "resolved", owner="rep-2"),
        an_alert("al-1", at(0, 12), "critical", 3, "reopened", owner="rep-1"),
    ]
    said = [decode_delivery(each.value or b"").notice for each in lived(planned, log, [Cut(4, None)], True).written]
    assert [each.sequence for each in said if each is not None and each.id == "al-1"] == [1, 2, 3]
