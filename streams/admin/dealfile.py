"""Everything that is known about one deal: its state, what the models say and why, its alerts, and the feeds' time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

import msgspec
from msgspec import Struct

from models.closing import Closings
from models.norms import Norms
from models.snapshot import ModelSet, SnapshotRefused, decode_models
from streams.access.kafka import Address
from streams.admin.accounting import partition_of_record
from streams.admin.alertlog import alert_of, is_open, latest
from streams.admin.errors import KafkaRefused
from streams.admin.reading import (
    Progress,
    find_latest,
    last_record,
    latest_keys,
    partition_count,
    read_topic,
    search,
    sizes,
)
from streams.alerts.alert import Alert, RiskStatement
from streams.alerts.closing import CloseStatement, foresee
from streams.alerts.explain import explain
from streams.alerts.policy import Policy
from streams.alerts.propose import updates
from streams.alerts.rulebook import Rulebook
from streams.alerts.running import RunningPlay, running_plays
from streams.alerts.update import Update
from streams.alerts.view import View
from streams.config.topics import Topics
from streams.errors import NotFound
from streams.replay.partitioner import partition_of
from streams.state.codec import PARTITION_KEY, decode_deal
from streams.state.memory import DealState

_MODELS_KEY = b"models-"
_SUGGESTIONS = 5
#: Offsets at the end of each partition among whose keys similar ids are looked for.
_LOOKED_THROUGH = 2_000


class DealFile(Struct, frozen=True, kw_only=True):
    """One deal, as of one look at it.

    `now` is its partition's clock in milliseconds, and `looked_at` when the deal was last looked at; `risks` states
    each target that can be explained, and `note` says why, where none; `closing` states when it will close, none
    where it is closed or no models are there. `alerts` are the latest transitions that belong to the state, open ones
    first; `newer` is the number of transitions that came after it. `plays` run without an alert, or beside it. Of a
    deal as it was in the past `at` is the instant that was asked for, and `note` also says what of that time cannot be
    had any more.
    """

    state: DealState
    now: int | None
    looked_at: int
    risks: dict[str, RiskStatement]
    alerts: list[Alert]
    newer: int = 0
    closing: CloseStatement | None = None
    plays: tuple[RunningPlay, ...] = ()
    note: str = ""
    #: What is proposed for the record.
    updates: tuple[Update, ...] = ()
    at: int | None = None


def read_deal(
    bootstrap: Address,
    topics: Topics,
    opportunity: str,
    tell: Callable[[str], None] = lambda _: None,
    policy: Policy | None = None,
) -> DealFile:
    """Read one deal from the one partition it lies in; raises `NotFound`, with similar ids, where there is none.

    `tell` is called with what is being read, often. `policy` is what the settings say, of which the partition's rules
    change something; without it no plays are named. Alerts go out before the state that knows them is written, so what
    is newer than the state is left out, and counted.
    """
    key = opportunity.encode()
    topic = topics.state.name
    partition = partition_of(key, b"", partition_count(bootstrap, topic))

    def told(name: str) -> Progress:
        return lambda done, total: tell(f"reading {name}: {done:,} of {total:,} records of partition {partition}")

    seen = search(bootstrap, topic, (key, PARTITION_KEY), partition, told(topic))
    record = None if key == PARTITION_KEY else seen.found.get(key)
    if record is None:
        raise _not_found(bootstrap, topics, opportunity, seen.passed)
    try:
        state = decode_deal(record.value or b"")
    except msgspec.DecodeError as error:
        raise KafkaRefused(
            f"the state of {opportunity} cannot be read ({error}); was it written by another version of Dealwatch?"
        ) from error
    own = seen.found.get(PARTITION_KEY)
    known_of = None if own is None else partition_of_record(own, topic)
    clock = None if known_of is None else known_of.clock
    rulebook = Rulebook(policy or Policy())
    if known_of is not None:
        rulebook.hear(partition, known_of.rules)
    records = read_topic(bootstrap, topics.alerts.name, [0], told(topics.alerts.name))
    alerts = [alert for each in records if each.key == key and (alert := alert_of(each.value)) is not None]
    looked = looked_at(state)
    known = [alert for alert in alerts if alert.at <= looked]
    tell(f"reading {topics.models.name}")
    models = read_models(bootstrap, topics.models.name, wanted_epochs(state))
    risks, note = explained(state, models)
    now = None if clock is None else max(clock, looked)
    said = sorted(latest(known), key=is_open, reverse=True)
    return DealFile(
        state=state,
        now=now,
        looked_at=looked,
        risks=risks,
        alerts=said,
        newer=len({(alert.id, alert.sequence) for alert in alerts if alert.at > looked}),
        closing=closing(state, looked if now is None else now, models),
        plays=beside(state, said, looked if now is None else now, rulebook.of(partition)),
        note=note,
        updates=proposed(state, looked if now is None else now, models, rulebook.of(partition)),
    )


def beside(state: DealState, alerts: Iterable[Alert], now: int, policy: Policy) -> tuple[RunningPlay, ...]:
    """The plays that run on a deal, without the one that its open alert carries."""
    carried = next((each.play.run for each in alerts if is_open(each) and each.play is not None), "")
    return running_plays(state.facts, state.watch, now, policy, carried)


def looked_at(state: DealState) -> int:
    """When a deal was last looked at, as its state knows it: at an event, or where models or rules spoke of it."""
    facts, watch = state.facts, state.watch
    return max(
        facts.last_event_at,
        facts.closed_at or 0,
        *(estimate.at for estimate in watch.estimates.values()),
        *(reason.at for reason in watch.reasons.values()),
        *(() if watch.alert is None else (watch.alert.at,)),
    )


def wanted_epochs(state: DealState) -> set[int]:
    """The epochs (UTC days) of the models that made a deal's estimates."""
    versions = (estimate.version.rpartition("-")[2] for estimate in state.watch.estimates.values())
    return {int(version) for version in versions if version.isdecimal()}


def read_models(bootstrap: Address, topic: str, epochs: Iterable[int]) -> dict[int, ModelSet]:
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
        view = View(state.facts, estimate.at, {}, models[epoch].norms, Policy(), {}, {})
        risks[target] = explain(view, weights)
    return risks, note


def closing(state: DealState, now: int, models: dict[int, ModelSet]) -> CloseStatement | None:
    """State when the deal will close, as the newest of these models know it."""
    if not models:
        return None
    newest = models[max(models)]
    return foresee(state.facts, now, Closings(newest.norms.dwell, newest.epoch))


def proposed(state: DealState, now: int, models: dict[int, ModelSet], policy: Policy) -> tuple[Update, ...]:
    """What is proposed for the deal's record by `policy`, as the newest of these models know it."""
    newest = models[max(models)] if models else None
    norms, closings = (Norms(), None) if newest is None else (newest.norms, Closings(newest.norms.dwell, newest.epoch))
    return updates(View(state.facts, now, {}, norms, policy, {}, state.watch.reasons), closings)


def _not_found(bootstrap: Address, topics: Topics, opportunity: str, passed: set[bytes]) -> NotFound:
    """Say that there is no such deal; ids like it are looked for in its own partition and at the ends of the others."""
    topic = topics.state.name
    if not sum(sizes(bootstrap, topic).values()):
        return NotFound(f"no deal {opportunity}: {topic} is empty; does a worker run, did events arrive?")
    keys = passed | latest_keys(bootstrap, topic, _LOOKED_THROUGH)
    known = [key.decode(errors="replace") for key in keys if key != PARTITION_KEY]
    if not known:
        return NotFound(f"no deal {opportunity}, and no other one: no event of a deal was handled yet")
    return NotFound(f"no deal {opportunity} on {topic}; {suggestion(opportunity, known)}")


def suggestion(name: str, known: list[str]) -> str:
    """Say which known ids are like `name`: the same but for case, longer ones that hold it, or near spellings."""
    low = name.lower()
    alike = sorted(each for each in known if low in each.lower())[:_SUGGESTIONS]
    if not alike:
        spelt = {each.lower(): each for each in known}
        alike = [spelt[each] for each in get_close_matches(low, spelt, n=_SUGGESTIONS, cutoff=0.6)]
    return f"did you mean {', '.join(alike)}?" if alike else f"ids look like {', '.join(sorted(known)[:3])}"
