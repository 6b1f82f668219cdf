"""Door: all that the matrix and the coach go by, kept current event by event.

Deals are kept by their id and know nothing of each other, so the order in which deals are interleaved, and how a log is
cut into parts, make no difference to what is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from msgspec import Struct

from streams.alerts.alert import Alert
from streams.events.action import is_action
from streams.events.control import RulesChanged
from streams.plays.event import PlayEvent
from streams.revenue.company import Company
from streams.revenue.conduct import Conduct
from streams.revenue.follow import follow
from streams.revenue.heeding import Heeding, acted, alerted, played
from streams.revenue.practice import Practice
from streams.revenue.seen import Seen

#: How many changes of rules are kept, the latest.
_CHANGES = 200
_AS_DECLARED = blake2b(b"{}", digest_size=8).hexdigest()


class Change(Struct, frozen=True, order=True, gc=False):
    """The process itself was changed: when, and what of it in words."""

    at: int
    what: str


class Kept(Struct, frozen=True, kw_only=True):
    """A logbook as a value, to be written down."""

    conducts: tuple[Conduct, ...]
    heedings: tuple[Heeding, ...]
    rules: tuple[tuple[int, str], ...]
    plays: tuple[tuple[str, int, int], ...]
    changes: tuple[Change, ...]


class Logbook:
    """How all deals are conducted. `company` and `practice` are those of whoever asks."""

    def __init__(self, company: Company, practice: Practice | None = None, kept: Kept | None = None) -> None:
        """Begin with nothing, or go on from what was kept."""
        self.company = company
        self.practice = practice or Practice()
        self.conducts: dict[str, Conduct] = {}
        self.heedings: dict[str, Heeding] = {}
        #: When which rules came into force, by a digest of them.
        self._rules: set[tuple[int, str]] = set()
        #: When each version of a play was first run.
        self._plays: dict[tuple[str, int], int] = {}
        self._declared: set[Change] = set()
        if kept is not None:
            self.conducts = {each.id: each for each in kept.conducts}
            self.heedings = {each.id: each for each in kept.heedings}
            self._rules = set(kept.rules)
            self._plays = {(play, version): at for play, version, at in kept.plays}
            self._declared = set(kept.changes)

    def see(self, seen: Seen) -> None:
        """Take in one event of a deal; an action of somebody about an alert is one, too."""
        name = seen.after.id
        conduct = follow(self.conducts.get(name), seen, self.company, self.practice)
        if conduct is not None:
            self.conducts[name] = conduct
        if is_action(seen.event):
            self.heedings[name] = acted(self._heeding(name), seen.event)

    def hear(self, alert: Alert) -> None:
        """Take in one message of an alert."""
        self.heedings[alert.opportunity] = alerted(self._heeding(alert.opportunity), alert)

    def play(self, event: PlayEvent) -> None:
        """Take in what happened to a run of a play."""
        key = event.play, event.version
        self._plays[key] = min(self._plays.get(key, event.started_at), event.started_at)
        self.heedings[event.opportunity] = played(self._heeding(event.opportunity), event)

    def rule(self, event: RulesChanged) -> None:
        """Take in that other rules are in force; each partition tells it, which counts once."""
        content = msgspec.json.encode(event.data.rules, order="deterministic")
        self._rules.add((event.at, blake2b(content, digest_size=8).hexdigest()))
        if len(self._rules) > _CHANGES:
            self._rules.remove(min(self._rules))

    def change(self, change: Change) -> None:
        """Take in a change of the process that no event tells, as another definition of the stages."""
        self._declared.add(change)
        if len(self._declared) > _CHANGES:
            self._declared.remove(min(self._declared))

    def changes(self) -> list[Change]:
        """Every change of the process, in order of time: other rules, another version of a play, what was declared."""
        found = set(self._declared)
        before = _AS_DECLARED
        for at, digest in sorted(self._rules):
            if digest != before:
                found.add(Change(at, "other rules for alerts came into force"))
            before = digest
        for (play, version), at in self._plays.items():
            if any(name == play and other < version and since < at for (name, other), since in self._plays.items()):
                found.add(Change(at, f"the play {play} became version {version}"))
        return sorted(found)

    def forget(self, before: int) -> int:
        """Drop deals that ended before an instant (milliseconds) and return how many: nothing later is told of them."""
        old = [each.id for each in self.conducts.values() if not each.is_open and (each.closed_at or 0) < before]
        for name in old:
            del self.conducts[name]
            self.heedings.pop(name, None)
        return len(old)

    def join(self, others: Iterable[Logbook]) -> Logbook:
        """Return one logbook of several that have different deals, as those of partitions."""
        whole = Logbook(self.company, self.practice, self.kept())
        for other in others:
            whole.conducts |= other.conducts
            whole.heedings |= other.heedings
            whole._rules |= other._rules
            whole._declared |= other._declared
            for key, at in other._plays.items():
                whole._plays[key] = min(whole._plays.get(key, at), at)
        return whole

    def kept(self) -> Kept:
        """Return all of it as a value, the same for the same events."""
        return Kept(
            conducts=tuple(self.conducts[name] for name in sorted(self.conducts)),
            heedings=tuple(self.heedings[name] for name in sorted(self.heedings)),
            rules=tuple(sorted(self._rules)),
            plays=tuple(sorted((play, version, at) for (play, version), at in self._plays.items())),
            changes=tuple(sorted(self._declared)),
        )

    def _heeding(self, name: str) -> Heeding:
        return self.heedings.get(name) or Heeding(id=name)


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Kept] = msgspec.msgpack.Decoder(Kept)


def encode_kept(kept: Kept) -> bytes:
    """Return the bytes that `decode_kept` reads back equal."""
    return _encoder.encode(kept)


def decode_kept(value: bytes) -> Kept:
    """Read what was kept; raises `msgspec.DecodeError` for anything else."""
    return _decoder.decode(value)
