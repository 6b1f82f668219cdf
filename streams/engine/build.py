"""DOOR: settings and a task factory -> a Faust app that runs the tasks safely."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mode import ServiceT

from streams.engine.app import EngineApp
from streams.engine.engine import Engine
from streams.engine.followers import Follower
from streams.engine.observer import Observer, Unobserved
from streams.engine.recovery import EngineTableManager
from streams.engine.settings import MIB, EngineSettings
from streams.engine.table import EngineTable
from streams.engine.task import MakeTask


def build_app(
    settings: EngineSettings,
    make_task: MakeTask,
    *,
    followers: Sequence[Follower] = (),
    observer: Observer | None = None,
    services: Sequence[ServiceT] = (),
    on_started: Callable[[Engine], Awaitable[None]] | None = None,
) -> EngineApp:
    """Return the app; nothing is connected before it is run (`run.run`).

    `services` are mode services that live in the worker's loop; they start before the worker joins its group and stop
    after it has left. `on_started` runs once, after the first recovery. For a web application of your own set
    `web_port` and call `faust.contrib.asgi.serve_asgi(app, ...)`; without that call the port serves Faust's own pages.
    """
    app = EngineApp(
        settings,
        make_task,
        followers=followers,
        observer=observer or Unobserved(),
        services=services,
        **_faust_options(settings),
    )
    if on_started is not None:
        started = on_started

        async def tell() -> None:
            await started(app.engine)

        app.task(tell)
    return app


def _faust_options(settings: EngineSettings) -> dict[str, Any]:
    return {
        "broker": ";".join(f"kafka://{server}" for server in settings.bootstrap_servers),
        "broker_credentials": settings.credentials,
        "datadir": str(settings.state_dir),
        "autodiscover": False,
        "Table": EngineTable,
        "TableManager": EngineTableManager,
        "processing_guarantee": "at_least_once",
        # Topics are provisioned elsewhere; nobody leads, nobody stands by.
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "stream_wait_empty": True,
        "stream_recovery_delay": 0.0,
        # The group.
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": settings.group_instance_id,
        "consumer_max_fetch_size": settings.fetch_bytes,
        "broker_commit_interval": settings.commit_interval_s,
        "broker_session_timeout": settings.session_timeout_s,
        "broker_heartbeat_interval": settings.heartbeat_interval_s,
        "broker_rebalance_timeout": settings.rebalance_timeout_s,
        "broker_request_timeout": settings.answer_timeout_s,
        "broker_max_poll_interval": settings.stuck_timeout_s,
        # The producer; acks and idempotence are set in `producer`, batches and their compression in `batch`.
        "producer_linger": 0.0,
        "producer_max_batch_size": settings.batch_bytes,
        "producer_max_request_size": 64 * MIB,
        "producer_request_timeout": settings.delivery_timeout_s,
        # The web: off, or on the loopback, and never showing states.
        "web_enabled": settings.web_port is not None,
        "web_bind": settings.web_host,
        "web_port": settings.web_port or 6066,
        "web_tables_enabled": False,
        "web_router_enabled": False,
    }
