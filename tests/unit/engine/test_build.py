"""What `build_app` makes of the settings, before anything is connected."""

from pathlib import Path
from typing import cast

import pytest

from streams.engine.app import EngineApp
from streams.engine.build import build_app
from streams.engine.followers import Follower
from streams.engine.settings import EngineSettings
from streams.engine.table import EngineTable
from streams.engine.task import StateStore, Task


def settings(tmp_path: Path, **changes: object) -> EngineSettings:
    """Return settings of a program with states."""
    told = {"app_id": "program", "broker": "a:1, b:2", "source_topic": "source", "changelog_topic": "changelog"}
    return EngineSettings(state_dir=tmp_path / "deep" / "state", **told | changes)  # type: ignore[arg-type]


def no_task(partition: int, store: StateStore) -> Task:
    """Make no task: nothing runs here."""
    raise NotImplementedError


@pytest.fixture
def app(tmp_path: Path) -> EngineApp:
    """Return an app that nobody runs."""
    return build_app(settings(tmp_path), no_task)


def test_building_binds_no_event_loop_and_touches_nothing(app: EngineApp, tmp_path: Path) -> None:
    """An app can be built before its loop exists, and building it leaves no trace on disk."""
    assert app._loop is None
    assert app.topics._loop is None
    assert app._producer is None
    assert list(tmp_path.iterdir()) == []


def test_the_web_is_off_unless_asked_for(app: EngineApp, tmp_path: Path) -> None:
    """Without a port there is no web server; with one it listens on this machine only."""
    assert not app.conf.web_enabled
    asked = build_app(settings(tmp_path, web_port=8080), no_task)
    assert asked.conf.web_enabled
    assert (asked.conf.web_bind, asked.conf.web_port) == ("127.0.0.1", 8080)
    assert not asked.conf.web_tables_enabled


def test_nothing_is_created_on_the_broker_and_nobody_leads(app: EngineApp) -> None:
    """Topics are provisioned elsewhere, and a fresh group begins at the beginning."""
    assert not app.conf.topic_allow_declare
    assert app.conf.topic_disable_leader
    assert app.conf.consumer_auto_offset_reset == "earliest"


def test_every_broker_is_known(app: EngineApp) -> None:
    """All brokers of a comma-separated list are asked."""
    assert [(url.host, url.port) for url in app.conf.broker] == [("a", 1), ("b", 2)]


def test_a_program_without_states_has_no_table(tmp_path: Path) -> None:
    """Without a changelog there is nothing to recover."""
    assert not build_app(settings(tmp_path, changelog_topic=None), no_task).tables


@pytest.mark.parametrize(
    "wrong",
    [
        {"delivery_timeout_s": 61},
        {"commit_interval_s": 0},
        {"heartbeat_interval_s": 20.0},
        {"rebalance_timeout_s": 0.0},
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    """A mistake in the settings is told when they are made, not hours later."""
    with pytest.raises(ValueError, match="must be"):
        settings(tmp_path, **wrong)


@pytest.mark.parametrize(("session_s", "rebalance_s"), [(12.0, 20.0), (45.0, 20.0), (10.0, 90.0)])
def test_an_answer_is_waited_for_a_little_longer_than_a_rebalance_takes(
    tmp_path: Path, session_s: float, rebalance_s: float
) -> None:
    """A shorter time would end every join that waits for others; a longer one is how long a dead connection costs."""
    app = build_app(settings(tmp_path, session_timeout_s=session_s, rebalance_timeout_s=rebalance_s), no_task)
    assert app.conf.broker_rebalance_timeout == rebalance_s
    assert max(session_s, rebalance_s) < app.conf.broker_request_timeout <= max(session_s, rebalance_s) + 10


def test_a_topic_has_one_follower(tmp_path: Path) -> None:
    """Two followers of one topic would each miss what the other got."""
    twice = [Follower("side", print), Follower("side", print)]
    with pytest.raises(ValueError, match="one follower"):
        build_app(settings(tmp_path), no_task, followers=twice)


def test_the_table_cannot_be_written_past_the_checkpoint(app: EngineApp) -> None:
    """Faust's own way to change a table, which nobody acknowledges, is closed."""
    table = cast(EngineTable, app.tables["program"])
    with pytest.raises(TypeError, match="dirty"):
        table[b"k"] = b"v"
    with pytest.raises(TypeError, match="dirty"):
        table.on_key_del(b"k")
