"""A plan as values of the chart: what it decides, and what the chart cannot carry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from streams.capacity.demand import Demand, DemandWrong
from streams.capacity.plan import plan
from streams.capacity.shipped import shipped
from streams.capacity.values import helm_values

CHART = Path(__file__).parents[3] / "deploy" / "helm" / "dealwatch"
SCHEMA = Draft202012Validator(json.loads((CHART / "values.schema.json").read_text(encoding="utf-8")))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SHIPPED = shipped()


@given(st.floats(1, 3e6), st.floats(0, 3e7), st.sampled_from(["memory", "rocksdb"]))
def test_the_chart_takes_the_values_of_any_plan_that_it_can_carry(deals: float, events: float, store: str) -> None:
    """By its own schema, over its defaults; replicas stay within partitions."""
    demand = Demand(
        deals=deals,
        events_per_day=events,
        store="memory" if store == "memory" else "rocksdb",
        memory_per_worker=16 * 2.0**30,
        recovery_within=3_600,
    )
    found = plan(SHIPPED, demand)
    if found.values["partitions"] > 1_000:
        return
    values = helm_values(found)
    values_and_mine = {**values, "webToken": {"name": "web"}}
    values_and_mine["kafka"] = {**values["kafka"], "broker": "kafka:9092"}
    whole = {
        key: {**default, **values_and_mine.get(key, {})} if isinstance(default, dict) else default
        for key, default in DEFAULTS.items()
    }
    assert [each.message for each in SCHEMA.iter_errors(whole)] == []
    assert values["track"]["replicas"] <= values["kafka"]["partitions"]
    assert ("volume" in values["track"]) == (store == "rocksdb")


def test_more_partitions_than_the_chart_takes_are_refused_with_what_to_do() -> None:
    """Rather than values that helm refuses."""
    with pytest.raises(DemandWrong, match="each with a prefix"):
        helm_values(plan(SHIPPED, Demand(deals=1e8, events_per_day=86.4e9)))


def test_a_pod_is_promised_the_memory_that_it_may_take() -> None:
    """So it is not evicted for taking it; processors are rounded up, and are a tenth of a core at least."""
    found = plan(SHIPPED, Demand(deals=50_000, events_per_day=5e6))
    for part in ("track", "page", "learn", "notify", "revenue"):
        resources = helm_values(found)[part]["resources"]
        assert resources["requests"]["memory"] == resources["limits"]["memory"]
        assert int(resources["requests"]["cpu"].removesuffix("m")) >= 100
    track = helm_values(found)["track"]["resources"]
    assert int(track["limits"]["memory"].removesuffix("Mi")) * 2**20 >= found.values["worker_limit"]
    assert int(track["requests"]["cpu"].removesuffix("m")) / 1000 >= found.values["worker_cores"] / 0.5
