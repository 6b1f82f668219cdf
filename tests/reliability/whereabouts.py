"""What keeps a partition from getting on, as far as it can be seen from outside: the broker, the group, its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import psutil
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol

from tests.reliability.proxy import Weather

if TYPE_CHECKING:
    from tests.reliability.arena import Arena, Seat

ANSWER_S = 1.0
NO_BROKER = "no Kafka, or no answer from it"
GROUP = {
    "PreparingRebalance": "joining: the group waits for members to come, or for their sessions to end",
    "CompletingRebalance": "joining: the group waits for its leader to share out",
    "Empty": "nobody is a member of the group",
    "Dead": "nobody is a member of the group",
}


class Group(NamedTuple):
    """What Kafka says of a consumer group."""

    state: str
    owners: dict[int, str]
    """By partition of the topic asked for: who has it, as `name-life`."""


async def group_of(admin: AIOKafkaAdminClient, name: str, topic: str) -> Group:
    """Ask for a group. Raises KafkaError."""
    [response] = await admin.describe_consumer_groups([name])
    _, _, state, _, _, members, *_ = response.groups[0]
    owners: dict[int, str] = {}
    for _, client_id, _, _, share, *_ in members:
        if share:
            dealt = ConsumerProtocol.ASSIGNMENT.decode(share).partitions()
            owners |= {each.partition: client_id for each in dealt if each.topic == topic}
    return Group(state, owners)


async def phases(arena: Arena, admin: AIOKafkaAdminClient, partitions: Collection[int]) -> dict[int, str]:
    """Say for each of the partitions what is the case with it now. Raises KafkaError."""
    topics = arena.topics
    track = await group_of(admin, topics.group, topics.plan.activity.name)
    if track.state != "Stable":
        return dict.fromkeys(partitions, GROUP.get(track.state, track.state))
    learn = await group_of(admin, topics.learners, topics.plan.examples.name)
    owners = {track.owners.get(number, "") for number in partitions}
    of_owner = {owner: await _of_owner(arena, owner, learn.state) for owner in owners}
    return {number: of_owner[track.owners.get(number, "")] for number in partitions}


async def _of_owner(arena: Arena, owner: str, learners: str) -> str:
    name, _, life = owner.rpartition("-")
    seat = arena.seats.get(name)
    if seat is None or seat.worker is None:
        return "nobody was dealt it" if not owner else f"dealt to a stranger, {owner}"
    # A static member that comes back is let in at its old place, and Kafka goes on naming the client of its first life.
    if seat.worker.code is not None or (seat.lives != int(life) and not seat.static):
        return "its owner is dead, and its session not over"
    if _is_stopped(seat):
        return "its owner is stopped (SIGSTOP)"
    if (weather := arena.proxies[seat.door].weather) is not Weather.CLEAR:
        return f"its owner's network: {weather.value}"
    try:
        async with asyncio.timeout(ANSWER_S):
            ready = await asyncio.to_thread(seat.worker.get, "/readyz") is not None
    except TimeoutError:
        return "its owner does not say how it is"
    if not ready:
        return "its owner is not ready: joining or recovering"
    return f"its owner is at work or waits for the learner, whose group is {learners}"


def _is_stopped(seat: Seat) -> bool:
    assert seat.worker is not None
    try:
        return psutil.Process(seat.worker.pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False
