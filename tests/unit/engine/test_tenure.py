"""From the loss of partitions to work on the next share: joining until it is dealt, then reviving, whatever it is."""

import asyncio

import pytest

from streams.engine.checkpoint import Checkpoint
from streams.engine.memory import MemoryShelf
from streams.engine.observer import Unobserved
from streams.engine.outbox import Outbox
from streams.engine.packing import Plain
from streams.engine.pump import Pump
from streams.engine.store import Stores
from streams.engine.tenure import Tenure
from tests.unit.engine.fakes import PlainTask, partition_at
from tests.unit.engine.test_checkpoint import Kafka


async def tenure() -> Tenure:
    """Return the tenure of a worker that was dealt nothing yet."""
    kafka = Kafka()
    outbox = Outbox(kafka, 1_000, lambda _: None)
    pump = Pump(outbox, Unobserved(), slice_s=0.01, slice_records=10, backlog=10)
    checkpoint = Checkpoint(
        outbox=kafka,
        writer=kafka,
        offsets=kafka,
        observer=Unobserved(),
        changelog_topic="changelog",
        timeout_s=5,
        lease_s=5,
    )
    return Tenure(pump, checkpoint, Stores(lambda _: MemoryShelf(Plain())), 1_000)


@pytest.mark.parametrize("share", [[], [1], [1, 2]])
def test_a_share_is_joined_for_then_revived_then_worked_on_also_if_it_is_empty(share: list[int]) -> None:
    """A worker that was dealt nothing is neither joining nor reviving: it has nothing to wait for."""

    async def run() -> None:
        own = await tenure()
        assert (own.joining, own.reviving) == (True, False)
        for _ in range(2):
            await own.release()
            assert (own.joining, own.reviving) == (True, False)
            own.dealt()
            assert (own.joining, own.reviving) == (False, True)
            own.open([partition_at(number, PlainTask(), 0) for number in share])
            assert (own.joining, own.reviving) == (False, False)

    asyncio.run(run())


def test_a_worker_that_learns_of_its_loss_only_by_a_commit_is_joining() -> None:
    """What it had is given up, and nothing was dealt since."""

    async def run() -> None:
        own = await tenure()
        own.dealt()
        own.open([])
        own.give_up()
        assert (own.joining, own.reviving) == (True, False)

    asyncio.run(run())
