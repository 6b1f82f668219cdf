"""Law: whoever takes over from one who tells people tells what that one would have told, and nothing again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.config.delivery import read_delivery
from streams.config.delivery_plan import DeliveryPlan
from streams.config.settings import load
from streams.config.topics import plan as topics_of
from streams.engine.task import StateStore
from streams.notify.delivery import Delivery, decode_delivery
from streams.runtime.allotter import AllotParts, AllotTask
from streams.telemetry.emit import Metrics
from tests.properties.test_delivery_restart import some_alerts
from tests.strategies import law
from tests.unit.notify.crashing import Program
from tests.unit.notify.said import HOUR, at

TOPICS, ALLOTTED = topics_of(load()), Metrics("allot")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> DeliveryPlan:
    """Return a plan with a budget, open from nine to five."""
    path: Path = tmp_path_factory.mktemp("plan") / "delivery.toml"
    path.write_text('fallback = ["a"]\n[channels.a]\nurl = "json://x"\n')
    return read_delivery(path, Policy(), "")


class Telling:
    """One who decides who is told what, live."""

    def __init__(self, plan: DeliveryPlan, clock: list[int]) -> None:
        def make(store: StateStore) -> AllotTask:
            return AllotTask(store, AllotParts(TOPICS, plan, False, lambda: clock[0], ALLOTTED))

        self.program = Program(make, Random(0))

    def live(self, alerts: list[Alert], clock: list[int], until: int) -> None:
        """Hear alerts as they come, and decide, in steps of half an hour."""
        waiting = sorted((each for each in alerts if each.at >= clock[0]), key=lambda each: each.at)
        while clock[0] < until:
            while waiting and waiting[0].at <= clock[0]:
                self.program.append(encode_alert(waiting.pop(0)), clock[0])
            self.program.step(clock[0], crash=False)
            clock[0] += HOUR // 2

    @property
    def decided(self) -> list[Delivery]:
        """What was decided."""
        return [decode_delivery(each.value or b"") for each in self.program.written]


@law(40)
@given(seed=st.integers(0, 2**32), hours=st.integers(1, 8 * 24))
def test_who_takes_over_tells_the_rest_and_nothing_again(planned: DeliveryPlan, seed: int, hours: int) -> None:
    """The other one has the same alerts, with other deals between them, and reads them all from the beginning."""
    chance = Random(seed)
    alerts, moment, end = some_alerts(chance), at(0) + hours * HOUR, at(9)
    clock = [at(0)]
    undisturbed = Telling(planned, clock)
    undisturbed.live(alerts, clock, end)

    clock = [at(0)]
    before = Telling(planned, clock)
    before.live(alerts, clock, moment)
    before.program.step(clock[0], crash=False)
    after = Telling(planned, clock)
    after.program.states = dict(before.program.states)
    known = [each for each in alerts if each.at < clock[0]]
    chance.shuffle(known)
    for each in sorted(known, key=lambda each: each.sequence):  # an alert's own messages stay in order
        after.program.append(encode_alert(each), each.at)
    after.live(alerts, clock, end)

    ids = Counter(each.id for each in (*before.decided, *after.decided))
    assert set(ids) == {each.id for each in undisturbed.decided}
    assert not ids or ids.most_common(1)[0][1] == 1
