"""What the metrics of each program show, and what they never show."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from msgspec.structs import replace

from models.learn import Learner
from models.snapshot import Notice, Quality
from streams.alerts.registry import RULES
from streams.events.rejection import Reason
from streams.facts import Fact, Name
from streams.revenue.answers import TOPICS
from streams.telemetry.catalogue import ALL, FACTS, PREFIX, ROLE, Role, served_by
from streams.telemetry.emit import OUTCOMES, READ_FOR_REVENUE, Metrics

ROLES: tuple[Role, ...] = get_args(Role)


def shown(metrics: Metrics) -> str:
    """What `/metrics` says."""
    return metrics.exposition()[0].decode()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """One sample."""
    return metrics.registry.get_sample_value(PREFIX + name, labels)


@pytest.mark.parametrize("role", ROLES)
def test_a_program_shows_what_the_catalogue_says_it_serves_and_no_other(role: Role) -> None:
    """A gauge that nobody feeds would stand at 0, and every rule that reads it would fire."""
    types = re.findall(rf"^# TYPE {PREFIX}(\w+) (\w+)", shown(Metrics(role)), re.MULTILINE)
    names = {(name, kind) for name, kind in types if not name.endswith("_created")}
    assert names == {(each.name, each.kind) for each in served_by(role)}


def test_every_metric_is_served_by_somebody_and_named_by_convention() -> None:
    """Counters end in `_total`, times in seconds, sizes in bytes; a histogram has its bounds, no other has any."""
    for each in ALL:
        assert each.roles, each.name
        assert each.name.endswith("_total") == (each.kind == "counter"), each.name
        assert not re.search(r"_(ms|millis|minutes|hours|kb|mb)(_|$)", each.name), each.name
        assert bool(each.buckets) == (each.kind == "histogram"), each.name
        assert ROLE not in each.labels, each.name
    assert len({each.name for each in ALL}) == len(ALL)


def test_no_label_can_name_a_deal_a_person_or_an_account() -> None:
    """The labels are a closed list of things of which there are few."""
    few = {
        "version", "partition", "kind", "reason", "rule", "transition", "severity", "move", "vote", "play", "happened",
        "arm", "target", "label", "team", "outcome", "channel_kind", "topic",
    }  # fmt: skip
    assert {label for each in ALL for label in each.labels} == few


def test_every_fact_has_its_counter() -> None:
    """And its dimensions are the labels."""
    assert set(FACTS) == set(Name)
    metrics = Metrics("track")
    metrics.count({Fact(Name.ALERT_MOVED, "silent", "opened", "critical"): 2})
    assert value(
        metrics, "alert_transitions_total", role="track", rule="silent", transition="opened", severity="critical"
    ) == pytest.approx(2.0)


def test_the_first_dead_letter_is_a_rise() -> None:
    """All reasons are there from the beginning, with 0: `increase` sees nothing of a counter that begins with 1."""
    metrics = Metrics("track")
    assert {value(metrics, "events_dead_total", role="track", reason=each.value) for each in Reason} == {0.0}


def test_a_flood_that_comes_all_at_once_is_a_rise() -> None:
    """What may open is there with 0 from the beginning, by every rule in every severity that it has."""
    metrics = Metrics("track")
    labels = {"role": "track", "rule": "silent", "transition": "opened", "severity": "critical"}
    assert value(metrics, "alert_transitions_total", **labels) == 0.0
    assert shown(metrics).count('transition="opened"') == 2 * sum(len(rule.severities) for rule in RULES)


def test_what_may_happen_to_models_and_messages_begins_with_nothing() -> None:
    """For the same reason; of messages through the channels that there are."""
    assert value(Metrics("learn"), "model_notices_total", role="learn", target="win", kind="drift") == 0.0
    metrics = Metrics("send")
    metrics.channels(["webhook"])
    metrics.notified("webhook", "sent")
    outcomes = {
        each: value(metrics, "notifications_total", role="send", channel_kind="webhook", outcome=each)
        for each in OUTCOMES
    }
    assert outcomes == {"sent": 1.0, "retried": 0.0, "refused": 0.0, "left_out": 0.0}


def test_how_long_a_message_took_is_counted_in_seconds_and_never_below_none() -> None:
    """A clock on the wall that is set back makes no negative time."""
    metrics = Metrics("send")
    metrics.notification_delay(1_500)
    metrics.notification_delay(-20)
    assert value(metrics, "notification_delay_seconds_sum", role="send") == pytest.approx(1.5)
    assert value(metrics, "notification_delay_seconds_count", role="send") == pytest.approx(2.0)


def test_what_left_with_a_rebalance_is_shown_no_more() -> None:
    """Else a partition of another worker would lag here for ever."""
    metrics = Metrics("track")
    metrics.on_lag(3, 7, 1.5)
    metrics.on_size(3, 100)
    metrics.partition(3, 1_000, 2)
    metrics.deadline_late(3, 500)
    assert 'partition="3"' in shown(metrics)
    metrics.on_rebalance()
    assert 'partition="3"' not in shown(metrics)


def test_lag_is_shown_in_records_and_in_seconds() -> None:
    """By partition."""
    metrics = Metrics("send")
    metrics.on_lag(0, 7, 1.5)
    assert value(metrics, "lag_records", role="send", partition="0") == pytest.approx(7.0)
    assert value(metrics, "lag_seconds", role="send", partition="0") == pytest.approx(1.5)


def test_what_is_read_back_is_counted_and_how_long_it_took_is_shown() -> None:
    """Records that were read, not states that are left of them; and the partition is owned from then on."""
    metrics = Metrics("learn")
    metrics.on_recovered(2, 10, 25, 1.5)
    assert value(metrics, "recovered_states_total", role="learn") == pytest.approx(25.0)
    assert value(metrics, "recovery_seconds", role="learn", partition="2") == pytest.approx(1.5)
    assert value(metrics, "partitions_assigned", role="learn") == pytest.approx(1.0)


def test_alerts_said_again_are_counted() -> None:
    """How many, whenever it was."""
    metrics = Metrics("track")
    metrics.on_mended("deal.alerts.open", 2)
    metrics.on_mended("deal.alerts.open", 1)
    assert value(metrics, "alerts_mended_total", role="track") == pytest.approx(3.0)


def test_models_are_shown_with_their_age_and_how_well_they_predicted() -> None:
    """What was not judged yet is not shown as 0."""
    metrics, models = Metrics("track"), Learner().publish(20_000)
    metrics.models(models, 5_000)
    assert value(metrics, "model_epoch_timestamp_seconds", role="track") == pytest.approx(20_000 * 86_400)
    assert value(metrics, "model_written_timestamp_seconds", role="track") == pytest.approx(5.0)
    assert value(metrics, "model_roc_auc", role="track", target="win") is None

    win = replace(models.targets["win"], quality=Quality(10, 0.5, 0.1, 0.6, 0.8, 0.02))
    metrics.models(replace(models, targets={"win": win}), 6_000)
    assert value(metrics, "model_roc_auc", role="track", target="win") == pytest.approx(0.8)
    assert value(metrics, "model_calibration_error", role="track", target="win") == pytest.approx(0.02)


def test_what_happened_to_models_is_counted_by_the_learner_alone() -> None:
    """A worker reads the models of all days when it starts: it would count drift of last year as of now."""
    notices = (Notice("win", "drift", "", "win-2", "win-1"),)
    metrics = Metrics("learn")
    metrics.notices(notices)
    assert value(metrics, "model_notices_total", role="learn", target="win", kind="drift") == pytest.approx(1.0)
    Metrics("track").models(replace(Learner().publish(2), notices=notices), 0)


def test_an_alert_is_counted_for_its_team_and_its_delays_are_kept() -> None:
    """Who is in no team is counted, too; a clock that goes back makes no negative time."""
    metrics = Metrics("track")
    metrics.team_alert("", "opened", "warning")
    metrics.alert_delay(300)
    metrics.alert_latency(-5)
    labels = {"team": "everyone", "transition": "opened", "severity": "warning"}
    assert value(metrics, "team_alert_transitions_total", role="track", **labels) == pytest.approx(1.0)
    assert value(metrics, "alert_delay_seconds_bucket", role="track", le="0.25") == pytest.approx(0.0)
    assert value(metrics, "alert_delay_seconds_bucket", role="track", le="0.5") == pytest.approx(1.0)
    assert value(metrics, "alert_latency_seconds_bucket", role="track", le="0.05") == pytest.approx(1.0)


def test_what_revenue_reads_and_answers_is_counted_by_topic_from_nothing_on() -> None:
    """And as of when answers are, in seconds."""
    metrics = Metrics("revenue")
    assert {value(metrics, "revenue_records_total", role="revenue", topic=each) for each in READ_FOR_REVENUE} == {0.0}
    assert {value(metrics, "revenue_answers_total", role="revenue", topic=each) for each in TOPICS} == {0.0}
    metrics.revenue_read("alerts", 3)
    metrics.revenue_unreadable("plays")
    metrics.revenue_backlog(7)
    metrics.revenue_known(deals=40, locks_waiting=2)
    metrics.revenue_answered(1_772_442_000_500, 0.25)
    metrics.revenue_written("coaching", 5)
    found = {
        each: value(metrics, f"revenue_{each}", role="revenue")
        for each in ("backlog", "deals", "locks_waiting", "as_of_timestamp_seconds", "answering_seconds")
    }
    assert found == {
        "backlog": 7.0,
        "deals": 40.0,
        "locks_waiting": 2.0,
        "as_of_timestamp_seconds": 1_772_442_000.5,
        "answering_seconds": 0.25,
    }
    assert value(metrics, "revenue_records_total", role="revenue", topic="alerts") == pytest.approx(3.0)
    assert value(metrics, "revenue_answers_total", role="revenue", topic="coaching") == pytest.approx(5.0)
    assert value(metrics, "revenue_unreadable_total", role="revenue", topic="plays") == pytest.approx(1.0)
    assert value(metrics, "revenue_unreadable_total", role="revenue", topic="alerts") == pytest.approx(0.0)
