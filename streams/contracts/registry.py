"""The topics as others see them: a new one is one entry here, beside its plan in `streams/config/topics.py`.

What a topic is for, by what it is keyed, which headers and values its records have. Everything else that is said of a
topic, schemas, the AsyncAPI document, checks against real messages and old samples, is derived from these entries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from models.snapshot import SCHEMA as MODELS_SCHEMA
from models.snapshot import ModelSet
from streams.admin.deadletters import REPLAYED_FROM
from streams.admin.rewrite import COPY_OF
from streams.alerts.alert import Alert, Transition
from streams.contracts.answers import ANSWERS
from streams.contracts.contract import BYTES, CLOUD_EVENTS, JSON, TERM_HEADER, Contract, Header, Key, Message
from streams.engine.lastwords import TENURE
from streams.events.action import ACTIONS
from streams.events.contract import EVENT_TYPES
from streams.events.control import CONTROL, ClockAdvanced, ForecastAdjusted, RulesChanged
from streams.events.envelope import Event
from streams.events.rejection import Reason
from streams.labels.lesson import EpochReached, Heard, Pinned, Resumed
from streams.notify.delivery import Delivery
from streams.notify.handled import RETRY
from streams.plays.event import Arm, Happened, PlayEvent
from streams.replay.generation import KEY as GENERATION_KEY
from streams.replay.generation import Generation
from streams.replay.rekey import COPIED_FROM
from streams.runtime import deadletter
from streams.runtime.intake import JUDGEMENTS
from streams.runtime.shelf import KEY_PREFIX
from streams.state.codec import PARTITION_KEY, DealRecord, PartitionRecord
from streams.state.codec import SCHEMA as STATE_SCHEMA
from streams.telemetry.tracing import TRACEPARENT


class ModelRecord(Struct, frozen=True):
    """The models of a UTC day. The checksum is that of the bytes of `models` as they are in the value."""

    schema: Literal[2]
    checksum: str
    models: ModelSet


OPPORTUNITY = Key("The opportunity id.", r"^[^~]", "opp-7")
_OPEN_KEY = Key("The opportunity id; any key, or none, where what came was no event.", r"", "opp-7", optional=True)
_NOBODY = Key("None: the record is not about one opportunity, and is sent to every partition.", None)
_NO_KEY = Key("None.", None)
_PARTITION = Key("Marks the partition's own state.", f"^{PARTITION_KEY.decode()}$", PARTITION_KEY.decode())
_EPOCH = Key("The epoch (UTC days since 1970-01-01).", f"^{KEY_PREFIX.decode()}\\d+$", f"{KEY_PREFIX.decode()}20514")
_ALERT = Key("The alert's id.", "^al-[0-9a-f]{20}$", "al-58f2c1d09a7be64310aa")
_DELIVERY = Key("The message's id.", "^dn-[0-9a-f]{24}$", "dn-8aa7ce98d695e647e85fa9e2")
_OWNER = Key("The owner who is told; empty for deals of nobody.", "", "rep-1")
_TRACE = Header(
    TRACEPARENT,
    "The trace and the span that the record comes from (W3C Trace Context), where there are traces.",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    required=False,
)
_OF_ALERTS = (
    Header("alert_id", "The alert's id, as in the value.", _ALERT.example, _ALERT.pattern),
    Header("transition", "What happened to it, as in the value.", "opened", values=get_args(Transition)),
    _TRACE,
)
_OF_OPEN_ALERTS = (
    *(each._replace(required=False) for each in _OF_ALERTS),
    Header(
        TENURE,
        "The partition of `deal.activity` and the term of the worker that owned it: of two owners the later one has "
        "the greater. A tombstone with no other header was written over what a former owner had said too late.",
        "3 4294967299",
        r"^\d+ \d+$",
        required=False,
    ),
)
_OF_PLAYS = (
    Header("happened", "What happened to the run, as in the value.", "started", values=get_args(Happened)),
    Header("arm", "Whether the play is shown or withheld, as in the value.", "played", values=get_args(Arm)),
)
_CONTENT_TYPE = Header(
    "content-type",
    "The content type of CloudEvents in JSON, if you like.",
    CLOUD_EVENTS,
    pattern="^application/cloudevents",
    required=False,
)
_NUMBER = r"^-?\d+$"


def tag_of(kind: type) -> str:
    """Return the `type` by which a member of a union is told from the others."""
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # a tagged msgspec struct


def _messages(kinds: tuple[type[Event], ...]) -> tuple[Message, ...]:
    return tuple(Message(tag_of(each), _NOBODY if each in CONTROL else OPPORTUNITY, each) for each in kinds)


def _acted() -> tuple[type[Event], ...]:
    """What people do about alerts, and what they say of deals and of forecasts."""
    return (*ACTIONS, *JUDGEMENTS, ForecastAdjusted)


def _written() -> tuple[str, ...]:
    """The events that Dealwatch itself writes or moves to `deal.activity`."""
    kinds: tuple[type[Event], ...] = (ClockAdvanced, RulesChanged, *_acted())
    return tuple(map(tag_of, kinds))


def _lessons() -> tuple[Message, ...]:
    alone: tuple[type, ...] = (EpochReached, Pinned, Resumed)
    return tuple(Message(tag_of(each), _NO_KEY if each in alone else OPPORTUNITY, each) for each in get_args(Heard))


CONTRACTS: tuple[Contract, ...] = (
    Contract(
        role="activity",
        version=1,
        title="What happened to deals",
        meaning=(
            "Events of deals, as CloudEvents 1.0 in structured JSON mode. Write yours here, keyed by opportunity id "
            "and partitioned by murmur2; control events go to every partition, without a key."
        ),
        messages=_messages(EVENT_TYPES),
        headers=(
            _CONTENT_TYPE,
            Header(
                REPLAYED_FROM,
                "The dead letter that was repaired: `partition:offset`.",
                "3:17",
                r"^\d+:\d+$",
                required=False,
            ),
            _TRACE,
            Header(
                COPIED_FROM,
                "`dealwatch rebuild` copied it from another environment: `topic:partition:offset`.",
                "deal.activity:3:17",
                r"^[A-Za-z0-9._-]+:\d+:\d+$",
                required=False,
            ),
        ),
        content_type=CLOUD_EVENTS,
        direction="receive",
        also_sent=_written(),
    ),
    Contract(
        role="actions",
        version=1,
        title="What people do about alerts",
        meaning=(
            "Actions on alerts, people's judgements of deals, and managers' figures for forecasts, with `actor`. What "
            "is one becomes an event on `deal.activity`, byte for byte; what is none, a dead letter."
        ),
        messages=_messages(_acted()),
        headers=(_CONTENT_TYPE, _TRACE),
        content_type=CLOUD_EVENTS,
        direction="receive",
    ),
    Contract(
        role="state",
        version=STATE_SCHEMA,
        title="Deals as they are now",
        meaning=(
            "The state of every deal, and of every partition: the changelog of the worker, for others to read. The "
            "latest record of a key counts."
        ),
        messages=(
            Message("deal", OPPORTUNITY, DealRecord),
            Message("partition", _PARTITION, PartitionRecord),
            Message("deal_forgotten", OPPORTUNITY, None, "The deal is over for long, and is forgotten."),
        ),
        headers=(TERM_HEADER,),
    ),
    Contract(
        role="alerts",
        version=1,
        title="Alerts",
        meaning=(
            "Every transition of every alert, in one order. (id, sequence) names one message; after a crash one may "
            "come twice."
        ),
        messages=(Message("alert", OPPORTUNITY, Alert),),
        headers=_OF_ALERTS,
    ),
    Contract(
        role="open_alerts",
        version=1,
        title="Alerts that are not resolved",
        meaning="The latest message of each alert that is not resolved; it goes away when the alert is resolved.",
        messages=(
            Message("open_alert", _ALERT, Alert),
            Message("alert_resolved", _ALERT, None, "The alert is resolved; `deal.alerts` says how."),
        ),
        headers=_OF_OPEN_ALERTS,
    ),
    Contract(
        role="plays",
        version=1,
        title="Runs of plays",
        meaning=(
            "What happened to runs of plays: begun, followed, asked for, what came of them. `id` names one message; "
            "after a crash one may come twice. Of a run whose arm is `held_out` nobody is to be told: the play is "
            "withheld from that deal, to see what difference it makes."
        ),
        messages=(Message("play", OPPORTUNITY, PlayEvent),),
        headers=_OF_PLAYS,
    ),
    Contract(
        role="examples",
        version=1,
        title="Lessons",
        meaning="What the learner hears: questions, their answers when they fall due, ended spans, promises, pins.",
        messages=_lessons(),
    ),
    Contract(
        role="learner",
        version=1,
        title="What the learner remembers",
        meaning="The learner's changelog.",
        private="the learner's own: it changes with any release",
    ),
    Contract(
        role="models",
        version=MODELS_SCHEMA,
        title="Models",
        meaning="The models of every UTC day, as plain numbers. The latest record of a day counts.",
        messages=(Message("models", _EPOCH, ModelRecord),),
    ),
    Contract(
        role="dead",
        version=1,
        title="Dead letters",
        meaning="What came and is no event: the bytes as they were; reason and origin in the headers.",
        messages=(Message("dead_letter", _OPEN_KEY, msgspec.Raw, "The original bytes, whatever they are; or none."),),
        headers=(
            Header(deadletter.REASON, "What was wrong.", "invalid_value", values=tuple(each.value for each in Reason)),
            Header(deadletter.DETAIL, "Which field, or by how much.", "Expected `str`, got `int` - at `$.id`"),
            Header(deadletter.TOPIC, "Where it came from.", "deal.activity"),
            Header(deadletter.PARTITION, "Its partition.", "3", _NUMBER),
            Header(deadletter.OFFSET, "Its offset.", "17", _NUMBER),
            Header(deadletter.TIMESTAMP, "When it was appended, in ms since 1970-01-01 UTC.", "1772442000000", _NUMBER),
        ),
        content_type=BYTES,
    ),
    Contract(
        role="notifier",
        version=1,
        title="Who waits to be told what",
        meaning="The changelog of the program that decides who is told of alerts, and when.",
        messages=(Message("owner", _OPEN_KEY, msgspec.Raw),),
        headers=(TERM_HEADER,),
        private="the notifier's own: `dealwatch notify outbox` says what waits",
    ),
    Contract(
        role="notifications",
        version=1,
        title="Messages to people",
        meaning=(
            "What was decided to be told, to whom, through which channel: each message once, or, after a crash, again "
            "under the same id."
        ),
        messages=(Message("delivery", _OWNER, Delivery),),
        headers=(Header(RETRY, "It was refused, and is asked for again.", "1", "^1$", required=False), _TRACE),
    ),
    Contract(
        role="sent",
        version=1,
        title="Messages and how they went",
        meaning="The changelog of the program that sends: how far each message is, by its id.",
        messages=(Message("handled", _OPEN_KEY, msgspec.Raw),),
        headers=(TERM_HEADER,),
        private="the sender's own: `dealwatch notify outbox` says what failed",
    ),
    Contract(
        role="undelivered",
        version=1,
        title="Messages that could not be delivered",
        meaning="What a channel refused for good, or until it was given up; keyed by the message's id.",
        messages=(
            Message("undelivered", _DELIVERY, Delivery),
            Message("no_delivery", _OPEN_KEY, msgspec.Raw, "A record that was no alert, or no message: its bytes."),
        ),
        headers=(
            Header(deadletter.REASON, "What was wrong: a short name.", "http_404"),
            Header(deadletter.DETAIL, "The same in words.", "the service answered 404"),
            Header(deadletter.TIMESTAMP, "When it was given up, in ms since 1970-01-01 UTC.", "1772442000000", _NUMBER),
        ),
        content_type=JSON,
    ),
    *ANSWERS,
    Contract(
        role="generation",
        version=1,
        title="Which environment leads",
        meaning="Whether this environment leads, follows one that it is rebuilt from, or has retired for another.",
        messages=(
            Message(
                "generation",
                Key("Always the same.", f"^{GENERATION_KEY.decode()}$", GENERATION_KEY.decode()),
                Generation,
            ),
        ),
        private="`dealwatch rebuild` writes it, and `dealwatch rebuild status` says it",
    ),
)

#: On any topic, as soon as something was erased from it.
_COPY = Header(
    COPY_OF,
    "The record was written anew because something else was erased: the offset that it had before.",
    "17",
    _NUMBER,
    required=False,
)
CONTRACTS = tuple(replace(each, headers=(*each.headers, _COPY)) for each in CONTRACTS)

#: Those that others may read or write.
PUBLIC: tuple[Contract, ...] = tuple(each for each in CONTRACTS if not each.private)
