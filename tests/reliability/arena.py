"""One run: its topics, its doors, its workers, and the verdict at the end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.reliability import evidence
from tests.reliability.proxy import Proxy
from tests.reliability.stage import Stage
from tests.reliability.topics import RunTopics
from tests.reliability.truth import Truth, recompute
from tests.reliability.verifier import Verdict, compare
from tests.reliability.whereabouts import phases
from tests.reliability.workers import READY_WITHIN_S, Nursery, Worker

SESSION_S = 3.0
"""Silence after which a worker's partitions are given to others. The product says 12 s; a run has no time for that."""
LONG_SESSION_S = 20.0
"""Where nobody is meant to lose partitions, a busy machine must not take them away either."""
COMMIT_S = 0.4
REST_WITHIN_S = 120.0
REST_ANSWER_S = 10.0
LEARNER_DOOR = 4
LOOK_S = 0.1


@dataclass(slots=True)
class Seat:
    """A place for a worker: it is filled again whenever its worker ends, as long as it is wanted."""

    name: str
    role: str
    door: int
    static: bool = False
    wanted: bool = False
    switches: dict[str, str] = field(default_factory=dict)
    """For the environment of the next life only."""
    always: dict[str, str] = field(default_factory=dict)
    worker: Worker | None = None
    lives: int = 0
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever does something to the worker."""


class Arena:
    """Everything of one run; an async context manager that leaves no process behind."""

    def __init__(
        self, stage: Stage, nursery: Nursery, folder: Path, *, seed: int = 0, session_s: float = SESSION_S
    ) -> None:
        """Use the broker of `stage`; logs and local files of workers go to `folder`."""
        self._session_s = session_s
        self.stage = stage
        self.nursery = nursery
        self.folder = folder
        self.topics = RunTopics(stage.bootstrap, f"r{uuid4().hex[:10]}.")
        self.seed = seed
        self.proxies: list[Proxy] = []
        self.seats: dict[str, Seat] = {}
        self.ended_alone: Counter[str] = Counter()
        """Workers that ended although nobody did anything to them, by their last words."""
        self.slowest_stop_s = 0.0
        self._stack = AsyncExitStack()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Arena:
        """Make the topics and open the doors."""
        await self.topics.make()
        self.proxies = await self.stage.open_doors(self._stack, self.seed)
        self._keeper = asyncio.create_task(self._keep_seats_filled())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill what still runs, close the doors."""
        assert self._keeper is not None
        self._keeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeper
        for seat in self.seats.values():
            if seat.worker is not None and seat.worker.code is None:
                await seat.worker.end(signal.SIGKILL)
        await self._stack.aclose()

    def seat(
        self, name: str, door: int, *, role: str = "track", static: bool = False, always: dict[str, str] | None = None
    ) -> Seat:
        """Add a seat, which stays empty until it is filled; `always` is added to every life's environment."""
        made = self.seats[name] = Seat(name, role, door, static, always=always or {})
        return made

    def learner(self) -> Seat:
        """Add the seat of the learner and fill it."""
        seat = self.seat("learner", LEARNER_DOOR, role="learn")
        self.fill(seat)
        return seat

    def fill(self, seat: Seat, **switches: str) -> Worker:
        """Start a worker in a seat; `switches` are for this life only."""
        seat.wanted = True
        seat.switches = switches
        return self._begin(seat)

    async def ready(self, seat: Seat, within_s: float = READY_WITHIN_S) -> None:
        """Wait until a seat has a worker that is ready, whichever of its lives that is; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while seat.worker is None or not await asyncio.to_thread(seat.worker.is_ready):
                await asyncio.sleep(LOOK_S)

    async def leave(self, seat: Seat, number: signal.Signals = signal.SIGTERM) -> int:
        """End the worker of a seat and let nobody follow; return its exit code."""
        seat.wanted = False
        assert seat.worker is not None
        return await self._end(seat, number)

    async def replace(self, seat: Seat, number: signal.Signals, **switches: str) -> int:
        """End the worker of a seat and start the next one; return the first one's exit code."""
        code = await self.leave(seat, number)
        self.fill(seat, **switches)
        return code

    async def _end(self, seat: Seat, number: signal.Signals) -> int:
        assert seat.worker is not None
        began = time.monotonic()
        code = await seat.worker.end(number)
        if number is signal.SIGTERM:
            self.slowest_stop_s = max(self.slowest_stop_s, time.monotonic() - began)
        return code

    def _begin(self, seat: Seat) -> Worker:
        seat.lives += 1
        log = self.folder / f"{seat.name}-{seat.lives}.log"
        environment = {
            "DEALWATCH_BROKER": self.stage.doors[seat.door].bootstrap,
            "DEALWATCH_PREFIX": self.topics.settings.prefix,
            "DEALWATCH_DATA": str(self.folder / seat.name),
            "DEALWATCH_COMMIT_INTERVAL_SECONDS": str(COMMIT_S),
            # With substitutes for models that are late, scores would depend on how long an outage was.
            "DEALWATCH_MODEL_WAIT_SECONDS": "3600",
            "DEALWATCH_GROUP_INSTANCE": seat.name if seat.static else "",
            # Faust's: by it the group, and the broker's log, know who it is (`whereabouts`).
            "BROKER_CLIENT_ID": f"{seat.name}-{seat.lives}",
            "DEALWATCH_SESSION_TIMEOUT_SECONDS": str(self._session_s),
            **seat.always,
            **seat.switches,
        }
        seat.worker = Worker(self.nursery, seat.role, environment, log)
        return seat.worker

    async def _keep_seats_filled(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for seat in self.seats.values():
                worker = seat.worker
                if not seat.wanted or worker is None or worker.code is None or seat.busy.locked():
                    continue
                if not seat.switches:  # whoever gave it a fault expects its end
                    self.ended_alone[f"{seat.role}, exit {worker.code}: {worker.last_words()}"] += 1
                seat.switches = {}
                self._begin(seat)

    # -- the end of a run

    async def rest(self, within_s: float = REST_WITHIN_S) -> None:
        """Wait until everything there is has been handled and committed; raises TimeoutError."""
        try:
            await self.topics.rest(within_s)
        except TimeoutError as error:
            tails = "\n".join(f"{log.name}: {_tail(log)}" for log in sorted(self.folder.glob("*.log")))
            where = await self._whereabouts()
            raise TimeoutError(f"not at rest within {within_s:.0f} s:\n{where}\n{tails}") from error

    async def _whereabouts(self) -> str:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.stage.bootstrap)
        try:
            async with asyncio.timeout(REST_ANSWER_S):
                await admin.start()
                found = await phases(self, admin, range(self.topics.settings.partitions))
                behind = await self.topics.behind()
        except (KafkaError, TimeoutError, OSError) as error:
            return f"Kafka did not say where: {error!r}"
        finally:
            await admin.close()
        lines = [f"partition {number}: {what}" for number, what in sorted(found.items())]
        lines += [f"{topic} is behind by {lags or 'nothing'}" for topic, lags in behind.items()]
        return "\n".join(lines + [f"{seat.name}: {self._how_is(seat)}" for seat in self.seats.values()])

    @staticmethod
    def _how_is(seat: Seat) -> str:
        worker = seat.worker
        if worker is None or worker.code is not None:
            return "never filled" if worker is None else f"ended with {worker.code}"
        age_s = time.monotonic() - worker.born_at
        return f"life {seat.lives}, {age_s:.0f} s old, /readyz {worker.get('/readyz', refusals=True)}"

    async def stop(self) -> None:
        """Ask every worker to leave."""
        for seat in self.seats.values():
            seat.wanted = False
        living = [seat for seat in self.seats.values() if seat.worker is not None and seat.worker.code is None]
        await asyncio.gather(*(self._end(seat, signal.SIGTERM) for seat in living))

    async def verdict(self, *, repeats_allowed: bool = True) -> tuple[Truth, Verdict]:
        """Compare the topics with the truth; the workers have stopped. What differs leaves its topics in the folder."""
        found = await self.topics.found()
        truth = await asyncio.to_thread(recompute, await self.topics.source())
        verdict = compare(truth, found, repeats_allowed=repeats_allowed)
        if verdict.differences:
            await evidence.keep(self.topics, self.folder / "topics")
        return truth, verdict


def _tail(log: Path, lines: int = 3) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-lines:])
