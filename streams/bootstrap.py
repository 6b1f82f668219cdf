"""The composition root: settings in, wired programs out. The only module that knows every room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, time

from mode import ServiceT

from streams import __version__
from streams.access.kafka import kafka_of
from streams.alerts.policy import Policy
from streams.alerts.ruleset import Rules
from streams.config.company import company_of, company_to_show
from streams.config.delivery_plan import DeliveryPlan
from streams.config.rules import rules_of
from streams.config.settings import Settings
from streams.config.topics import Topic, Topics, group_of, plan
from streams.engine.app import EngineApp
from streams.engine.followers import Follower as TopicFollower
from streams.engine.settings import EngineSettings
from streams.engine.task import Record, StateStore
from streams.runtime.clients import credentials_of
from streams.runtime.companion import Companion
from streams.runtime.health import WorkerHealth
from streams.runtime.intake import ActionIntake
from streams.runtime.leadership import Leadership, Retirement
from streams.runtime.looplag import LoopLag
from streams.runtime.page import PageServer, free_port
from streams.runtime.program import program, tracing_of
from streams.runtime.rulewatch import RuleWatch
from streams.runtime.shelf import ModelShelf
from streams.runtime.trace import Trails
from streams.runtime.track import Liveness, TrackParts, TrackTask
from streams.state.codec import gist_of
from streams.state.sample import typical_state
from streams.telemetry.emit import Metrics
from streams.web.app import build_web
from streams.web.desk import Submit
from streams.web.gate import Gate
from streams.web.guard import check_binding
from streams.web.health import Health, HealthNotes
from streams.web.inbox import TeamOf
from streams.web.live import Hub
from streams.web.probes import build_probes
from streams.web.read_model import ReadModel
from streams.web.revenue_model import RevenueModel

#: Signs of life within a session: several may be lost before a worker counts as dead. At most so many seconds apart.
_HEARTBEATS, _HEARTBEAT_S = 6, 3.0
#: Seconds between checkpoints of the programs that tell people, at most.
_DELIVERY_COMMIT_S = 0.5
#: A worker that has work and does none ends itself after this long. Longer than a broker may be away for a restart.
_STUCK_TIMEOUT_S = 300.0
_LAST_PORT = 65_535
#: Between two looks at whether this environment leads by now.
_STAND_BY_LOOK_S = 2.0


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for a child process."""
    return {f"DEALWATCH_{name.upper()}": str(value) for name, value in settings.model_dump().items()}


class _Worker:
    """What a program's parts need of the app that is built last."""

    app: EngineApp

    def wake(self) -> None:
        """Let tasks that wait for something try again."""
        self.app.engine.wake()


def track_app(settings: Settings, *, with_learner: bool) -> EngineApp:
    """The worker that keeps the deals and serves the page; with its learner beside it where wanted."""
    check_binding(settings.web_host, settings.page_token)
    topics = plan(settings)
    metrics = Metrics("track", topics.activity.partitions, __version__)
    shelf = ModelShelf(settings.model_wait_seconds, monotonic)
    watch = RuleWatch(settings.rules, metrics.rules_invalid, lambda: int(monotonic() * 1000), settings.plays)
    page = _Page(topics, _Teams(watch), settings) if settings.page else None
    worker = _Worker()

    def on_models(record: Record) -> None:
        shelf.put(record.key or b"", record.value)
        newest = shelf.newest()
        if newest is not None:
            metrics.models(newest.models, record.timestamp)
            if page is not None:
                page.read_model.on_models(newest.models)
        worker.wake()

    health = WorkerHealth(lambda: worker.app.engine.status())
    intake = ActionIntake(kafka_of(settings), group_of(settings, "actions"), topics, metrics.action)
    submit = intake.submit if settings.web_actions else None
    services: list[ServiceT] = [_web_server(settings, page, health, metrics, submit), LoopLag(metrics), intake]
    if with_learner:
        services.append(Companion("learn", _environment_beside(settings)))
    leadership = Leadership()
    parts = TrackParts(
        topics,
        settings.policy,
        shelf,
        Liveness(settings.clock),
        metrics,
        worker.wake,
        settings.deals_at_work,
        lambda: watch.rules,
        _wall_ms,
        lambda: leadership.follows,
    )
    worker.app = program(
        replace(
            _engine_settings(settings, topics.activity.name, topics.state.name, "track"),
            store_sample=typical_state(),
            store_gist=gist_of,
            last_word_topics=(topics.open_alerts.name,),
        ),
        lambda number, store: TrackTask(number, store, parts),
        metrics,
        tracing_of(settings, "track"),
        said=(topics.alerts.name, topics.open_alerts.name),
        followers=[
            TopicFollower(topics.generation.name, leadership.on_record),
            TopicFollower(topics.models.name, on_models),
            *(page.followers if page is not None else ()),
        ],
        services=services,
    )
    return worker.app


class _Teams:
    """The team of an owner, as the rules file has it now."""

    def __init__(self, watch: RuleWatch) -> None:
        self._watch = watch
        self._rules: Rules | None = None
        self._policy = Policy()

    def __call__(self, owner: str) -> str:
        rules = self._watch.rules
        if rules is not None and rules is not self._rules:
            self._rules, self._policy = rules, rules.policy(Policy())
        return self._policy.team_of(owner).team


class _Page:
    """What only a worker with a page has: a view of all deals, kept up to date from the topics."""

    def __init__(self, topics: Topics, team_of: TeamOf, settings: Settings) -> None:
        self.read_model, self.hub = ReadModel(team_of=team_of, policy=settings.policy), Hub()
        self.revenue = RevenueModel(company_to_show(settings))
        told = (topics.forecast, topics.pipeline, topics.coaching, topics.attribution)
        self.followers = (
            TopicFollower(topics.state.name, self._on_state),
            TopicFollower(topics.alerts.name, self._on_alert),
            *(TopicFollower(each.name, self._on_answer) for each in told),
        )

    def _on_state(self, record: Record) -> None:
        self.read_model.on_state(record.key or b"", record.value, record.partition)

    def _on_alert(self, record: Record) -> None:
        if record.value is not None:
            self.read_model.on_alert(record.value)

    def _on_answer(self, record: Record) -> None:
        self.revenue.take(record.key or b"", record.value)


def _web_server(
    settings: Settings,
    page: _Page | None,
    health: Health,
    metrics: Metrics,
    submit: Submit | None,
    serves: str = "metrics",
) -> PageServer:
    token = settings.page_token
    check_binding(settings.web_host, token)
    gate = Gate(token, time, lambda: int(monotonic() * 1000)) if token else None
    hosts = [name.strip() for name in settings.web_hosts.split(",") if name.strip()]
    port = free_port(settings.web_host, settings.web_port)
    if page is None:
        web = build_probes(
            health=health, metrics=metrics.exposition, version=__version__, allowed_hosts=hosts, gate=gate
        )
        return PageServer(web, settings.web_host, port, serves=serves, proxies=settings.web_proxies)
    web = build_web(
        page.read_model,
        page.hub,
        health=health,
        metrics=metrics.exposition,
        version=__version__,
        allowed_hosts=hosts,
        gate=gate,
        submit=submit,
        user_header=settings.web_user_header,
        prometheus_url=settings.prometheus_url,
        revenue=page.revenue,
    )
    close, proxies = page.hub.close, settings.web_proxies
    return PageServer(web, settings.web_host, port, close, serves="page and metrics", proxies=proxies)


def _probe_server(settings: Settings, worker: _Worker, metrics: Metrics, serves: str = "metrics") -> PageServer:
    """What serves the metrics and the probes of a program without a page."""
    return _web_server(settings, None, WorkerHealth(lambda: worker.app.engine.status()), metrics, None, serves)


def _environment_beside(settings: Settings) -> dict[str, str]:
    """The settings of the program beside a worker: its metrics are at the next port."""
    port = settings.web_port
    return environment_of(settings.model_copy(update={"web_port": port + 1 if 0 < port < _LAST_PORT else 0}))


def learn_app(settings: Settings) -> EngineApp:
    """The program that keeps the models."""
    # Its libraries take a second to import, which a worker that has its learner in another process need not wait for.
    from streams.runtime.learn import LearnTask

    topics = plan(settings)
    metrics = Metrics("learn", topics.examples.partitions, __version__)
    worker = _Worker()
    worker.app = program(
        _engine_settings(settings, topics.examples.name, topics.learner.name, "learn"),
        lambda _number, store: LearnTask(store, topics, metrics),
        metrics,
        tracing_of(settings, "learn"),
        services=[_probe_server(settings, worker, metrics, "the learner's metrics are")],
    )
    return worker.app


def allot_app(settings: Settings, *, beside: bool = False) -> EngineApp:
    """The program that decides who is told what, and when; `beside` another one, it ends with that."""
    from streams.runtime.allotter import AllotParts, AllotTask

    topics = plan(settings)
    metrics = Metrics("allot", topics.alerts.partitions, __version__)
    tracing = tracing_of(settings, "allot")
    worker, leadership = _Worker(), Leadership()
    retirement = () if beside else (Retirement(leadership, lambda: True),)
    parts = AllotParts(
        topics=topics,
        plan=delivery_of(settings),
        simulated=settings.clock == "event",
        wall_ms=_wall_ms,
        metrics=metrics,
        trails=None if tracing is None else Trails(tracing, "allot"),
    )
    worker.app = program(
        _at_short_intervals(_engine_settings(settings, topics.alerts.name, topics.notifier.name, "allot")),
        lambda _number, store: AllotTask(store, parts),
        metrics,
        tracing,
        followers=[TopicFollower(topics.generation.name, leadership.on_record)],
        services=[_probe_server(settings, worker, metrics, "the metrics of who decides are"), *retirement],
    )
    return worker.app


def send_app(settings: Settings, *, with_allotter: bool) -> EngineApp:
    """The program that sends what was decided, and serves metrics of it; with the one that decides beside it."""
    from streams.channels.send import Channels
    from streams.runtime.dispatch import Dispatch
    from streams.runtime.sender import SendParts, SendTask

    check_binding(settings.web_host, settings.page_token)
    topics, delivery = plan(settings), delivery_of(settings)
    metrics = Metrics("send", topics.notifications.partitions, __version__)
    metrics.channels(channel.kind for channel in delivery.channels.values())
    worker, leadership = _Worker(), Leadership()
    tracing = tracing_of(settings, "send")
    trails = None if tracing is None else Trails(tracing, "send")
    dispatch = Dispatch(Channels(delivery, _wall_ms), trails)
    tasks: list[SendTask] = []
    retirement = Retirement(leadership, lambda: all(each.idle for each in tasks))
    services: list[ServiceT] = [dispatch, _probe_server(settings, worker, metrics), retirement]
    if with_allotter:
        services.append(Companion("allot", _environment_beside(settings)))
    parts = SendParts(topics, delivery, dispatch, _wall_ms, metrics, trails, lambda: leadership.leads)

    def make(_number: int, store: StateStore) -> SendTask:
        tasks.append(SendTask(store, parts))
        return tasks[-1]

    worker.app = program(
        _at_short_intervals(_engine_settings(settings, topics.notifications.name, topics.sent.name, "send")),
        make,
        metrics,
        tracing,
        followers=[TopicFollower(topics.generation.name, leadership.on_record)],
        services=services,
    )
    return worker.app


def revenue_app(settings: Settings) -> EngineApp:
    """The program that keeps forecast, pipeline, coaching and attribution current; raises what a file says wrong."""
    # Its libraries take a second to import, which no other program needs.
    from streams.config.practice import practice_of
    from streams.runtime.revenue import RevenueDesk, RevenueTask, Source

    topics = plan(settings)
    metrics = Metrics("revenue", topics.generation.partitions, __version__)
    worker = _Worker()
    desk = RevenueDesk(company_of(settings), practice_of(settings), metrics)
    read: tuple[tuple[Topic, Source], ...] = (
        (topics.activity, "activity"),
        (topics.alerts, "alerts"),
        (topics.plays, "plays"),
    )
    answers = (topics.pipeline, topics.coaching, topics.attribution)
    worker.app = program(
        _engine_settings(settings, topics.generation.name, topics.forecast.name, "revenue"),
        lambda _number, store: RevenueTask(store, topics, desk),
        metrics,
        tracing_of(settings, "revenue"),
        followers=[
            *(TopicFollower(topic.name, desk.on(source), desk.has_room) for topic, source in read),
            *(TopicFollower(topic.name, desk.on_answer) for topic in answers),
        ],
        services=[_probe_server(settings, worker, metrics, "the metrics of revenue are"), desk],
    )
    return worker.app


async def stand_by(settings: Settings, leads: Callable[[], bool], say: Callable[[str], None]) -> None:
    """Return once this environment leads; meanwhile the probes of a program that tells people answer that it is well.

    `leads` may block. It is asked every two seconds.
    """
    if await asyncio.to_thread(leads):
        return
    say("stands by: another environment tells people, until `dealwatch rebuild switch`")
    metrics = Metrics("send", 1, __version__)
    server = _web_server(settings, None, HealthNotes(alive=True, ready=True, reasons=[]), metrics, None)
    await server.start()
    try:
        while not await asyncio.to_thread(leads):
            await asyncio.sleep(_STAND_BY_LOOK_S)
    finally:
        await server.stop()
    say("this environment tells people from now on")


def delivery_of(settings: Settings) -> DeliveryPlan:
    """Read the delivery file that the settings name; raises `DeliveryWrong`."""
    from streams.config.delivery import DeliveryWrong, read_delivery

    if not settings.delivery:
        raise DeliveryWrong("no delivery file is named; set DEALWATCH_DELIVERY, as docs/notify.md says")
    return read_delivery(Path(settings.delivery), rules_of(settings).policy(settings.policy), settings.page_url)


def _at_short_intervals(settings: EngineSettings) -> EngineSettings:
    """What is decided or tried is written down first, and a message waits for several checkpoints on its way."""
    return replace(settings, commit_interval_s=min(settings.commit_interval_s, _DELIVERY_COMMIT_S))


def _wall_ms() -> int:
    return int(time() * 1000)


def _engine_settings(settings: Settings, source: str, changelog: str, role: str) -> EngineSettings:
    instance = f"{settings.group_instance}-{role}" if settings.group_instance else None
    return EngineSettings(
        app_id=group_of(settings, role),
        broker=settings.broker,
        credentials=credentials_of(kafka_of(settings).access),
        source_topic=source,
        changelog_topic=changelog,
        state_dir=Path(settings.data) / "workers" / (instance or role),
        group_instance_id=instance,
        commit_interval_s=settings.commit_interval_seconds,
        session_timeout_s=settings.session_timeout_seconds,
        heartbeat_interval_s=min(_HEARTBEAT_S, settings.session_timeout_seconds / _HEARTBEATS),
        store=settings.store,
        # A partition waits for models no longer than that; then it goes on with older ones.
        stall_timeout_s=settings.model_wait_seconds + _STUCK_TIMEOUT_S,
        stuck_timeout_s=_STUCK_TIMEOUT_S,
    )
