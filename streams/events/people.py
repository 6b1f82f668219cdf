"""Events of the buyer's people: who joined, who left."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from streams.events.envelope import Event, Identifier


class ContactData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person on the buyer's side, by id, with the role played in the purchase."""

    contact: Identifier
    role: Annotated[str, Meta(max_length=100)] = ""
    seniority: Annotated[str, Meta(max_length=50)] = ""


class ContactAdded(Event, tag="deal.contact_added.v1", frozen=True, kw_only=True):
    """A person was added to the opportunity."""

    data: ContactData


class ContactRemoved(Event, tag="deal.contact_removed.v1", frozen=True, kw_only=True):
    """A person was taken off the opportunity."""

    data: ContactData


class ContactLeft(Event, tag="deal.contact_left.v1", frozen=True, kw_only=True):
    """A person left the buyer's company."""

    data: ContactData
