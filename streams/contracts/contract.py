"""The form in which a topic is described to others: its keys, headers and values, in types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from streams.engine.store import TERM

JSON: Final = "application/json"
CLOUD_EVENTS: Final = "application/cloudevents+json; charset=UTF-8"
#: What may be any bytes at all.
BYTES: Final = "application/octet-stream"
#: A JSON Schema.
Schema = dict[str, Any]


class Key(NamedTuple):
    """By what a record is keyed: what it means, and its form (`pattern` none: there is no key)."""

    meaning: str
    pattern: str | None
    example: str | None = None
    #: Whether the key may be missing, too.
    optional: bool = False


class Header(NamedTuple):
    """A header of a record. Values are UTF-8 texts, but for those of `bytes_long` bytes, which are numbers."""

    name: str
    meaning: str
    example: str | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()
    required: bool = True
    bytes_long: int | None = None


class Message(NamedTuple):
    """One kind of record: its name, its key, and its value; no type: nothing (a tombstone), `Raw`: any bytes."""

    name: str
    key: Key
    value: type | None
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """A topic as others see it.

    `role` is its place in `streams.config.topics.Topics`, `version` the folder of its samples, which rises when an old
    reader could misread a new value. `direction` is Dealwatch's own: it sends, or receives; `also_sent` are messages
    that it sends, too, to a topic that it receives. `private` says why nobody else should read it: then nothing is
    promised of its values.
    """

    role: str
    version: int
    title: str
    meaning: str
    messages: tuple[Message, ...] = ()
    headers: tuple[Header, ...] = ()
    content_type: str = JSON
    direction: Literal["send", "receive"] = "send"
    also_sent: tuple[str, ...] = ()
    private: str = ""


TERM_HEADER: Final = Header(
    TERM, "The owner's term, big-endian: the later of two owners has the greater.", bytes_long=8
)
