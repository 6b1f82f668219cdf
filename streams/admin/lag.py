"""How far a consumer group is behind, and who is in it."""

from __future__ import annotations

from typing import NamedTuple

from streams.access.kafka import Address
from streams.admin.client import OffsetSpec, TopicPartition, admin, raise_if_denied, retried
from streams.errors import TopicsWrong


class Member(NamedTuple):
    """One active member of a group and the partitions (topic, number) it has."""

    client: str
    host: str
    partitions: tuple[tuple[str, int], ...]


def group_lag(bootstrap: Address, group: str, topic: str) -> dict[int, int]:
    """Return, per partition, how many offsets a group still has before it; all there is where it never committed."""
    with admin(bootstrap) as client:
        [described] = client.describe_topics([topic])
        raise_if_denied(described["error_code"], topic)
        if not described["partitions"]:
            raise TopicsWrong(f"there is no topic {topic} on {bootstrap}; create it with `dealwatch topics apply`")
        partitions = [TopicPartition(topic, each["partition_index"]) for each in described["partitions"]]
        committed = retried(lambda: client.list_group_offsets([group]))[group]
        begins = retried(lambda: client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST)))
        ends = retried(lambda: client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST)))
    lags = {}
    for each in sorted(partitions):
        offset = committed[each].offset if each in committed else -1
        lags[each.partition] = ends[each].offset - max(offset, begins[each].offset)
    return lags


def committed_places(bootstrap: Address, group: str, topic: str) -> dict[int, int]:
    """Return, per partition of a topic, the offset that a group committed; without those where it never did."""
    with admin(bootstrap) as client:
        committed = retried(lambda: client.list_group_offsets([group]))[group]
    return {each.partition: at.offset for each, at in committed.items() if each.topic == topic and at.offset >= 0}


def members(bootstrap: Address, group: str) -> list[Member]:
    """Return the active members of a group; none where it does not exist."""
    with admin(bootstrap) as client:
        described = retried(lambda: client.describe_groups([group]))[group]
    return [_member(each) for each in described["members"]]


def _member(found: dict[str, object]) -> Member:
    assignment = found.get("member_assignment")
    assigned = assignment.get("assigned_partitions", ()) if isinstance(assignment, dict) else ()
    partitions = tuple((each["topic"], number) for each in assigned for number in each["partitions"])
    return Member(str(found["client_id"]), str(found["client_host"]).lstrip("/"), partitions)
