"""A program on the engine that counts, run as a process of its own.

Each record carries a number. The state of a key is how many it has seen, their sum, and the offset it has seen last;
every tenth record of a key is announced under an id made from the key and the count. Whatever happens to the worker,
states and ids must come out as if nothing had happened. The plan adds trouble.
"""

import asyncio
import json
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest
from faust import SASLCredentials

from streams.engine import consumer
from streams.engine.build import build_app
from streams.engine.checkpoint import Checkpoint
from streams.engine.consumer import EngineConsumerThread
from streams.engine.engine import Engine
from streams.engine.followers import Follower
from streams.engine.observer import Unobserved
from streams.engine.partition import Partition
from streams.engine.run import run
from streams.engine.settings import MIB, EngineSettings
from streams.engine.task import Outgoing, Record, StateStore

ANNOUNCE_EVERY = 10
JOIN_POINTS = ("in the join", "before the sync")
LONG_FETCH_S = 5.0
IN_FLIGHT_S = 0.1
"""Time after which a request that is waited for has reached Kafka."""


class Plan(msgspec.Struct, kw_only=True):
    """What the program is to do, and which trouble it is in for."""

    broker: str
    prefix: str
    state_dir: str
    keeps_states: bool = True
    instance: str | None = None
    delay_s: float = 0.0
    follow: bool = False
    follow_delay_s: float = 0.0
    hold_at: int | None = None
    state_padding: int = 0
    report_backlog: bool = False
    die: str | None = None
    slow_release_s: float = 0.0
    seek_known_late_s: float = 0.0
    session_timeout_s: float = 6.0
    rebalance_timeout_s: float = 10.0
    commit_interval_s: float = 0.2
    stuck_timeout_s: float = 300.0
    stall_timeout_s: float = 3600.0
    delivery_timeout_s: float = 45.0
    outbox_limit_bytes: int = 16 * MIB
    store: Literal["memory", "rocksdb"] = "memory"
    store_max_age_s: float = 12 * 3600.0
    user: str | None = None
    password: str = ""


class Count(msgspec.Struct, kw_only=True):
    """The state of a key."""

    padding: str = ""
    n: int = 0
    total: int = 0
    seen: int = -1


def tell(event: str, **facts: Any) -> None:
    """Say on standard output what happened."""
    print(json.dumps({"event": event, **facts}), flush=True)


class Counting:
    """The task of a partition."""

    def __init__(self, partition: int, store: StateStore, plan: Plan, known: set[bytes]) -> None:
        """Count for one partition; `known` is what the side topic has said so far."""
        self.store = store
        self.partition = partition
        self.plan = plan
        self.known = known
        self.counts: dict[bytes, Count] = {}
        self.changed: set[bytes] = set()
        self.outgoing: list[Outgoing] = []
        self.handled_any = False

    def ready(self) -> None:
        """Say that the states are back; they are read when they are needed."""
        tell("ready", partition=self.partition, states=len(self.store), known=len(self.known))

    def process(self, records: Sequence[Record], start: int) -> int:
        """Count."""
        if not self.handled_any and records:
            tell("first", partition=self.partition, offset=records[start].offset, known=len(self.known))
            self.handled_any = True
        for index in range(start, len(records)):
            record = records[index]
            value = record.value
            assert value is not None
            if value.startswith(b"wait:") and value not in self.known:
                tell("waiting", partition=self.partition)
                return index
            self.count(record, value)
            if self.plan.delay_s:
                time.sleep(self.plan.delay_s)
        return len(records)

    def count(self, record: Record, value: bytes) -> None:
        """Count one record, unless its offset was seen before."""
        if value == b"poison":
            raise ValueError("poison")
        if value == b"block":
            time.sleep(3600)
        if value == b"huge":
            noise = random.randbytes(200_000)  # compression must not help
            self.outgoing.append(Outgoing(self.plan.prefix + "alerts", b"huge", noise))
            return
        key = record.key or b""
        count = self.counts.get(key) or self.remembered(key)
        if record.offset <= count.seen:
            return
        count.n += 1
        count.total += 0 if value.startswith(b"wait:") else int(value)
        count.seen = record.offset
        if self.plan.keeps_states:
            self.changed.add(key)
        if count.n % ANNOUNCE_EVERY == 0:
            alert = b"%s:%d" % (key, count.n)
            self.outgoing.append(Outgoing(self.plan.prefix + "alerts", alert, b"%d" % count.total))

    def remembered(self, key: bytes) -> Count:
        """Return the count of a key as the store has it, or a new one."""
        known = self.store.get(key)
        if known is None:
            count = Count(padding=random.randbytes(self.plan.state_padding).hex())
        else:
            count = msgspec.json.decode(known, type=Count)
        self.counts[key] = count
        return count

    def outbox(self) -> list[Outgoing]:
        """Hand over the announcements."""
        outgoing, self.outgoing = self.outgoing, []
        return outgoing

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Hand over the changed counts."""
        changed, self.changed = self.changed, set()
        states: list[tuple[bytes, bytes | None]] = [(key, msgspec.json.encode(self.counts[key])) for key in changed]
        self.counts.clear()
        return states

    def resume_offset(self) -> int | None:
        """Hold the commit back, if the plan says so."""
        return self.plan.hold_at

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Say that the clock was looked at."""
        tell("look", partition=self.partition, wall_ms=wall_ms, caught_up=caught_up)


class Doomed(Checkpoint):
    """A checkpoint inside which the process is killed, the second time that there are states to write."""

    point: str
    rounds = 0

    def _die_at(self, point: str) -> None:
        if self.point == point and self.rounds == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    async def _write(self, states: Mapping[Partition, Sequence[tuple[bytes, bytes | None]]]) -> None:
        self.rounds += 1
        half = dict(list(states.items())[: len(states) // 2])
        await super()._write(half)
        self._die_at("between the states")
        await super()._write({partition: states[partition] for partition in states if partition not in half})
        self._die_at("after the states")


def die_in_the_join(point: str) -> None:
    """Kill the process while Kafka has its second request to join, or before its second request for its share.

    The first request to join of a dynamic member only asks for a name.
    """
    send = GroupCoordinator._send_req
    joins = syncs = 0

    async def sent(self: Any, request: Any) -> Any:
        nonlocal joins, syncs
        joins += isinstance(request, JoinGroupRequest)
        syncs += isinstance(request, SyncGroupRequest)
        if point == "in the join" and joins == 2:
            asyncio.get_running_loop().call_later(IN_FLIGHT_S, os.kill, os.getpid(), signal.SIGKILL)
        if point == "before the sync" and syncs == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return await send(self, request)

    GroupCoordinator._send_req = sent


def release_slowly(engine: Engine, seconds: float) -> None:
    """Let the last checkpoint of a worker that owns partitions take so long, once."""
    release = engine.release
    done = False

    async def released() -> None:
        nonlocal done
        if engine.pump.partitions and not done:
            done = True
            tell("releasing")
            engine.pump.close()
            async with engine._checkpoint._lock:
                await asyncio.sleep(seconds)
        await release()

    engine.release = released  # type: ignore[method-assign]


def learn_of_seeks_late(source: str, seconds: float) -> None:
    """Let fetches wait long, so that they span rebalances, and let it take so long until a seek there is known."""
    consumer.FETCH_S = LONG_FETCH_S
    seek_all = EngineConsumerThread.seek_all

    async def sought(self: Any, offsets: Any, number: int) -> None:
        await seek_all(self, offsets, number)
        if any(tp.topic == source for tp in offsets):
            await asyncio.sleep(seconds)

    EngineConsumerThread.seek_all = sought  # type: ignore[method-assign]


class Reporter(Unobserved):
    """Says what rebalances and recoveries did."""

    def on_rebalance(self) -> None:
        """Say it."""
        tell("rebalance")

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """Say it."""
        tell("recovered", partition=partition, states=n_states, read=n_read)


def begin(facts: dict[str, Any], output: Connection, errors: Connection) -> None:
    """Be the program of a process that was forked for it; `facts` are the plan."""
    for ours, standard in ((output, 1), (errors, 2)):
        os.dup2(ours.fileno(), standard)
        ours.close()
    sys.exit(run_plan(msgspec.convert(facts, Plan)))


def run_plan(plan: Plan) -> int:
    """Run the plan; return the exit code."""
    logging.basicConfig(level=os.environ.get("LOG", "WARNING"), format="%(asctime)s %(name)s %(levelname)s %(message)s")
    settings = EngineSettings(
        app_id=plan.prefix + "counting",
        broker=plan.broker,
        source_topic=plan.prefix + "source",
        changelog_topic=plan.prefix + "changelog" if plan.keeps_states else None,
        state_dir=Path(plan.state_dir),
        group_instance_id=plan.instance,
        commit_interval_s=plan.commit_interval_s,
        session_timeout_s=plan.session_timeout_s,
        stuck_timeout_s=plan.stuck_timeout_s,
        stall_timeout_s=plan.stall_timeout_s,
        delivery_timeout_s=plan.delivery_timeout_s,
        outbox_limit_bytes=plan.outbox_limit_bytes,
        heartbeat_interval_s=0.5,
        rebalance_timeout_s=plan.rebalance_timeout_s,
        store=plan.store,
        store_sample=msgspec.json.encode(Count()),
        store_max_age_s=plan.store_max_age_s,
        credentials=None
        if plan.user is None
        else SASLCredentials(username=plan.user, password=plan.password, mechanism="PLAIN"),
    )
    known: set[bytes] = set()

    def learn(record: Record) -> None:
        if record.value == b"refused":
            raise ValueError("refused")
        time.sleep(plan.follow_delay_s)
        known.add(record.value or b"")
        app.engine.wake()

    async def started(engine: Engine) -> None:
        await asyncio.sleep(0)
        if plan.seek_known_late_s:
            learn_of_seeks_late(settings.source_topic, plan.seek_known_late_s)
        tell("started", state=engine.status().state)
        while plan.report_backlog:
            status = engine.status()
            backlog = sum(partition.backlog for partition in status.partitions)
            handled = sum(partition.handled for partition in status.partitions)
            tell("backlog", backlog=backlog, handled=handled, outgoing=status.outgoing_bytes)
            await asyncio.sleep(0.05)

    app = build_app(
        settings,
        lambda partition, store: Counting(partition, store, plan, known),
        followers=[Follower(plan.prefix + "side", learn)] if plan.follow else [],
        observer=Reporter(),
        on_started=started,
    )
    if plan.slow_release_s:
        release_slowly(app.engine, plan.slow_release_s)
    if plan.die in JOIN_POINTS:
        die_in_the_join(plan.die)
    elif plan.die is not None:
        doomed = cast(Doomed, app.engine._checkpoint)
        doomed.__class__ = Doomed
        doomed.point = plan.die
    return run(app)
