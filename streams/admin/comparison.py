"""Two environments with the same events beside each other: which deals and which alerts are the same."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from streams.access.kafka import Address
from streams.admin.alertlog import alert_of
from streams.admin.generation import Environment, Rebuild
from streams.admin.reading import read_topic
from streams.alerts.alert import Alert, encode_alert
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition
from streams.state.memory import DealState

#: Seconds until what differs is looked at again: it may only have been on its way.
_AGAIN_AFTER_S = 3.0
_LOOKS = 3


class Difference(NamedTuple):
    """A deal that is not the same in both, and the fields in which it differs."""

    opportunity: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Compared:
    """What came out. Alerts up to `until` (ms of event time, which both have reached) are compared."""

    equal: int = 0
    on_the_way: int = 0
    """Deals that have heard more in one environment than in the other."""
    differing: list[Difference] = field(default_factory=list)
    only_old: list[str] = field(default_factory=list)
    only_new: list[str] = field(default_factory=list)
    until: int | None = None
    alerts: int = 0
    """Alerts that were opened in both."""
    alerts_only_old: list[Alert] = field(default_factory=list)
    alerts_only_new: list[Alert] = field(default_factory=list)
    messages: int = 0
    """Messages of alerts that are the same in both, byte for byte."""
    messages_differing: list[Alert] = field(default_factory=list)
    """Those of the new environment that the old one has otherwise, or has not."""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        deals = self.differing or self.only_old or self.only_new
        return not (deals or self.alerts_only_old or self.alerts_only_new or self.messages_differing)

    @property
    def fields(self) -> Counter[str]:
        """How many deals differ in each field."""
        return Counter(name for each in self.differing for name in each.fields)


class _Seen(NamedTuple):
    """The deals of an environment, and how far time has come in all of its partitions."""

    deals: dict[str, DealState]
    clock: int | None


def compare(
    bootstrap: Address, rebuild: Rebuild, tell: Callable[[str], None], wait: Callable[[float], None] = time.sleep
) -> Compared:
    """Compare the two environments of a rebuild; what differs is looked at again, up to three times."""
    result = Compared()
    for look in range(_LOOKS):
        if look:
            unlike = len(result.differing) + len(result.only_old) + len(result.only_new) + result.on_the_way
            tell(f"{unlike:,} deals are not the same, and are looked at again ...")
            wait(_AGAIN_AFTER_S)
        tell("reading the states of both ...")
        old, new = _seen(bootstrap, rebuild.old), _seen(bootstrap, rebuild.new)
        result = _deals(old, new)
        if not (result.differing or result.only_old or result.only_new or result.on_the_way):
            break
    tell("reading the alerts of both ...")
    _alerts(result, _said(bootstrap, rebuild.old), _said(bootstrap, rebuild.new))
    return result


def _seen(bootstrap: Address, environment: Environment) -> _Seen:
    deals: dict[str, DealState] = {}
    clocks: list[int | None] = []
    by_partition: dict[int, dict[bytes, Any]] = {}
    for record in read_topic(bootstrap, environment.topics.state.name):
        by_partition.setdefault(record.partition, {})[record.key or b""] = record
    for latest in by_partition.values():
        for key, record in latest.items():
            if record.value is None:
                continue
            if key == PARTITION_KEY:
                clocks.append(decode_partition(record.value).clock)
            else:
                deals[key.decode()] = decode_deal(record.value)
    known = [each for each in clocks if each is not None]
    return _Seen(deals, min(known, default=None))


def _deals(old: _Seen, new: _Seen) -> Compared:
    result = Compared(until=min((each for each in (old.clock, new.clock) if each is not None), default=None))
    for name in sorted(old.deals.keys() | new.deals.keys()):
        one, other = old.deals.get(name), new.deals.get(name)
        if one is None:
            result.only_new.append(name)
        elif other is None:
            result.only_old.append(name)
        elif not (found := differing(one, other)):
            result.equal += 1
        elif one.facts.events != other.facts.events:
            result.on_the_way += 1
        else:
            result.differing.append(Difference(name, found))
    return result


def differing(one: DealState, other: DealState) -> tuple[str, ...]:
    """Return the fields in which two states of a deal differ; where it lies in a log is none of them."""
    found = []
    for part in ("facts", "base", "watch"):
        before, after = (msgspec.to_builtins(getattr(each, part)) or {} for each in (one, other))
        if before != after:
            names = sorted(before.keys() | after.keys())
            found += [f"{part}.{name}" for name in names if before.get(name) != after.get(name)]
    found += [part for part in ("recent", "seen") if getattr(one, part) != getattr(other, part)]
    return tuple(found)


def _said(bootstrap: Address, environment: Environment) -> dict[tuple[str, int], Alert]:
    found = (alert_of(each.value) for each in read_topic(bootstrap, environment.topics.alerts.name))
    # What is no alert was said by no worker, and is in one environment only.
    return {(each.id, each.sequence): each for each in found if each is not None}


def _alerts(result: Compared, old: Mapping[tuple[str, int], Alert], new: Mapping[tuple[str, int], Alert]) -> None:
    until = result.until
    if until is None:
        return
    ours = {key: each for key, each in old.items() if each.at <= until}
    theirs = {key: each for key, each in new.items() if each.at <= until}
    first_of, first_in = ({name: each for (name, _), each in reversed(log.items())} for log in (ours, theirs))
    result.alerts = len(first_of.keys() & first_in.keys())
    result.alerts_only_old = [first_of[name] for name in sorted(first_of.keys() - first_in.keys())]
    result.alerts_only_new = [first_in[name] for name in sorted(first_in.keys() - first_of.keys())]
    for key, each in sorted(theirs.items()):
        if each.id in first_of and (key not in ours or encode_alert(ours[key]) != encode_alert(each)):
            result.messages_differing.append(each)
    result.messages = len(theirs) - len(result.messages_differing)
