"""`dealwatch rebuild` on the real Kafka: states made anew with other partitions beside what runs, and the switch."""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from streams.admin.generation import write_generation
from streams.admin.lag import committed_places
from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.cli.main import app
from streams.config.delivery import read_delivery
from streams.config.plays import shipped
from streams.config.settings import load
from streams.config.topics import plan
from streams.notify.delivery import Delivery, decode_delivery
from streams.replay.generation import Generation
from streams.replay.rekey import COPIED_FROM
from streams.replay.sequence import Sequencer
from streams.runtime.allotter import AllotParts, AllotTask
from streams.runtime.feeder import Feeder
from streams.telemetry.emit import Metrics
from tests.integration.product.conftest import PROJECT, Product, eventually
from tests.unit.notify.crashing import Program
from tests.unit.notify.receivers import Hook, a_hook

DEALS, DAYS, OLD, NEW = 60, 40, 4, 7
#: Lines a second: fast where nothing is to happen meanwhile, slow where much is.
FAST, SLOW = 1_000, 12
DELIVERY = """
fallback = ["chat"]
[channels.chat]
url = "json://127.0.0.1:{port}/chat"
rate = 1000
[hours]
working = "00:00-24:00"
[[routes]]
channels = ["chat"]
always = true
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a generated log with late, duplicate, out-of-order and malformed lines."""
    from streams.cli.generate import generate

    path = tmp_path_factory.mktemp("log") / "events.jsonl.gz"
    generate(output=path, seed=23, deals=DEALS, days=DAYS, start="2026-01-05", json=False)
    return gzip.decompress(path.read_bytes()).splitlines()


@pytest.fixture(scope="module")
def expected(log: list[bytes]) -> Result:
    """Return what the core makes of the log without Kafka."""
    return run(iter(log), Policy(playbook=shipped()), int(time.time() * 1000), OLD)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server that people's messages go to."""
    with a_hook() as made:
        yield made


class Pair:
    """An environment that runs, and one that is rebuilt from it."""

    def __init__(self, product: Product, hook: Hook) -> None:
        self.old = product
        self.prefix = f"{product.prefix}v2."
        self.file = product.folder / "delivery.toml"
        self.file.write_text(DELIVERY.format(port=hook.port))
        product.extra |= {
            "DEALWATCH_DELIVERY": str(self.file),
            "DEALWATCH_CLOCK": "event",
            "DEALWATCH_COMMIT_INTERVAL_SECONDS": "0.2",
            "DEALWATCH_MODEL_WAIT_SECONDS": "600",
        }
        self.new = Product(product.bootstrap, self.prefix, product.folder / "v2", dict(product.extra))
        self.new.folder.mkdir()
        self.copying: list[subprocess.Popen[bytes]] = []

    def copy(self, *options: str) -> subprocess.Popen[bytes]:
        """Start `rebuild start` in a process of its own, and wait until the topics are there."""
        log = self.old.folder / f"command-{len(self.copying)}.log"
        process = self.apart("rebuild", "start", self.prefix, "--patience", "3", *options)
        eventually(lambda: "copying" in log.read_text() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text()
        return process

    def apart(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in a process of its own."""
        path = self.old.folder / f"command-{len(self.copying)}.log"
        with path.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams", *words],
                env=self.old._environment(),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.copying.append(process)
        return process

    def copied(self) -> int:
        """How many records are copied for good."""
        topic = f"{self.old.prefix}deal.activity"
        return sum(committed_places(self.old.bootstrap, f"{self.prefix}dealwatch-rebuild", topic).values())

    def file_of(self, lines: list[bytes], name: str) -> Path:
        """Write an event file."""
        path = self.old.folder / name
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    def stop(self) -> None:
        """End everything."""
        for each in self.copying:
            if each.poll() is None:
                each.kill()
            each.wait(10)
        self.new.stop()


class Load:
    """A producer that goes on in a thread of its own, as fast as is wanted at the moment."""

    def __init__(self, product: Product, partitions: int, lines: list[bytes], clock: int | None = None) -> None:
        self.pace = float(FAST)
        self.sent = 0
        self.failure: BaseException | None = None
        self.sequencer = Sequencer(partitions)
        self.sequencer.clock = clock
        self._product, self._lines = product, lines
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def left(self) -> int:
        """How many lines are still to be sent."""
        return len(self._lines) - self.sent

    def _run(self) -> None:
        try:
            asyncio.run(self._send())
        except Exception as error:  # noqa: BLE001  # whoever waits for it tells it
            self.failure = error

    async def _send(self) -> None:
        async with Feeder(self._product.bootstrap, f"{self._product.prefix}deal.activity") as feeder:
            while self.left:
                chunk = self._lines[self.sent : self.sent + max(1, int(self.pace / 10))]
                now = int(time.time() * 1000)
                await feeder.send([each for line in chunk for each in self.sequencer.take(line, now)])
                await feeder.flush()
                self.sent += len(chunk)
                await asyncio.sleep(len(chunk) / self.pace)
            await feeder.send(self.sequencer.finish())

    def finish(self) -> int:
        """Send the rest, and return how far time has come."""
        self.pace = float(FAST)
        self._thread.join(60)
        assert self.failure is None and self.left == 0
        assert self.sequencer.clock is not None
        return self.sequencer.clock


@pytest.fixture
def pair(product: Product, hook: Hook) -> Iterator[Pair]:
    """Return both environments; the new one is not there yet."""
    made = Pair(product, hook)
    yield made
    made.stop()


def in_order(process: subprocess.Popen[bytes], within_s: float = 30) -> None:
    """Ask a process to stop, and see that it does so in order."""
    process.send_signal(signal.SIGINT)
    assert process.wait(within_s) in (0, 130)


def decided(alerts: list[Alert], file: Path) -> dict[str, Delivery]:
    """What one program would tell people of these alerts, had nothing happened to it; digests apart."""
    topics = plan(load())
    parts = AllotParts(topics, read_delivery(file, Policy(), ""), True, lambda: 0, Metrics("allot"))
    program = Program(lambda store: AllotTask(store, parts), Random(1))
    for each in alerts:
        program.append(encode_alert(each), each.at)
    while program.committed < len(program.log):
        program.step(0, crash=False)
    for _ in range(4):  # what was decided is written down before it goes out
        program.step(0, crash=False)
    found = [decode_delivery(each.value or b"") for each in program.written]
    return {each.id: each for each in found if each.kind != "digest"}


def told(hook: Hook) -> Counter[str]:
    """How often each message came, by id; digests apart."""
    return Counter(each.key for each in hook.taken if each.json["delivery"]["kind"] != "digest")


def everything(product: Product) -> dict[str, object]:
    """The states of all deals, without the offsets at which their events lie."""
    return {name: (deal.facts, deal.base, deal.recent, deal.seen, deal.watch) for name, deal in product.deals().items()}


def of_deals(product: Product) -> int:
    """How many events of deals were copied there; control events have no key, and more copies with more partitions."""
    return sum(COPIED_FROM in each.headers and each.key is not None for each in product.records("deal.activity"))


def assert_the_same(product: Product, expected: Result) -> None:
    """States and alert messages are those of the truth, byte for byte."""
    assert everything(product) == {
        name: (deal.facts, deal.base, deal.recent, deal.seen, deal.watch) for name, deal in expected.deals.items()
    }
    assert {encode_alert(each) for each in product.alerts()} == {encode_alert(each) for each in expected.alerts}


def standing(pair: Pair) -> dict[str, Any]:
    """What `rebuild status` says."""
    return cast("dict[str, Any]", json.loads(pair.old.run("rebuild", "status", pair.prefix, "--json").stdout))


def caught_up(pair: Pair) -> bool:
    """Whether everything of the old environment is copied, and handled in the new one."""
    found = standing(pair)
    return bool(found["copied"] >= found["records"] and found["to_handle"] == 0)


@pytest.mark.kafka
def test_more_partitions_come_by_a_rebuild_under_load_that_is_killed_and_switched_to(
    pair: Pair, hook: Hook, log: list[bytes], expected: Result
) -> None:
    """Four become seven while events come and people are told: states and alerts of the truth, each message once."""
    old, new = pair.old, pair.new
    old.start_worker().wait_ready()
    telling = old.start_worker("--role", "notify").wait_ready()
    first, second = log[: len(log) * 3 // 4], log[len(log) * 3 // 4 :]
    load = Load(old, OLD, first)
    eventually(lambda: load.sent > len(first) // 3, 60, soon=True)
    load.pace = SLOW
    eventually(lambda: len(told(hook)) > 3, 90)

    copying = pair.copy("--partitions", str(NEW), "--rate", "150")
    eventually(lambda: pair.copied() > 150, 60, soon=True)
    copying.kill()
    before = pair.copied()
    copying = pair.copy()
    new.start_worker().wait_ready()
    standing_by = new.start_worker("--role", "notify")
    eventually(lambda: pair.copied() > before + 500, 60)
    eventually(lambda: "stands by" in standing_by.log.read_text(), 60)

    assert "leads" in old.run("rebuild", "switch", pair.prefix).stdout
    at_the_switch = len(told(hook))
    assert telling.process.wait(30) == 0, "who told people before ends by itself, in order"
    assert load.left > 0, "the load ended before the switch: make it slower"
    clock = load.finish()
    eventually(lambda: caught_up(pair), 90)
    # Producers move: what is left is written to the new environment.
    Load(new, NEW, second, clock).finish()
    eventually(lambda: new.waiting() == 0, 90)

    assert {record.partition for record in new.records("deal.activity")} == set(range(NEW))
    copies = [(each.partition, each.headers.get(COPIED_FROM)) for each in new.records("deal.activity")]
    assert Counter(each for each in copies if each[1]).most_common(1)[0][1] == 1, "copied once, although it was killed"
    assert_the_same(new, expected)
    truth = decided(expected.alerts, pair.file)
    eventually(lambda: set(told(hook)) >= set(truth), 60)
    assert set(told(hook)) == set(truth), "nobody is told what nobody would have been told"
    assert told(hook).most_common(1)[0][1] == 1, "nothing came twice"
    assert 3 < at_the_switch < len(truth)

    # What was written to the new environment was passed back, so that the old one could lead again.
    facts = {name: deal.facts for name, deal in new.deals().items()}
    eventually(lambda: {name: deal.facts for name, deal in old.deals().items()} == facts, 90)
    in_order(copying)


@pytest.mark.kafka
def test_there_and_back_again_people_hear_everything_once(
    pair: Pair, hook: Hook, log: list[bytes], expected: Result
) -> None:
    """Switched, gone back, switched again, each time with events between: both environments are those of the truth."""
    old, new = pair.old, pair.new
    refused = old.run("rebuild", "status", pair.prefix, check=False)
    assert refused.exit_code == 1 and "no rebuild" in refused.output
    thirds = [log[: len(log) // 3], log[len(log) // 3 : len(log) * 2 // 3], log[len(log) * 2 // 3 :]]
    old.start_worker().wait_ready()
    telling = old.start_worker("--role", "notify").wait_ready()
    clock = Load(old, OLD, thirds[0]).finish()
    copying = pair.copy()
    new.start_worker().wait_ready()
    eventually(lambda: (old.waiting(), caught_up(pair)) == (0, True), 90)

    compared = json.loads(old.run("rebuild", "compare", pair.prefix, "--json").stdout)
    assert compared["same"] and compared["equal"] > DEALS // 3 and compared["messages"] > 3
    held = old.run("rebuild", "drop", pair.prefix, "--yes", check=False)
    assert held.exit_code == 1 and "somebody is at work" in held.output

    old.run("rebuild", "switch", pair.prefix)
    assert telling.process.wait(30) == 0
    telling = new.start_worker("--role", "notify").wait_ready()
    clock = Load(new, OLD, thirds[1], clock).finish()
    eventually(lambda: new.waiting() == 0, 90)
    old.run("rebuild", "back", pair.prefix)
    assert telling.process.wait(30) == 0
    assert (standing(pair)["old_role"], standing(pair)["new_role"]) == ("leads", "retired")
    telling = old.start_worker("--role", "notify").wait_ready()
    Load(old, OLD, thirds[2], clock).finish()
    eventually(lambda: (old.waiting(), caught_up(pair)) == (0, True), 90)
    old.run("rebuild", "switch", pair.prefix)
    assert telling.process.wait(30) == 0
    new.start_worker("--role", "notify").wait_ready()

    for each in (old, new):
        assert_the_same(each, expected)
    truth = {each.notice.id for each in decided(expected.alerts, pair.file).values() if each.notice}
    eventually(lambda: {each.json["delivery"]["notice"]["id"] for each in hook.taken} >= truth, 60)
    assert told(hook).most_common(1)[0][1] == 1, "nothing came twice"

    in_order(copying)


@pytest.mark.kafka
def test_what_was_left_for_more_partitions_can_be_dropped_once_nothing_is_left_in_it(
    pair: Pair, log: list[bytes]
) -> None:
    """A rebuild that is given up, and an environment that was left; never one that leads, or has what is not copied."""
    old, new = pair.old, pair.new
    start = ("rebuild", "start", pair.prefix, "--no-follow", "--patience", "1")
    Load(old, OLD, log[:400]).finish()
    assert "everything that was there when it began is copied" in old.run(*start, "--partitions", str(NEW)).output
    copied = of_deals(new)
    assert copied > 20
    assert "are deleted" in old.run("rebuild", "drop", pair.prefix, "--yes").stdout
    assert new.run("topics", "check", check=False).exit_code == 1
    assert old.run("topics", "check").exit_code == 0, "the one that leads is untouched"

    old.run(*start)
    for each, role in ((old, "retired"), (new, "leads")):
        settings = load(broker=each.bootstrap, prefix=each.prefix)
        other = new.prefix if each is old else old.prefix
        write_generation(each.bootstrap, plan(settings), Generation(role=role, other=other))  # type: ignore[arg-type]
    Load(old, OLD, log[400:440]).finish()
    refused = old.run("rebuild", "drop", pair.prefix, "--yes", check=False)
    assert refused.exit_code == 1 and "not copied yet" in refused.output
    old.run(*start)
    wrong = CliRunner().invoke(
        app, ["rebuild", "drop", pair.prefix], env=old._environment(), input="no\n", prog_name="dealwatch"
    )
    assert wrong.exit_code == 1 and "nothing was deleted" in wrong.output
    assert "are deleted" in old.run("rebuild", "drop", pair.prefix, "--yes").stdout
    assert old.run("topics", "check", check=False).exit_code == 1
    again = old.run("rebuild", "status", pair.prefix, check=False)
    assert again.exit_code == 1 and "no rebuild" in again.output
    assert of_deals(new) > copied, "the one that leads is untouched, and has the rest"
