"""Which environment leads, read from Kafka and written there; and the two environments of a rebuild."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from streams.access.kafka import Address
from streams.admin.reading import find_latest
from streams.admin.states import append_to
from streams.config.settings import Settings
from streams.config.topics import Topics, group_of, plan
from streams.errors import DealwatchError, TopicsWrong
from streams.replay.generation import KEY, LEADS, Generation, decode_generation, encode_generation

#: Every group of an environment that leads.
GROUPS = ("track", "actions", "learn", "revenue", "allot", "send")


class RebuildWrong(DealwatchError):
    """What was asked of a rebuild does not fit how it stands."""

    id = "err-rebuild"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: its prefix, topics and groups."""

    settings: Settings

    @property
    def prefix(self) -> str:
        """Its prefix."""
        return self.settings.prefix

    @property
    def name(self) -> str:
        """Its name in a sentence."""
        return f"the environment {self.prefix!r}" if self.prefix else "the environment without a prefix"

    @property
    def topics(self) -> Topics:
        """Its topics."""
        return plan(self.settings)

    def group(self, role: str) -> str:
        """One of its groups."""
        return group_of(self.settings, role)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """An environment, and the one that is rebuilt from it."""

    old: Environment
    new: Environment

    @property
    def group(self) -> str:
        """The group of whoever copies."""
        return self.new.group("rebuild")


def read_generation(bootstrap: Address, topics: Topics) -> Generation:
    """Return an environment's role; one that says nothing of it leads. Raises `RebuildWrong` where it is unreadable."""
    try:
        found = find_latest(bootstrap, topics.generation.name, KEY)
    except TopicsWrong:  # of a version that knew no other roles
        return LEADS
    try:
        return decode_generation(found[0].value) if found else LEADS
    except msgspec.DecodeError as error:
        raise RebuildWrong(f"the record on {topics.generation.name} cannot be read: {error}") from error


def write_generation(bootstrap: Address, topics: Topics, generation: Generation) -> None:
    """Write an environment's role."""
    append_to(bootstrap, topics.generation.name, KEY, encode_generation(generation))


def rebuild_of(bootstrap: Address, settings: Settings, prefix: str) -> Rebuild:
    """Return the rebuild whose new environment has a prefix; raises `RebuildWrong` where there is none."""
    new = Environment(settings.model_copy(update={"prefix": prefix}))
    role = read_generation(bootstrap, new.topics)
    if role.other is None:
        raise RebuildWrong(
            f"no rebuild is under way in {new.name}; begin one with `dealwatch rebuild start {prefix or 'PREFIX'}`"
        )
    return Rebuild(Environment(settings.model_copy(update={"prefix": role.other})), new)
