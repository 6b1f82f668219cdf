"""The alert as others read it on `deal.alerts`: what, why in words and numbers, what to do, and what it is based on.

A deal has one alert at a time, with as many reasons as rules have something to say. Its id is a hash of opportunity,
rule and episode of the reason that opened it; an episode is an instant from event data (when the silence began, the
close date that was missed). So a replay or a takeover says the same alert again instead of another one. `sequence`
counts the transitions of one alert: (id, sequence) names one message.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from streams.alerts.plays import Play, Withheld
from streams.alerts.update import Update
from streams.records import read_value
from streams.state.watch import Severity, Status

#: What happened to the alert. "changed": its reasons, without making it more or less severe; or nobody turned to it,
#: and another play is called for.
Transition = Literal[
    "opened",
    "escalated",
    "de_escalated",
    "changed",
    "acknowledged",
    "snoozed",
    "assigned",
    "resolved",
    "reopened",
]

#: Rises when a rule's meaning changes, so that a consumer can tell old alerts from new ones.
RULE_VERSION = 3


class Driver(Struct, frozen=True, omit_defaults=True):
    """One reason: a sentence, and what it adds to the log-odds of the risk where the model says it."""

    text: str
    feature: str = ""
    log_odds: float | None = None


class WhatIf(Struct, frozen=True):
    """One more event that would help: in words, the probability after it, and by how much that is better."""

    text: str
    probability: float
    helps: float


class RiskStatement(Struct, frozen=True):
    """The model's view at the time: log-odds = level + the drivers' log-odds.

    `base_rate` is how often it came true for all deals, `comparable_rate` for those of the same phase (`comparable`).
    `learned_share` is how much what was learned counts in the log-odds, from 0 to 1; the rest is the base rate.
    `rank` is how many of 100 open deals have a lower probability; none where they are few, or all alike.
    """

    target: str
    probability: float
    log_odds: float
    level: float
    base_rate: float
    cases: int
    model_version: str
    drivers: tuple[Driver, ...]
    comparable: str
    comparable_rate: float
    what_if: WhatIf | None = None
    learned_share: float = 1.0
    rank: int | None = None


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule's part of the alert: what holds, since when, and what would end it."""

    rule: str
    rule_version: int
    severity: Severity
    #: The instant from event data that it is about.
    episode: int
    #: One sentence for a person.
    title: str
    #: The rule's own evidence, in words and numbers.
    evidence: tuple[Driver, ...]
    #: What would end it, in words.
    clears_when: str
    #: Until when somebody wants to hear nothing of it.
    snoozed_until: int | None = None


class Ended(Struct, frozen=True):
    """A reason that was there before this message, and why it is there no more."""

    rule: str
    why: str


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One transition of one alert. Instants are milliseconds since 1970-01-01 UTC; amounts decimal strings."""

    id: str
    sequence: int
    transition: Transition
    status: Status
    #: That of the worst reason which is not snoozed.
    severity: Severity
    #: The leading reason's.
    rule: str
    opportunity: str
    name: str
    owner: str
    account: str
    stage: str
    amount: str | None
    currency: str
    opened_at: int
    at: int
    #: The leading reason's sentence, or how the alert ended.
    title: str
    #: The leading one first; none in a resolution.
    reasons: tuple[Reason, ...] = ()
    #: Reasons that left with this message.
    ended: tuple[Ended, ...] = ()
    risk: RiskStatement | None = None
    play: Play | None = None
    #: The play that fits, where this deal is one of those from which it is withheld; then there is no `play`.
    withheld: Withheld | None = None
    #: What the deal's record should say by what happened, to accept or reject with one event.
    updates: tuple[Update, ...] = ()
    assignee: str = ""
    acknowledged_by: str = ""
    #: Who did it, where a person did, and what they wrote.
    by: str = ""
    note: str = ""
    #: Why it ended, for a resolved alert.
    resolution: str = ""
    #: How far the silence of the deal's feed can be trusted.
    feed: str = "unmonitored"


def alert_id(opportunity: str, rule: str, episode: int, retold: int = 0) -> str:
    """The id that every replay of the same log gives to the same alert; `retold`: how often the episode was told."""
    again = f"\0{retold}" if retold else ""
    return "al-" + blake2b(f"{opportunity}\0{rule}\0{episode}{again}".encode(), digest_size=10).hexdigest()


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Alert] = msgspec.json.Decoder(Alert)


def encode_alert(alert: Alert) -> bytes:
    """Return the bytes that `decode_alert` reads back equal."""
    return _encoder.encode(alert)


def decode_alert(value: bytes) -> Alert:
    """Read an alert; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)
