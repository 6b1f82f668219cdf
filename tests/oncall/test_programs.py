"""Programs that end, come and go, or get nowhere: each fault calls somebody, and its runbook ends it."""

from __future__ import annotations

import re
import signal
import time

import pytest

from tests.integration.product.conftest import eventually
from tests.oncall.happenings import opened
from tests.oncall.trouble import again_and_again, configure, starved
from tests.oncall.watched import PARTITIONS, Watched

OWNED = 'sum by (instance) (dealwatch_partitions_assigned{role="track"})'


@pytest.mark.runbook("DealwatchDown")
def test_a_killed_worker_calls_and_starting_it_again_ends_it(watched: Watched) -> None:
    """As long as it is dead it calls; the doctor says that nobody works in its group. So does who is not scraped."""
    worker = watched.start()
    call = watched.call("DealwatchDown")
    worker.end(signal.SIGKILL)

    call.fires(severity="critical", instance=worker.addresses[0])
    said = call.diagnosis()
    assert said["curl -s http://HOST:8787/readyz"] == ""
    assert "nobody works in" in call.doctor()["track group"]["found"]

    worker.start().ready()
    call.ends()

    watched.start("learn")
    watched.prometheus.scrape(watched.job, worker.addresses)
    found = call.fires(severity="critical", role="learn")
    assert "is scraped any more" in found["annotations"]["description"]
    watched.scrape()
    call.ends()


@pytest.mark.runbook("DealwatchPartitionsUnowned")
def test_a_worker_that_neither_reads_nor_leaves_calls_and_ending_it_gives_its_partitions_away(watched: Watched) -> None:
    """A stopped process keeps its share until its session is over; SIGTERM does not reach it, SIGKILL does."""
    patient = {"DEALWATCH_SESSION_TIMEOUT_SECONDS": "20"}
    sound, stuck = watched.start(**patient), watched.start(**patient)
    eventually(lambda: watched.value("dealwatch_partitions_assigned{JOB}") == [2.0, 2.0], 60)
    call = watched.call("DealwatchPartitionsUnowned")
    stuck.send(signal.SIGSTOP)
    watched.send(*(opened(number) for number in range(40)))

    found = call.fires(severity="critical", role="track")
    assert found["annotations"]["description"].startswith("2 partitions of track")
    said = call.diagnosis()
    assert sound.addresses[0] in said[OWNED] and stuck.addresses[0] not in said[OWNED]
    waiting = re.findall(r"partition \d: (\d+)", call.doctor()["track group"]["found"])
    assert sum(int(lag) > 1 for lag in waiting) == 2, waiting

    stuck.send(signal.SIGTERM)
    time.sleep(1)
    assert not stuck.ended
    stuck.end(signal.SIGKILL)
    call.ends()
    watched.caught_up()
    assert watched.value("sum(dealwatch_partitions_assigned{JOB})") == [PARTITIONS]


@pytest.mark.runbook("DealwatchFlapping")
def test_a_topic_that_takes_nothing_makes_a_worker_flap_and_applying_the_topics_ends_it(watched: Watched) -> None:
    """Somebody shrank what a state may be. A supervisor starts the worker again, which ends at the same record."""
    worker = watched.start()
    call = watched.call("DealwatchFlapping")
    topic = f"{watched.product.prefix}deal.state"
    configure(watched.product.bootstrap, topic, max_message_bytes="100")
    watched.send(opened(1))

    def supervise() -> None:
        if worker.ended:
            worker.start()

    with again_and_again(supervise, 0.3):
        call.fires(severity="warning", instance=worker.addresses[0])
        said = call.diagnosis()
        assert "max.message.bytes" in said["dealwatch topics check"]
        assert "max.message.bytes" in call.doctor()["topics"]["found"]
        assert "DeliveryFailed" in worker.log.read_text()

        call.mitigation("dealwatch topics apply")
        call.ends()
        watched.caught_up()
    assert "opp-1" in watched.product.deals()


@pytest.mark.runbook("DealwatchRebalanceStorm")
def test_workers_that_come_and_go_call_and_a_fixed_number_of_them_ends_it(watched: Watched) -> None:
    """As an autoscaler without a cool-down does it: one more, one less, one more."""
    watched.start()
    guest = watched.program()
    call = watched.call("DealwatchRebalanceStorm")

    def scale() -> None:
        guest.start().ready()
        guest.end()

    with again_and_again(scale, 0.1):
        found = call.fires(severity="warning", role="track")
        assert "dealt its partitions" in found["annotations"]["description"]
        said = call.diagnosis()
        assert guest.addresses[0] in said["changes(process_start_time_seconds[30m])"]
    call.ends()


@pytest.mark.runbook("DealwatchLoopBlocked")
def test_a_worker_without_a_processor_calls_and_giving_it_one_ends_it(watched: Watched) -> None:
    """It runs for half of the time, and stands longer than a second each time: timers ring late."""
    worker = watched.start()
    call = watched.call("DealwatchLoopBlocked")
    with starved(worker.pid, runs_s=1.0, stands_s=1.4):
        found = call.fires(severity="warning", instance=worker.addresses[0])
        assert " s late" in found["annotations"]["description"]
        call.diagnosis()
        assert call.doctor()["track group"]["verdict"] == "ok"
    call.ends()
