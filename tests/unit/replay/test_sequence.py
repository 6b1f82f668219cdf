"""A file of events on its way into partitions: who gets what, and when time is said."""

from __future__ import annotations

import pytest

from streams.alerts.policy import Policy
from streams.backtest.run import run
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.replay.sequence import Outbound, Sequencer, sequence
from tests.builders import APPENDED_AT, a_call, a_figure, a_heartbeat, an_opportunity, ms


def _sent(*lines: Event | bytes, partitions: int = 3) -> list[Outbound]:
    values = [line if isinstance(line, bytes) else encode(line) for line in lines]
    return list(sequence(values, partitions, APPENDED_AT))


def _announced(sent: list[Outbound], partition: int = 0) -> list[int]:
    """Return the instants that were announced to a partition."""
    events = (decode(each.value, each.key, APPENDED_AT) for each in sent if each.partition == partition)
    return [event.at for event in events if isinstance(event, ClockAdvanced)]


def test_an_event_goes_to_the_partition_of_its_deal() -> None:
    """Keyed by the opportunity, with the line's own bytes and the event's time."""
    call = a_call(1)
    (line,) = [each for each in _sent(call) if each.is_line]
    partition = partition_of(b"opp-1", b"", 3)
    assert line[:5] == (partition, b"opp-1", encode(call), ms(1), True)


def test_time_is_said_at_the_start_at_midnights_and_at_the_end() -> None:
    """Every partition hears it, also one without events."""
    sent = _sent(an_opportunity(0.5), a_call(0.7), a_call(3.2), a_call(3.4))
    for partition in range(3):
        assert _announced(sent, partition) == [ms(0.5), ms(1), ms(2), ms(3), ms(3.4)]


def test_midnights_are_said_before_the_event_that_passed_them() -> None:
    """No partition hears of a day before all partitions know that it began."""
    sent = _sent(an_opportunity(0.5), a_call(1.5))
    call = next(place for place, each in enumerate(sent) if each.value == encode(a_call(1.5)))
    assert _announced(sent[:call]) == [ms(0.5), ms(1)]


def test_time_does_not_go_back() -> None:
    """A line out of order is sent as it is; nothing is announced for it."""
    sent = _sent(an_opportunity(2), a_call(1), a_call(2.1))
    assert _announced(sent) == [ms(2), ms(2.1)]
    assert [each.at for each in sent if each.is_line] == [ms(2), ms(1), ms(2.1)]


def test_control_events_go_to_every_partition() -> None:
    """All partitions must know of a feed; only one copy stands for the line."""
    heartbeat = a_heartbeat(1)
    copies = [each for each in _sent(heartbeat) if each.value == encode(heartbeat)]
    assert [(each.partition, each.key) for each in copies] == [(0, None), (1, None), (2, None)]
    assert [each.is_line for each in copies] == [True, False, False]


@pytest.mark.parametrize("garbage", [b"", b"not json", b'{"type":"deal.won.v1"}', b"\xff", b"x" * 300_000])
def test_garbage_is_sent_on_as_it_is(garbage: bytes) -> None:
    """A line that is no event becomes a dead letter where it lands; a repeat lands there again."""
    first, second = _sent(garbage, garbage)
    assert first == second
    assert (first.key, first.value, first.at, first.is_line) == (None, garbage, None, True)


def test_an_empty_file_says_nothing() -> None:
    """Without an event there is no time to announce."""
    assert _sent() == []
    assert list(Sequencer(3).finish()) == []


def test_every_line_is_sent_exactly_once() -> None:
    """Records that stand for a line are as many as lines."""
    lines = [encode(an_opportunity(0)), b"garbage", encode(a_heartbeat(1)), encode(a_call(5)), encode(a_call(5))]
    assert [each.value for each in sequence(lines, 3, APPENDED_AT) if each.is_line] == lines


def test_lateness_does_not_depend_on_the_number_of_partitions() -> None:
    """A line that is too late for one partition is too late for twelve: the log has one time."""
    lines = [
        encode(each)
        for each in (
            an_opportunity(0),
            an_opportunity(0.1, subject="opp-2"),
            a_call(20.9, subject="opp-2"),
            a_call(13.5),
        )
    ]
    late = {number: len(run(lines, Policy(), APPENDED_AT, number).rejections) for number in (1, 3, 12)}
    assert late == dict.fromkeys((1, 3, 12), 1)


def test_a_managers_figure_goes_to_every_partition_and_moves_no_time() -> None:
    """Its place counts."""
    figure = a_figure(2.5, "1000.00")
    sent = _sent(an_opportunity(0.5), figure)
    assert sorted(each.partition for each in sent if each.value == encode(figure)) == [0, 1, 2]
    assert _announced(sent) == [ms(0.5), ms(0.5)]
