"""How far a feed is ahead of the worker that handles it: what was sent when, against the offsets that were committed.

A feed that is faster than its worker would only pile up records: alerts would come ever later than the time the feed
shows. So the feed asks here before it goes on, and waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from streams.access.kafka import Address
from streams.runtime.clients import options_of

#: Between two looks at what was committed, in seconds; workers commit once a second.
_LOOK_EVERY_S = 0.5


class _Mark(NamedTuple):
    """What had been sent at a moment: the next offset of each partition, and the feed's own time in milliseconds."""

    moment: float
    ends: dict[int, int]
    at: int | None


class Lead:
    """The lead of one feed, which waits while the oldest record that is not handled is older than `most_s` seconds."""

    def __init__(self, most_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing sent; `clock` counts seconds."""
        self.most_s = most_s
        self.handled_at: int | None = None
        """The feed's time up to which everything is handled, in milliseconds."""
        self.waits = False
        """Whether the feed waits at this moment."""
        self._clock = clock
        self._marks: deque[_Mark] = deque()
        self._changed = asyncio.Event()
        self._blind = False

    def sent(self, ends: Mapping[int, int], at: int | None) -> None:
        """Note that everything below the offsets `ends` was acknowledged, and that the feed's time is `at`."""
        if not self._blind:
            self._marks.append(_Mark(self._clock(), dict(ends), at))

    def handled(self, committed: Mapping[int, int]) -> None:
        """Note the offsets that the worker's group committed."""
        while self._marks and all(committed.get(each, 0) >= end for each, end in self._marks[0].ends.items()):
            self.handled_at = self._marks.popleft().at
        self._changed.set()

    def give_up(self) -> None:
        """Never hold the feed back again: nobody may say what is handled."""
        self._blind = True
        self._marks.clear()
        self._changed.set()

    def behind_s(self) -> float:
        """For how many seconds the oldest record that is not handled has been waiting; 0 where there is none."""
        return self._clock() - self._marks[0].moment if self._marks else 0.0

    async def wait(self) -> float:
        """Wait while the worker is too far behind; return for how many seconds."""
        began = self._clock()
        while self.behind_s() > self.most_s:
            self.waits = True
            self._changed.clear()
            await self._changed.wait()
        self.waits = False
        return self._clock() - began


async def follow_group(bootstrap: Address, group: str, topic: str, lead: Lead) -> None:
    """Tell `lead` what a consumer group has committed, until cancelled; a group that does not exist yet has nothing."""
    client = AIOKafkaAdminClient(**options_of(bootstrap))
    await client.start()
    try:
        while True:
            try:
                found = await client.list_consumer_group_offsets(group)
            except (GroupAuthorizationFailedError, TopicAuthorizationFailedError):
                lead.give_up()
                return
            except KafkaError:
                pass  # a coordinator that is not there yet, or moves: what was known still holds
            else:
                lead.handled({each.partition: at.offset for each, at in found.items() if each.topic == topic})
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await client.close()
