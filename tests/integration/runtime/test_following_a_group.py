"""What a feed learns of its worker's group on a real Kafka."""

import asyncio
import itertools
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.events.contract import encode
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder
from streams.runtime.lead import Lead, follow_group
from tests.builders import a_call, ms
from tests.integration.admin.staging import PARTITIONS, Stage

pytestmark = pytest.mark.kafka


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.1)


def test_a_feed_hears_what_its_group_has_committed(stage: Stage) -> None:
    """Nothing is handled before the group exists; what the feeder sent is handled once all of it is committed."""
    topic, group = stage.topics.activity.name, f"{stage.settings.prefix}workers"

    async def play() -> None:
        lead = Lead(1e9, itertools.count().__next__)
        async with Feeder(stage.bootstrap, topic) as feeder:
            sequencer = Sequencer(await feeder.partitions())
            for day in range(5):
                await feeder.send(sequencer.take(encode(a_call(day, subject=f"opp-{day}")), ms(9)))
            await feeder.flush()
            ends = dict(feeder.ends)
        assert set(ends) == set(range(PARTITIONS))
        lead.sent(ends, ms(4))
        following = asyncio.create_task(follow_group(stage.bootstrap, group, topic, lead))
        try:
            await asyncio.sleep(1)
            assert lead.behind_s() > 0.0
            consumer = AIOKafkaConsumer(bootstrap_servers=stage.bootstrap, group_id=group, enable_auto_commit=False)
            await consumer.start()
            consumer.assign([TopicPartition(topic, number) for number in ends])
            await consumer.commit({TopicPartition(topic, number): end for number, end in ends.items()})
            await consumer.stop()
            await _until(lambda: lead.behind_s() == 0.0 or following.done())
            assert lead.handled_at == ms(4)
        finally:
            following.cancel()

    asyncio.run(asyncio.wait_for(play(), 60))
