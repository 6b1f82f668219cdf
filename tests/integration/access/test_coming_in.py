"""Every client of the product comes in by every way there is, and nothing says a secret."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from streams.access.kafka import Kafka, kafka_of
from streams.access.rights import rights_of
from streams.admin.acls import give
from streams.admin.provision import apply
from streams.admin.reading import read_topic
from streams.config.settings import load
from streams.config.topics import plan
from streams.replay.sequence import Outbound
from streams.runtime.feeder import Feeder
from streams.runtime.lead import Lead, follow_group
from tests.integration.access.conftest import SECRETS, run, working
from tests.integration.access.secured import BY_CERTIFICATE, BY_TOKEN, PASSWORD, SecuredKafka, token

pytestmark = pytest.mark.kafka

WAYS = ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", "certificate", "token in a file", "token from an endpoint")
WORKER = ("worker", "page", "learner", "look", "feed")


@pytest.fixture(scope="module", autouse=True)
def _ready(secured: SecuredKafka, prefix: str) -> None:
    """Topics, and rights for whoever comes in."""
    settings = load(broker=secured.passwords, prefix=prefix)
    apply(secured.owner, plan(settings).all)
    for user in ("worker", BY_CERTIFICATE, BY_TOKEN):
        give(secured.owner, f"User:{user}", rights_of(WORKER, settings))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Return the address of a server that gives tokens to the client `client` with our password."""
    import base64

    expected = "Basic " + base64.b64encode(f"client:{PASSWORD}".encode()).decode()

    class Gives(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            good = self.headers["Authorization"] == expected and "grant_type=client_credentials" in asked
            body = json.dumps({"access_token": token(BY_TOKEN), "expires_in": 600}).encode() if good else b"{}"
            self.send_response(200 if good else 401)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Gives) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()


def coming(way: str, secured: SecuredKafka, folder: Path, endpoint: str) -> dict[str, str]:
    """Settings for a way of coming in."""
    if way == "certificate":
        return secured.certified()
    if way == "token in a file":
        return secured.bearing(folder)
    if way == "token from an endpoint":
        found = {**secured.environment("client", "OAUTHBEARER"), "DEALWATCH_BROKER_TOKEN_URL": endpoint}
        return {**found, "DEALWATCH_BROKER_TOKEN_SCOPE": "kafka"}
    return secured.environment("worker", way)


def named(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Kafka:
    """The Kafka as the settings in an environment name it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return kafka_of(load())


@pytest.mark.parametrize("way", WAYS)
def test_reading_writing_and_following_come_in_by_every_way(
    way: str, secured: SecuredKafka, prefix: str, tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What aiokafka wrote is read with kafka-python; the group is looked at with the admin client of aiokafka."""
    environment = coming(way, secured, tmp_path, endpoint)
    kafka = named(environment, monkeypatch)
    topic = f"{prefix}deal.activity"

    async def write() -> dict[int, int]:
        async with Feeder(kafka, topic) as feeder:
            await feeder.send([Outbound(0, way.encode(), b"{}", None, True)])
            await feeder.flush()
            return feeder.ends

    async def look() -> None:
        lead = Lead(0.0)
        following = asyncio.create_task(follow_group(kafka, f"{prefix}dealwatch-track", topic, lead))
        await asyncio.wait([following], timeout=1.5)
        assert not following.done() or following.exception() is None
        following.cancel()

    assert asyncio.run(write())
    asyncio.run(look())
    assert way.encode() in {record.key for record in read_topic(kafka, topic)}
    assert not [each for each in SECRETS if each in repr(kafka) + str(kafka) + kafka.access.by]


@pytest.mark.parametrize("way", ["certificate", "token in a file"])
def test_a_worker_and_its_learner_come_in_by_certificate_and_by_token(
    way: str, secured: SecuredKafka, prefix: str, tmp_path: Path
) -> None:
    """Ready means: the topics it follows were read, it is in its group, and its producer is connected."""
    environment = {**coming(way, secured, tmp_path, ""), "DEALWATCH_PREFIX": prefix, "DEALWATCH_DATA": str(tmp_path)}
    with working(environment, "all", tmp_path / "worker.log") as worker:
        worker.wait_ready()
        health = worker.get(f"{worker.address()}/metrics")
        assert health is not None and not [each for each in SECRETS if each in health]


def test_the_doctor_says_how_it_came_in_and_no_secret(secured: SecuredKafka, prefix: str) -> None:
    """The first line of every look at a Kafka that is not our own."""
    done = run({**secured.environment("worker"), "DEALWATCH_PREFIX": prefix}, "doctor")
    [line] = [each for each in done.stdout.splitlines() if each.startswith("ok    broker")]
    assert "SASL_SSL, SCRAM-SHA-512 as worker" in line
