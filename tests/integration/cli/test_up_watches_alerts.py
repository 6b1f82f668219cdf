"""The alerts that `dealwatch up` shows, from a real Kafka: what is none ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from streams.access.kafka import kafka_of, with_open_broker
from streams.cli.live_view import LiveView
from streams.cli.up import _watch
from streams.config.settings import load
from tests.integration.admin.staging import Stage
from tests.unit.cli.samples import an_alert

pytestmark = pytest.mark.kafka

JUNK = (b"no alert", b"\xff\xfe", b'{"id": "al-1"}', b"[" * 5_000, None)


async def watched(stage: Stage, view: LiveView, then: Callable[[], None], until: Callable[[], bool]) -> None:
    """Watch what is there, let `then` write more, and go on until it was seen; raises what the watching raises."""
    kafka = kafka_of(with_open_broker(load(), stage.bootstrap))

    async def act() -> None:
        while not view._sequences:
            await asyncio.sleep(0.1)
        await asyncio.to_thread(then)
        while not until():
            await asyncio.sleep(0.1)
        watching.cancel()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        watching = group.create_task(_watch(kafka, stage.topics.alerts.name, view))
        group.create_task(act())


def test_a_record_that_is_no_alert_does_not_end_up_and_the_alerts_around_it_are_shown(stage: Stage) -> None:
    """Among those from before and among those that come; that there is some is said once, with where."""
    file = StringIO()
    view = LiveView(Console(file=file, width=200, force_terminal=False, color_system=None))
    junk = [(b"opp-1", each, 0) for each in JUNK]
    stage.put(stage.topics.alerts.name, junk)
    stage.put_alerts([an_alert(id="al-old", name="Old deal")])

    def write() -> None:
        stage.put(stage.topics.alerts.name, junk)
        stage.put_alerts([an_alert(id="al-new", name="New deal")])

    asyncio.run(watched(stage, view, write, lambda: "al-new" in view._sequences))
    view.close()
    said = file.getvalue()
    assert view._sequences == {"al-old": 1, "al-new": 1}
    assert "New deal" in said and "Old deal" not in said
    assert said.count(f"{stage.topics.alerts.name} holds what is no alert, first at offset 0; it is passed over") == 1
