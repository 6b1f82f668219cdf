"""A proposed update: what a deal's record should say by what happened, for a person to accept or reject."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from msgspec import Struct

#: What of the deal it changes; `status` is that it was won.
Field = Literal["status", "stage", "close_date", "next_step"]


class Update(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change and why. Accepting it is one event of the deal that carries `value`, and `id` as `data.update`.

    `value` is the name of a stage, a calendar date in the deal's time zone, a next step, or `won`.
    """

    id: str
    field: Field
    value: str
    #: The question that it puts to a person.
    title: str
    #: What happened that speaks for it, in words.
    evidence: tuple[str, ...]
    #: Since when that speaks for it, in milliseconds.
    since: int
    #: The stage's rank on the sales ladder.
    position: int | None = None
    #: When the next step is due, in milliseconds.
    due: int | None = None


def update_id(opportunity: str, field: Field, value: str, since: int) -> str:
    """The id of an update that was proposed because of what happened at `since`: the same wherever it is worked out."""
    return "up-" + blake2b(f"{opportunity}\0{field}\0{value}\0{since}".encode(), digest_size=10).hexdigest()
