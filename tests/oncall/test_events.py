"""Events that are wrong, too many, too few, or of another time: each fault calls somebody, and its runbook ends it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from streams.events.contract import encode
from tests.integration.product.conftest import Product, eventually
from tests.oncall.happenings import emails, now, opened
from tests.oncall.trouble import again_and_again, starved
from tests.oncall.watched import PARTITIONS, Watched
from tests.reliability.faults import FORGETS


@pytest.mark.runbook("DealwatchDeadLetters")
@pytest.mark.runbook("DealwatchEventsUnusable")
def test_a_source_that_writes_garbage_calls_and_repaired_letters_end_it(watched: Watched, tmp_path: Path) -> None:
    """Three of a hundred are no JSON. They are listed, repaired, tried, sent back; no new one comes for a while."""
    watched.start()
    call, promise = watched.call("DealwatchDeadLetters"), watched.call("DealwatchEventsUnusable")
    watched.send(*islice(emails(), 1000))
    watched.send(*[b'{"this": is no JSON'] * 30, key=b"opp-1")

    found = call.fires(severity="warning", reason="not_json")
    assert "not_json" in found["annotations"]["description"]
    promise.fires(severity="critical", slo="events-usable")
    said = call.diagnosis()
    assert "30 not_json" in said["dealwatch dlq list"] and "30 not_json" in promise.diagnosis()["dealwatch dlq list"]
    assert call.doctor()["dead letters"]["verdict"] == "warn"

    letters = tmp_path / "letters.jsonl"
    listed = [json.loads(line) for line in said["dealwatch dlq list --json"].splitlines()]
    repaired = [each | {"value": encode(opened(number)).decode()} for number, each in enumerate(listed)]
    letters.write_text("".join(f"{json.dumps(each)}\n" for each in repaired))
    words = {"letters.jsonl": str(letters)}
    tried = call.mitigation("dealwatch dlq replay letters.jsonl --dry-run", **words)
    assert "30 would be sent, 0 still refused" in tried
    assert "30 sent back" in call.mitigation("dealwatch dlq replay letters.jsonl", **words)
    call.ends()
    promise.ends()
    assert watched.product.deals().keys() >= {f"opp-{number}" for number in range(30)}


@pytest.mark.runbook("DealwatchStalled")
def test_a_day_without_its_models_stalls_a_worker_and_starting_the_learner_ends_it(watched: Watched) -> None:
    """A partition waits at midnight for the models of the day, longer than anybody likes; the learner is away."""
    worker = watched.start(DEALWATCH_MODEL_WAIT_SECONDS="3600")
    call = watched.call("DealwatchStalled")
    watched.send(opened(1, now() - timedelta(days=1)), opened(1, now()))

    call.fires(severity="critical", role="track", instance=worker.addresses[0])
    call.diagnosis()
    doctor = call.doctor()
    assert doctor["learn group"]["verdict"] == "fail" and "nobody works in" in doctor["learn group"]["found"]
    call.stays(3)

    watched.start("learn")
    call.ends()
    watched.caught_up()


@pytest.mark.runbook("DealwatchLagGrowing")
@pytest.mark.runbook("DealwatchEventsWaiting")
def test_a_backfill_for_a_worker_with_little_processor_calls_and_ends_with_it(watched: Watched) -> None:
    """More comes in than is handled until the backfill is over; nothing waits when the worker has its processor."""
    worker = watched.start()
    lag, promise = watched.call("DealwatchLagGrowing"), watched.call("DealwatchEventsWaiting")
    events = emails()
    with starved(worker.pid, runs_s=0.01, stands_s=0.15):
        with again_and_again(lambda: watched.send(*islice(events, 60)), 0.1):
            lag.fires(severity="warning", role="track")
            promise.fires(severity="critical", slo="events-fresh")
        # No longer: what has come by then takes a slow machine its time afterwards.
        lag.diagnosis()
        promise.diagnosis()
        assert "partition " in lag.doctor()["track group"]["found"]
        lag.ends()
    watched.caught_up()
    promise.ends()


@pytest.mark.runbook("DealwatchDataLost")
def test_an_event_without_an_outcome_calls_and_a_restart_and_a_rebuild_make_it_good(
    watched: Watched, tmp_path: Path
) -> None:
    """A bug forgets an event. A worker without the bug ends the alert, and its states are made again elsewhere."""
    worker = watched.start(**{FORGETS: "open-7"})
    call = watched.call("DealwatchDataLost")
    watched.send(*(opened(number) for number in range(10)))

    found = call.fires(severity="critical", instance=worker.addresses[0])
    assert found["annotations"]["description"].startswith("1 events at ")
    call.diagnosis()
    assert call.doctor()["track group"]["verdict"] == "ok"

    worker.end()
    worker.start(**{FORGETS: ""}).ready()
    call.ends()
    assert "opp-7" not in watched.product.deals()
    product, folder = watched.product, tmp_path / "again"
    folder.mkdir()
    prefix = f"{product.prefix}again."
    product.run("rebuild", "start", prefix, "--no-follow", "--patience", "1")
    again = Product(product.bootstrap, prefix, folder)
    with Watched(again, watched.prometheus, watched.nursery) as elsewhere:
        elsewhere.start()
        eventually(lambda: "opp-7" in again.deals(), 60)
        elsewhere.caught_up()
        compared = call.mitigation("dealwatch rebuild compare NEW", NEW=prefix)
    assert re.search(r"deals only in the new +1\b", compared), compared
    assert re.search(r"opp-7 +only in the new environment", compared), compared


@pytest.mark.runbook("DealwatchNoEvents")
def test_connectors_that_fell_silent_call_and_starting_them_ends_it(watched: Watched) -> None:
    """The worker is well and nothing waits; the first event ends it."""
    watched.start()
    events = emails()
    watched.send(*islice(events, 20))
    call = watched.call("DealwatchNoEvents")

    call.fires(severity="warning")
    said = call.diagnosis()
    assert "not as planned" not in said["dealwatch topics check"]
    doctor = call.doctor()
    assert doctor["track group"]["verdict"] == "ok" and doctor["topics"]["verdict"] == "ok"

    watched.send(*islice(events, 1))
    call.ends()


@pytest.mark.runbook("DealwatchTimeAhead")
def test_an_event_from_the_future_calls_until_the_clock_has_caught_up(watched: Watched) -> None:
    """The source's clock is set right; the partition's time waits for the wall's, and no longer."""
    watched.start()
    call = watched.call("DealwatchTimeAhead")
    watched.send(opened(1, now() + timedelta(hours=1, seconds=25)))

    found = call.fires(severity="warning")
    assert "1h 0m" in found["annotations"]["description"]
    call.diagnosis()
    assert call.doctor()["clock"]["verdict"] == "ok"

    watched.send(opened(2, now()))
    call.ends()


@pytest.mark.runbook("DealwatchTimeStands")
def test_a_worker_that_tells_nobody_the_time_calls_and_the_wall_clock_ends_it(watched: Watched) -> None:
    """`DEALWATCH_CLOCK=event` stands in its environment, and one partition has had no event for three hours."""
    worker = watched.start(DEALWATCH_CLOCK="event")
    call = watched.call("DealwatchTimeStands")
    watched.send(opened(1, now() - timedelta(hours=3)), partition=0)
    for number in range(1, PARTITIONS):
        watched.send(opened(number, now()), partition=number)

    found = call.fires(severity="warning")
    assert "3h 0m" in found["annotations"]["description"]
    call.diagnosis()

    worker.end()
    worker.start(DEALWATCH_CLOCK="auto").ready()
    call.ends()
