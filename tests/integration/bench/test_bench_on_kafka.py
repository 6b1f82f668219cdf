"""The benchmark itself on the real Kafka: small, without a look at the clock, but every result is checked."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import psutil
import pytest

from streams.bench.capacity import run_capacity
from streams.bench.contenders import ENGINE, PIPELINE
from streams.bench.growth import run_growth
from streams.bench.latency import run_latency
from streams.bench.plan import Plan, Silence, quick_plan
from streams.bench.revenue import run_revenue
from streams.bench.run import bench
from streams.bench.school import fixed_models
from streams.capacity.catalogue import NAMES
from streams.capacity.demand import Demand
from streams.capacity.figures import decode_figures, encode_figures
from streams.capacity.plan import plan as planned
from tests.brokers import PROJECT, stopped_in_any_case
from tests.integration.product.conftest import eventually

# Six programs start one after the other, some of them slowly on a busy machine.
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]


def small_plan(broker: str, folder: Path) -> Plan:
    """Return the plan of `--quick`, smaller still."""
    return replace(
        quick_plan(broker=broker, folder=folder),
        events=2_000,
        deals=40,
        days=20,
        school_days=30,
        sizes=(40,),
        # Each is silent until it is heard of once more: so many that some alerts are left for the last rate.
        latency_deals=400,
        latency_events=150,
        latency_s=0.5,
        latency_shares=(0.5, 0.9),
        deadlines_s=1.0,
        capacity_sizes=(40, 120),
        capacity_events=100,
        capacity_logs=(10, 30),
        capacity_days=30,
        revenue_sizes=(10, 20),
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the fixed models, learned once for all parts."""
    return fixed_models(small_plan("", tmp_path_factory.mktemp("models")), Silence()).parent


@pytest.fixture
def plan(kafka: str, models: Path, tmp_path: Path) -> Plan:
    """Return a small plan whose models are there already."""
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    return small_plan(kafka, tmp_path)


def test_every_program_that_is_there_does_the_whole_work(plan: Plan) -> None:
    """The figures have the published shape; a peer is either right to the last event or named as absent."""
    report = msgspec.to_builtins(bench(replace(plan, parts=("engine", "pipeline")), "test", Silence()))
    assert list(report) == [
        "machine",
        "engine",
        "pipeline",
        "models",
        "latency",
        "growth",
        "capacity",
        "revenue",
        "targets",
    ]
    assert report["latency"] is None
    for part, contenders in (("engine", ENGINE), ("pipeline", PIPELINE)):
        assert list(report[part]) == [each.name for each in contenders]
        for contender in contenders:
            score = report[part][contender.name]
            if contender.missing:
                assert contender.missing[0] in score["absent"]
                continue
            assert score.get("failed", "") == ""
            assert score["verified"] is True
            assert score["events_per_second"] > 0
            assert score["spread"] == 0.0
    assert report["machine"]["packages"]["dealwatch"]
    assert {target["name"].partition(":")[0] for target in report["targets"]} == {"engine", "pipeline"}


def test_latency_hears_every_alert_that_the_core_alone_says(plan: Plan) -> None:
    """Also at nine tenths of the full rate, and where only the wall clock moves."""
    found = run_latency(plan, f"{plan.folder.name}-latency.", Silence())
    assert [each.share for each in found.at] == [0.5, 0.9]
    assert [each.missing for each in found.at] == [0, 0]
    assert sum(each.alerts for each in found.at) > 0
    assert found.ticks is not None
    assert found.ticks.missing == 0


def test_growth_recovers_every_deal_with_one_worker_and_with_two(plan: Plan) -> None:
    """Each configuration has all its figures, and both workers share the partitions."""
    sizes = run_growth(plan, f"{plan.folder.name}-growth.", Silence())
    assert [(each.deals, each.partitions, each.workers) for each in sizes] == [(40, 4, 1), (40, 4, 2)]
    for size in sizes:
        assert size.failed == ""
        assert size.events_per_second is not None
        assert size.recovery_states_per_second is not None
        assert size.bare_states_per_second is not None
        assert size.state_bytes is not None and size.state_bytes > 500


def test_capacity_measures_every_figure_that_a_plan_goes_by(plan: Plan) -> None:
    """Each of the product's programs does its work on the real Kafka, and what was seen can be planned with."""
    found = run_capacity(plan, f"{plan.folder.name}-capacity.", "test", Silence())
    assert found.figures.keys() == NAMES
    assert decode_figures(encode_figures(found)) == found
    seen = found.values
    assert seen["questions_day"] == 1.0
    for name in ("track_event_us", "track_day_us", "state_event_bytes", "examples_question_bytes", "models_day_bytes"):
        assert seen[name] > 0, name
    assert 500 < seen["state_raw_bytes"] < 20_000
    assert seen["activity_event_bytes"] < seen["activity_event_raw_bytes"]
    assert found.measured.open_deals == (40, 120)
    assert planned(found, Demand(deals=1_000, events_per_day=10_000)).values["workers"] >= 1


def test_revenue_is_kept_current_beside_a_worker_that_does_the_same_as_alone(plan: Plan) -> None:
    """The same states and alerts, a forecast that counts the worker's open deals, and all figures."""
    found = run_revenue(replace(plan, repeats=2), f"{plan.folder.name}-revenue.", Silence())
    for name, score in found.beside.worker.items():
        assert (name, score.failed, score.verified, len(score.runs)) == (name, "", True, 2)
    assert found.beside.revenue_cpu_us_per_event is not None and found.beside.revenue_cpu_us_per_event > 0
    assert found.beside.behind is not None and found.beside.behind >= 0
    assert found.catching_up.verified
    assert [each.open_deals for each in found.rounds] == [10, 20]
    assert {each.open_deals for each in found.views} == {20}


@pytest.mark.usefixtures("jars")
def test_a_run_that_is_asked_to_end_leaves_no_kafka_behind(tmp_path: Path) -> None:
    """A service manager's signal in the middle of a run ends all of it, as Ctrl-C does."""
    said = tmp_path / "bench.log"
    with stopped_in_any_case(tmp_path / "bench" / "kafka"), said.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "streams", "bench", "--only", "engine", "--contenders", "dealwatch"],
            cwd=PROJECT,
            env={**os.environ, "DEALWATCH_DATA": str(tmp_path), "DEALWATCH_BROKER": ""},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            eventually(lambda: "engine" in said.read_text(), 90)
            family = psutil.Process(running.pid).children(recursive=True)
            assert any("java" in each.name() for each in family)
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 130, said.read_text()[-2_000:]
            eventually(lambda: not any(each.is_running() for each in family), 10)
        finally:
            running.kill()
            running.wait(10)
