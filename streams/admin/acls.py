"""Give rights, and take them back: each a rule of Kafka's authorizer for one principal, from any host."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal, NamedTuple

from streams.access.kafka import Address
from streams.access.rights import Kind, Right
from streams.admin.client import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    admin,
)

#: Seconds in which a broker has heard of new rules.
_VISIBLE_SECONDS = 10.0
_KINDS: dict[Kind, Any] = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}


class Given(NamedTuple):
    """A right, and what was done: `given`, `taken back`, or nothing: it was `there` or `absent`, or is to be `kept`."""

    right: Right
    done: Literal["given", "there", "taken back", "absent", "kept"]


def give(bootstrap: Address, principal: str, rights: Sequence[Right]) -> list[Given]:
    """Give the rights that are not there yet. Raises `AccessDenied`, or `KafkaRefused` where nobody asks for rights."""
    with admin(bootstrap) as client:
        there = _there(client, principal)
        missing = [each for each in rights if each not in there]
        if missing:
            failed = client.create_acls([_acl(principal, each) for each in missing])["failed"]
            if failed:
                raise failed[0]()
            _wait(lambda: _there(client, principal).issuperset(missing))
    return [Given(each, "there" if each in there else "given") for each in rights]


def take_back(bootstrap: Address, principal: str, rights: Sequence[Right], keep: Collection[Right] = ()) -> list[Given]:
    """Take back the rights that are there, but for those to `keep`.

    Raises `AccessDenied`, or `KafkaRefused` where nobody asks for rights.
    """
    with admin(bootstrap) as client:
        there = _there(client, principal)
        present = [each for each in rights if each in there and each not in keep]
        if present:
            for _, _, error in client.delete_acls([_filter(principal, each) for each in present]):
                if error.errno:
                    raise error()
            _wait(lambda: _there(client, principal).isdisjoint(present))
    done: dict[Right, Literal["taken back", "kept"]] = {
        each: "kept" if each in keep else "taken back" for each in there
    }
    return [Given(each, done.get(each, "absent")) for each in rights]


def rights_there(bootstrap: Address, principal: str) -> set[Right]:
    """Return the rights that a principal has by rules of the form that is given here; raises as `give` does."""
    with admin(bootstrap) as client:
        return _there(client, principal)


def _wait(visible: Callable[[], bool]) -> None:
    """Wait until a broker goes by what the controller has accepted: the news takes a moment."""
    deadline = time.monotonic() + _VISIBLE_SECONDS
    while not visible() and time.monotonic() < deadline:
        time.sleep(0.05)


def _there(client: Any, principal: str) -> set[Right]:
    """Rights that a principal has by rules of the form that is given here."""
    anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.LITERAL)
    wanted = ACLFilter(principal, "*", ACLOperation.ANY, ACLPermissionType.ALLOW, anything)
    rules, _ = client.describe_acls(wanted)
    kinds: dict[Any, Kind] = {number: kind for kind, number in _KINDS.items()}
    found = ((rule.resource_pattern, rule.operation.name) for rule in rules)
    return {
        Right(kinds[on.resource_type], on.resource_name, operation)
        for on, operation in found
        if on.resource_type in kinds
    }


def _acl(principal: str, right: Right) -> object:
    pattern = ResourcePattern(_KINDS[right.kind], right.name)
    return ACL(principal, "*", ACLOperation[right.operation], ACLPermissionType.ALLOW, pattern)


def _filter(principal: str, right: Right) -> object:
    pattern = ResourcePatternFilter(_KINDS[right.kind], right.name, ACLResourcePatternType.LITERAL)
    return ACLFilter(principal, "*", ACLOperation[right.operation], ACLPermissionType.ALLOW, pattern)
