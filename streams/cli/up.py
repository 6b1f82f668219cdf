"""`dealwatch up`: everything on this machine, with alerts as they come. What `make run` runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import settings_of
from streams.cli.stopping import end_as_by_ctrl_c, run_until_asked
from streams.errors import DealwatchError

if TYPE_CHECKING:
    from streams.access.kafka import Kafka
    from streams.cli.live_view import LiveView
    from streams.config.settings import Settings
    from streams.runtime.demo_feed import Progress
    from streams.runtime.feeder import Feeder
    from streams.runtime.lead import Lead

_READY_WITHIN_S = 90.0
_STOP_WITHIN_S = 12.0
#: A worker that ends more often than this within the window (seconds) is not started again.
_RESTARTS = 3
_RESTART_WINDOW_S = 60.0
#: The feed waits where the worker is this many seconds behind, and what passes between two commits.
_LEAD_S = 5.0
#: From the worker's port to that of who tells people, where it has to be known.
_TO_NOTIFIER = 3
#: The same to the program that keeps revenue current.
_TO_REVENUE = 6
#: A simulated day per second.
_DAY_PER_SECOND = 86_400.0


class WorkerFailed(DealwatchError):
    """The worker does not start, or keeps ending although nobody asked it to."""

    id = "err-worker-failed"


def up(
    ctx: typer.Context,
    events: Annotated[
        Path | None, typer.Option(help="Play this event file instead of the generated sales organisation.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=1.0, help="Simulated seconds per second; 86400 is a day per second.")
    ] = _DAY_PER_SECOND,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the generated organisation (first start only).")] = 1,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port of page and metrics, what runs beside has the next; 0: any free [8787]."
        ),
    ] = None,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Start an installed Prometheus too, and show dashboards on the page.")
    ] = False,
) -> None:
    """Start Kafka, topics, worker and the program of revenue on this machine, feed them, and show alerts as they come.

    A sales organisation is generated and played at a day per second, from two years ago on. Ctrl-C stops everything;
    the next start goes on from there. With --broker (or BROKER=host:port) your own Kafka is used instead.

    Examples:
      dealwatch up
      dealwatch up --speed 20000
      dealwatch up --prometheus
      dealwatch up --events events.jsonl.gz

    """
    from streams.cli.live_view import LiveView
    from streams.config.company import company_of
    from streams.config.practice import practice_of

    settings = settings_of(ctx, web_port=port, clock="event")
    company_of(settings)
    practice_of(settings)
    if prometheus:
        from streams.cli.up_prometheus import installed

        installed()
    view = LiveView()
    end_as_by_ctrl_c()
    with _kafka(settings, view) as found:
        settings = _provision(found, view)
        if events is None:
            settings = _declared(settings, seed)
        try:
            run_until_asked(_run(settings, view, events, speed, seed, prometheus))
        except KeyboardInterrupt:
            view.say("asked to stop")
    view.say(f"everything is stopped; the data stays in {settings.data}, and the next start goes on from there")


def _declared(settings: Settings, seed: int) -> Settings:
    """Settings with the files in which the generated organisation declares itself, where none of one's own are there.

    Its regions have three currencies, so that without rates no sum of its deals would mean anything.
    """
    from streams.cli.wholefile import whole
    from streams.config.company import company_path
    from streams.config.rules import rules_path
    from streams.demo.company_file import company_text, rules_text
    from streams.demo.people import Organisation
    from streams.demo.settings import WorldSettings
    from streams.runtime.demo_feed import read_place

    if company_path(settings) is not None or rules_path(settings) is not None:
        return settings
    place = read_place(settings.data / "demo.json", seed, datetime.fromtimestamp(time.time(), UTC))
    organisation = Organisation(place.seed, WorldSettings())
    folder = settings.data.absolute() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"company": company_text(organisation), "rules": rules_text(organisation)}
    for name, text in files.items():
        with whole(folder / f"{name}.toml") as file:
            file.write(text.encode())
    return settings.model_copy(update={name: str(folder / f"{name}.toml") for name in files})


@contextmanager
def _kafka(settings: Settings, view: LiveView) -> Iterator[Settings]:
    """Settings with a Kafka in them: the one named, or the embedded one, stopped again if it was started here."""
    if settings.broker:
        yield settings
        return
    from streams.access.kafka import with_open_broker
    from streams.broker.start import start
    from streams.broker.stop import stop

    directory = settings.data / "kafka"
    broker = start(directory, log=view.say)
    view.say(f"Kafka answers at {broker.bootstrap}" + (" (it was running already)" if broker.already_running else ""))
    try:
        yield with_open_broker(settings, broker.bootstrap)
    finally:
        if not broker.already_running:
            view.say("stopping Kafka ...")
            stop(directory)


def _provision(settings: Settings, view: LiveView) -> Settings:
    """Create the topics, or take the number of partitions of those that are there."""
    from streams.access.kafka import kafka_of
    from streams.admin.provision import apply
    from streams.admin.reading import partition_count
    from streams.config.topics import plan
    from streams.errors import TopicsWrong

    kafka = kafka_of(settings)
    try:
        there = partition_count(kafka, plan(settings).activity.name)
        settings = settings.model_copy(update={"partitions": there})
    except TopicsWrong:
        view.say("creating the topics ...")
    apply(kafka, plan(settings).all, settings.replication)
    return settings


async def _run(
    settings: Settings, view: LiveView, events: Path | None, speed: float, seed: int, prometheus: bool
) -> None:
    from streams.bootstrap import environment_of
    from streams.runtime.page import free_port

    port = free_port(settings.web_host, settings.web_port)
    url = f"http://{settings.web_host}:{port}"
    log = settings.data / "logs" / "worker.log"
    beside = None
    if prometheus:
        from streams.cli.up_prometheus import PrometheusBeside

        view.say("starting Prometheus ...")
        # Of each pair the second runs beside the first, at the next port.
        ports = [port, port + 1, *([port + _TO_NOTIFIER, port + _TO_NOTIFIER + 1] if settings.delivery else [])]
        ports.append(port + _TO_REVENUE)
        beside = PrometheusBeside(settings, [f"{settings.web_host}:{each}" for each in ports])
        settings = settings.model_copy(update={"prometheus_url": beside.url})
    view.say("starting the worker ...")
    environment = environment_of(settings.model_copy(update={"web_port": port}))
    notifier = _notifier(settings, view, 0 if beside is None else port + _TO_NOTIFIER)
    worker = _Worker("the worker", ["worker"], environment, log)
    revenue = _revenue(settings, view, 0 if beside is None else port + _TO_REVENUE)
    try:
        await _until_ready(url, worker)
        view.say(f"page     {url}")
        view.say(f"revenue  {url}/revenue")
        if settings.company:
            view.say(f"company  {settings.company}")
        view.say(f"metrics  {url}/metrics")
        if beside is not None:
            view.say(f"boards   {url}/dashboards, of {beside.url}")
        if notifier is not None:
            view.say(f"people are told of alerts as {settings.delivery} says")
        view.say("Ctrl-C stops everything")
        workers = (worker, revenue, *(() if notifier is None else (notifier,)))
        await _play(settings, view, workers, events, speed, seed)
    except ExceptionGroup as group:
        raise _cause(group) from None
    finally:
        view.close()
        view.say("stopping the worker ...")
        if notifier is not None:
            await asyncio.to_thread(notifier.stop)
        await asyncio.to_thread(revenue.stop)
        await asyncio.to_thread(worker.stop)
        if beside is not None:
            await asyncio.to_thread(beside.stop)


def _notifier(settings: Settings, view: LiveView, port: int) -> _Worker | None:
    """The programs that tell people, where a delivery file says whom; raises `DeliveryWrong` for one that is wrong."""
    if not settings.delivery:
        return None
    from streams.bootstrap import delivery_of, environment_of

    delivery_of(settings)
    view.say("starting the notifier ...")
    environment = environment_of(settings.model_copy(update={"web_port": port}))
    log = settings.data / "logs" / "notify.log"
    return _Worker("the notifier", ["worker", "--role", "notify"], environment, log)


def _revenue(settings: Settings, view: LiveView, port: int) -> _Worker:
    """The program that keeps forecast, pipeline, coaching and attribution current. Alerts go on without it."""
    from streams.bootstrap import environment_of

    view.say("starting revenue ...")
    environment = environment_of(settings.model_copy(update={"web_port": port}))
    log = settings.data / "logs" / "revenue.log"
    return _Worker("revenue", ["worker", "--role", "revenue"], environment, log, needed=False)


def _cause(failure: Exception) -> Exception:
    """The first error that is no group: what a person has to know."""
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure


class _Worker:
    """A worker process, started again when it ends by itself: its states are in Kafka, so nothing is lost.

    Where that does not help everything ends, or, with one that is not `needed`, the others go on without it.
    """

    def __init__(
        self, name: str, arguments: list[str], environment: dict[str, str], log: Path, *, needed: bool = True
    ) -> None:
        self._name = name
        self._needed = needed
        self._given_up = False
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._ends: list[float] = []
        self._process = self._start()

    def check(self) -> str:
        """Start it again where it has ended, and say so; raises `WorkerFailed` where that does not help."""
        code = self._process.poll()
        if code is None or self._given_up:
            return ""
        now = time.monotonic()
        self._ends = [each for each in self._ends if now - each < _RESTART_WINDOW_S] + [now]
        if len(self._ends) > _RESTARTS:
            failed = f"{self._name} keeps ending (exit code {code}); its last words are in {self._log}"
            if self._needed:
                raise WorkerFailed(failed)
            self._given_up = True
            return f"{failed}; the others go on without it"
        self._process = self._start()
        return f"{self._name} ended with exit code {code}; it is started again and goes on where it was"

    def stop(self) -> None:
        """Let it finish what it has in hand, and end it."""
        from streams.runtime.child import stop

        stop(self._process, _STOP_WITHIN_S)

    def _start(self) -> subprocess.Popen[bytes]:
        from streams.runtime.child import spawn

        return spawn(self._arguments, self._environment, self._log)


async def _until_ready(url: str, worker: _Worker) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until:
        worker.check()
        if await asyncio.to_thread(_answers, f"{url}/readyz"):
            return
        await asyncio.sleep(0.2)
    raise WorkerFailed(f"the worker was not ready within {_READY_WITHIN_S:.0f} s; see worker.log in the data folder")


async def _play(
    settings: Settings,
    view: LiveView,
    workers: tuple[_Worker, ...],
    events: Path | None,
    speed: float,
    seed: int,
) -> None:
    from streams.access.kafka import kafka_of
    from streams.config.topics import group_of, plan
    from streams.runtime.demo_feed import Progress
    from streams.runtime.feeder import Feeder
    from streams.runtime.lead import Lead, follow_group

    topics = plan(settings)
    progress = Progress()
    lead = Lead(_LEAD_S + settings.commit_interval_seconds)
    kafka = kafka_of(settings)
    async with Feeder(kafka, topics.activity.name) as feeder, asyncio.TaskGroup() as group:
        group.create_task(_watch(kafka, topics.alerts.name, view))
        group.create_task(follow_group(kafka, group_of(settings, "track"), topics.activity.name, lead))
        group.create_task(_show(view, progress, lead, workers))
        await _feed(settings, feeder, events, speed, seed, progress, lead)


async def _feed(
    settings: Settings, feeder: Feeder, events: Path | None, speed: float, seed: int, progress: Progress, lead: Lead
) -> None:
    from streams.cli.pacing import paced_lines
    from streams.connectors.eventfile import read_lines, with_events
    from streams.runtime.demo_feed import feed_file, feed_world, read_place

    if events is not None:
        lines = with_events(read_lines(events), str(events), int(time.time() * 1000))
        await feed_file(feeder, paced_lines(lines, speed), progress, lead)
        return
    path = settings.data / "demo.json"
    place = read_place(path, seed, datetime.fromtimestamp(time.time(), UTC))
    await feed_world(feeder, path, place, speed, progress, lead)


async def _watch(kafka: Kafka, topic: str, view: LiveView) -> None:
    """Hand every alert to the view: those from before only counted, new ones shown.

    What is no alert must not end everything; that there is some is said once.
    """
    from aiokafka import AIOKafkaConsumer, TopicPartition

    from streams.admin.alertlog import alert_of
    from streams.runtime.clients import options_of

    consumer = AIOKafkaConsumer(**options_of(kafka), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        numbers = await consumer._client._wait_on_metadata(topic)
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        said = False
        async for record in consumer:
            if (alert := alert_of(record.value)) is not None:
                old = record.offset < ends[TopicPartition(record.topic, record.partition)]
                view.alert(alert, shown=not old)
            elif not said:
                said = True
                view.say(f"{topic} holds what is no alert, first at offset {record.offset}; it is passed over")
    finally:
        await consumer.stop()


async def _show(view: LiveView, progress: Progress, lead: Lead, workers: tuple[_Worker, ...]) -> None:
    while True:
        for worker in workers:
            if said := worker.check():
                view.say(said)
        progress.look(lead)
        view.progress(progress)
        await asyncio.sleep(0.25)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own loopback address
            return bool(json.load(answer).get("ready"))
    except (urllib.error.URLError, TimeoutError, ValueError, OSError):
        return False
