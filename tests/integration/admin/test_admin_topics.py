"""Topics against the real thing: created, compared, corrected, and never made smaller."""

import time

import pytest

from streams.admin.client import ConfigResource, ConfigResourceType, admin
from streams.admin.errors import KafkaRefused
from streams.admin.provision import apply, check
from streams.config.settings import load
from streams.config.topics import Topic, plan
from streams.errors import TopicsWrong
from tests.integration.admin.staging import PARTITIONS, Stage

pytestmark = pytest.mark.kafka


def change(stage: Stage, topic: str, **configs: str) -> None:
    """Change a topic as an operator would, and wait until it can be seen."""
    wanted = {name.replace("_", "."): value for name, value in configs.items()}
    with admin(stage.bootstrap) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, wanted)])
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            seen = client.describe_configs([resource], config_filter="all")["topic"][topic]
            if all(seen[name]["value"] == value for name, value in wanted.items()):
                return
    raise AssertionError(f"{wanted} is not to be seen")


def test_created_topics_are_as_planned(stage: Stage) -> None:
    """What apply makes, check accepts; applying again changes nothing."""
    assert [report.drifts for report in check(stage.bootstrap, stage.topics.all)] == [()] * len(stage.topics.all)
    assert {each.action for each in apply(stage.bootstrap, stage.topics.all)} == {"unchanged"}


def test_missing_topics_are_said_to_be_missing(kafka: str, topic_prefix: str) -> None:
    """Before apply there is nothing."""
    topics = plan(load(prefix=topic_prefix))
    assert all(report.missing for report in check(kafka, topics.all))
    assert {each.action for each in apply(kafka, topics.all)} == {"created"}


def test_a_changed_setting_is_found_and_corrected(stage: Stage) -> None:
    """Somebody let the events expire after a week."""
    topic = stage.topics.activity.name
    change(stage, topic, retention_ms="604800000")
    [report] = check(stage.bootstrap, [stage.topics.activity])
    assert [(each.what, each.actual) for each in report.drifts] == [("retention.ms", "604800000")]
    [done] = apply(stage.bootstrap, [stage.topics.activity])
    assert (done.action, done.details) == ("changed", ("retention.ms: 604800000 -> -1",))
    assert check(stage.bootstrap, [stage.topics.activity])[0].drifts == ()


def test_a_raised_limit_is_left(kafka: str, topic_prefix: str) -> None:
    """An operator who keeps records for ever does not lose them to an upgrade."""
    planned = Topic(f"{topic_prefix}kept", 1, {"retention.ms": "604800000"})
    apply(kafka, [Topic(planned.name, 1, {"retention.ms": "-1"})])
    [report] = check(kafka, [planned])
    assert report.drifts == ()
    assert [each.actual for each in report.findings if each.verdict == "larger"] == ["-1"]
    assert apply(kafka, [planned])[0].action == "unchanged"


def test_another_number_of_partitions_is_refused_before_anything_changes(stage: Stage) -> None:
    """States lie in the partition that their number gives; a second opinion on that loses them."""
    change(stage, stage.topics.state.name, min_cleanable_dirty_ratio="0.9")
    other = plan(load(prefix=stage.settings.prefix, partitions=PARTITIONS + 1))
    with pytest.raises(TopicsWrong, match="Nothing was changed"):
        apply(stage.bootstrap, other.all)
    drifts = {each.what for each in check(stage.bootstrap, [other.state])[0].drifts}
    assert drifts == {"partitions", "min.cleanable.dirty.ratio"}


def test_more_replicas_than_brokers_are_refused_in_kafkas_words(kafka: str, topic_prefix: str) -> None:
    """The reason is the broker's, not a dump of the request."""
    with pytest.raises(KafkaRefused, match=r"could not create .*replication factor"):
        apply(kafka, plan(load(prefix=topic_prefix)).all, replication=9)


def test_replicas_that_differ_are_reported_and_left(stage: Stage) -> None:
    """Moving replicas is the operator's work."""
    [report] = check(stage.bootstrap, [stage.topics.alerts], replication=3)
    assert [each.what for each in report.drifts] == ["replication"]
    [done] = apply(stage.bootstrap, [stage.topics.alerts], replication=3)
    assert (done.action, done.left) == ("unchanged", ("replication is 1, planned 3",))
