"""Events that come several times (S15) or in another order (S16), in numbers: what is known of a deal stays the same.

Without Kafka, through the pure core; the laws of `tests/properties` say the same of small histories of every shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from random import Random
from types import SimpleNamespace
from typing import Any

from streams.demo.settings import WorldSettings
from streams.events.control import is_control
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.replay.sequence import sequence
from streams.state.codec import PARTITION_KEY, decode_deal
from streams.state.opportunity import DAY, HOUR, Opportunity
from tests.reliability import load
from tests.reliability.truth import recompute

PARTITIONS = 4
APPENDED_AT = 1_900_000_000_000
MOST_TIMES = 5
SHUFFLED_WITHIN = HOUR
LATE_BY = 3 * DAY
LATE_SHARE = 0.02
EVEN = WorldSettings(duplicate_rate=0.0, late_rate=0.0, out_of_order_rate=0.0, malformed_rate=0.0)
Facts = dict[str, Opportunity]
Trouble = Callable[[Sequence[bytes], Random], Iterable[bytes]]


def differences(many: int, seed: int) -> dict[str, int]:
    """Return, by trouble, how many deals of a log of so many events are known otherwise; 0 of each is right."""
    lines = list(islice(load.lines(seed, EVEN), many))
    right = known(lines)
    assert right, "no deals"
    found = {}
    for name, trouble in TROUBLES.items():
        facts = known(trouble(lines, Random(seed)))
        names = right.keys() | facts.keys()
        found[name] = sum(right.get(each) != facts.get(each) for each in names)
    return found


def known(lines: Iterable[bytes]) -> Facts:
    """Return what is known of every deal after these event lines."""
    source: dict[int, list[Any]] = {number: [] for number in range(PARTITIONS)}
    for outbound in sequence(lines, PARTITIONS, APPENDED_AT):
        records = source[outbound.partition]
        records.append(
            SimpleNamespace(offset=len(records), timestamp=APPENDED_AT, key=outbound.key, value=outbound.value)
        )
    own = PARTITION_KEY.decode()
    return {name: decode_deal(value).facts for (_, name), value in recompute(source).states.items() if name != own}


def several_times(lines: Sequence[bytes], chance: Random) -> Iterable[bytes]:
    """Every event one to five times in a row."""
    for line in lines:
        yield from [line] * chance.randint(1, MOST_TIMES)


def replayed(lines: Sequence[bytes], chance: Random) -> Iterable[bytes]:
    """Everything, and then everything again."""
    return [*lines, *lines]


def shuffled(lines: Sequence[bytes], chance: Random) -> Iterable[bytes]:
    """Shuffled within an hour, and one in fifty three days late; events about feeds and time keep their place."""

    def arrival(line: bytes) -> float:
        event = decode(line, None, APPENDED_AT)
        assert not isinstance(event, Rejection)
        if is_control(event):
            return float(event.at)
        late = LATE_BY if chance.random() < LATE_SHARE else chance.uniform(0, SHUFFLED_WITHIN)
        return event.at + late

    return sorted(lines, key=arrival)


TROUBLES: dict[str, Trouble] = {
    "one to five times": several_times,
    "all of it again": replayed,
    "shuffled within 1 h, 2 % 3 d late": shuffled,
}
