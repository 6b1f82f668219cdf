"""docs/capacity.md is what the figures say, and the chart takes what a plan says.

When the document is stale, as after `dealwatch bench --only capacity --write`, this writes it:
`python -m tests.repository.test_capacity_document`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from streams.capacity.demand import Demand
from streams.capacity.document import parts, with_parts
from streams.capacity.limits import LIMITS
from streams.capacity.plan import plan
from streams.capacity.shipped import shipped
from streams.capacity.values import helm_values
from tests.repository.charts import KUBERNETES, helm, render

DOCUMENT = Path(__file__).parents[2] / "docs" / "capacity.md"
WITHOUT_HELM = "HELM IS NOT HERE, so no plan was rendered; `make helm` builds it"


def test_the_document_is_what_the_figures_say() -> None:
    """Every generated part, to the letter."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_parts(document, shipped()) == document, "stale: python -m tests.repository.test_capacity_document"


def test_a_marker_that_is_missing_is_named() -> None:
    """Rather than a part that is silently left as it was."""
    document = DOCUMENT.read_text(encoding="utf-8").replace("<!-- paper: end -->\n", "")
    with pytest.raises(ValueError, match="paper"):
        with_parts(document, shipped())


def test_the_plan_on_paper_has_every_limit() -> None:
    """With what happens and what we would change."""
    paper = parts(shipped())["paper"]
    for limit in LIMITS:
        assert limit.happens in paper and limit.change in paper, limit.name


@pytest.mark.filterwarnings(f"default:{WITHOUT_HELM}")
@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_the_chart_makes_of_a_plan_what_the_plan_says(store: str, tmp_path: Path) -> None:
    """Rendered by helm, valid for Kubernetes, with the plan's partitions, replicas, memory and volumes."""
    program = helm()
    if program is None:
        warnings.warn(WITHOUT_HELM, stacklevel=1)
        return
    demand = Demand(
        deals=500_000, events_per_day=5e6, memory_per_worker=2.0**33, store="memory" if store == "memory" else "rocksdb"
    )
    found = plan(shipped(), demand)
    values = helm_values(found)
    values["kafka"]["broker"] = "kafka:9092"
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({**values, "webToken": {"name": "web"}}), encoding="utf-8")
    manifests = render(program, file)
    for each in manifests:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)
    (track,) = [it for it in manifests if it["kind"] == "StatefulSet" and it["metadata"]["name"].endswith("-track")]
    assert track["spec"]["replicas"] == found.values["workers"]
    (container,) = track["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == values["track"]["resources"]
    said = {each["name"]: each.get("value") for each in container["env"]}
    assert said["DEALWATCH_PARTITIONS"] == str(int(found.values["partitions"]))
    assert said["DEALWATCH_STORE"] == store
    claims = [
        each["spec"]["resources"]["requests"]["storage"] for each in track["spec"].get("volumeClaimTemplates", [])
    ]
    assert claims == ([values["track"]["volume"]["size"]] if store == "rocksdb" else [])


if __name__ == "__main__":
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(encoding="utf-8"), shipped()), encoding="utf-8")
