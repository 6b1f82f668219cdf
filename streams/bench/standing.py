"""For the part `capacity`: what many open deals take of a worker and of the page. One number of deals, one store.

The states are written straight to the changelog, as in `growth`. The page's view reads them; a worker recovers them; a
day passes for all deals; then events come for deals picked at random. A worker with RocksDB is started a second time,
in the same folder. Processor time is of the whole process, so what else the machine does is hardly in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from streams.bench.bout import Child, ContenderFailed, fight
from streams.bench.ground import READY_WITHIN_S, Ground
from streams.bench.growth import progress_of, until_settled
from streams.bench.job import Committed, Job, Resident, Said
from streams.bench.plan import Listener
from streams.bench.topics import read
from streams.bench.usage import folder_bytes, usage_of
from streams.bench.volumes import stored
from streams.config.settings import load
from streams.config.topics import Topics, plan
from streams.engine.settings import StoreKind
from streams.labels.lesson import Asked, decode_lesson

PART = "capacity"
#: A checkpoint comes every second: who has written no state for this long has written all.
_QUIET_S = 2.5
_DONE_WITHIN_S = 400.0


class Spent(Struct, frozen=True):
    """What something took: seconds of the processor, and bytes stored on `deal.activity` and `deal.state`."""

    cpu_s: float
    activity: int
    state: int


class PageView(Struct, frozen=True):
    """The page's view of these deals: processor time for each state, memory before and after."""

    state_us: float
    empty: int
    full: int


class OpenDeals(Struct, frozen=True, kw_only=True):
    """What was found for one number of deals. Bytes are resident, but for `on_disk`; times of recovery are elapsed."""

    deals: int
    events: int
    state_raw: float
    empty: int
    full: int
    worked: int
    """After the events: with the deals at work decoded."""
    recovery_s: float
    asked: int = 0
    """Questions that the learner was asked while the day passed."""
    day: Spent | None = None
    spent: Spent
    page: PageView | None = None
    on_disk: int = 0
    again_s: float = 0.0
    """Recovery of a second start, from the store that is there."""


def topics_of(ground: Ground) -> Topics:
    """All topics of the product, under the prefix of a ground."""
    return plan(load(prefix=ground.prefix, partitions=ground.partitions))


def measure_open(ground: Ground, store: StoreKind, listener: Listener) -> OpenDeals:
    """Measure one number of deals. The topics of the product are there, and empty. Raises ContenderFailed."""
    label = f"capacity: {ground.deals:,} open deals, states in {store}"
    listener.begin(f"{label}: writing them", 0)
    ground.fill_states(topics_of(ground).state.name)
    page = None
    if store == "memory":
        listener.begin(f"{label}: the page reads them", ground.deals)
        page = _page(ground, listener)
    listener.begin(f"{label}: the worker", ground.events)
    job = ground.job("worker" if store == "memory" else "worker_rocksdb", PART)
    found = _worker(ground, job, store, page, listener)
    if store == "memory":
        examples = read(ground.plan.broker, topics_of(ground).examples.name)
        return replace(found, asked=sum(isinstance(decode_lesson(each.value), Asked) for each in examples))
    on_disk = sum(folder_bytes(each) for each in Path(job.folder).iterdir() if each.is_dir())
    listener.begin(f"{label}: starting again", 0)
    with Child(job, _ignore) as child:
        again = max(each.seconds for each in until_settled([child], ground))
        child.stop()
    return replace(found, on_disk=on_disk, again_s=again)


def _page(ground: Ground, listener: Listener) -> PageView:
    job = ground.job("page", PART, events=ground.deals + ground.partitions)
    bout = fight(job, listener.progress)
    if bout.measured is None or bout.ended is None or bout.ended.result is None:
        raise ContenderFailed(bout.failure)
    if bout.ended.result.counted != ground.deals:
        raise ContenderFailed(f"the page sees {bout.ended.result.counted:,} open deals of {ground.deals:,}")
    empty, full = residents(bout.said)
    return PageView(bout.measured.cpu_us_per_event, empty, full)


def _worker(ground: Ground, job: Job, store: StoreKind, page: PageView | None, listener: Listener) -> OpenDeals:
    source = topics_of(ground).activity.name
    with Child(job, _ignore) as child:
        recovery = max(each.seconds for each in until_settled([child], ground))
        child.tell("go")
        _until(child, lambda: len([each for each in child.said if isinstance(each, Resident)]) == 2)
        day, sent = None, 0
        if store == "memory":
            sent = ground.partitions
            day = _spent(ground, child, sent, lambda: ground.fill_day(source), listener)
        sent += ground.events
        spent = _spent(ground, child, sent, lambda: ground.fill_events(source), listener)
        worked = usage_of(child.process).resident
        child.stop()
        empty, full = residents(child.said)
    return OpenDeals(
        deals=ground.deals,
        events=ground.events,
        state_raw=ground.state_bytes,
        empty=empty,
        full=full,
        worked=worked,
        recovery_s=recovery,
        day=day,
        spent=spent,
        page=page,
    )


def _spent(ground: Ground, child: Child, sent: int, send: Callable[[], object], listener: Listener) -> Spent:
    """Send, and wait until all of what was sent to this worker is handled and written; return what that took."""
    topics = topics_of(ground)
    names = (topics.activity.name, topics.state.name)
    before, stored_before = usage_of(child.process).cpu_s, stored(ground.plan.broker, names)
    send()
    _until(child, lambda: _handled(child, listener) >= sent)
    _until_quiet(child)
    after, stored_after = usage_of(child.process).cpu_s, stored(ground.plan.broker, names)
    return Spent(after - before, *(stored_after[name] - stored_before[name] for name in names))


def _handled(child: Child, listener: Listener) -> int:
    handled = max((each.handled for each in progress_of(child)), default=0)
    listener.progress(handled)
    return handled


def _until(child: Child, done: Callable[[], bool]) -> None:
    child.wait_until(done, _DONE_WITHIN_S)


def _until_quiet(child: Child) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    before, since = -1, time.monotonic()
    while time.monotonic() - since < _QUIET_S:
        child.check()
        if time.monotonic() > deadline:
            raise ContenderFailed(f"states were written for more than {READY_WITHIN_S:.0f} s")
        now = len([each for each in child.said if isinstance(each, Committed) and each.states])
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.1)


def residents(said: list[Said]) -> tuple[int, int]:
    """What a process weighed when it was empty and when it was full; raises ContenderFailed where it did not say."""
    weights = {each.moment: each.bytes for each in said if isinstance(each, Resident)}
    if {"empty", "full"} - weights.keys():
        raise ContenderFailed("it did not say what it weighs")
    return weights["empty"], weights["full"]


def _ignore(said: Said) -> None:
    pass
