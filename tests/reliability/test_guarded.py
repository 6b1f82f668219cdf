"""A Kafka that wants a password, or refuses a right (S24): whoever meets it says what is refused, and ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from kafka.admin import ACLOperation, ResourceType

from tests.brokers import stopped_in_any_case
from tests.integration.engine.conftest import Arena as Counted
from tests.reliability import load
from tests.reliability.guarded import EVERYTHING, NOBODY, PASSWORDS, USER, GuardedKafka
from tests.reliability.topics import RunTopics
from tests.reliability.workers import PROJECT, Nursery, Worker

pytestmark = pytest.mark.kafka

ENDS_WITHIN_S = 60.0
LINES = 800
DENIED = {
    "deal.activity": (ResourceType.TOPIC, ACLOperation.READ, "deal.activity", "deal.activity"),
    "the group": (ResourceType.GROUP, ACLOperation.READ, "dealwatch-track", "Group"),
    "deal.examples": (ResourceType.TOPIC, ACLOperation.WRITE, "deal.examples", "deal.examples"),
    "deal.state": (ResourceType.TOPIC, ACLOperation.WRITE, "deal.state", "deal.state"),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[GuardedKafka]:
    """Return a Kafka with an open door, through which everything is allowed, and a guarded one."""
    with stopped_in_any_case(tmp_path_factory.mktemp("guarded")) as directory:
        kafka = GuardedKafka(directory, jars)
        kafka.allow(NOBODY, EVERYTHING)
        yield kafka


def test_a_worker_that_brings_no_password_says_that_one_may_be_wanted(guarded: GuardedKafka) -> None:
    """Worker and doctor say in one line what is asked for, and end with 1."""
    arguments = [sys.executable, "-m", "streams", "--broker", guarded.guarded]
    both = {
        command: subprocess.Popen([*arguments, command], cwd=PROJECT, stdout=PIPE, stderr=PIPE, text=True)
        for command in ("worker", "doctor")
    }
    ended = {command: process.communicate(timeout=ENDS_WITHIN_S) for command, process in both.items()}
    assert [process.returncode for process in both.values()] == [1, 1]
    [line] = ended["worker"][1].splitlines()
    assert "asks who one is; set broker_protocol to SASL_PLAINTEXT, broker_user and broker_password" in line
    assert "asks who one is" in ended["doctor"][0]


def test_an_engine_with_a_wrong_password_or_without_rights_says_so(guarded: GuardedKafka, tmp_path: Path) -> None:
    """Refused with the wrong password, and with the right one before it has rights; afterwards it does its work."""
    arena = Counted(guarded.open, "counted.", tmp_path)
    try:
        arena.create_topics()
        arena.fill(400)
        door = {"broker": guarded.guarded, "user": USER, "follow": True}
        for password, word in (("wrong", "Authentication failed"), (PASSWORDS[USER], "AuthorizationFailed")):
            refused = arena.worker("refused", password=password, **door)
            assert refused.exit_code(ENDS_WITHIN_S) == 1
            assert word in refused.errors[-1], "".join(refused.errors)
        guarded.allow(f"User:{USER}", EVERYTHING)
        arena.worker("allowed", password=PASSWORDS[USER], **door)
        arena.wait_until_committed()
        assert (arena.states(), arena.alerts()) == arena.truth()
    finally:
        for each in arena.workers:
            if each.code is None:
                each.kill()


@pytest.mark.parametrize("what", DENIED)
def test_a_worker_that_lacks_a_right_names_what_is_refused(
    guarded: GuardedKafka, nursery: Nursery, tmp_path: Path, what: str
) -> None:
    """To read events, to be in the group, to write lessons or states: one line with its name, and exit code 1."""
    kind, operation, name, word = DENIED[what]
    topics = RunTopics(guarded.open, f"{what.replace(' ', '-')}.")

    async def run() -> None:
        await topics.make()
        await load.fill(guarded.open, topics.plan.activity.name, seed=24, count=LINES)
        guarded.forbid(NOBODY, kind, operation, topics.settings.prefix + name)
        environment = {
            "DEALWATCH_BROKER": guarded.open,
            "DEALWATCH_PREFIX": topics.settings.prefix,
            "DEALWATCH_DATA": str(tmp_path),
        }
        worker = Worker(nursery, "track", environment, tmp_path / "worker.log")
        assert await worker.ended(ENDS_WITHIN_S) == 1
        assert word in worker.last_line() and "Authorization" in worker.last_line(), worker.log.read_text()

    asyncio.run(run())
