"""Partitions are added (S19): states lie where the old number put them, so no worker starts with another one."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.reliability.arena import Arena
from tests.reliability.bitrot import written_changelog

ENDS_WITHIN_S = 60.0


async def added_partitions(arena: Arena, to: int, *, also_the_changelog: bool) -> None:
    """Add partitions to the events, perhaps to the states too, and see that a worker refuses to start."""
    await written_changelog(arena)
    plan = arena.topics.plan
    grown = [plan.activity.name, *([plan.state.name] if also_the_changelog else [])]
    admin = AIOKafkaAdminClient(bootstrap_servers=arena.stage.bootstrap)
    await admin.start()
    await admin.create_partitions({name: NewPartitions(to) for name in grown})
    await admin.close()
    await refuses(arena, f"has {to} partitions" if also_the_changelog else f"has {to} partitions but its changelog")


async def refuses(arena: Arena, word: str, name: str = "late", **switches: str) -> None:
    """Start a worker and see that it ends by itself, with 1 and a last line that has the word."""
    seat = arena.seat(name, 1)
    worker = arena.fill(seat, **switches)
    seat.wanted = False
    assert await worker.ended(ENDS_WITHIN_S) == 1, worker.log.read_text()
    assert word in worker.last_line(), worker.log.read_text()
