"""Who needs which right in Kafka: the one table of it, from which commands, documents and tests are made.

A right is one operation on one topic or group, by its full name; nothing has a wildcard, and nobody needs a right on
the cluster. Kafka gives DESCRIBE with READ and WRITE, and DESCRIBE_CONFIGS with ALTER_CONFIGS. The idempotent producer
needs no right of its own (Kafka 2.8 and later); there are no transactions.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Literal, NamedTuple

from streams.config.settings import Settings
from streams.config.topics import Topics, group_of, plan

Kind = Literal["topic", "group"]
Operation = Literal["READ", "WRITE", "CREATE", "DELETE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]

#: The components, in the order of the documents, each with what it is.
COMPONENTS = {
    "worker": "`worker --role track`: keeps the deals, and takes in what people do",
    "page": "the page of a worker, where the setting `page` is on",
    "learner": "`worker --role learn`, which `--role all` starts beside the worker",
    "revenue": "`worker --role revenue`, which nothing else starts: keeps answers of revenue current",
    "allot": "`worker --role allot`, which `--role notify` starts: who is told what",
    "send": "`worker --role send`, the other half of `--role notify`: tells them",
    "feed": "whatever writes events: connectors; with `look` also `replay`",
    "look": "commands that only read: `alerts list`, `deal show [--at]`, `topics check`, `doctor` and so on",
    "act": "people on the command line: `alerts acknowledge` and the like, `deal hold`; with `look`",
    "repair": "`dlq replay` and `clear`, `notify retry`, `models freeze`, `rollback`, `resume` and `seed`; with `look`",
    "provision": "`topics apply`",
    "rebuild": "`dealwatch rebuild start`, which copies, and `switch` and `back`; on both environments; with `look`",
    "drop": "`dealwatch rebuild drop`, in the environment that goes; with `look` and `rebuild` in both",
    "erase": "`dealwatch erase --yes`; what there is, and whether anything is left, `look` can tell, too",
}
_GROUPS = ("track", "actions", "learn", "revenue", "allot", "send")
#: Groups that have places in topics; whoever copies has them in those of the environment that is copied, too.
_PLACED = (*_GROUPS, "rebuild")
#: Topics that must be allowed to delete for the moment in which their beginning is cut off.
_COMPACTED = (
    *("state", "open_alerts", "learner", "models", "notifier", "sent"),
    *("forecast", "pipeline", "coaching", "attribution", "generation"),
)


class Need(NamedTuple):
    """What a component does to a topic, by the name of its field in `Topics`, or to a group, by its role; and why."""

    component: str
    kind: Kind
    role: str
    operations: tuple[Operation, ...]
    why: str


class Right(NamedTuple):
    """One operation on one thing."""

    kind: Kind
    name: str
    operation: Operation


_ALL_TOPICS = tuple(each.name for each in fields(Topics))
NEEDS: tuple[Need, ...] = (
    Need("worker", "topic", "activity", ("READ", "WRITE"), "events; what the clock, rules and people add to them"),
    Need("worker", "topic", "state", ("READ", "WRITE"), "states, read at the start"),
    Need("worker", "topic", "models", ("READ",), "what the deals are scored with"),
    Need("worker", "topic", "actions", ("READ",), "what people do, to be moved to where it counts"),
    Need("worker", "topic", "alerts", ("WRITE",), "alerts"),
    Need("worker", "topic", "open_alerts", ("READ", "WRITE"), "how each alert stands; read, to keep it true"),
    Need("worker", "topic", "plays", ("WRITE",), "what became of plays"),
    Need("worker", "topic", "examples", ("WRITE",), "lessons"),
    Need("worker", "topic", "dead", ("WRITE",), "what is refused"),
    Need("worker", "topic", "generation", ("READ",), "whether it leads, or is being rebuilt"),
    Need("worker", "group", "track", ("READ",), "its group"),
    Need("worker", "group", "actions", ("READ",), "the group of what people do"),
    Need("page", "topic", "state", ("READ",), "every open deal"),
    Need("page", "topic", "alerts", ("READ",), "every alert"),
    *(
        Need("page", "topic", each, ("READ",), "answers of revenue")
        for each in ("forecast", "pipeline", "coaching", "attribution")
    ),
    Need("page", "topic", "actions", ("WRITE",), "what people do on the page; not with `web_actions` off"),
    Need("learner", "topic", "examples", ("READ",), "lessons"),
    Need("learner", "topic", "learner", ("READ", "WRITE"), "what it knows, read at the start"),
    Need("learner", "topic", "models", ("WRITE",), "the day's models"),
    Need("learner", "topic", "activity", ("WRITE",), "the time, to partitions that nobody tells it to"),
    Need("learner", "group", "learn", ("READ",), "its group"),
    Need("revenue", "topic", "activity", ("READ",), "events, from the first one on"),
    Need("revenue", "topic", "alerts", ("READ",), "alerts, from the first one on"),
    Need("revenue", "topic", "plays", ("READ",), "what became of plays, from the first one on"),
    Need("revenue", "topic", "forecast", ("READ", "WRITE"), "forecasts, and what was said; read at the start"),
    *(
        Need("revenue", "topic", each, ("READ", "WRITE"), "answers; those that are there, to write only what changed")
        for each in ("pipeline", "coaching", "attribution")
    ),
    Need("revenue", "topic", "generation", ("READ",), "its partition: who owns it writes"),
    Need("revenue", "group", "revenue", ("READ",), "its group"),
    Need("allot", "topic", "alerts", ("READ",), "alerts"),
    Need("allot", "topic", "notifier", ("READ", "WRITE"), "what people have heard of, read at the start"),
    Need("allot", "topic", "notifications", ("WRITE",), "what was decided"),
    Need("allot", "topic", "undelivered", ("WRITE",), "alerts that cannot be read"),
    Need("allot", "topic", "activity", ("DESCRIBE",), "the number of partitions"),
    Need("allot", "topic", "generation", ("READ",), "whether it is this environment that tells people"),
    Need("allot", "group", "allot", ("READ",), "its group"),
    Need("send", "topic", "notifications", ("READ",), "what was decided"),
    Need("send", "topic", "sent", ("READ", "WRITE"), "what was sent, read at the start"),
    Need("send", "topic", "undelivered", ("WRITE",), "what reached nobody"),
    Need("send", "topic", "activity", ("DESCRIBE",), "the number of partitions"),
    Need("send", "topic", "generation", ("READ",), "whether it is this environment that tells people"),
    Need("send", "group", "send", ("READ",), "its group"),
    Need("feed", "topic", "activity", ("WRITE",), "events"),
    *(
        Need("look", "topic", each, ("READ", "DESCRIBE_CONFIGS"), "what is on it, and how it is set")
        for each in _ALL_TOPICS
    ),
    *(Need("look", "group", each, ("DESCRIBE",), "how far it is, and who works in it") for each in _GROUPS),
    Need("act", "topic", "actions", ("WRITE",), "what one does"),
    Need("repair", "topic", "activity", ("WRITE",), "dead letters, sent back"),
    Need("repair", "topic", "dead", ("DELETE",), "dead letters that are done with"),
    Need("repair", "topic", "notifications", ("WRITE",), "messages, to be sent again"),
    Need("repair", "topic", "examples", ("WRITE",), "what is said to the learner"),
    Need("repair", "topic", "learner", ("WRITE",), "a learner to begin with"),
    Need("rebuild", "topic", "activity", ("READ", "WRITE"), "events, copied from one environment to the other"),
    Need("rebuild", "topic", "generation", ("READ", "WRITE"), "which environment leads"),
    Need("rebuild", "topic", "notifier", ("READ", "WRITE"), "what people have heard of, handed over"),
    Need("rebuild", "topic", "sent", ("READ", "WRITE"), "what was sent, handed over"),
    Need("rebuild", "topic", "notifications", ("READ", "WRITE"), "what was decided and not sent yet, handed over"),
    Need("rebuild", "topic", "forecast", ("READ", "WRITE"), "what forecasts said each week, handed over"),
    Need("rebuild", "group", "rebuild", ("READ",), "how far it is copied, and that only one copies"),
    *(
        Need("provision", "topic", each, ("CREATE", "DESCRIBE", "ALTER_CONFIGS"), "to make it as planned")
        for each in _ALL_TOPICS
    ),
    *(Need("drop", "topic", each, ("DELETE",), "to delete it") for each in _ALL_TOPICS),
    *(Need("drop", "group", each, ("DELETE",), "to see that nobody works in it, and to delete it") for each in _PLACED),
    *(
        Need(
            "erase",
            "topic",
            each,
            ("READ", "WRITE", "DELETE", "ALTER_CONFIGS") if each in _COMPACTED else ("READ", "WRITE", "DELETE"),
            "to write it anew, and to delete what was before",
        )
        for each in _ALL_TOPICS
    ),
    *(
        Need("erase", "group", each, ("READ",), "to see that nobody works in it, and to move its place")
        for each in _PLACED
    ),
)


def rights_of(components: Sequence[str], settings: Settings) -> list[Right]:
    """Return every right of the components, each once, under the names that the settings give."""
    topics = plan(settings)
    found = (
        Right(need.kind, _name(need, topics, settings), operation)
        for need in NEEDS
        if need.component in components
        for operation in need.operations
    )
    return list(dict.fromkeys(found))


def sharing(components: Sequence[str], there: Collection[Right], settings: Settings) -> list[str]:
    """Return other parts that would lose rights with these components; `there` are all rights of their principal.

    Kafka does not know for which part a right was given. Where all rights of a part are there, it may be one that the
    principal runs; whether it is, only people know.
    """
    going = set(rights_of(components, settings))
    found = []
    for component in COMPONENTS:
        own = set(rights_of([component], settings))
        if component not in components and own <= set(there) and not own.isdisjoint(going):
            found.append(component)
    return found


def part_that(right: Right, components: Sequence[str], settings: Settings) -> str | None:
    """Return the first of the components that needs a right; none where none of them does."""
    return next((each for each in components if right in rights_of([each], settings)), None)


def commands(rights: Sequence[Right], principal: str, address: str) -> list[str]:
    """Return lines for a shell that give the rights with Kafka's own tool, one for each topic or group."""
    by_thing: dict[tuple[Kind, str], list[Operation]] = {}
    for right in rights:
        by_thing.setdefault((right.kind, right.name), []).append(right.operation)
    tool = ["kafka-acls.sh", "--bootstrap-server", address, "--command-config", "admin.properties"]
    return [
        shlex.join(
            [
                *tool,
                *("--add", "--allow-principal", principal),
                *(word for each in operations for word in ("--operation", _cased(each))),
                *(f"--{kind}", name),
            ]
        )
        for (kind, name), operations in by_thing.items()
    ]


def markdown(settings: Settings) -> str:
    """Return the table as Markdown: a section for each component."""
    topics = plan(settings)
    lines = []
    for component, meaning in COMPONENTS.items():
        lines += [
            f"### {component}",
            "",
            f"{meaning[0].upper()}{meaning[1:]}.",
            "",
            "| on | rights | for |",
            "|---|---|---|",
        ]
        lines += [
            f"| {need.kind} `{_name(need, topics, settings)}` | {', '.join(need.operations)} | {need.why} |"
            for need in NEEDS
            if need.component == component
        ]
        lines.append("")
    return "\n".join(lines)


def _name(need: Need, topics: Topics, settings: Settings) -> str:
    return group_of(settings, need.role) if need.kind == "group" else str(getattr(topics, need.role).name)


def _cased(operation: Operation) -> str:
    """An operation as Kafka's tool spells it: `AlterConfigs`."""
    return operation.title().replace("_", "")
