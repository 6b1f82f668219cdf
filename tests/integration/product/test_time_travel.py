"""A deal as it was: what a worker knew and said at an instant is told again when everything has gone on since."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from streams.admin.accounting import read_partitions
from streams.admin.past import read_deal_at
from streams.cli.generate import generate
from streams.config.settings import load
from streams.config.topics import plan
from streams.connectors.eventfile import read_lines
from streams.events.control import is_control
from streams.events.decode import decode
from streams.events.envelope import moment_of
from streams.events.rejection import Rejection
from tests.integration.product.conftest import Product

pytestmark = pytest.mark.kafka

DEALS, DAYS = 30, 40
LOOKED_AT = 8


def halves(folder: Path, lines: list[bytes]) -> tuple[Path, Path]:
    """Two event files: up to the first event of the second half of the time, and from it on."""
    events = [decode(line, None, int(time.time() * 1000)) for line in lines]
    times = sorted(event.at for event in events if not isinstance(event, Rejection) and not is_control(event))
    middle = times[len(times) // 2]
    cut = next(place for place, event in enumerate(events) if not isinstance(event, Rejection) and event.at > middle)
    paths = folder / "first.jsonl", folder / "second.jsonl"
    for path, part in zip(paths, (lines[:cut], lines[cut:]), strict=True):
        path.write_bytes(b"\n".join(part) + b"\n")
    return paths


def test_a_deal_is_shown_as_the_worker_knew_it_then(product: Product, tmp_path: Path) -> None:
    """State for state and alert for alert, read from the log after the worker has gone on by weeks."""
    whole = tmp_path / "events.jsonl.gz"
    generate(output=whole, seed=5, deals=DEALS, days=DAYS, start="2026-01-05", json=False)
    first, second = halves(tmp_path, list(read_lines(whole)))
    product.start_worker().wait_ready()
    product.run("replay", first)
    settings = load(broker=product.bootstrap, prefix=product.prefix)
    topics = plan(settings)
    [then] = {state.clock for state in read_partitions(product.bootstrap, topics.state.name).values()}
    assert then is not None
    states, alerts = product.deals(), product.alerts()

    product.run("replay", second)

    now = product.deals()
    changed = [name for name, state in states.items() if now.get(name) != state]
    assert len(changed) > LOOKED_AT
    assert len(product.alerts()) > len(alerts)
    with_alerts = sorted(changed, key=lambda name: -sum(each.opportunity == name for each in alerts))
    for name in with_alerts[:LOOKED_AT]:
        found = read_deal_at(product.bootstrap, topics, name, then, settings.policy)
        assert (found.state, found.now, found.note) == (states[name], then, "")
        said = {each.id for each in alerts if each.opportunity == name}
        assert {each.id for each in found.alerts} == said
    shown = product.run("deal", "show", with_alerts[0], "--at", moment_of(then).isoformat()).stdout
    assert f"as it was known at {moment_of(then):%Y-%m-%d %H:%M}" in " ".join(shown.split())


def test_before_its_first_event_a_deal_is_not_known(product: Product, tmp_path: Path) -> None:
    """The command says so, and from when on it is."""
    whole = tmp_path / "events.jsonl.gz"
    generate(output=whole, seed=5, deals=8, days=5, start="2026-01-05", json=False)
    product.start_worker().wait_ready()
    product.run("replay", whole)
    name = min(product.deals())
    refused = product.run("deal", "show", name, "--at", "2020-01-01", check=False)
    assert refused.exit_code == 1
    assert f"nothing was known of {name} at 2020-01-01 00:00 UTC: its first event happened at" in refused.stderr
