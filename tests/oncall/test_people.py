"""What people are told, and when: late, too much, nothing, not yet; each fault calls somebody, its runbook ends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import pytest

from streams.alerts.registry import BY_NAME
from streams.events.deal import AmountChanged, AmountData
from streams.events.envelope import Event
from tests.integration.product.conftest import eventually
from tests.integration.product.test_notify import DAY, EVERYTHING_AT_ONCE, FILE, alert, say, wall
from tests.integration.product.test_rules import changes, write
from tests.oncall.happenings import now, opened
from tests.oncall.hurry import LENGTHS, LONGER
from tests.oncall.line import line_through
from tests.oncall.trouble import again_and_again
from tests.oncall.watched import PARTITIONS, Watched
from tests.reliability.proxy import Weather
from tests.reliability.stage import Stage, free_ports
from tests.unit.notify.receivers import a_hook

#: Alerts on deals that are new, so that a test need not wait for days.
AT_ONCE = "[general]\nmin_age_days = 0\n"
#: A slip of the hand: a fifth was meant.
FAR_TOO_LOW = AT_ONCE + "[rule.amount_falling]\nshare = 0.002\n"
OFF = AT_ONCE + "".join(f"[rule.{name}]\non = false\n" for name in BY_NAME)
BROKEN = AT_ONCE + "[rule.amount_falling\nshare = 0.2\n"
#: What the flood's rule takes for a week.
[A_WEEK_S] = [each.seconds for each in LONGER["DealwatchAlertFlood"]]
OPENED = f'sum(increase(dealwatch_alert_transitions_total{{JOB, transition="opened"}}[{LENGTHS["1h"]}s]))'
BY_RULE = 'sum by (rule) (increase(dealwatch_alert_transitions_total{transition="opened"}[1h]))'


def rules_file(watched: Watched, text: str) -> Path:
    """Give all programs and commands of an environment a rules file."""
    path = watched.product.folder / "rules.toml"
    write(path, text)
    watched.product.extra["DEALWATCH_RULES"] = str(path)
    return path


def in_force(watched: Watched) -> None:
    """Wait until every partition goes by the rules file; what comes before is judged by the rules as declared."""
    eventually(lambda: {partition for partition, _ in changes(watched.product)} == set(range(PARTITIONS)), 60)
    watched.caught_up()


def lowered(number: int, amount: str) -> AmountChanged:
    """The amount of a deal, which was 1000, is lowered."""
    return AmountChanged(
        id=f"lower-{number}", source="/crm", subject=f"opp-{number}", time=now(), data=AmountData(amount=amount)
    )


def deals(amount: str) -> Iterator[Event]:
    """Deals without end that open and are lowered at once."""
    for number in count():
        yield opened(number)
        yield lowered(number, amount)


def told(watched: Watched, transition: str = "opened") -> float:
    """How many transitions of alerts there were."""
    return sum(watched.value(f'sum(dealwatch_alert_transitions_total{{JOB, transition="{transition}"}})'))


@pytest.mark.runbook("DealwatchDeadlinesLate")
def test_a_worker_that_is_cut_off_calls_and_its_line_back_lets_deadlines_pass(watched: Watched, stage: Stage) -> None:
    """It answers whoever asks it, waits for nothing it knows of, and cannot tell its partitions the time."""
    with line_through(stage.doors[0]) as line:
        worker = watched.start(broker=stage.doors[0].bootstrap)
        call = watched.call("DealwatchDeadlinesLate")
        watched.send(*(opened(number, now() - timedelta(days=1, seconds=-10)) for number in range(3 * PARTITIONS)))
        watched.caught_up()
        line.turn(Weather.CUT)

        found = call.fires(severity="warning")
        assert "has been over for" in found["annotations"]["description"]
        said = call.diagnosis()
        assert worker.addresses[0] in said["max by (instance, partition) (dealwatch_deadlines_late_seconds)"]
        assert "nobody works in" in call.doctor()["track group"]["found"]
        call.stays(3)
        assert not worker.ended

        line.turn(Weather.CLEAR)
        call.ends()
        assert not worker.ended
        watched.caught_up()


@pytest.mark.runbook("DealwatchAlertFlood")
def test_a_threshold_far_too_low_floods_and_the_right_one_ends_it_without_a_restart(watched: Watched) -> None:
    """Every second a dozen deals lose half a percent, which is nothing: only the rules file makes it alerts.

    Without a week to compare it with nobody is called.
    """
    file = rules_file(watched, AT_ONCE)
    say(watched.product, alert("long-ago", when=wall() - 8 * DAY))
    watched.start()
    call = watched.call("DealwatchAlertFlood")
    events = deals("995")
    with again_and_again(lambda: watched.send(*islice(events, 40)), 0.5):
        eventually(lambda: watched.value("sum(dealwatch_events_folded_total{JOB})") > [100.0], 60)
        assert told(watched) == 0
        write(file, FAR_TOO_LOW)
        eventually(lambda: watched.value(OPENED) > [100.0], 60)
        call.is_quiet(8)
        watched.lives_since(A_WEEK_S)

        found = call.fires(severity="warning")
        assert "alerts opened" in found["annotations"]["description"]
        said = call.diagnosis()
        assert "Amount down by" in said["dealwatch alerts list"]
        assert "amount_falling" in said[BY_RULE]
        # Other tests' programs, of the hour before, are asked by the same Prometheus.
        own = watched.prometheus.ask("query", query=BY_RULE.replace("{", f'{{job="{watched.job}", '))["result"]
        by_rule = {each["metric"]["rule"]: float(each["value"][1]) for each in own}
        assert max(by_rule, key=by_rule.__getitem__) == "amount_falling"
        doctor = call.doctor()
        assert doctor["alerts"]["verdict"] == "warn" and "amount_falling" in doctor["alerts"]["found"]
        call.stays(3)

        write(file, AT_ONCE)
        call.ends()
    watched.caught_up()


@pytest.mark.runbook("DealwatchAlertSilence")
def test_rules_that_are_switched_off_call_and_switching_them_on_ends_it(watched: Watched) -> None:
    """Deals lose half of their amounts, and nobody is told."""
    file = rules_file(watched, OFF)
    watched.start()
    call = watched.call("DealwatchAlertSilence")
    events = deals("500")
    with again_and_again(lambda: watched.send(*islice(events, 60)), 0.3):
        found = call.fires(severity="warning")
        assert "no alert opened" in found["annotations"]["description"]
        said = call.diagnosis()
        assert said["dealwatch rules list"].count(" off") >= len(BY_NAME)
        doctor = call.doctor()
        assert doctor["rules"]["verdict"] == "warn" and "off" in doctor["rules"]["found"]
        call.stays(3)

        write(file, AT_ONCE)
        call.ends()
    watched.caught_up()


@pytest.mark.runbook("DealwatchMessagesWaiting")
def test_a_wrong_address_calls_and_the_right_one_sends_what_waited_once(watched: Watched) -> None:
    """Nobody listens at the port in the delivery file. The message is tried again, and arrives at the right one."""
    rules_file(watched, AT_ONCE)
    delivery = watched.product.folder / "delivery.toml"
    watched.product.extra["DEALWATCH_DELIVERY"] = str(delivery)

    def address(port: int) -> None:
        delivery.write_text(FILE.format(port=port, routes=EVERYTHING_AT_ONCE, give_up=24))

    with a_hook() as hook:
        address(free_ports(1)[0])
        watched.start()
        notify = watched.start("notify")
        in_force(watched)
        call = watched.call("DealwatchMessagesWaiting")
        watched.send(opened(1), lowered(1, "500"))

        call.fires(severity="critical")
        said = call.diagnosis(CHANNEL="chat")
        assert "0 queued, 1 sending, 0 refused" in said["dealwatch notify outbox"]
        assert "chat: not sent" in said["dealwatch notify test CHANNEL"]
        doctor = call.doctor()["messages"]
        assert doctor["verdict"] == "warn" and "chat" in doctor["found"] and "no_answer" in doctor["found"]
        call.stays(3)

        address(hook.port)
        assert "chat" in call.mitigation("dealwatch notify check FILE", FILE=str(delivery))
        notify.end()
        notify.start().ready()
        eventually(lambda: len(hook.taken) == 1, 60)
        call.ends()
        time.sleep(1)
        assert len(hook.taken) == 1


@pytest.mark.runbook("DealwatchRulesFileInvalid")
def test_a_broken_rules_file_calls_and_mending_it_ends_it(watched: Watched) -> None:
    """A bracket is missing. What held before holds, until the file is right again."""
    file = rules_file(watched, AT_ONCE)
    worker = watched.start()
    in_force(watched)
    call = watched.call("DealwatchRulesFileInvalid")
    write(file, BROKEN)

    call.fires(severity="warning", instance=worker.addresses[0])
    said = call.diagnosis(**{"rules.toml": str(file)})
    assert "line 3" in said["dealwatch rules check rules.toml"]
    doctor = call.doctor()["rules"]
    assert doctor["verdict"] == "fail" and "line 3" in doctor["found"]
    watched.send(opened(1), lowered(1, "500"))
    eventually(lambda: told(watched) == 1, 30)
    call.stays(2)

    write(file, BROKEN.replace("falling", "falling]"))
    call.ends()
