"""Models that are old, wrong, surprised or held: each calls somebody, and its runbook ends it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.oncall.market import market, write_events
from tests.oncall.watched import Watched

A_DAY = 40
#: The feed that writes outcomes down the wrong way round does so on these days.
BROKEN = range(28, 32)
#: Silence, which costs the learner most, and the page are not what this is about.
LONG = {"DEALWATCH_INACTIVITY_DAYS": "60", "DEALWATCH_PAGE": "false"}
NO_HURRY = {"DEALWATCH_MODEL_WAIT_SECONDS": "30", **LONG}


def play(watched: Watched, folder: Path, days: range, a_day: int = A_DAY, swapped: range = range(0)) -> None:
    """Let days pass: every event through Kafka, and wait until it is handled."""
    file = write_events(folder / f"days-{days.start}.jsonl.gz", market(days, a_day, swapped))
    watched.product.run("replay", file)


@pytest.mark.runbook("DealwatchModelsStale")
def test_days_without_a_learner_call_and_starting_it_ends_it(watched: Watched, tmp_path: Path) -> None:
    """It is killed, and events go on for three days, which begin with the models of before."""
    worker = watched.start(**LONG)
    learner = watched.start("learn", **LONG)
    play(watched, tmp_path, range(3), a_day=8)
    call = watched.call("DealwatchModelsStale")
    learner.end(signal.SIGKILL)
    play(watched, tmp_path, range(3, 6), a_day=8)

    found = call.fires(severity="warning")
    assert "26 hours behind" in found["annotations"]["description"]
    said = call.diagnosis()
    assert "2024-01-03" in said["dealwatch models list"] and "2024-01-04" not in said["dealwatch models list"]
    doctor = call.doctor()
    assert "days behind the events" in doctor["models"]["found"]
    assert doctor["learn group"]["verdict"] == "fail" and "nobody works in" in doctor["learn group"]["found"]
    call.stays(3)

    learner.start().ready()
    call.ends()
    assert not worker.ended
    assert "2024-01-06" in watched.product.run("models", "list").stdout


@pytest.mark.runbook("DealwatchModelsWorse")
@pytest.mark.runbook("DealwatchModelsMiscalibrated")
@pytest.mark.runbook("DealwatchModelsDrifted")
@pytest.mark.runbook("DealwatchModelPinned")
def test_a_feed_that_swaps_outcomes_calls_and_a_rollback_and_a_resumption_end_it(
    watched: Watched, tmp_path: Path
) -> None:
    """Won is written as lost and lost as won, for four days, and learned. The models of a week ago are said instead.

    They are held for two weeks after the feed was mended, so that somebody is called about that, too; resumed, the
    learner speaks again.
    """
    watched.start(**NO_HURRY)
    watched.start("learn", **NO_HURRY)
    play(watched, tmp_path, range(BROKEN.start))
    worse, off = watched.call("DealwatchModelsWorse"), watched.call("DealwatchModelsMiscalibrated")
    drifted, pinned = watched.call("DealwatchModelsDrifted"), watched.call("DealwatchModelPinned")
    play(watched, tmp_path, BROKEN, swapped=BROKEN)

    drifted.fires(severity="info", kind="drift", target="win")
    assert "drift" in drifted.diagnosis()["dealwatch models list"]
    assert "more than its base rate" in worse.fires(severity="warning", target="win")["annotations"]["description"]
    assert "was off by 0." in off.fires(severity="warning", target="win")["annotations"]["description"]
    assert "win" in worse.diagnosis()["dealwatch models diff latest-7 latest"]
    assert "win" in off.diagnosis()["dealwatch models show latest"]
    doctor = worse.doctor()["predictions"]
    assert doctor["verdict"] == "warn"
    assert "worse than always" in doctor["found"] and "does not come true" in doctor["found"]

    # `--yes` is what somebody at a terminal says to the prompt.
    rolled = worse.mitigation("dealwatch models rollback latest-7 --target TARGET", TARGET="win --yes")
    assert "from the next day on win is pinned" in rolled
    off.mitigation("dealwatch models rollback latest-7", **{"latest-7": "latest-7 --target slippage --yes"})
    play(watched, tmp_path, range(BROKEN.stop, 48))
    worse.ends()
    off.ends()
    # Not because the models of a week ago had too few cases to be judged.
    assert min(watched.value('dealwatch_model_cases{JOB, target=~"win|slippage"}')) > 1000
    drifted.ends()

    pinned.fires(severity="info", target="win")
    assert "pinned" in pinned.diagnosis()["dealwatch models list"]
    assert "pinned 15 days ago by" in pinned.doctor()["predictions"]["found"]
    pinned.mitigation("dealwatch models resume", resume="resume --yes")
    play(watched, tmp_path, range(48, 50))
    pinned.ends()
