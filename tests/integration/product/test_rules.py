"""Rules that change while workers run, on a real Kafka: the log decides, through restarts and whatever the files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from streams.alerts.policy import Policy
from streams.backtest.tellings import Telling, tellings
from streams.effects import Publish
from streams.events.control import RulesChanged
from streams.events.deal import Created, CreatedData
from streams.events.decode import decode
from streams.partition import Partition
from tests.builders import SameModels
from tests.integration.product.conftest import Product, Worker, eventually
from tests.integration.product.test_operation import PARTITIONS, clock, send

OFF = "[rule.no_next_step]\non = false\n"
BROKEN = "[rule.no_next_stop]\non = false\n"


def opened(name: str, day: str, owner: str = "rep-1") -> Created:
    """A deal that is opened in the morning of a day, and of which nothing is heard again."""
    return Created(
        id=name,
        source="/crm",
        subject=name,
        time=datetime.fromisoformat(f"{day}T10:00:00Z"),
        data=CreatedData(owner=owner),
    )


def changes(product: Product) -> list[tuple[int, RulesChanged]]:
    """Every change of rules in the log, with its partition."""
    events = [
        (each.partition, decode(each.value, each.key, each.timestamp)) for each in product.records("deal.activity")
    ]
    return [(partition, event) for partition, event in events if isinstance(event, RulesChanged)]


def steps(product: Product) -> list[Telling]:
    """What the rule about next steps said, in order."""
    return [each for each in tellings(product.alerts()) if each.rule == "no_next_step"]


def invalid(worker: Worker) -> str:
    """What the metric says about the rules file."""
    lines = (worker.get(f"{worker.address()}/metrics") or "").splitlines()
    return next((line.split()[1] for line in lines if line.startswith("dealwatch_rules_file_invalid{")), "")


def write(path: Path, text: str) -> None:
    """Replace a file as an editor does."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def test_rules_change_without_a_restart_and_survive_one(product: Product) -> None:
    """A rule is switched off while the worker runs; a broken file changes nothing; after kill -9 it is still off."""
    file = product.folder / "rules.toml"
    write(file, "")
    product.extra["DEALWATCH_RULES"] = str(file)
    worker = product.start_worker().wait_ready()
    send(product, clock("2026-02-02"), opened("opp-1", "2026-02-02"), clock("2026-02-10"))
    eventually(lambda: [each.move for each in steps(product)] == ["told"], 60)
    assert changes(product) == []

    write(file, OFF)
    eventually(lambda: {partition for partition, _ in changes(product)} == set(range(PARTITIONS)), 30)
    send(product, clock("2026-02-12"))
    eventually(lambda: len(steps(product)) == 2, 60)
    ended = [each for alert in product.alerts() for each in alert.ended if each.rule == "no_next_step"]
    assert [each.why for each in ended] == ["the rule was switched off"]

    write(file, BROKEN)
    eventually(lambda: invalid(worker) == "1.0", 30)
    assert "did you mean no_next_step?" in worker.log.read_text()
    worker.kill()

    # The new worker meets a broken file, too: what the log says goes on to hold.
    second = product.start_worker().wait_ready()
    send(product, opened("opp-2", "2026-02-12"), clock("2026-02-27"))
    eventually(lambda: "opp-2" in product.deals() and product.waiting() == 0, 60)
    eventually(lambda: any(each.opportunity == "opp-2" and each.rule == "silent" for each in product.alerts()), 60)
    assert len(steps(product)) == 2
    assert len(changes(product)) == PARTITIONS
    assert invalid(second) == "1.0"

    write(file, "")
    eventually(lambda: len(changes(product)) == 2 * PARTITIONS and invalid(second) == "0.0", 30)
    send(product, clock("2026-03-02"))
    eventually(lambda: "opp-2" in {each.opportunity for each in steps(product)}, 60)

    assert replayed(product) == {(each.id, each.sequence) for each in product.alerts()}


def replayed(product: Product) -> set[tuple[str, int]]:
    """The alerts that come of the log alone, by a partition that never saw a file."""
    said = set()
    for number in range(PARTITIONS):
        partition = Partition(number, PARTITIONS, Policy(), SameModels())
        for record in (each for each in product.records("deal.activity") if each.partition == number):
            assert partition.handle(record)
            for effect, _ in partition.drain():
                if isinstance(effect, Publish):
                    said.add((effect.alert.id, effect.alert.sequence))
    return said
