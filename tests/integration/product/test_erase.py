"""A deal and a person are erased from a system that has worked, and it works on as if the deal had never been."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from streams.admin.past import read_deal_at
from streams.admin.reading import Record
from streams.cli.generate import generate
from streams.config.settings import load
from streams.config.topics import plan
from streams.connectors.eventfile import read_lines
from tests.integration.product.conftest import Product
from tests.integration.product.test_time_travel import halves

pytestmark = pytest.mark.kafka


def stop(product: Product) -> None:
    """Let every worker end as Ctrl-C does."""
    for process in product.workers:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


def named(product: Product, name: str) -> dict[str, int]:
    """How many records of each topic have a name as a word anywhere in their bytes."""
    topics = plan(load(prefix="")).all
    word = name.encode()

    def has(record: Record) -> bool:
        parts = (record.key or b"", record.value or b"", *record.headers.values())
        return any(word + end in part for part in parts for end in (b'"', b"|", b" ", b".")) or record.key == word

    counts = {each.name: sum(map(has, product.records(each.name))) for each in topics}
    return {topic: count for topic, count in counts.items() if count}


def test_a_deal_and_a_person_are_erased_and_the_worker_goes_on(product: Product, tmp_path: Path) -> None:
    """Refused while a worker runs; then nothing names them, and the other deals live on, in the log and in memory."""
    whole = tmp_path / "events.jsonl.gz"
    generate(output=whole, seed=5, deals=24, days=40, start="2026-01-05", json=False)
    first, second = halves(tmp_path, list(read_lines(whole)))
    product.start_worker().wait_ready()
    product.run("replay", first)
    settings = load(broker=product.bootstrap, prefix=product.prefix)
    deals, alerts = product.deals(), product.alerts()
    gone = next(each.opportunity for each in alerts if deals[each.opportunity].facts.is_open)
    owner = deals[gone].facts.owner
    other = next(name for name, deal in deals.items() if deal.facts.owner != owner and deal.facts.is_open)
    then = max(deal.facts.last_event_at for deal in deals.values())
    before = read_deal_at(product.bootstrap, plan(settings), other, then, settings.policy)

    refused = product.run("erase", gone, "--yes", check=False)
    assert refused.exit_code == 1
    assert "stop all workers" in refused.stderr
    stop(product)

    erased = json.loads(product.run("erase", gone, "--yes", "--json").stdout)
    assert erased["left"] == 0
    assert {f"{product.prefix}deal.{each}" for each in ("activity", "state", "alerts", "examples", "learner")} <= set(
        erased["erased"]
    )
    assert named(product, gone) == {}
    after = read_deal_at(product.bootstrap, plan(settings), other, then, settings.policy)
    assert (after.state.facts, after.state.watch, after.alerts) == (
        before.state.facts,
        before.state.watch,
        before.alerts,
    )

    assert json.loads(product.run("erase", owner, "--person", "--yes", "--json").stdout)["left"] == 0
    assert named(product, owner) == {}

    kept = [line for line in second.read_bytes().splitlines() if gone.encode() not in line]
    second.write_bytes(b"\n".join(kept) + b"\n")
    product.start_worker().wait_ready()
    account = json.loads(product.run("replay", second, "--json").stdout)
    assert account["balanced"]
    now = product.deals()
    assert gone not in now
    assert set(deals) - {gone} <= set(now)
    assert now[other].facts.events > deals[other].facts.events
    assert len(product.alerts()) > 0
    assert product.run("erase", gone, "--check", check=False).exit_code == 0
