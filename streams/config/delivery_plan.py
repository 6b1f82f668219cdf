"""The delivery file as programs use it: channels with their addresses, and each owner's policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from streams.notify.hours import Calendar, Span, Weekdays, WorkingTime
from streams.notify.policy import OwnerPolicy
from streams.notify.render import Format, Renderer
from streams.notify.routes import Route

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

#: The working days of a country, by its code; none where it is not known.
CalendarOf = Callable[[str], Calendar | None]


def weekdays_anywhere(_country: str) -> None:
    """No country is known: the days of the week count that the delivery file names."""


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
    """An owner: time zone, country (for holidays), and what addresses need."""

    zone: ZoneInfo
    country: str
    fields: Mapping[str, str]


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
    zone: ZoneInfo
    people: Mapping[str, Person]
    teams: Mapping[str, str]
    rates: Mapping[str, float]
    renderer: Renderer
    give_up_ms: int

    def policy_of(self, owner: str, calendar_of: CalendarOf = weekdays_anywhere) -> OwnerPolicy:
        """What holds for an owner. A channel that lacks something of the owner's gives way to the fallback."""
        person = self.people.get(owner) or Person(self.zone, "", {})

        def usable(route: Route) -> Route:
            names = [
                each
                for name in route.channels
                for each in ((name,) if self.channels[name].address(person.fields) is not None else self.fallback)
            ]
            return replace(route, channels=tuple(dict.fromkeys(names)))

        calendar = calendar_of(person.country) or Weekdays(self.days)
        return OwnerPolicy(
            time=WorkingTime(person.zone, calendar, self.working, self.quiet, self.digest),
            routes=tuple(map(usable, self.routes)),
            fallback=self.fallback,
            team=self.teams.get(owner, ""),
            budget=self.budget,
            reserve=self.reserve,
            holders=self._of_kind(HOLDING),
            undigested=self._of_kind(UNDIGESTED),
            rates=self.rates,
        )

    def _of_kind(self, kinds: tuple[ChannelKind, ...]) -> frozenset[str]:
        return frozenset(name for name, channel in self.channels.items() if channel.kind in kinds)
