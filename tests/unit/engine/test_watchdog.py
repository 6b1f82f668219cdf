"""Work that stands still is noticed, waiting is not standing still, and a loop that does not turn ends the process."""

import subprocess
import sys

from streams.engine.watchdog import Watch, Work


def test_pending_work_that_stands_still_is_told() -> None:
    """The time counts from the last progress."""
    watch = Watch(stuck_s=10, stall_s=100)
    assert watch.look(0, [Work("partition 1", (5,), True)]) is None
    assert watch.look(9, [Work("partition 1", (6,), True)]) is None
    assert watch.look(19, [Work("partition 1", (6,), True)]) is None
    assert watch.look(19.5, [Work("partition 1", (6,), True)]) == "partition 1 has not got on for 10 s"


def test_one_stuck_among_others_that_get_on_is_told() -> None:
    """Progress of one partition does not hide that another one has none."""
    watch = Watch(stuck_s=10, stall_s=100)
    complaints = [watch.look(now, [Work("a", (0,), True), Work("b", (now,), True)]) for now in range(12)]
    assert complaints[:11] == [None] * 11
    assert "a has not got on" in str(complaints[11])


def test_nothing_to_do_is_no_standstill() -> None:
    """Without work the time does not count, and when work comes it counts from there."""
    watch = Watch(stuck_s=10, stall_s=100)
    for now in range(0, 1000, 100):
        assert watch.look(now, [Work("a", (0,), False)]) is None
    assert watch.look(1000, [Work("a", (0,), True)]) is None
    assert watch.look(1011, [Work("a", (0,), True)]) is not None


def test_waiting_has_its_own_bound() -> None:
    """A task that says it waits may wait longer, also while it is woken and looks again, but not for ever."""
    watch = Watch(stuck_s=10, stall_s=100)
    for now in range(0, 101, 5):
        waiting = now % 10 == 0
        assert watch.look(now, [Work("a", (0,), True, waiting)]) is None
    complaint = watch.look(101, [Work("a", (0,), True, False)])
    assert complaint is not None and "waiting for something outside" in complaint


def test_who_may_keep_work_waiting_is_waited_for() -> None:
    """What others may rightly take is added to what is allowed, and no more than that."""
    watch = Watch(stuck_s=10, stall_s=100)
    for now in range(0, 41, 10):
        assert watch.look(now, [Work("a", (0,), True, grace_s=30)]) is None
    assert watch.look(41, [Work("a", (0,), True, grace_s=30)]) == "a has not got on for 41 s"


def test_work_that_went_away_is_forgotten() -> None:
    """A partition that comes back begins anew."""
    watch = Watch(stuck_s=10, stall_s=100)
    watch.look(0, [Work("a", (0,), True)])
    watch.look(5, [])
    assert watch.look(50, [Work("a", (0,), True)]) is None


BLOCKED = """
import time
from streams.engine.watchdog import Heartbeat
heartbeat = Heartbeat("program", 0.5)
heartbeat.start()
def this_blocks():
    time.sleep(60)
this_blocks()
"""


def test_a_loop_that_does_not_turn_ends_the_process_and_says_where_it_stood() -> None:
    """The process is gone long before the sleep is over, with a message and the place."""
    ended = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == 1
    assert "program: Stuck: the event loop has not turned" in ended.stderr
    assert "this_blocks" in ended.stderr


BEATING = """
import time
from streams.engine.watchdog import Heartbeat
heartbeat = Heartbeat("program", 2.0)
heartbeat.start()
for _ in range(50):
    heartbeat.beat()
    time.sleep(0.1)
"""


def test_a_loop_that_turns_goes_on() -> None:
    """Beats keep the process alive for longer than the timeout."""
    assert subprocess.run([sys.executable, "-c", BEATING], timeout=50, check=False).returncode == 0
