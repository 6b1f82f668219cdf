"""Topics as `streams.config.topics` plans them: create what is missing, correct settings, and say what differs.

Three things are never done, because data would be lost or misplaced: partitions are not added (states lie in the
partition that the number of partitions gives them), replicas are not moved, and a limit that somebody raised
(retention, message size) is not lowered again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from streams.access.kafka import Address
from streams.admin.client import ConfigResource, ConfigResourceType, admin, name_of, raise_if_denied
from streams.admin.errors import AccessDenied, KafkaRefused
from streams.alerts.words import count
from streams.config.topics import Topic
from streams.errors import TopicsWrong

#: Limits: more than planned is fine, and -1 is without limit where Kafka says so.
_LIMITS = ("retention.ms", "retention.bytes", "max.message.bytes")

#: Seconds within which a changed setting must be visible.
_VISIBLE_SECONDS = 10.0

Verdict = Literal["ok", "larger", "differs", "missing"]


class Finding(NamedTuple):
    """One property of a topic beside its plan. `larger`: above a planned limit, which is left as it is."""

    what: str
    expected: str
    actual: str
    verdict: Verdict


class TopicReport(NamedTuple):
    """One topic beside its plan; a missing one has the single finding that it is missing."""

    topic: str
    findings: tuple[Finding, ...]

    @property
    def drifts(self) -> tuple[Finding, ...]:
        """What is not as planned."""
        return tuple(each for each in self.findings if each.verdict in ("differs", "missing"))

    @property
    def missing(self) -> bool:
        """Whether the topic does not exist."""
        return any(each.verdict == "missing" for each in self.findings)


class Change(NamedTuple):
    """What was done to a topic; `left` names drift that only its operator can mend."""

    topic: str
    action: Literal["created", "changed", "unchanged"]
    details: tuple[str, ...]
    left: tuple[str, ...]


def check(bootstrap: Address, topics: Iterable[Topic], replication: int = 0) -> list[TopicReport]:
    """Compare every topic with its plan; `replication` 0 means that any number of replicas will do."""
    with admin(bootstrap) as client:
        return [_report(client, topic, replication) for topic in topics]


def apply(bootstrap: Address, topics: Iterable[Topic], replication: int = 0) -> list[Change]:
    """Create missing topics, set configs that differ, and wait until all of them can be used.

    Raises `TopicsWrong`, before anything is changed, where a topic has another number of partitions than planned, and
    `KafkaRefused` where Kafka does not carry it out.
    """
    planned = list(topics)
    with admin(bootstrap) as client:
        reports = {report.topic: report for report in (_report(client, topic, replication) for topic in planned)}
        _refuse_other_partitions(reports.values())
        absent = [topic for topic in planned if reports[topic.name].missing]
        if absent:
            _create(client, absent, replication)
        changes = [_mend(client, topic, reports[topic.name]) for topic in planned]
        client.wait_for_topics([topic.name for topic in planned])
    return changes


def _report(client: Any, topic: Topic, replication: int) -> TopicReport:
    [described] = client.describe_topics([topic.name])
    raise_if_denied(described["error_code"], topic.name)
    partitions = described["partitions"]
    if not partitions:
        return TopicReport(topic.name, (Finding("topic", "there", "missing", "missing"),))
    counts = Finding("partitions", str(topic.partitions), str(len(partitions)), "ok")
    if len(partitions) != topic.partitions:
        counts = counts._replace(verdict="differs")
    fewest = min(len(each["replica_nodes"]) for each in partitions)
    copies = Finding("replication", str(replication or "any"), str(fewest), "ok")
    if replication and fewest != replication:
        copies = copies._replace(verdict="larger" if fewest > replication else "differs")
    actual = _configs(client, topic.name)
    if not actual:  # kafka-python leaves out why; a topic that is there has settings, and only a right hides them
        raise AccessDenied(
            f"no right to see the settings of topics (DESCRIBE_CONFIGS on {topic.name}); let the operator of Kafka "
            "give it: `dealwatch topics acls look` lists it, and `provision` what `dealwatch topics apply` needs"
        )
    configs = [compare(name, value, actual[name]) for name, value in topic.configs.items()]
    return TopicReport(topic.name, (counts, copies, *configs))


def compare(name: str, expected: str, actual: str) -> Finding:
    """Compare one setting of a topic with its plan.

    >>> compare("retention.ms", "604800000", "-1").verdict
    'larger'
    """
    if expected == actual:
        return Finding(name, expected, actual, "ok")
    if name in _LIMITS and _is_larger(actual, expected):
        return Finding(name, expected, actual, "larger")
    return Finding(name, expected, actual, "differs")


def _is_larger(actual: str, expected: str) -> bool:
    unlimited = float("inf")
    found, planned = (unlimited if each == "-1" else float(each) for each in (actual, expected))
    return found > planned


def _configs(client: Any, topic: str) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    found = client.describe_configs([resource], config_filter="all")["topic"][topic]
    return {name: str(each["value"]) for name, each in found.items()}


def configure(client: Any, topic: str, wanted: dict[str, str]) -> None:
    """Set configs of a topic, and return when they hold. Raises `AccessDenied`, or `KafkaRefused`."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, wanted)
    said = client.alter_configs([resource], raise_on_unknown=False)["topic"][topic]
    if "AuthorizationFailed" in said:  # kafka-python returns errors here as text
        raise AccessDenied(
            f"no right to change the settings of topics (ALTER_CONFIGS on {topic}); let the operator of Kafka give it, "
            "`dealwatch topics acls provision` lists it"
        )
    if said != "OK":
        raise KafkaRefused(f"Kafka did not change the settings of {topic}: {said}")
    _wait_for(client, topic, wanted)


def _wait_for(client: Any, topic: str, wanted: dict[str, str]) -> None:
    """Wait until a broker says what the controller has accepted: the news takes a moment."""
    deadline = time.monotonic() + _VISIBLE_SECONDS
    while not wanted.items() <= _configs(client, topic).items():
        if time.monotonic() > deadline:
            raise KafkaRefused(f"Kafka accepted new settings of {topic} but does not show them; try again")
        time.sleep(0.05)


def _refuse_other_partitions(reports: Iterable[TopicReport]) -> None:
    wrong = [
        f"{report.topic} has {each.actual}, planned are {each.expected}"
        for report in reports
        for each in report.drifts
        if each.what == "partitions"
    ]
    if wrong:
        raise TopicsWrong(
            f"partitions cannot be changed once states lie in them: {'; '.join(wrong)}. Run with --partitions as they "
            "are, or come to another number with `dealwatch rebuild start`. Nothing was changed"
        )


def _create(client: Any, topics: list[Topic], replication: int) -> None:
    wanted = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replication or -1,
            "configs": topic.configs,
        }
        for topic in topics
    }
    response = client.create_topics(wanted, raise_errors=False)
    already = "TopicAlreadyExistsError"  # somebody else applies the same plan at the same time
    for each in response["topics"]:
        raise_if_denied(each["error_code"], each["name"])
        if each["error_code"] and name_of(each["error_code"]) != already:
            reason = each["error_message"] or name_of(each["error_code"])
            raise KafkaRefused(f"could not create {each['name']}: {reason}")


def _mend(client: Any, topic: Topic, report: TopicReport) -> Change:
    if report.missing:
        return Change(topic.name, "created", (count(topic.partitions, "partition"),), ())
    wrong = {each.what: each for each in report.drifts if each.what in topic.configs}
    left = tuple(
        f"{each.what} is {each.actual}, planned {each.expected}" for each in report.drifts if each.what not in wrong
    )
    if not wrong:
        return Change(topic.name, "unchanged", (), left)
    configure(client, topic.name, {name: topic.configs[name] for name in wrong})
    details = tuple(f"{name}: {each.actual} -> {each.expected}" for name, each in wrong.items())
    return Change(topic.name, "changed", details, left)
