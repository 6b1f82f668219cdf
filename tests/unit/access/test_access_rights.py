"""The table of rights: whole, without wildcards, and the same in commands and documents."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path

from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from typer.testing import CliRunner

from streams.access.rights import COMPONENTS, NEEDS, Right, commands, markdown, rights_of, sharing
from streams.cli.erase import _ROLES
from streams.cli.main import app
from streams.cli.worker import _COMPONENTS, Role
from streams.config.settings import load
from streams.config.topics import Topic, Topics, group_of, plan
from streams.engine.errors import DeliveryFailed, EngineError
from streams.runtime.clients import advice_on

SECURITY = Path(__file__).parents[3] / "docs" / "security.md"
SETTINGS = load(prefix="prod.")
RUNNING = [each for each in COMPONENTS if each not in ("look", "act", "repair", "provision", "drop", "erase")]


def test_every_topic_is_written_and_read_by_somebody_who_runs() -> None:
    """But for what only programs of others read, and for what only they and people write."""
    rights = rights_of(RUNNING, SETTINGS)
    named = {each.name: field for field, each in vars_of(plan(SETTINGS)).items()}
    written = {named[each.name] for each in rights if each.kind == "topic" and each.operation == "WRITE"}
    read = {named[each.name] for each in rights if each.kind == "topic" and each.operation == "READ"}
    assert written == set(named.values())
    assert set(named.values()) - read == {"dead", "undelivered"}


def vars_of(topics: Topics) -> dict[str, Topic]:
    """The topics by the names of their fields."""
    return {each.name: getattr(topics, each.name) for each in fields(topics)}


def test_every_group_has_one_component_that_is_in_it() -> None:
    """A group that nobody may join would be a worker that never works."""
    joined = [each for each in rights_of(RUNNING, SETTINGS) if each.kind == "group" and each.operation == "READ"]
    assert {each.name for each in joined} == {
        group_of(SETTINGS, role) for role in ("track", "actions", "learn", "revenue", "allot", "send", "rebuild")
    }


def test_rights_are_on_single_things_of_the_environment_and_each_stands_once() -> None:
    """No wildcard, no prefix of names: what is not named stays closed."""
    rights = rights_of(list(COMPONENTS), SETTINGS)
    assert len(rights) == len(set(rights))
    assert all(each.name.startswith("prod.") and "*" not in each.name for each in rights)
    assert {need.component for need in NEEDS} == set(COMPONENTS)


def test_who_erases_may_write_every_topic_anew_and_change_only_those_that_are_compacted() -> None:
    """Kafka deletes no record from a topic that is only compacted (`streams.admin.rewrite`)."""
    rights = rights_of(["erase"], SETTINGS)
    for topic in plan(SETTINGS).all:
        may = {each.operation for each in rights if each.name == topic.name}
        altered = {"ALTER_CONFIGS"} if topic.configs["cleanup.policy"] == "compact" else set()
        assert may == {"READ", "WRITE", "DELETE"} | altered
    groups = {group_of(SETTINGS, role) for role in _ROLES}
    assert {(each.name, each.operation) for each in rights if each.kind == "group"} == {
        (group, "READ") for group in groups
    }


def test_commands_are_for_kafkas_own_tool_and_safe_in_a_shell() -> None:
    """One line a topic or group, with all operations on it."""
    rights = [Right("topic", "deal.state", "READ"), Right("topic", "deal.state", "DESCRIBE_CONFIGS")]
    [line] = commands(rights, "User:CN=deal watch,O=x", "kafka:9092")
    assert shlex.split(line)[1:] == [
        *("--bootstrap-server", "kafka:9092", "--command-config", "admin.properties", "--add"),
        *("--allow-principal", "User:CN=deal watch,O=x"),
        *("--operation", "Read", "--operation", "DescribeConfigs", "--topic", "deal.state"),
    ]


def test_the_document_has_the_table_as_the_code_has_it() -> None:
    """`dealwatch topics acls --markdown` prints it."""
    assert markdown(load()) in SECURITY.read_text(encoding="utf-8")
    printed = CliRunner().invoke(app, ["topics", "acls", "--markdown"]).stdout
    assert printed == markdown(load())


def test_every_role_of_a_worker_knows_whose_rights_it_needs() -> None:
    """The advice names a command that works."""
    assert set(_COMPONENTS) == set(Role)
    for words in _COMPONENTS.values():
        done = CliRunner().invoke(app, ["topics", "acls", *words.split(), "--principal", "User:x"])
        assert done.exit_code == 0
        assert done.stdout.count("kafka-acls.sh") == done.stdout.count("\n") > 1


def test_a_failure_that_comes_from_a_missing_right_says_where_the_rights_are() -> None:
    """However deep the refusal lies; other failures get no advice that does not help."""
    state = plan(SETTINGS).state.name
    try:
        try:
            raise TopicAuthorizationFailedError(state)
        except TopicAuthorizationFailedError as error:
            raise DeliveryFailed("no record was taken") from error
    except DeliveryFailed as failure:
        said = advice_on(failure, "page worker", SETTINGS)
    assert said.startswith(f"Kafka refuses WRITE on the topic {state}, which the part worker needs; ")
    assert "`dealwatch topics acls page worker` " in said
    assert advice_on(EngineError("something else"), "send", SETTINGS) == ""


def test_the_right_that_is_missing_is_named_as_the_table_has_it() -> None:
    """Kafka says on what, and never which: what is not read by a part is written, or only looked at."""
    topics = plan(SETTINGS)
    for topic, components, right in (
        (topics.state.name, "worker page", "READ"),
        (topics.alerts.name, "worker", "WRITE"),
        (topics.activity.name, "send", "DESCRIBE"),
    ):
        said = advice_on(TopicAuthorizationFailedError(topic), components, SETTINGS)
        assert said.startswith(f"Kafka refuses {right} on the topic {topic}, which the part {components.split()[0]} ")
    several = TopicAuthorizationFailedError({topics.state.name, topics.models.name})
    assert f"READ on the topic {topics.models.name}, " in advice_on(several, "worker", SETTINGS)
    group = group_of(SETTINGS, "send")
    assert f"READ on the group {group}, which the part send" in advice_on(
        GroupAuthorizationFailedError(group), "allot send", SETTINGS
    )
    for unknown in (GroupAuthorizationFailedError("g"), GroupAuthorizationFailedError()):
        assert advice_on(unknown, "send", SETTINGS).startswith("Kafka refuses a right; ")


def test_parts_that_would_lose_rights_are_named() -> None:
    """Whatever else of the principal's is whole; what is not, or shares nothing, is not asked about."""
    settings = load()

    def held(*parts: str) -> set[Right]:
        return set(rights_of(parts, settings))

    assert sharing(["feed"], held("worker", "feed"), settings) == ["worker"]
    assert {"worker", "page", "learner"} <= set(
        sharing(["erase"], held("worker", "page", "learner", "erase"), settings)
    )
    assert sharing(["feed"], held("worker") - held("learner"), settings) == []
    assert sharing(["feed"], held("feed", "send"), settings) == []


def test_wrong_use_is_refused_with_what_to_write() -> None:
    """No half command line leads to rights for somebody else."""
    for words, sentence in (
        (["nobody"], "there is no nobody; choose from worker, page"),
        (["send", "--apply"], "say whose rights: --principal User:NAME"),
        (["--principal", "User:x"], "name the parts that this principal runs"),
        (["send", "--principal", "x"], "x is no principal; write User:x, as Kafka does"),
        (["send", "--principal", "User:x", "--apply", "--remove"], "one of them"),
        (["send", "--principal", "User:x", "--apply", "--keep", "worker"], "give both"),
        (["send", "--principal", "User:x", "--remove", "--keep", "all"], "there is no all; choose from worker, page"),
    ):
        done = CliRunner().invoke(app, ["topics", "acls", *words])
        assert done.exit_code == 2
        assert sentence in " ".join(done.output.split())
