"""What settings make of a worker: its name in the group, its session, and where it is asked how it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.bootstrap import _environment_beside, allot_app, learn_app, send_app, track_app
from streams.config.settings import Settings, load
from streams.errors import SettingsWrong
from streams.runtime.page import PageServer

DELIVERY = """
fallback = ["everybody"]

[channels.everybody]
url = "json://127.0.0.1:1"
"""


def settings(folder: Path, **said: object) -> Settings:
    """Settings of a worker that is never started."""
    return load(broker="127.0.0.1:1", data=folder, web_port=0, **said)


def test_a_worker_has_the_name_and_the_session_that_the_settings_say(tmp_path: Path) -> None:
    """Each role of a named worker has a name of its own in its own group; several signs of life fit in a session."""
    conf = learn_app(settings(tmp_path, group_instance="pod-1", session_timeout_seconds=60)).conf
    assert conf.consumer_group_instance_id == "pod-1-learn"
    assert conf.broker_session_timeout == 60
    assert conf.broker_heartbeat_interval * 3 <= 60
    assert Path(str(conf.datadir)) == tmp_path / "workers" / "pod-1-learn"


def test_a_worker_without_a_name_is_a_member_like_any_other(tmp_path: Path) -> None:
    """Whoever is gone is gone after 12 s, as ever."""
    conf = learn_app(settings(tmp_path)).conf
    assert conf.broker_session_timeout == 12
    assert not conf.consumer_group_instance_id


@pytest.mark.parametrize("seconds", [0.5, 301])
def test_a_session_that_cannot_be_is_refused(seconds: float) -> None:
    """Beyond five minutes a worker that stands still would have ended itself first."""
    with pytest.raises(SettingsWrong, match="session_timeout_seconds"):
        load(session_timeout_seconds=seconds)


def test_every_program_can_be_asked_how_it_is_and_has_a_port_of_its_own(tmp_path: Path) -> None:
    """Probes and metrics also of what runs beside another one: at the next port."""
    (tmp_path / "delivery.toml").write_text(DELIVERY, encoding="utf-8")
    said = settings(tmp_path, delivery=str(tmp_path / "delivery.toml"))
    assert [type(each) for each in learn_app(said).services] == [PageServer]
    assert [type(each) for each in allot_app(said, beside=True).services] == [PageServer]
    for app in (track_app(said, with_learner=False), send_app(said, with_allotter=False)):
        assert [type(each) for each in app.services].count(PageServer) == 1


@pytest.mark.parametrize(("port", "beside"), [(8787, "8788"), (0, "0"), (65_535, "0")])
def test_what_runs_beside_a_program_takes_the_next_port(port: int, beside: str) -> None:
    """Any free one where there is no next."""
    assert _environment_beside(load(web_port=port))["DEALWATCH_WEB_PORT"] == beside


def test_a_program_of_its_own_asks_for_a_token_before_it_listens_to_everybody(tmp_path: Path) -> None:
    """As the worker with the page does."""
    with pytest.raises(SettingsWrong, match="token"):
        learn_app(settings(tmp_path, web_host="0.0.0.0"))
