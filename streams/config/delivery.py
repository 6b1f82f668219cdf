"""The delivery file: channels, routes, budget, hours and people. Read once, checked whole, secrets taken from outside.

    fallback = ["ops"]                        who hears of what no route takes

    [channels.sales]
    url = "slack://${SLACK_TOKEN}/#deals"     an Apprise URL, or alertmanager://host:port
    rate = 1.0                                messages a second

    [[routes]]
    team = ["emea"]
    channels = ["sales"]

`docs/notify.md` has all of it. `${NAME}` is the environment's value of NAME; `{mail}` in a URL is the owner's, of
`[owner.<id>]`. What is wrong is said with its place in the file, all of it at once; a secret is never in a message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from streams.alerts.policy import Policy
from streams.alerts.registry import BY_NAME
from streams.config.delivery_plan import UNDIGESTED, Channel, ChannelKind, DeliveryPlan, Person
from streams.config.secret import keep_out_of_logs
from streams.config.toml import NotToml, read_toml
from streams.errors import DealwatchError
from streams.events.decode import is_zone
from streams.notify.hours import Span
from streams.notify.render import TEMPLATES, Renderer, TemplateWrong
from streams.notify.routes import Route
from streams.state.calendar import is_country

_SECRET = re.compile(r"\$\{(\w+)\}")
_FIELD = re.compile(r"(?<!\$)\{(\w+)\}")
_SCHEMA = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_KINDS: dict[str, ChannelKind] = {
    "alertmanager": "alertmanager",
    "alertmanagers": "alertmanager",
    "json": "webhook",
    "jsons": "webhook",
    "mailto": "mail",
    "mailtos": "mail",
    "pagerduty": "incident",
}
#: Schemas of services that show Markdown; everything else gets plain text, unless `kind` says otherwise.
_CHATS = frozenset(
    ("slack", "workflows", "workflow", "msteams", "discord", "mmost", "mmosts", "rocket", "rockets", "zulip", "gchat")
)


class DeliveryWrong(DealwatchError):
    """The delivery file cannot be used; the message names each fault with its place."""

    id = "err-delivery-wrong"


_Names = tuple[str, ...]


class _Budget(Struct, forbid_unknown_fields=True):
    per_day: Annotated[int, Meta(ge=0, le=1000)] = 5
    reserve: Annotated[int, Meta(ge=0, le=1000)] = 2


_Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[_Day, ...] = get_args(_Day)


class _Hours(Struct, forbid_unknown_fields=True):
    working: str = "09:00-17:00"
    quiet: _Names = ()
    digest: str = ""
    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Meta(min_length=1)] = _DAYS[
        :5
    ]


class _Channel(Struct, forbid_unknown_fields=True):
    url: str
    kind: Literal["", "chat", "mail", "text", "webhook", "incident", "alertmanager"] = ""
    rate: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    repeat_seconds: Annotated[int, Meta(ge=5, le=3600)] = 60


class _Route(Struct, forbid_unknown_fields=True, rename={"go_on": "continue"}):
    channels: Annotated[_Names, Meta(min_length=1)]
    owner: _Names = ()
    team: _Names = ()
    severity: tuple[Literal["info", "warning", "critical"], ...] = ()
    rule: _Names = ()
    always: bool = False
    go_on: bool = False


class _File(Struct, forbid_unknown_fields=True):
    fallback: Annotated[_Names, Meta(min_length=1)]
    channels: dict[str, _Channel]
    routes: tuple[_Route, ...] = ()
    budget: _Budget = msgspec.field(default_factory=_Budget)
    hours: _Hours = msgspec.field(default_factory=_Hours)
    owner: dict[str, dict[str, str]] = {}
    rates: dict[str, Annotated[float, Meta(gt=0)]] = {}
    templates: str = ""
    give_up_hours: Annotated[float, Meta(gt=0, le=24 * 30)] = 24.0


def read_delivery(path: Path, policy: Policy, page_url: str) -> DeliveryPlan:
    """Read and check the file; raises `DeliveryWrong`.

    `policy` has the teams of the rules file, with their owners, time zones and countries.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryWrong(f"{path}: {getattr(error, 'strerror', None) or error}; name a delivery file") from error
    try:
        found = msgspec.convert(read_toml(text), _File)
    except NotToml as error:
        raise DeliveryWrong(f"{path} is {error}") from error
    except msgspec.ValidationError as error:
        raise DeliveryWrong(f"{path}: {_in_words(str(error))}") from error
    reading = _Reading(found, path, policy, page_url)
    plan = reading.plan()
    if reading.faults or plan is None:
        raise DeliveryWrong(f"{path}: " + "; ".join(reading.faults))
    return plan


def default_delivery(policy: Policy) -> DeliveryPlan:
    """What holds where no file says anything else: everything goes to its owner, within the budget and the hours."""
    text = '[channels.owner]\nurl = "json://localhost"\n'
    found = msgspec.convert({**read_toml(text), "fallback": ["owner"]}, _File)
    reading = _Reading(found, Path("the default"), policy, "")
    plan = reading.plan()
    assert plan is not None and not reading.faults
    return plan


class _Reading:
    """One pass over the file that notes every fault instead of stopping at the first."""

    def __init__(self, found: _File, path: Path, policy: Policy, page_url: str) -> None:
        self._found = found
        self._path = path
        self._policy = policy
        self._page_url = page_url
        self.faults: list[str] = []

    def plan(self) -> DeliveryPlan | None:
        found = self._found
        channels = {name: self._channel(name, each) for name, each in found.channels.items()}
        self._known(found.fallback, channels, "fallback")
        for channel in (channels[name] for name in found.fallback if name in channels):
            if channel.asks_for:
                self._say(f"fallback: {channel.name} needs {{{channel.asks_for[0]}}}, which not every owner has")
            if channel.kind in UNDIGESTED:
                self._say(f"fallback: {channel.name} is made for incidents; the fallback must take digests as well")
        routes = tuple(self._route(number, each) for number, each in enumerate(found.routes, start=1))
        if found.budget.reserve > found.budget.per_day:
            self._say(f"budget: reserve {found.budget.reserve} is more than per_day {found.budget.per_day}")
        working = self._span(found.hours.working, "hours.working")
        quiet = tuple(self._span(each, "hours.quiet") for each in found.hours.quiet)
        if working.start >= working.end:
            self._say("hours.working: must begin before it ends, on one day")
        free = [each for each in range(working.start, working.end) if not any(span.has(each) for span in quiet)]
        if not free and working.start < working.end:
            self._say("hours.quiet: covers all working hours, so nothing would ever be sent")
        digest = self._time(found.hours.digest, "hours.digest") if found.hours.digest else min(free, default=0)
        if free and (not working.has(digest) or any(span.has(digest) for span in quiet)):
            self._say("hours.digest: must lie within the working hours, and not in quiet ones")
        people = self._people()
        renderer = self._renderer()
        if self.faults or renderer is None:
            return None
        return DeliveryPlan(
            channels=channels,
            routes=routes,
            fallback=found.fallback,
            budget=found.budget.per_day,
            reserve=found.budget.reserve,
            working=working,
            quiet=quiet,
            digest=digest,
            days=frozenset(map(_DAYS.index, found.hours.days)),
            people=people,
            rules=self._policy,
            rates=dict(found.rates),
            renderer=renderer,
            give_up_ms=int(found.give_up_hours * 3_600_000),
        )

    def _channel(self, name: str, given: _Channel) -> Channel:
        at = f"channels.{name}"
        if not _NAME.fullmatch(name):
            self._say(f"{at}: a name is made of letters, digits, dots, dashes and underscores")
        url = self._filled(given.url, at)
        schema, separator, address = url.partition("://")
        keep_out_of_logs(address)  # a token may stand in it as it is
        if not separator or not _SCHEMA.fullmatch(schema):
            # What stands there instead may be secret, and nobody must show it as a schema.
            self._say(f"{at}.url: must be an address such as slack://... or mailto://...")
        kind = given.kind or _KINDS.get(schema.lower()) or ("chat" if schema.lower() in _CHATS else "text")
        if (kind == "alertmanager") != schema.lower().startswith("alertmanager"):
            self._say(f"{at}: kind alertmanager and an address alertmanager:// belong together")
        # Not of what the environment has put in: a secret is no field, whatever it is made of.
        asks_for = tuple(dict.fromkeys(_FIELD.findall(given.url)))
        return Channel(name, kind, schema.lower(), url, given.rate, given.repeat_seconds * 1000, asks_for)

    def _filled(self, url: str, at: str) -> str:
        """Put the environment's values into an address."""

        def value(found: re.Match[str]) -> str:
            known = os.environ.get(found[1])
            if not known:
                self._say(f"{at}.url: the environment has no {found[1]}")
            return keep_out_of_logs(known or "")

        return _SECRET.sub(value, url)

    def _route(self, number: int, given: _Route) -> Route:
        at = f"routes[{number}]"
        self._known(given.channels, self._found.channels, f"{at}.channels")
        self._known(given.team, {each.team for each in self._policy.owners.values()}, f"{at}.team")
        self._known(given.rule, BY_NAME, f"{at}.rule")
        return Route(
            channels=given.channels,
            owners=frozenset(given.owner),
            teams=frozenset(given.team),
            severities=frozenset(given.severity),
            rules=frozenset(given.rule),
            always=given.always,
            goes_on=given.go_on,
        )

    def _people(self) -> dict[str, Person]:
        people: dict[str, Person] = {}
        for owner, given in self._found.owner.items():
            fields = dict(given)
            zone, country = fields.pop("timezone", ""), fields.pop("country", "")
            if zone and not is_zone(zone):
                self._say(f"owner.{owner}.timezone: there is no {zone!r}; use a name like Europe/Amsterdam")
            if country and not is_country(country):
                self._say(f"owner.{owner}.country: {country!r} is not known; use one like NL or DE-BY")
            people[owner] = Person(zone, country, fields)
        return people

    def _renderer(self) -> Renderer | None:
        sources = {name: files("streams.notify").joinpath("templates", name).read_text("utf-8") for name in TEMPLATES}
        folder = self._path.parent / self._found.templates
        if self._found.templates:
            if not folder.is_dir():
                self._say(f"templates: {self._found.templates} is no folder beside the file")
                return None
            for path in sorted(folder.iterdir()):
                if path.name not in sources:
                    self._say(f"templates: {path.name} is no template; there are {', '.join(TEMPLATES)}")
                else:
                    sources[path.name] = path.read_text(encoding="utf-8")
        try:
            return Renderer(sources, self._page_url)
        except TemplateWrong as error:
            self._say(str(error))
            return None

    def _span(self, text: str, at: str) -> Span:
        start, separator, end = text.partition("-")
        if not separator:
            self._say(f"{at}: {text!r} is no span; write 09:00-17:00")
            return Span(0, 1)
        return Span(self._time(start.strip(), at), self._time(end.strip(), at))

    def _time(self, text: str, at: str) -> int:
        found = _TIME.fullmatch(text)
        minutes = int(found[1]) * 60 + int(found[2]) if found else 24 * 60 + 1
        if minutes > 24 * 60:
            self._say(f"{at}: {text!r} is no time of day; write 09:00")
            return 0
        return minutes

    def _known(self, names: Iterable[str], among: Iterable[str], at: str) -> None:
        known = list(among)
        for name in names:
            if name not in known:
                self._say(f"{at}: there is no {name!r}{_perhaps(name, known)}")

    def _say(self, fault: str) -> None:
        self.faults.append(fault)


def _perhaps(name: str, known: list[str]) -> str:
    alike = get_close_matches(name, known, n=1)
    return f"; did you mean {alike[0]}?" if alike else ""


def _in_words(complaint: str) -> str:
    """A complaint of msgspec as a person says it."""
    what, _, place = complaint.partition(" - at `$")
    place = re.sub(r"\[\.\.\.\]", ".*", place.rstrip("`").lstrip("."))
    what = what.replace("Object contains unknown field", "there is no setting")
    what = what.replace("Object missing required field", "missing:")
    return f"{place}: {what}" if place else what
