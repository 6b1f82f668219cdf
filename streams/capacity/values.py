"""A plan as values of the Helm chart in `deploy/helm`: partitions, replicas, resources, volumes."""

from __future__ import annotations

import math
from typing import Any

from streams.capacity.demand import DemandWrong
from streams.capacity.plan import Plan

_MIB, _GIB = 2**20, 2**30
#: In thousandths of a core: what a pod asks for at least, and in what steps.
_LEAST_CORE, _CORE_STEP = 100, 50


def helm_values(plan: Plan) -> dict[str, Any]:
    """Return the values that a plan decides; where Kafka is, secrets and files are yours to add.

    Raises `DemandWrong` where the chart cannot carry the plan.
    """
    said = plan.values
    if said["partitions"] > plan.allowed["most_partitions"]:
        raise DemandWrong(
            f"the chart takes at most {plan.allowed['most_partitions']:,.0f} partitions, and this plan has "
            f"{said['partitions']:,.0f}: divide the deals among installations, each with a prefix"
        )
    free = 1 - plan.demand["headroom"]
    rocksdb = plan.store == "rocksdb"
    track: dict[str, Any] = {
        "replicas": int(said["workers"]),
        "store": plan.store,
        "resources": _resources(said["worker_cores"] / free, said["worker_limit"]),
    }
    if rocksdb:
        track["volume"] = {"size": f"{max(1, math.ceil(said['worker_disk'] / _GIB))}Gi"}
    return {
        "kafka": {"partitions": int(said["partitions"]), "replication": int(plan.demand["replication"])},
        "track": track,
        "page": {"resources": _resources((said["worker_cores"] + said["page_cores"]) / free, said["page_limit"])},
        "learn": {"resources": _resources(said["learn_cores"] / free, said["learn_limit"])},
        "notify": {"resources": _resources(said["allot_cores"] / free, said["allot_limit"])},
        "revenue": {"resources": _resources(said["revenue_cores"] / free, said["revenue_limit"])},
    }


def _resources(cores: float, limit: float) -> dict[str, Any]:
    """What a pod asks for and may take; what it is promised in memory is what it may take, so it is never evicted."""
    thousandths = max(_LEAST_CORE, math.ceil(cores * 1000 / _CORE_STEP) * _CORE_STEP)
    memory = f"{math.ceil(limit / _MIB)}Mi"
    return {"requests": {"cpu": f"{thousandths}m", "memory": memory}, "limits": {"memory": memory}}
