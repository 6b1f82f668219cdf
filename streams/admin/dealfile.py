"""Everything that is known about one deal: its state, what the models say and why, its alerts, and the feeds' time."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec
from msgspec import Struct

from models.score import score
from models.snapshot import ModelSet, SnapshotRefused, decode_models
from streams.admin.accounting import read_partitions
from streams.admin.alertlog import alert_of, is_open, latest
from streams.admin.errors import KafkaRefused
from streams.admin.reading import find_latest, last_record, latest_by_key, partition_count, read_topic
from streams.alerts.alert import Alert, RiskStatement
from streams.alerts.explain import explain
from streams.config.topics import Topics
from streams.errors import NotFound
from streams.features.measure import measure
from streams.replay.partitioner import partition_of
from streams.state.codec import PARTITION_KEY, decode_deal
from streams.state.memory import DealState

_MODELS_KEY = b"models-"
_SUGGESTIONS = 5


class DealFile(Struct, frozen=True, kw_only=True):
    """One deal.

    `now` is its partition's clock in milliseconds; `risks` states each target that can be explained, and `note` says
    why, where none. `alerts` are the latest transitions, open ones first.
    """

    state: DealState
    now: int | None
    risks: dict[str, RiskStatement]
    alerts: list[Alert]
    note: str = ""


def read_deal(bootstrap: str, topics: Topics, opportunity: str) -> DealFile:
    """Read one deal from the one partition it lies in; raises `NotFound`, with similar ids, where there is none."""
    key = opportunity.encode()
    partition = partition_of(key, b"", partition_count(bootstrap, topics.state.name))
    found = None if key == PARTITION_KEY else find_latest(bootstrap, topics.state.name, key, [partition]).get(partition)
    if found is None or found.value is None:
        raise _not_found(bootstrap, topics, opportunity)
    try:
        state = decode_deal(found.value)
    except msgspec.DecodeError as error:
        raise KafkaRefused(
            f"the state of {opportunity} cannot be read ({error}); was it written by another version of Dealwatch?"
        ) from error
    records = read_topic(bootstrap, topics.alerts.name, [partition])
    alerts = (alert_of(record.value) for record in records if record.key == key)
    clocks = read_partitions(bootstrap, topics.state.name)
    risks, note = explained(state, read_models(bootstrap, topics.models.name, wanted_epochs(state)))
    return DealFile(
        state=state,
        now=clocks[partition].clock if partition in clocks else None,
        risks=risks,
        alerts=sorted(latest(alert for alert in alerts if alert is not None), key=is_open, reverse=True),
        note=note,
    )


def wanted_epochs(state: DealState) -> set[int]:
    """The epochs (UTC days) of the models that made a deal's estimates."""
    versions = (estimate.version.rpartition("-")[2] for estimate in state.watch.estimates.values())
    return {int(version) for version in versions if version.isdecimal()}


def read_models(bootstrap: str, topic: str, epochs: Iterable[int]) -> dict[int, ModelSet]:
    """Return the usable models of these epochs, and the newest ones where one of them is gone.

    There is a snapshot per day, so only those that are wanted are looked for, from the end. Snapshots that were made
    for other features are left out.
    """
    found = [find_latest(bootstrap, topic, _MODELS_KEY + str(epoch).encode()).values() for epoch in set(epochs)]
    records = [record for each in found for record in each]
    if len(records) < len(found):
        newest = last_record(bootstrap, topic)
        records += [] if newest is None else [newest]
    usable = {}
    for record in records:
        try:
            models = decode_models(record.value or b"")
        except SnapshotRefused:
            continue
        usable[models.epoch] = models
    return usable


def explained(state: DealState, models: dict[int, ModelSet]) -> tuple[dict[str, RiskStatement], str]:
    """State each estimate again with its drivers, from the models that made it; else from the newest, with a note."""
    risks = {}
    note = ""
    if state.watch.estimates and not models:
        return {}, "the models are not there (any more): probabilities without drivers"
    for target, estimate in state.watch.estimates.items():
        version = estimate.version.rpartition("-")[2]
        epoch = int(version) if version.isdecimal() and int(version) in models else max(models)
        weights = models[epoch].targets.get(target)
        if weights is None:
            continue
        if weights.version != estimate.version:
            note = f"models of {estimate.version} are gone; drivers are those of {weights.version}"
        vector = measure(state.facts, estimate.at)
        risks[target] = explain(score(weights, vector), vector)
    return risks, note


def _not_found(bootstrap: str, topics: Topics, opportunity: str) -> NotFound:
    known = [key.decode(errors="replace") for key in latest_by_key(read_topic(bootstrap, topics.state.name))]
    known = [name for name in known if name != PARTITION_KEY.decode()]
    if not known:
        return NotFound(f"no deal {opportunity}: {topics.state.name} is empty; does a worker run, did events arrive?")
    return NotFound(f"no deal {opportunity} among {len(known):,}; {suggestion(opportunity, known)}")


def suggestion(name: str, known: list[str]) -> str:
    """Say which known ids are like `name`: the same but for case, longer ones that hold it, or near spellings."""
    low = name.lower()
    alike = sorted(each for each in known if low in each.lower())[:_SUGGESTIONS]
    if not alike:
        spelt = {each.lower(): each for each in known}
        alike = [spelt[each] for each in get_close_matches(low, spelt, n=_SUGGESTIONS, cutoff=0.6)]
    return f"did you mean {', '.join(alike)}?" if alike else f"ids look like {', '.join(sorted(known)[:3])}"
