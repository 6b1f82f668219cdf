"""What a tenant sets of the rules, as plain data: validated, brought into one form, and made into a `Policy`.

The plain data is what a file says and what travels in the log, so nothing in it depends on a version's code:

    {"general": {"country": "NL"}, "rule": {"silent": {"factor": 2.0}},
     "team": {"emea": {"owners": ["rep-1"], "timezone": "Europe/Amsterdam", "rule": {"silent": {"on": false}}}},
     "play": {"nurture": {"on": false}, "our_own": {"version": 1, ...}}}

A play is there whole, or switched off; which plays come with the product is in the `Policy` that these rules are for.
In its one form it says only what differs from what is declared (for a team: from what holds for everyone), so two files
that mean the same have the same digest, whatever their order and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from hashlib import blake2b
from math import isfinite
from typing import Any, NamedTuple, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from streams.alerts.parameters import Parameters, described
from streams.alerts.policy import General, Policy, TeamRules
from streams.alerts.registry import BY_NAME, RULES
from streams.errors import PlayWrong, RulesWrong
from streams.events.decode import is_zone
from streams.plays.definition import PlayDefinition
from streams.plays.read import plain, read_play
from streams.state.calendar import Calendar, is_country

Plain = dict[str, Any]

_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TOP = ("general", "rule", "team", "play")
_OF_A_TEAM = ("owners", "manager", "country", "timezone", "rule")
_MOST_OWNERS, _LONGEST_OWNER, _MOST_PLAYS = 5_000, 200, 100
#: What is said of a play that is not to be played.
_OFF = {"on": False}


class Change(NamedTuple):
    """One parameter that is not as declared: where it stands, what it is, and what it would be."""

    place: str
    value: Any
    default: Any


class Rules(Struct, frozen=True, gc=False):
    """What a tenant sets of the rules, in its one form, with its digest (empty where everything is as declared)."""

    data: Plain
    digest: str

    def policy(self, base: Policy) -> Policy:
        """What the rules go by; `base` has what the settings say."""
        general = _struct(General, self.data.get("general", {}))
        everyone = _team("", self.data, general, base.timezone)
        owners = {}
        for name, team in self.data.get("team", {}).items():
            both = {"rule": _joined(self.data.get("rule", {}), team.get("rule", {})), **_calendar_of(team)}
            its = _team(name, both, general, base.timezone)
            owners.update(dict.fromkeys(team.get("owners", ()), its))
        plays: Plain = self.data.get("play", {})
        off = [name for name, said in plays.items() if said == _OFF]
        others = [msgspec.convert(said, PlayDefinition) for said in plays.values() if said != _OFF]
        playbook = base.playbook.with_plays(others, off) if plays else base.playbook
        return replace(base, general=general, everyone=everyone, owners=owners, playbook=playbook)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that is not as declared, in the order of the declarations."""
        return tuple(_changes(self.data))


def read_rules(said: Mapping[str, Any]) -> Rules:
    """Validate plain data and bring it into its one form; raises `RulesWrong`, which names each fault and its place."""
    faults: list[str] = []
    data = _read_all(said, faults)
    if faults:
        raise RulesWrong("; ".join(faults))
    return Rules(data, digest_of(data))


def digest_of(data: Plain) -> str:
    """The digest of plain data in its one form; empty where everything is as declared."""
    if not data:
        return ""
    return blake2b(msgspec.json.encode(data, order="sorted"), digest_size=8).hexdigest()


AS_DECLARED = Rules({}, "")


def _read_all(said: Mapping[str, Any], faults: list[str]) -> Plain:
    data: Plain = {}
    _unknown(said, _TOP, "", "section", faults)
    if general := _read_struct(General, _section(said, "general", "", faults), "general", {}, faults):
        data["general"] = general
    if rules := _read_rules(_section(said, "rule", "", faults), "", {}, faults):
        data["rule"] = rules
    owned: dict[str, str] = {}
    teams: Plain = {}
    for name, team in sorted(_section(said, "team", "", faults).items()):
        place = f"team.{name}"
        if not _TEAM.fullmatch(name):
            faults.append(f"{place}: a team's name has letters, digits, '_', '.' and '-'")
        elif not isinstance(team, Mapping):
            faults.append(f"{place}: must be a table")
        else:
            teams[name] = _read_team(team, place, data.get("rule", {}), faults)
            faults += [
                f"{place}.owners: {owner!r} is in team {owned[owner]} already"
                for owner in teams[name].get("owners", ())
                if owned.setdefault(owner, name) != name
            ]
    if teams:
        data["team"] = teams
    if plays := _read_plays(_section(said, "play", "", faults), faults):
        data["play"] = plays
    return data


def _read_plays(said: Mapping[str, Any], faults: list[str]) -> Plain:
    """Read plays, each whole or `on = false`; the id of each is its name here."""
    found: Plain = {}
    if len(said) > _MOST_PLAYS:
        faults.append(f"play: at most {_MOST_PLAYS} plays are read")
    for name, its in sorted(said.items()):
        if not isinstance(its, Mapping):
            faults.append(f"play.{name}: must be a table")
        elif dict(its) == _OFF:
            found[name] = dict(_OFF)
        elif its.get("id", name) != name:
            faults.append(f"play.{name}.id: is {its['id']!r}")
        else:
            try:
                found[name] = plain(read_play({**its, "id": name}, BY_NAME))
            except PlayWrong as error:
                faults.append(f"play.{name}: {error.args[0]}")
    return found


def _read_team(said: Mapping[str, Any], place: str, everyone: Plain, faults: list[str]) -> Plain:
    _unknown(said, _OF_A_TEAM, place, "key of a team", faults)
    team: Plain = {}
    owners = said.get("owners")
    if not isinstance(owners, list | tuple) or not owners or len(owners) > _MOST_OWNERS:
        faults.append(f"{place}.owners: must be a list of 1 to {_MOST_OWNERS:,} owners' ids")
    elif wrong := [each for each in owners if not (isinstance(each, str) and 0 < len(each) <= _LONGEST_OWNER)]:
        faults.append(f"{place}.owners: {wrong[0]!r} is no owner's id")
    else:
        team["owners"] = sorted(set(owners))
    manager = said.get("manager", "")
    if not isinstance(manager, str) or len(manager) > _LONGEST_OWNER:
        faults.append(f"{place}.manager: {manager!r} is nobody's id")
    elif manager:
        team["manager"] = manager
    for key, known, example in (("country", is_country, "NL or DE-BY"), ("timezone", is_zone, "Europe/Amsterdam")):
        if (value := said.get(key, "")) == "":
            continue
        if isinstance(value, str) and known(value):
            team[key] = value
        else:
            faults.append(f"{place}.{key}: {value!r} is not known; use one like {example}")
    if rules := _read_rules(_section(said, "rule", place, faults), f"{place}.", everyone, faults):
        team["rule"] = rules
    return team


def _read_rules(said: Mapping[str, Any], before: str, everyone: Plain, faults: list[str]) -> Plain:
    """Read the parameters of rules; `everyone` has those that hold where nothing is said here."""
    _unknown(said, BY_NAME, f"{before}rule", "rule", faults)
    found: Plain = {}
    for rule in RULES:
        if rule.name in said:
            section = _section(said, rule.name, f"{before}rule", faults)
            place = f"{before}rule.{rule.name}"
            if read := _read_struct(rule.parameters, section, place, everyone.get(rule.name, {}), faults):
                found[rule.name] = read
    return found


def _read_struct(kind: type[Struct], said: Mapping[str, Any], place: str, before: Plain, faults: list[str]) -> Plain:
    """Read the parameters of one struct; return those that differ from `before`, and that from the declared."""
    hints = get_type_hints(kind, include_extras=True)
    _unknown(said, hints, place, "parameter", faults)
    found: Plain = {}
    so_far = len(faults)
    for each in described(kind):
        if each.name not in said:
            continue
        value = said[each.name]
        try:
            read = msgspec.convert(value, hints[each.name])
            if isinstance(read, float) and not isfinite(read):
                raise ValueError
            if each.name == "country" and read and not is_country(read):
                faults.append(f"{place}.country: {read!r} is not known; use one like NL or DE-BY")
            elif read != before.get(each.name, each.default):
                found[each.name] = read
        except (msgspec.ValidationError, ValueError):
            bounds = f" ({each.bounds})" if each.bounds else ""
            word = {bool: "true or false", int: "a whole number", float: "a number"}.get(type(each.default), "a text")
            unit = f" of {each.unit}" if each.unit else ""
            faults.append(f"{place}.{each.name}: {_shown(value)} must be {word}{unit}{bounds}: {each.meaning}")
    if len(faults) == so_far:
        try:
            _struct(kind, {**before, **found})
        except msgspec.ValidationError as error:  # numbers that do not go together
            faults.append(f"{place}: {error}")
    return found


def _section(said: Mapping[str, Any], key: str, place: str, faults: list[str]) -> Mapping[str, Any]:
    section = said.get(key, {})
    if isinstance(section, Mapping):
        return section
    faults.append(f"{place}{'.' if place else ''}{key}: must be a table, as [{key}.…]")
    return {}


def _unknown(
    said: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...], place: str, what: str, faults: list[str]
) -> None:
    for name in said:
        if name not in known:
            alike = get_close_matches(str(name), list(known), n=1)
            hint = f"did you mean {alike[0]}?" if alike else f"there are {', '.join(known)}"
            faults.append(f"{place}{'.' if place else ''}{name}: no such {what}; {hint}")


def _shown(value: object) -> str:
    """A value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _struct(kind: type[Any], said: Mapping[str, Any]) -> Any:
    return msgspec.convert(dict(said), kind)


def _joined(everyone: Plain, team: Plain) -> Plain:
    return {name: {**everyone.get(name, {}), **team.get(name, {})} for name in {**everyone, **team}}


def _calendar_of(team: Plain) -> Plain:
    return {key: team[key] for key in ("manager", "country", "timezone") if key in team}


def _team(name: str, said: Plain, general: General, timezone: str) -> TeamRules:
    """Make what holds for the owners of a team from plain data that names everything that is not as declared."""
    parameters: dict[type[Struct], Struct] = {}
    off = set()
    for rule, values in said.get("rule", {}).items():
        kind = BY_NAME[rule].parameters
        settings: Parameters = _struct(kind, values)
        parameters[kind] = settings
        if not settings.on:
            off.add(rule)
    calendar = Calendar(said.get("country", general.country), said.get("timezone", timezone))
    manager = said.get("manager", "")
    return TeamRules(team=name, manager=manager, calendar=calendar, parameters=parameters, off=frozenset(off))


def _changes(data: Plain) -> Iterator[Change]:
    general = asdict(General())
    for name, value in data.get("general", {}).items():
        yield Change(f"general.{name}", value, general[name])
    yield from _changed_rules(data.get("rule", {}), "", {})
    for team, its in data.get("team", {}).items():
        for key in ("owners", "manager", "country", "timezone"):
            if key in its:
                yield Change(f"team.{team}.{key}", its[key], "")
        yield from _changed_rules(its.get("rule", {}), f"team.{team}.", data.get("rule", {}))
    yield from _changed_plays(data.get("play", {}))


def _changed_plays(plays: Plain) -> Iterator[Change]:
    for name, its in plays.items():
        yield Change(f"play.{name}", "off" if its == _OFF else f"version {its['version']}", "")


def _changed_rules(rules: Plain, before: str, everyone: Plain) -> Iterator[Change]:
    for rule, values in rules.items():
        declared = {each.name: each.default for each in described(BY_NAME[rule].parameters)}
        holds = {**declared, **everyone.get(rule, {})}
        for name, value in values.items():
            yield Change(f"{before}rule.{rule}.{name}", value, holds[name])
