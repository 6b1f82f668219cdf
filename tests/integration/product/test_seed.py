"""A system that begins with what was learned from history, on a real Kafka."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer
from typer.testing import CliRunner

from models.learn import LearnerState
from models.seed import Seed, unpack_seed
from models.snapshot import decode_models
from streams.admin.lag import members
from streams.admin.states import read_states, write_states
from streams.cli.main import app
from streams.connectors.eventfile import EventWriter
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.deal import Created, CreatedData
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.runtime.seed import kept_learner, planted
from tests.builders import a_market
from tests.integration.product.conftest import Product, Worker, eventually

PARTITIONS = 4
#: Well after the end of the history.
FIRST_DAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


class Stopped(Exception):
    """Whoever was writing is gone."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seed]:
    """A seed's file, made from a small market by the command, and what is in it."""
    folder = tmp_path_factory.mktemp("history")
    events, seed = folder / "history.jsonl.gz", folder / "history.seed"
    with EventWriter(events) as writer:
        for event in a_market(deals=20, days=70):
            writer.write(event)
    done = CliRunner().invoke(app, ["models", "learn", str(events), "-o", str(seed)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return seed, unpack_seed(seed.read_bytes())


def send(product: Product, *events: Event) -> None:
    """Append events, control events to every partition."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for event in events:
        key = event.subject.encode() or None
        targets = range(PARTITIONS) if key is None else [partition_of(key, b"", PARTITIONS)]
        for partition in targets:
            producer.send(f"{product.prefix}deal.activity", key=key, value=encode(event), partition=partition).get(30)
    producer.close()


def clock(day: int) -> ClockAdvanced:
    """The announcement that a day has come."""
    return ClockAdvanced(id=f"clock-{day}", source="/test", time=FIRST_DAY + timedelta(days=day))


def deals(number: int) -> list[Event]:
    """Deals that are opened on the first day, of which nothing is heard any more."""
    return [
        Created(
            id=str(each),
            source="/crm",
            subject=f"opp-{each}",
            time=FIRST_DAY,
            data=CreatedData(name=f"Deal {each}", owner="rep-1", amount="9000", currency="EUR"),
        )
        for each in range(number)
    ]


def trained(product: Product) -> list[int]:
    """How many answers about inactivity the models of each day had learned, the first day first."""
    models = [decode_models(each.value) for each in product.records("deal.models") if each.value is not None]
    by_epoch = {each.epoch: each.targets["inactivity"].trained for each in models}
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def learner_of(product: Product) -> LearnerState | None:
    """The learner that deal.learner holds."""
    return kept_learner(read_states(product.bootstrap, f"{product.prefix}deal.learner", 0).latest)


def end(product: Product, worker: Worker) -> None:
    """Stop a worker in order, and see that its learner has left the group."""
    worker.process.send_signal(signal.SIGTERM)
    worker.process.wait(30)
    eventually(lambda: not members(product.bootstrap, f"{product.prefix}dealwatch-learn"), 30)


def test_a_seeded_system_scores_on_its_first_day_and_learns_on(
    product: Product, history: tuple[Path, Seed], tmp_path: Path
) -> None:
    """Its models are those of the seed until answers of its own come; nobody seeds it while it runs, or unasked."""
    file, seed = history
    known = seed.learner.targets["inactivity"].trained
    rubbish = tmp_path / "rubbish.seed"
    rubbish.write_bytes(file.read_bytes()[:-1000])
    refused = product.run("models", "seed", rubbish, check=False)
    assert refused.exit_code == 1
    assert "it is not whole, or was altered" in refused.stderr
    assert learner_of(product) is None

    said = product.run("models", "seed", file).stdout
    assert f"begins with {seed.cases:,} labels of 20 deals from history.jsonl.gz" in said
    assert learner_of(product) == seed.learner

    worker = product.start_worker().wait_ready()
    send(product, clock(0), *deals(3), clock(1), clock(2))
    eventually(lambda: len(product.deals()) == 3 and bool(trained(product)), 90)
    assert trained(product)[0] == known
    estimate = product.deals()["opp-0"].watch.estimates["inactivity"]
    assert 0.0 < estimate.probability < 1.0

    busy = product.run("models", "seed", file, "--replace", check=False)
    assert busy.exit_code == 1
    assert "a learner is at work" in busy.stderr

    send(product, *(clock(day) for day in range(3, 22)))
    eventually(lambda: trained(product)[-1] > known, 120)
    end(product, worker)
    lived = learner_of(product)
    assert lived is not None and lived.targets["inactivity"].trained > known

    unasked = product.run("models", "seed", file, check=False)
    assert unasked.exit_code == 1
    assert "add --replace to give them up" in unasked.stderr
    assert learner_of(product) == lived
    kept = tmp_path / "kept.seed"
    product.run("models", "seed", file, "--replace", "--save", kept)
    assert learner_of(product) == seed.learner
    assert unpack_seed(kept.read_bytes()).learner == lived

    product.start_worker().wait_ready()
    days = len(trained(product))
    send(product, clock(22), clock(23), clock(24))
    eventually(lambda: len(trained(product)) > days + 1, 90)
    assert trained(product)[-1] < lived.targets["inactivity"].trained + 10


def test_a_seed_that_was_cut_short_leaves_nothing(product: Product, history: tuple[Path, Seed]) -> None:
    """Whoever dies before the last record has seeded nothing; the next one seeds over it."""
    file, seed = history
    topic = f"{product.prefix}deal.learner"

    def die() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        write_states(product.bootstrap, topic, 0, planted(seed, {}), 0, die)
    assert len(product.records("deal.learner")) == len(planted(seed, {})) - 1
    assert learner_of(product) is None

    worker = product.start_worker().wait_ready()
    send(product, clock(0), clock(1))
    eventually(lambda: bool(trained(product)), 90)
    assert trained(product)[0] == 0
    end(product, worker)

    product.run("models", "seed", file)
    assert learner_of(product) == seed.learner
    assert read_states(product.bootstrap, topic, 0).term > 1 << 32
