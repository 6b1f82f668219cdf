"""What was on record of all deals, read from the log: every partition of `deal.activity`, told as one story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from streams.access.kafka import Address
from streams.admin.reading import partition_count, read_topic
from streams.replay.sight import Sight, Telling, told_of

#: Called with how many offsets were gone through, and how many there are.
Tell = Callable[[int, int], None]


@contextmanager
def read_seen(
    bootstrap: Address, topic: str, timezone: str, until: int | None = None, tell: Tell = lambda *_: None
) -> Iterator[Telling]:
    """Give what was seen of all deals, and what was announced, by the instant `until`, in order.

    `until` is in milliseconds; none: by the end of the log.

    The log is read from its beginning, each partition by a consumer of its own, and no more of it is held than those
    have fetched. `timezone` is the tenant's. Raises `TopicsWrong` and `BrokerUnreachable` as reading does.
    """
    count = partition_count(bootstrap, topic)
    read = [(0, 0)] * count

    def heard(number: int, done: int, total: int) -> None:
        read[number] = done, total
        if all(there for _, there in read):
            tell(sum(done for done, _ in read), sum(there for _, there in read))

    with ExitStack() as stack:
        stories = []
        for number in range(count):
            records = read_topic(bootstrap, topic, [number], partial(heard, number))
            stories.append(stack.enter_context(closing(told_of(records, Sight(timezone, until)))))
        yield Telling(*stories)
