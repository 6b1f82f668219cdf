"""One schedule: workers, a Kafka and faults, all from a seed. The same seed is the same schedule, whatever the machine.

What may happen: a process dies between any two callbacks, or before or after any write to its shelf, with what it sent
on its way or lost; it is stopped for longer than its session and wakes up when others own its partitions; a delivery is
refused, an acknowledgement is lost; workers join, leave and are restarted; a task raises.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal

from tests.simulation.kafka import SESSION_S, Broken, Kafka, Troubles
from tests.simulation.loop import Killed
from tests.simulation.worker import WatchedShelf, Worker

PARTITIONS = 2
KEYS = 3
MOST_STEPS = 40_000
FAULTS_WITHIN_STEPS = 700

Kind = Literal["kill", "kill at", "freeze", "freeze at", "stop", "start"]
Theme = Literal["calm", "rough", "crashes", "zombies"]
KINDS: Mapping[Theme, Sequence[Kind]] = {
    "calm": ["stop", "start"],
    "rough": ["kill", "kill at", "freeze", "stop", "start"],
    "crashes": ["kill", "kill", "kill at", "kill at", "freeze", "stop", "start"],
    "zombies": ["freeze", "freeze at", "freeze at", "start", "stop"],
}
THEMES: Sequence[Theme] = ["calm", "rough", "crashes", "zombies"]
MOST_SECONDS_OF_RECORDS = 12.0
MENDED_WITHIN_S = 30.0
"""So long all that is due may be done, and the board not say so yet: a dead worker's partitions wait some seconds."""
PLACES: Mapping[str, Sequence[str]] = {
    "kill at": ["a write to the disk", "a write to the changelog", "rest"],
    "freeze at": ["a write to the changelog", "a write to the changelog", "a write of what is sent", "rest"],
}


class World:
    """A schedule at work."""

    def __init__(self, seed: int, theme: Theme, worker_class: type[Worker] = Worker) -> None:
        """Plan everything that will happen."""
        self.chance = chance = Random(seed)
        self.now = 1_000.0
        self.steps = 0
        self.calm = theme == "calm"
        self.faults_seen: list[str] = []
        self._all_done_at: float | None = None
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._n_events = 0
        self._worker_class = worker_class
        rough = theme == "rough"
        self.kafka = Kafka(self, PARTITIONS, Troubles(0.01, 0.005) if rough else Troubles())
        self._on_disk = chance.random() < 0.5
        self._disks: dict[str, dict[int, WatchedShelf]] = {}
        self._poison = {(chance.randrange(PARTITIONS), chance.randrange(20))} if rough else set()
        faults = (chance.choice(KINDS[theme]) for _ in range(chance.randint(1, 4)))
        self._plan = sorted(((chance.randrange(FAULTS_WITHIN_STEPS), kind) for kind in faults), reverse=True)
        self.processes: list[Worker] = []
        for name in "ab" if theme == "zombies" else "ab"[: chance.randint(1, 2)]:
            self._start(name)
        for _ in range(chance.randint(12, 30)):
            self.later(chance.uniform(0, MOST_SECONDS_OF_RECORDS if theme == "zombies" else 3.0), self._produce)
        self._sweep()

    # -- time

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after a while."""
        self._n_events += 1
        heapq.heappush(self._events, (self.now + seconds, self._n_events, act))

    def _sweep(self) -> None:
        self.kafka.group.expire()
        self.later(0.5, self._sweep)

    def _produce(self) -> None:
        chance = self.chance
        partition = chance.randrange(PARTITIONS)
        self.kafka.produce_source(partition, b"%d-%d" % (partition, chance.randrange(KEYS)), chance.randrange(7))
        for changelog in self.kafka.changelogs:
            assert len(changelog.folds) == len(changelog.records) + 1

    # -- the schedule

    def run(self) -> None:
        """Run until all is done. Raises Broken."""
        while self.steps < MOST_STEPS and not self._done():
            runnable = [process for process in self.processes if process.answers and process.loop.runnable]
            if runnable:
                self._step(self.chance.choice(runnable))
            else:
                self._wait()
        self._judge()

    def _step(self, process: Worker) -> None:
        for _ in range(self.chance.randint(1, 12)):
            if not (process.answers and process.loop.runnable):
                return
            self.steps += 1
            self.now += 1e-5
            try:
                process.loop.step()
            except Killed:
                self._bury(process, "died at its place")
            if process.failure is not None:
                self._end_in_failure(process)
            elif not process.alive:
                self.later(self.chance.uniform(0.1, 3.0), lambda: self._start(process.name))
                return
            self._happen()
        self._fire()

    def _wait(self) -> None:
        times = [each.loop.next_timer() for each in self.processes if each.answers]
        due = min([time for time in times if time is not None] + [self._events[0][0]])
        self.now = max(self.now, due)
        self._fire()

    def _fire(self) -> None:
        while self._events and self._events[0][0] <= self.now:
            heapq.heappop(self._events)[2]()

    def _done(self) -> bool:
        return (
            self.steps % 8 == 0
            and not self._plan
            and self.kafka.committed == {n: len(log) for n, log in enumerate(self.kafka.source) if log}
            and sum(map(len, self.kafka.source)) >= 12
            and self.now > 1_008.0
            and self._shown_in_time()
        )

    def _shown_in_time(self) -> bool:
        """Whether the board says what it must, or has had the time to."""
        if self.kafka.shown == self.kafka.due:
            return True
        if self._all_done_at is None:
            self._all_done_at = self.now
        return self.now > self._all_done_at + MENDED_WITHIN_S

    # -- faults

    def _happen(self) -> None:
        while self._plan and self._plan[-1][0] <= self.steps:
            _, kind = self._plan.pop()
            victims = [process for process in self.processes if process.answers]
            if kind == "start":
                self._start(self.chance.choice("abc"))
            elif victims:
                self._strike(self.chance.choice(victims), kind)

    def _strike(self, victim: Worker, kind: Kind) -> None:
        self.faults_seen.append(f"{kind} {victim.name}")
        if kind == "kill":
            self._bury(victim, "killed")
        elif kind == "freeze":
            self._freeze(victim)
        elif kind == "stop":
            victim.ask_to_stop()
        else:
            place = self.chance.choice(PLACES[kind])
            victim.struck_at = f"{kind} {place}"
            if place == "rest":
                self._start("c")  # makes everybody rest

    def _freeze(self, victim: Worker) -> None:
        victim.frozen = True
        self.later(self.chance.uniform(0.1, 3 * SESSION_S), lambda: setattr(victim, "frozen", False))

    def at(self, place: str, process: Worker) -> None:
        """Let a process be struck here, if that is planned. Raises Killed."""
        if process.struck_at == f"freeze at {place}" and self.chance.random() < 0.5:
            process.struck_at = None
            self._freeze(process)
        elif process.struck_at == f"kill at {place}" and self.chance.random() < 0.5:
            raise Killed

    def _bury(self, process: Worker, how: str) -> None:
        if process.alive:
            self.faults_seen.append(f"{process.name} {how}")
            process.alive = False
            process.cut_off_at = self.now + self.chance.choice([0.0, 0.02, 0.1])
            self.later(self.chance.uniform(0.1, 2.5 * SESSION_S), lambda: self._start(process.name))

    def _end_in_failure(self, process: Worker) -> None:
        if isinstance(process.failure, Broken):
            raise process.failure
        if self.calm:
            raise Broken(f"{process.name} failed in a calm world: {process.failure!r}")
        self._bury(process, f"ended: {process.failure!r}")

    def _start(self, name: str) -> None:
        if any(process.alive and process.name == name for process in self.processes):
            return
        disk = self._disks.setdefault(name, {}) if self._on_disk else None
        self.processes.append(self._worker_class(name, self.kafka, disk, self._poison))

    # -- the verdict

    def _judge(self) -> None:
        kafka = self.kafka
        if self.steps >= MOST_STEPS:
            raise Broken(f"it did not come to an end: committed {kafka.committed}, {self.faults_seen}")
        for number, expected in enumerate(kafka.expected):
            states = kafka.changelogs[number].states()
            if gaps := expected.gaps(len(kafka.source[number]), states, kafka.said_once):
                raise Broken(f"in the end, in partition {number}: {gaps}")
        due = {said for expected in kafka.expected for _, said in expected.announcements}
        if kafka.said_once - due:
            raise Broken(f"announced what never was: {kafka.said_once - due}")
        if kafka.shown != kafka.due:
            raise Broken(f"the board says {kafka.shown}, and should say {kafka.due}")
        if self.calm and len(kafka.said) != len(due):
            raise Broken(f"announced twice though nothing went wrong: {sorted(kafka.said)}")


def play(seed: int, worker_class: type[Worker] = Worker, themes: Sequence[Theme] = THEMES) -> World:
    """Run the schedule of a seed, on one of the themes. Raises Broken."""
    world = World(seed, themes[seed % len(themes)], worker_class)
    try:
        world.run()
    finally:
        for process in world.processes:
            process.struck_at = None
            process.loop.end()
    return world
