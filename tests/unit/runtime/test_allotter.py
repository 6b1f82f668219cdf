"""The program that decides: what is news to it, who has an alert, and what is none."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

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
from tests.unit.notify.crashing import Program
from tests.unit.notify.said import DAY, HOUR, an_alert, at

TOPICS = topics_of(load())
#: In the middle of a working day.
NOON = at(2, 12)


class Living:
    """The program, its clock and its log."""

    def __init__(self, plan: DeliveryPlan) -> None:
        self.now = NOON
        self.metrics = Metrics("allot")

        def make(store: StateStore) -> AllotTask:
            return AllotTask(store, AllotParts(TOPICS, plan, False, lambda: self.now, self.metrics))

        self.program = Program(make, Random(1))

    def hear(self, *alerts: Alert, written: int | None = None) -> list[Delivery]:
        """Let alerts be written, and some seconds pass; return what was decided."""
        for each in alerts:
            self.program.append(encode_alert(each), self.now if written is None else written)
        return self.live(5)

    def live(self, seconds: int) -> list[Delivery]:
        """Let time pass; return what was decided."""
        before = len(self.program.written)
        for _ in range(seconds):
            self.now += 1000
            self.program.step(self.now, crash=False)
        return [decode_delivery(each.value or b"") for each in self.program.written[before:]]

    def die(self, away: int) -> None:
        """Be away for a time."""
        self.program._task = None
        self.now += away


@pytest.fixture
def living(tmp_path: Path) -> Living:
    """Return the program at its first start."""
    path = tmp_path / "delivery.toml"
    path.write_text('fallback = ["a"]\n[channels.a]\nurl = "json://x"\n')
    return Living(read_delivery(path, Policy(), ""))


def test_a_first_start_on_old_topics_tells_nobody(living: Living) -> None:
    """A year of alerts that were written as they happened."""
    for number in range(50):
        then = NOON - (number + 2) * DAY
        living.program.append(encode_alert(an_alert(f"al-{number}", then, "critical")), then)
    assert living.live(10) == []
    assert living.hear(an_alert("al-new", living.now, "critical"))


def test_history_that_is_replayed_now_tells_nobody(living: Living) -> None:
    """Written today, about last month, or about what ended the day before yesterday."""
    living.live(3)
    assert living.hear(*(an_alert(f"al-{number}", NOON - number * DAY, "critical") for number in (2, 30))) == []


def test_who_was_away_for_two_days_tells_what_is_still_open(living: Living) -> None:
    """Written while nobody was there; what was resolved meanwhile is not told."""
    living.live(3)
    living.die(2 * DAY)
    then = NOON + 2 * HOUR
    for each in (
        an_alert("al-open", then, "critical"),
        an_alert("al-over", then, "critical"),
        an_alert("al-over", then + HOUR, "info", 2, "resolved"),
    ):
        living.program.append(encode_alert(each), then)
    assert [each.notice.id for each in living.live(10) if each.notice] == ["al-open"]


def test_who_was_away_for_a_month_begins_with_the_present(living: Living) -> None:
    """Nobody wants to hear of three weeks ago."""
    living.live(3)
    living.die(30 * DAY)
    then = NOON + 10 * DAY
    living.program.append(encode_alert(an_alert("al-old", then, "critical")), then)
    assert living.live(10) == []


def test_what_is_decided_and_what_the_budget_passes_over_is_counted(living: Living) -> None:
    """Ten warnings of a night, of which a round sends three: two places of five are for criticals."""

    def counted(name: str, **labels: str) -> float | None:
        return living.metrics.registry.get_sample_value(f"dealwatch_{name}", {"role": "allot", **labels})

    living.live(3)
    assert counted("alerts_passed_over_total") == 0
    living.die(DAY - 4 * HOUR)
    for number in range(10):
        then = NOON + 8 * HOUR + number
        living.program.append(encode_alert(an_alert(f"al-{number}", then, "warning")), then)
    living.die(2 * HOUR)
    sent = sum(each.kind == "alert" for each in living.live(40))
    assert sent == counted("deliveries_total", kind="alert") == 3
    assert counted("alerts_passed_over_total") == 10 - sent


def test_a_round_after_an_absence_sees_all_that_waits(living: Living) -> None:
    """The best of ten, and not the first of them that is read."""
    living.live(3)
    living.die(DAY - 4 * HOUR)
    night = NOON + 8 * HOUR
    for number in range(10):
        each = an_alert(f"al-{number}", night, "warning", amount=str(1000 * (number + 1)))
        living.program.append(encode_alert(each), night)
    living.die(2 * HOUR)
    said = living.live(40)
    assert [each.notice.id for each in said if each.notice] == ["al-9", "al-8", "al-7"]
    assert [each.kind for each in said].count("digest") == 1


def test_an_alert_that_is_assigned_is_told_to_whom_it_is_now(living: Living) -> None:
    """The former owner hears no more of it, also after a restart."""
    first = an_alert("al-1", living.now, "critical")
    assert [each.owner for each in living.hear(first)] == ["rep-1"]
    moved = an_alert("al-1", living.now, "critical", 2, "assigned", assignee="rep-2")
    assert [each.owner for each in living.hear(moved)] == ["rep-2"]
    living.die(HOUR)
    living.hear(an_alert("al-1", living.now, "info", 3, "resolved", assignee="rep-2", resolution="contact"))
    living.die(DAY)
    assert [(each.kind, each.owner) for each in living.live(5)] == [("digest", "rep-2")]


def test_what_is_no_alert_is_a_dead_letter_and_the_stream_goes_on(living: Living) -> None:
    """With the bytes as they were."""
    living.program.append(b"rubbish", living.now)
    living.program.append(encode_alert(an_alert("al-1", living.now, "critical")), living.now)
    for _ in range(5):
        living.now += 1000
        living.program.step(living.now, crash=False)
    letter, delivery = living.program.written
    assert (letter.topic, letter.value) == ("deal.alerts.dlq", b"rubbish")
    assert dict(letter.headers)["dealwatch_reason"] == b"no_alert"
    assert delivery.topic == "deal.notifications"
