"""Programs that end, come and go, or get nowhere: each fault calls somebody, and its runbook ends it."""

from __future__ import annotations

import signal

import pytest

from tests.oncall.watched import Watched


@pytest.mark.runbook("DealwatchDown")
def test_a_killed_worker_calls_and_starting_it_again_ends_it(watched: Watched) -> None:
    """As long as it is dead it calls; the doctor says that nobody works in its group."""
    worker = watched.start()
    call = watched.call("DealwatchDown")
    worker.end(signal.SIGKILL)

    call.fires(severity="critical", instance=worker.addresses[0])
    said = call.diagnosis()
    assert said["curl -s http://HOST:8787/readyz"] == ""
    assert "nobody works in" in call.doctor()["track group"]["found"]

    worker.start().ready()
    call.ends()
