"""The delivery file as programs use it: channels with their addresses, and each owner's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal
from urllib.parse import quote

from msgspec.structs import replace

from streams.alerts.policy import Policy
from streams.notify.hours import Span, Weekdays, WorkingTime
from streams.notify.policy import OwnerPolicy
from streams.notify.render import Format, Renderer
from streams.notify.routes import Route
from streams.state.calendar import Calendar

ChannelKind = Literal["chat", "mail", "text", "webhook", "incident", "alertmanager"]
#: What a kind of channel shows.
FORMAT: dict[ChannelKind, Format] = {
    "chat": "md",
    "mail": "html",
    "text": "txt",
    "webhook": "txt",
    "incident": "txt",
    "alertmanager": "txt",
}
#: Kinds that keep a state of each alert, and are told when it ends.
HOLDING: tuple[ChannelKind, ...] = ("webhook", "incident", "alertmanager")
#: Kinds that are made for single incidents and take no digest.
UNDIGESTED: tuple[ChannelKind, ...] = ("incident", "alertmanager")


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go. `url` holds secrets: it is in no representation. `rate` is in messages a second.

    `asks_for` are fields of the owner that the address needs, such as {mail}.
    """

    name: str
    kind: ChannelKind
    schema: str
    url: str = field(repr=False)
    rate: float
    repeat_ms: int
    asks_for: tuple[str, ...] = ()

    def address(self, fields: Mapping[str, str]) -> str | None:
        """The address for an owner with these fields; none where one is missing."""
        url = self.url
        for name in self.asks_for:
            if not fields.get(name):
                return None
            url = url.replace(f"{{{name}}}", quote(fields[name], safe="@"))
        return url


@dataclass(frozen=True, slots=True)
class Person:
    """An owner: what addresses need; time zone and country where they are not the team's (empty: they are)."""

    zone: str
    country: str
    fields: Mapping[str, str]


_NOBODY = Person("", "", {})


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """All of a delivery file, checked."""

    channels: Mapping[str, Channel]
    routes: tuple[Route, ...]
    fallback: tuple[str, ...]
    budget: int
    reserve: int
    working: Span
    quiet: tuple[Span, ...]
    digest: int
    days: frozenset[int]
    people: Mapping[str, Person]
    rules: Policy
    rates: Mapping[str, float]
    renderer: Renderer
    give_up_ms: int

    def policy_of(self, owner: str) -> OwnerPolicy:
        """What holds for an owner. A channel that lacks something of the owner's gives way to the fallback."""
        person = self.people.get(owner, _NOBODY)
        team = self.rules.team_of(owner)
        calendar = Calendar(person.country or team.calendar.country, person.zone or team.calendar.timezone)

        def usable(route: Route) -> Route:
            names = [
                each
                for name in route.channels
                for each in ((name,) if self.channels[name].address(person.fields) is not None else self.fallback)
            ]
            return replace(route, channels=tuple(dict.fromkeys(names)))

        return OwnerPolicy(
            time=WorkingTime(
                calendar.zone,
                # A country's weekends and holidays are known; elsewhere the file says which days of the week count.
                calendar if calendar.country else Weekdays(self.days),
                self.working,
                self.quiet,
                self.digest,
            ),
            routes=tuple(map(usable, self.routes)),
            fallback=self.fallback,
            team=team.team,
            budget=self.budget,
            reserve=self.reserve,
            holders=self._of_kind(HOLDING),
            undigested=self._of_kind(UNDIGESTED),
            rates=self.rates,
        )

    def destination(self, name: str, owner: str) -> str:
        """Name the place that a channel leads to for an owner: what two owners share has one name, as all of a chat do.

        Where each owner has an address a digest of it tells them apart.
        """
        channel = self.channels.get(name)
        if channel is None or not channel.asks_for:
            return name
        fields = self.people.get(owner, _NOBODY).fields
        address = "\0".join(fields.get(each, "") for each in channel.asks_for)
        return f"{name}|{blake2b(address.encode(), digest_size=8).hexdigest()}"

    def _of_kind(self, kinds: tuple[ChannelKind, ...]) -> frozenset[str]:
        return frozenset(name for name, channel in self.channels.items() if channel.kind in kinds)
