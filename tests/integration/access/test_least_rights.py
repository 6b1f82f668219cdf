"""Every part of the product does its work with exactly the rights of the table, and says which one it lacks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.access.rights import Kind, Operation, Right, rights_of
from streams.admin.acls import give, take_back
from streams.admin.lag import group_lag
from streams.admin.reading import Record, read_topic
from streams.config.settings import Settings, load
from streams.config.topics import group_of, plan
from tests.integration.access.conftest import ended, run, working
from tests.integration.access.secured import SecuredKafka
from tests.integration.product.conftest import eventually
from tests.unit.notify.receivers import OK, Answer, Hook, a_hook

pytestmark = pytest.mark.kafka

#: Who runs what, and so has the rights of what.
RUNS = {
    "operator": ("provision",),
    "worker": ("worker", "page", "learner", "revenue"),
    "notifier": ("allot", "send"),
    "feeder": ("look", "feed"),
    "reader": ("look",),
    "person": ("look", "act", "repair"),
    "eraser": ("erase",),
}
DELIVERY = """
fallback = ["chat"]

[channels.chat]
url = "json://127.0.0.1:{port}/chat"
rate = 200

[hours]
working = "00:00-24:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

[[routes]]
channels = ["chat"]
always = true
"""


class Place:
    """An environment on the secured Kafka in which each does with the rights of his part what he is there for."""

    def __init__(self, secured: SecuredKafka, prefix: str, folder: Path, hook: Hook) -> None:
        """Give everybody the rights of the table, and nobody any other."""
        self.secured, self.prefix, self.folder = secured, prefix, folder
        self.settings: Settings = load(broker=secured.passwords, prefix=prefix)
        self.delivery = folder / "delivery.toml"
        self.delivery.write_text(DELIVERY.format(port=hook.port))
        for user, components in RUNS.items():
            give(secured.owner, f"User:{user}", rights_of(components, self.settings))

    def of(self, user: str) -> dict[str, str]:
        """Settings of a user."""
        ours = {"DEALWATCH_PREFIX": self.prefix, "DEALWATCH_DATA": str(self.folder), "DEALWATCH_CLOCK": "event"}
        return {**self.secured.environment(user), **ours, "DEALWATCH_DELIVERY": str(self.delivery)}

    def records(self, topic: str) -> list[Record]:
        """Everything on a topic, as the owner of the Kafka reads it."""
        return list(read_topic(self.secured.owner, f"{self.prefix}{topic}"))

    def waiting(self) -> int:
        """Events that no worker has handled yet."""
        group, topic = group_of(self.settings, "track"), plan(self.settings).activity.name
        return sum(group_lag(self.secured.owner, group, topic).values())

    def feed(self, seed: int) -> None:
        """Send a generated organisation's events, without waiting for a worker."""
        events = self.folder / f"events-{seed}.jsonl"
        small = ("--deals", "12", "--days", "60", "--seed", str(seed), "-o", str(events))
        assert run({}, "generate", *small).exit_code == 0
        with events.open("a") as file:
            file.write('{"what can be read by nobody"\n')
        done = run(self.of("feeder"), "replay", str(events), "--no-wait")
        assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    """Return a web server that refuses what comes first, for good."""
    with a_hook() as made:
        made.answer = lambda _path, before: Answer(400) if before == 0 else OK
        yield made


@pytest.fixture(scope="module")
def place(secured: SecuredKafka, prefix: str, hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return an environment whose topics the operator has made, with the right to do that and no other."""
    made = Place(secured, prefix, tmp_path_factory.mktemp("least"), hook)
    done = run(made.of("operator"), "topics", "apply")
    assert done.exit_code == 0, done.output
    assert run(made.of("operator"), "topics", "apply").stdout.count("unchanged") == len(plan(made.settings).all)
    return made


def test_the_whole_product_works_with_the_rights_of_the_table_and_no_other(place: Place, hook: Hook) -> None:
    """Topics, events, worker, page, learner, people told, alerts acknowledged, models frozen, letters looked at."""
    with working(place.of("worker"), "all", place.folder / "worker.log") as worker:
        worker.wait_ready()
        place.feed(1)
        eventually(lambda: len(place.records("deal.alerts")) > 3, 90)
        eventually(lambda: bool(place.records("deal.models")), 90)
        with working(place.of("notifier"), "notify", place.folder / "notify.log"):
            eventually(lambda: len(hook.taken) > 1, 90)
            eventually(lambda: bool(place.records("deal.alerts.dlq")), 60)
        with working(place.of("worker"), "revenue", place.folder / "revenue.log"):
            answers = ("deal.forecast", "deal.pipeline", "deal.coaching", "deal.attribution")
            eventually(lambda: all(place.records(each) for each in answers), 90)
        _people_act(place)
        _reader_looks(place)
        eventually(lambda: bool(place.records("deal.activity.dlq")), 60)
        eventually(lambda: place.waiting() == 0, 60)
    assert place.records("deal.learner") and place.records("deal.alert-actions")
    assert worker.process.returncode == 0, worker.log.read_text()
    _past_is_looked_at_and_erased(place)


def test_a_feed_that_may_not_write_hears_which_right_it_lacks(place: Place) -> None:
    """The reader sends events: refused in one line, before anything else is waited for."""
    events = place.folder / "events-none.jsonl"
    assert run({}, "generate", "--deals", "2", "--days", "5", "-o", str(events)).exit_code == 0
    done = run(place.of("reader"), "replay", str(events), "--no-wait")
    assert done.exit_code == 1
    assert "does not allow to write to" in done.stderr and "`dealwatch topics acls feed` prints it" in done.stderr


def test_who_may_not_see_settings_hears_it_and_the_doctor_looks_at_all_the_rest(place: Place) -> None:
    """A worker's rights do not show how topics are set: one line of the doctor's, and of the commands for topics."""
    shown = json.loads(run(place.of("worker"), "doctor", "--json").stdout)["checks"]
    checks = {each["name"]: each for each in shown}
    assert checks["topics"]["verdict"] == "warn"
    assert checks["topics"]["found"].startswith("not measured: no right to see the settings of topics")
    assert "`dealwatch topics acls look` lists what a doctor needs" in checks["topics"]["todo"]
    assert "dealwatch-track" in checks["track group"]["found"] and "published" in checks["models"]["found"]
    assert shown[-1]["name"] in ("alerts", "messages")
    for command in ("check", "apply"):
        done = run(place.of("worker"), "topics", command)
        [line] = done.stderr.splitlines()
        assert done.exit_code == 1 and "DESCRIBE_CONFIGS" in line and "topics acls look" in line


def test_a_doctor_without_any_right_reads_to_the_end_and_does_not_say_that_all_is_well(place: Place) -> None:
    """Each check says that it may not look; no request is shown raw."""
    done = run(place.of("stranger"), "doctor", "--json")
    checks = [each for each in json.loads(done.stdout)["checks"] if "not measured" in each["found"]]
    assert done.exit_code == 1
    assert {"topics", "clock", "track group", "models", "rules", "alerts"} <= {each["name"] for each in checks}
    assert [each["name"] for each in checks if each["verdict"] == "fail"] == ["track group"]
    assert not any("Request" in each["found"] or "Response" in each["found"] for each in checks)


def _people_act(place: Place) -> None:
    """What is done on the command line arrives: the worker may move it, the deal hears of it."""
    lines = run(place.of("person"), "alerts", "list", "--json").stdout.splitlines()
    alert = next(each for each in map(json.loads, lines) if each["status"] == "open")
    done = run(place.of("person"), "alerts", "acknowledge", alert["id"], "--by", "person", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["acknowledged_by"] == "person"
    frozen = run(place.of("person"), "models", "freeze", "--target", "win", "--yes")
    assert frozen.exit_code == 0, frozen.output


def _reader_looks(place: Place) -> None:
    """Who may only read sees everything, and may change nothing."""
    for words in (("models", "list"), ("dlq", "list"), ("notify", "outbox"), ("topics", "check")):
        done = run(place.of("reader"), *words)
        assert done.exit_code == 0, done.output
    checks = {each["name"]: each for each in json.loads(run(place.of("reader"), "doctor", "--json").stdout)["checks"]}
    assert checks["topics"]["verdict"] == "ok" and "at work" in checks["track group"]["found"]
    assert checks["clock"]["verdict"] == "warn"  # writing a topic of its own is what a reader must not
    assert "CREATE, WRITE and DELETE" in checks["clock"]["todo"] and "Request" not in checks["clock"]["found"]
    assert checks["kafka disk"]["verdict"] == "warn" and "not measured" in checks["kafka disk"]["found"]
    assert checks["capacity"]["found"].endswith("of 1 worker")
    [alert, *_] = run(place.of("reader"), "alerts", "list", "--json").stdout.splitlines()
    refused = run(place.of("reader"), "alerts", "acknowledge", json.loads(alert)["id"], "--by", "reader")
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert "does not allow this to the user reader" in line and "topics acls" in line


def _past_is_looked_at_and_erased(place: Place) -> None:
    """Who may only read sees a deal as it was, and erases nothing; who may erase needs no other right."""
    alert = json.loads(run(place.of("reader"), "alerts", "list", "--json").stdout.splitlines()[0])
    deal, then = alert["opportunity"], datetime.fromtimestamp(alert["at"] / 1000, UTC)
    shown = run(place.of("reader"), "deal", "show", deal, "--at", f"{then:%Y-%m-%dT%H:%MZ}")
    assert shown.exit_code == 0, shown.output
    assert run(place.of("reader"), "erase", deal).exit_code == 0
    refused = run(place.of("reader"), "erase", deal, "--yes")
    assert refused.exit_code == 1 and "does not allow this to the user reader" in refused.stderr
    erased = run(place.of("eraser"), "erase", deal, "--yes", "--json")
    assert erased.exit_code == 0, erased.output
    assert json.loads(erased.stdout)["left"] == 0 and "deal.state" in erased.stdout
    assert run(place.of("reader"), "erase", deal, "--check").exit_code == 0


#: A right, by the name of a topic or group without prefix, whom it is taken from, and what he says then.
TAKEN: dict[str, tuple[str, str, Kind, str, Operation, str]] = {
    "to read events": ("worker", "track", "topic", "deal.activity", "READ", "deal.activity"),
    "to be in the group": ("worker", "track", "group", "dealwatch-track", "READ", "Group"),
    "to read models": ("worker", "track", "topic", "deal.models", "READ", "deal.models"),
    "to move actions": ("worker", "track", "group", "dealwatch-actions", "READ", "deal.alert-actions"),
    "to read states": ("worker", "track", "topic", "deal.state", "READ", "deal.state"),
    "to write alerts": ("worker", "track", "topic", "deal.alerts", "WRITE", "deal.alerts"),
    "to read lessons": ("worker", "learn", "topic", "deal.examples", "READ", "deal.examples"),
    "to read plays": ("worker", "revenue", "topic", "deal.plays", "READ", "deal.plays"),
    "to write answers": ("worker", "revenue", "topic", "deal.coaching", "WRITE", "deal.coaching"),
    "to read alerts": ("notifier", "allot", "topic", "deal.alerts", "READ", "deal.alerts"),
    "to know what was sent": (
        "notifier",
        "send",
        "topic",
        "deal.notifications.sent",
        "READ",
        "deal.notifications.sent",
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_who_lacks_one_right_ends_with_its_name_and_the_command_that_lists_them(what: str, place: Place) -> None:
    """One line as the last words, exit code 1; given back, the same worker works."""
    user, role, kind, name, operation, word = TAKEN[what]
    right = Right(kind, f"{place.prefix}{name}", operation)
    place.feed(seed=2 + list(TAKEN).index(what))
    take_back(place.secured.owner, f"User:{user}", [right])
    log = place.folder / f"{role}-{time.monotonic_ns()}.log"
    try:
        with working(place.of(user), role, log) as worker:
            assert ended(worker) == 1
    finally:
        give(place.secured.owner, f"User:{user}", [right])
    said = log.read_text().splitlines()
    assert word in said[-1] and "Authorization" in said[-1], "\n".join(said)
    assert "`dealwatch topics acls " in said[-1]
    assert f"Kafka refuses {operation} on the {kind} {right.name}, which the part " in said[-1]
    assert "Traceback" not in log.read_text()
