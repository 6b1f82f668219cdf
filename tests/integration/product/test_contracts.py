"""Every record of every public topic of a real Kafka is what the documents for consumers say, and nothing more."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest
from kafka import KafkaProducer

from streams.admin.deadletters import letter_of
from streams.admin.lag import group_lag
from streams.admin.reading import Record
from streams.alerts.alert import Alert, Transition, decode_alert
from streams.config.settings import load
from streams.config.topics import plan
from streams.contracts.registry import PUBLIC
from streams.revenue.answers import TOPICS as ANSWERS
from streams.revenue.answers import Said
from tests.contracts.documented import DOCS, Documented
from tests.contracts.played import play
from tests.integration.conftest import own_prefix
from tests.integration.product.conftest import Product, environment, eventually
from tests.reliability.workers import Nursery

PLAN = plan(load(prefix="", partitions=4))
#: What the notifier writes is checked where it runs, in `test_notify.py`.
_ELSEWHERE = ("notifications", "undelivered")
TOPICS = [getattr(PLAN, each.role).name for each in PUBLIC if each.role not in _ELSEWHERE]
#: Answers end when a unit has nothing any more, and locks are made once there is an earlier period: a month need see
#: neither. What such records must be is in `tests/contracts/test_answers.py`.
_MAY_NOT_COME = {
    getattr(PLAN, each.role).name: {message.name for message in each.messages if message.value in (None, Said)}
    for each in PUBLIC
    if each.role in ANSWERS
}


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, kafka: str, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> Iterator[Product]:
    """Return a product through which an organisation was played."""
    with (
        own_prefix(request.fixturenames) as prefix,
        environment(kafka, prefix, tmp_path_factory.mktemp("played"), nursery) as product,
    ):
        play(product)
        product.start_worker("--role", "revenue")
        eventually(lambda: all(product.records(getattr(PLAN, each).name) for each in ANSWERS), 120)
        yield product


@pytest.fixture(scope="module")
def records(played: Product) -> dict[str, list[Record]]:
    """Return every record of every public topic."""
    return {topic: played.records(topic) for topic in TOPICS}


def test_every_record_is_what_the_documents_say(records: dict[str, list[Record]]) -> None:
    """Key, headers and value of each are those of exactly one message of its topic, and every message came.

    What others wrote to the source and is no event is a dead letter, and nothing else is excused.
    """
    documented = Documented()
    letters = [letter_of(each) for each in records[PLAN.dead.name]]
    refused = {(each.partition, each.offset) for each in letters if each.topic.endswith(PLAN.activity.name)}
    excused: list[tuple[int, int]] = []
    problems: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for topic in TOPICS:
        for record in records[topic]:
            found = documented.check(topic, record)
            if found and topic == PLAN.activity.name and (record.partition, record.offset) in refused:
                excused.append((record.partition, record.offset))
            else:
                problems[topic] += found

    assert {topic: (len(found), found[:3]) for topic, found in problems.items() if found} == {}
    seen = {topic: sum(documented.checked[topic].values()) for topic in TOPICS}
    assert min(seen.values()) > 0
    assert seen[PLAN.activity.name] + len(excused) == len(records[PLAN.activity.name])
    assert 0 < len(excused) < len(refused)
    print(f"checked: {seen}, and {len(excused)} that are no events")
    names = {topic: each for topic, each in documented.names().items() if topic in TOPICS}
    never = {
        topic: sorted({*each} - documented.checked[topic].keys() - _MAY_NOT_COME.get(topic, set()))
        for topic, each in names.items()
    }
    assert {topic: each for topic, each in never.items() if each} == {}


def test_every_transition_of_an_alert_was_there_to_be_checked(records: dict[str, list[Record]]) -> None:
    """What consumers must be ready for came from the product itself, not from a list."""
    came = {each.headers["transition"].decode() for each in records[PLAN.alerts.name]}
    assert {*get_args(Transition)} - came == set()


def test_sequences_of_an_alert_count_from_one_without_a_gap(played: Product) -> None:
    """What is promised of (id, sequence): one order, no message missing, none twice once repeats are left out."""
    sequences: dict[str, list[int]] = {}
    for alert in played.alerts():
        sequences.setdefault(alert.id, []).append(alert.sequence)
    assert {name: each for name, each in sequences.items() if each != list(range(1, len(each) + 1))} == {}


EXAMPLES = DOCS / "examples"


def needs(*programs: str) -> None:
    """Skip where a program is missing, and say so; where everything has to be there, that is a failure."""
    missing = [each for each in programs if shutil.which(each) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(missing)} not found: .ci/run installs them")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found; install with apt-get install {' '.join(missing)}, or brew")


def example(product: Product, *command: str | Path, **more: str) -> list[str]:
    """Run an example as a reader of it would, and return the lines that it printed."""
    surroundings = {**os.environ, "BROKER": product.bootstrap, "PREFIX": product.prefix, **more}
    done = subprocess.run([*map(str, command)], env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def told(alerts: list[Alert]) -> list[str]:
    """The lines that a consumer prints of alerts."""
    return ["\t".join((each.transition, each.severity, each.opportunity, each.title)) for each in alerts]


def repeat_last(product: Product) -> None:
    """Append the last alert once more, as a worker does that crashed before it had committed."""
    last = product.records("deal.alerts")[-1]
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    producer.send(f"{product.prefix}deal.alerts", key=last.key, value=last.value, headers=list(last.headers.items()))
    producer.flush(30)
    producer.close()


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """Let programs that are started meanwhile end by Ctrl-C, also where whoever started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def consumed(product: Product, folder: Path) -> list[str]:
    """Let the example in Python run until its group has committed all there is, end it, and say what it printed."""
    group, topic = f"{product.prefix}python", f"{product.prefix}deal.alerts"
    ours = {
        "BROKER": product.bootstrap,
        "PREFIX": product.prefix,
        "GROUP": group,
        "HANDLED": str(folder / "handled.db"),
    }
    command = [sys.executable, str(EXAMPLES / "consume_alerts.py")]
    printed = folder / "printed.txt"  # a pipe that nobody reads would stop it when it is full
    with printed.open("w") as output:
        with heeding_ctrl_c():
            running = subprocess.Popen(command, env={**os.environ, **ours}, stdout=output)
        try:
            eventually(lambda: sum(group_lag(product.bootstrap, group, topic).values()) == 0, 90)
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 0
        finally:
            running.kill()
    return printed.read_text().splitlines()


def test_the_consumer_in_python_takes_every_alert_once(played: Product, tmp_path: Path) -> None:
    """All of them in order at first, nothing again at a second start, and no repeat, also of a run before."""
    assert consumed(played, tmp_path) == told(played.alerts()) != []
    repeat_last(played)
    assert consumed(played, tmp_path) == []


def test_the_consumer_with_kcat_takes_every_alert_once(played: Product) -> None:
    """All of them in order at first, a repeat among them left out, and only what is new at a second start."""
    needs("kcat", "jq")
    repeat_last(played)
    mine = {"GROUP": f"{played.prefix}kcat"}
    command = ("sh", EXAMPLES / "consume_alerts.sh", "-e")
    assert example(played, *command, **mine) == told(played.alerts()) != []
    assert example(played, *command, **mine) == []


def test_the_open_alerts_with_kcat_are_those_whose_latest_message_is_not_a_resolution(played: Product) -> None:
    """The compacted topic and the history say the same."""
    needs("kcat", "jq")
    latest = {each.id: each for each in played.alerts()}
    standing = {name: each for name, each in latest.items() if each.status != "resolved"}
    lines = example(played, "sh", EXAMPLES / "open_alerts.sh")
    assert {each.id: each for each in map(decode_alert, (line.encode() for line in lines))} == standing != {}
    assert len(standing) < len(latest)
