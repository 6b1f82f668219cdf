"""What settings make of a worker: its name in the group, its session, and where it is asked how it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka.structs import ConsumerRecord

from streams.bootstrap import _environment_beside, _Page, allot_app, learn_app, send_app, track_app
from streams.config.company import company_of
from streams.config.settings import Settings, load
from streams.config.topics import plan
from streams.errors import CompanyWrong, SettingsWrong
from streams.revenue.answers import encode_answer, key_of, topic_of
from streams.revenue.company import Unit
from streams.runtime.page import PageServer
from streams.web.inbox import no_team
from tests.answered import Q4, answered

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


def a_record(topic: str, key: bytes, value: bytes | None) -> ConsumerRecord[bytes, bytes]:
    """A record as the client hands it over."""
    return ConsumerRecord(topic, 0, 0, 0, 0, key, value, 0, len(key), len(value or b""), ())


def test_the_page_follows_the_answers_of_revenue(tmp_path: Path) -> None:
    """From each of their topics; a record without a value takes one away."""
    said = settings(tmp_path)
    topics = plan(said)
    page = _Page(topics, no_team, said)
    followed = {each.topic: each.on_record for each in page.followers}
    for answer in answered():
        key, topic = key_of(answer), getattr(topics, topic_of(answer)).name
        followed[topic](a_record(topic, key, encode_answer(answer)))
    assert page.revenue.matrix() is not None
    assert page.revenue.forecast(Q4, Unit()) is not None
    assert page.revenue.pipeline(Q4, Unit()) is not None
    assert page.revenue.credit("channel") is not None
    followed[topics.coaching.name](a_record(topics.coaching.name, b"matrix", None))
    assert page.revenue.matrix() is None
    assert page.revenue.unreadable == 0


def test_a_company_file_that_is_wrong_stops_no_worker_that_keeps_deals(tmp_path: Path) -> None:
    """The program that counts with it says what is wrong; the page knows no regions then."""
    (tmp_path / "company.toml").write_text('currency = "euro"\n[region.emea]\nteams = []\n', encoding="utf-8")
    said = settings(tmp_path, company=str(tmp_path / "company.toml"))
    with pytest.raises(CompanyWrong):
        company_of(said)
    assert _Page(plan(said), no_team, said).revenue.company.regions == {}
