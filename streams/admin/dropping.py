"""Removing the environment of a rebuild that does not lead: its topics and its groups, by their full names."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from streams.access.kafka import Address
from streams.admin.client import admin, name_of, raise_if_denied, retried
from streams.admin.errors import KafkaRefused
from streams.admin.generation import GROUPS, Environment, Rebuild, RebuildWrong, read_generation, write_generation
from streams.admin.lag import committed_places, members
from streams.admin.reading import spans
from streams.errors import TopicsWrong
from streams.replay.generation import LEADS

_GONE = ("UnknownTopicOrPartitionError", "NoError")


def spare_of(bootstrap: Address, rebuild: Rebuild) -> Environment:
    """Return the environment that does not lead; raises `RebuildWrong` where that cannot be said."""
    roles = {each.prefix: read_generation(bootstrap, each.topics).role for each in (rebuild.old, rebuild.new)}
    leading = [prefix for prefix, role in roles.items() if role == "leads"]
    if len(leading) != 1:
        raise RebuildWrong(
            "neither environment leads, or both do: a switch was interrupted. Run `dealwatch rebuild switch` or "
            "`dealwatch rebuild back` again first"
        )
    return rebuild.old if leading == [rebuild.new.prefix] else rebuild.new


def see_that_it_is_spare(bootstrap: Address, rebuild: Rebuild, spare: Environment) -> None:
    """Raise `RebuildWrong` where somebody works in it, or it has events that the other one lacks."""
    groups = [*(spare.group(each) for each in GROUPS), rebuild.group]
    if present := [each for each in groups if members(bootstrap, each)]:
        raise RebuildWrong(
            f"somebody is at work in {', '.join(present)}; stop all that works in {spare.name}, and try again"
        )
    if spare.prefix != rebuild.old.prefix:
        return
    places = committed_places(bootstrap, rebuild.group, spare.topics.activity.name)
    try:
        ends = spans(bootstrap, spare.topics.activity.name)
    except TopicsWrong:  # dropped already, as far as that
        return
    left = sum(max(0, end - max(begin, places.get(number, 0))) for number, (begin, end) in ends.items())
    if left:
        raise RebuildWrong(
            f"{left:,} records of {spare.topics.activity.name} are not copied yet: somebody still writes there. Point "
            f"it to {rebuild.new.topics.activity.name}, and let `dealwatch rebuild start` copy the rest"
        )


def drop(bootstrap: Address, rebuild: Rebuild, spare: Environment) -> list[str]:
    """Delete all topics and groups of an environment; return the names of the topics. There is no undo.

    What says that it does not lead goes last, so that whoever is interrupted can run it again.
    """
    names = [getattr(spare.topics, each.name).name for each in fields(spare.topics)]
    last = spare.topics.generation.name
    with admin(bootstrap) as client:
        _delete(client, [each for each in names if each != last])
        known = {each["group_id"] for each in retried(client.list_groups)}
        groups = [each for each in (*(spare.group(role) for role in GROUPS), rebuild.group) if each in known]
        if groups:
            retried(lambda: client.delete_groups(groups))
        kept = rebuild.new if spare.prefix == rebuild.old.prefix else rebuild.old
        write_generation(bootstrap, kept.topics, LEADS)
        _delete(client, [last])
    return names


def _delete(client: Any, names: list[str]) -> None:
    for each in client.delete_topics(names, raise_errors=False)["topics"]:
        raise_if_denied(each["error_code"], each["name"])
        if each["error_code"] and name_of(each["error_code"]) not in _GONE:
            raise KafkaRefused(f"Kafka did not delete {each['name']}: {name_of(each['error_code'])}; run this again")
