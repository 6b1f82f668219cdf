"""What `dealwatch doctor` says: checks of the machine and of Kafka, each with what was found and what to do about it.

A check never raises for what it checks; what Kafka does not allow or answer becomes its finding. `fail` means that
events are not processed, or would be processed wrongly; `warn` means that somebody should look.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from uuid import uuid4

from models.snapshot import SnapshotRefused, decode_models
from streams.access.handshake import certificate_ends
from streams.access.kafka import Address, as_kafka
from streams.admin.accounting import read_partitions
from streams.admin.check import Check, Look, examined
from streams.admin.client import admin, producer
from streams.admin.diagnosis_groups import group
from streams.admin.errors import AccessDenied, sentence
from streams.admin.modellog import day_of
from streams.admin.provision import check as check_topics
from streams.admin.reading import last_record, sizes
from streams.alerts.words import count
from streams.config.topics import Topics
from streams.errors import DealwatchError
from streams.state.opportunity import DAY

_LIBRARIES = ("faust-streaming", "mode-streaming", "aiokafka", "kafka-python", "river", "msgspec")
_OLDEST_PYTHON = (3, 11)
_GB = 1_000_000_000
_WARN_FREE_BYTES, _FAIL_FREE_BYTES = 2 * _GB, _GB // 5
#: Events may be a day ahead of the broker's clock; a machine that is wrong by seconds already misplaces deadlines.
_WARN_SKEW_S, _FAIL_SKEW_S = 2.0, 60.0
#: Who renews certificates by a program does it a month before they end.
_WARN_CERTIFICATE_DAYS = 21
_DAY_S = 86_400
#: The learner publishes once per UTC day of event time.
_WARN_EPOCHS_BEHIND = 1


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined; `groups` by role.

    `bootstrap` none: no broker is known, for the reason `no_broker`, which says after a semicolon what to do.
    """

    bootstrap: Address | None
    no_broker: str
    topics: Topics
    replication: int
    groups: dict[str, str]
    more: Sequence[Look] = ()
    """Further checks of Kafka with their names, after those that are here."""


def machine(data: Path) -> Iterator[Check]:
    """Yield the checks of this machine."""
    yield examined("python", python)
    yield examined("libraries", libraries)
    yield examined("disk", lambda: disk(data))


def kafka(patient: Patient) -> Iterator[Check]:
    """Yield the checks of Kafka and of what runs on it; only the first, where it does not answer."""
    broker = examined("broker", lambda: _broker(patient))
    yield broker
    if broker.verdict == "fail" or patient.bootstrap is None:
        return
    for name, look in (*_kafka_checks(patient, patient.bootstrap), *patient.more):
        # Whoever cannot see whether anybody works must not say that all is well.
        yield examined(name, look, unseen="fail" if name == "track group" else "warn")


def python() -> Check:
    """Whether this Python is one that Dealwatch runs on."""
    version = sys.version.split()[0]
    if sys.version_info < _OLDEST_PYTHON:
        return Check("python", "fail", version, f"use Python {'.'.join(map(str, _OLDEST_PYTHON))} or later")
    return Check("python", "ok", version)


def libraries() -> Check:
    """Whether the libraries are the ones Dealwatch pins."""
    pinned = dict(_pins(metadata.requires("dealwatch") or []))
    found = {name: metadata.version(name) for name in _LIBRARIES}
    tested = {name: pinned.get(name, version) for name, version in found.items()}
    other = [f"{name} {found[name]} (tested with {tested[name]})" for name in found if found[name] != tested[name]]
    if other:
        return Check("libraries", "warn", ", ".join(other), "install the locked versions with `uv sync`")
    return Check("libraries", "ok", ", ".join(f"{name} {version}" for name, version in found.items()))


def disk(folder: Path) -> Check:
    """Whether the data folder has room."""
    there = folder.expanduser().resolve()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    found = f"{free / _GB:.1f} GB free for {folder}"
    if free >= _WARN_FREE_BYTES:
        return Check("disk", "ok", found)
    todo = "free some space, or name a folder elsewhere with --data"
    return Check("disk", "fail" if free < _FAIL_FREE_BYTES else "warn", found, todo)


def _broker(patient: Patient) -> Check:
    if patient.bootstrap is None:
        found, _, todo = patient.no_broker.partition("; ")
        return Check("broker", "fail", found, todo)
    try:
        with admin(patient.bootstrap) as client:
            began = time.perf_counter()
            cluster = client.describe_cluster()
            took = time.perf_counter() - began
            speaks = client.get_broker_version_data(cluster["brokers"][0]["broker_id"]).broker_version
    except DealwatchError as error:
        found, _, todo = sentence(error).partition("; ")
        return Check("broker", "fail", found, todo or "check the address and your rights")
    brokers, version = count(len(cluster["brokers"]), "broker"), ".".join(map(str, speaks))
    access = as_kafka(patient.bootstrap).access
    found = f"{patient.bootstrap} answers in {took * 1000:.0f} ms ({access.by}); {brokers}, protocol of Kafka {version}"
    ends = certificate_ends(as_kafka(patient.bootstrap))
    if ends is not None and (days := int((ends - time.time()) / _DAY_S)) < _WARN_CERTIFICATE_DAYS:
        todo = "let its operator renew it: from then on nobody comes in any more"
        return Check("broker", "warn", f"{found}; its certificate ends in {count(days, 'day')}", todo)
    if access.protocol == "SASL_PLAINTEXT":
        todo = "events and, with PLAIN, the password can be read on the way: set broker_protocol to SASL_SSL"
        return Check("broker", "warn", found, todo)
    return Check("broker", "ok", found)


def _kafka_checks(patient: Patient, bootstrap: Address) -> Sequence[Look]:
    topics, track, learn = patient.topics, patient.groups["track"], patient.groups["learn"]
    return (
        ("topics", lambda: _topics(bootstrap, topics, patient.replication)),
        ("clock", lambda: clock(bootstrap, f"{topics.activity.name}.doctor-{uuid4().hex[:8]}")),
        ("track group", lambda: group(bootstrap, "track", track, topics.activity, beside=learn)),
        ("learn group", lambda: group(bootstrap, "learn", learn, topics.examples, beside=track)),
        ("models", lambda: _models(bootstrap, topics)),
        ("dead letters", lambda: _dead_letters(bootstrap, topics)),
    )


def _topics(bootstrap: Address, topics: Topics, replication: int) -> Check:
    reports = check_topics(bootstrap, topics.all, replication)
    missing = [report.topic for report in reports if report.missing]
    if missing:
        return Check("topics", "fail", f"missing: {', '.join(missing)}", "create them with `dealwatch topics apply`")
    drifts = [f"{report.topic} {each.what}" for report in reports for each in report.drifts]
    if drifts:
        todo = "see `dealwatch topics check`, mend with `dealwatch topics apply`"
        return Check("topics", "fail", f"not as planned: {', '.join(drifts)}", todo)
    return Check("topics", "ok", f"all {len(reports)} as planned, {topics.activity.partitions} partitions")


def clock(bootstrap: Address, scratch: str) -> Check:
    """Compare this machine's clock with the broker's, by a record on a topic of its own that is deleted again.

    No request asks a broker for its time, but one that stamps records itself returns it with the acknowledgement. So
    this also shows that writing works.
    """
    try:
        with admin(bootstrap) as client:
            configs = {"message.timestamp.type": "LogAppendTime"}
            client.create_topics({scratch: {"num_partitions": 1, "configs": configs}}, wait_for_metadata=True)
            try:
                skew = _skew(bootstrap, scratch)
            finally:
                client.delete_topics([scratch])
    except AccessDenied:
        found = f"not measured: {as_kafka(bootstrap).access.whom} may not make a topic of its own to ask the broker by"
        family = scratch.rpartition("-")[0]
        todo = (
            f"it takes CREATE, WRITE and DELETE on topics whose names begin with {family}-; no part of Dealwatch does"
        )
        return Check("clock", "warn", found, todo)
    except DealwatchError as error:
        return Check("clock", "warn", f"not measured: {sentence(error)}", "try again; look at the broker's own log")
    found = f"{abs(skew) * 1000:.0f} ms {'behind' if skew > 0 else 'ahead of'} the broker; writing works"
    if abs(skew) < _WARN_SKEW_S:
        return Check("clock", "ok", found)
    return Check("clock", "fail" if abs(skew) > _FAIL_SKEW_S else "warn", found, "set both clocks by NTP")


def _skew(bootstrap: Address, topic: str) -> float:
    """Seconds that the broker's clock is ahead of ours, not more certain than half the round trip."""
    with producer(bootstrap) as client:
        client.partitions_for(topic)
        client.send(topic, value=b"warm up").get(timeout=10)
        before = time.time()
        stamped = client.send(topic, value=b"what time is it?").get(timeout=10).timestamp
        after = time.time()
    return float(stamped) / 1000 - (before + after) / 2


def _models(bootstrap: Address, topics: Topics) -> Check:
    record = last_record(bootstrap, topics.models.name)
    if record is None or record.value is None:
        todo = "the learner publishes them with the first events; until then the priors are said"
        return Check("models", "warn", "none published yet", todo)
    try:
        models = decode_models(record.value)
    except SnapshotRefused as error:
        return Check("models", "fail", str(error), "start the worker of this version: its learner publishes anew")
    age_hours = max(time.time() - record.timestamp / 1000, 0.0) / 3600
    epoch = models.epoch
    pinned = [name for name, each in models.targets.items() if each.pin is not None]
    held = f"; pinned: {', '.join(pinned)}" if pinned else ""
    found = f"count from {day_of(epoch)} on (epoch {epoch}), published {age_hours:.1f} h ago{held}"
    clocks = [state.clock or 0 for state in read_partitions(bootstrap, topics.state.name).values()]
    behind = max(clocks, default=0) // DAY - epoch
    if behind > _WARN_EPOCHS_BEHIND:
        todo = "the learner is behind or absent: see the learn group above"
        return Check("models", "warn", f"{found}; {behind} days behind the events", todo)
    return Check("models", "ok", found)


def _dead_letters(bootstrap: Address, topics: Topics) -> Check:
    number = sum(sizes(bootstrap, topics.dead.name).values())
    if number:
        todo = (
            "see `dealwatch dlq list`, repair and send back with `dealwatch dlq replay`; what is left is done with by "
            "`dealwatch dlq clear`"
        )
        return Check("dead letters", "warn", f"{number:,} on {topics.dead.name}", todo)
    return Check("dead letters", "ok", "none")


def _pins(requirements: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and version of the requirements that allow one version only."""
    for each in requirements:
        name, exactly, version = each.partition(";")[0].partition("==")
        if exactly:
            yield name.partition("[")[0].strip(), version.strip()
