"""What is read of Kafka: events, states, alerts, lessons, models, the learner, and the page that is made of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from models.checkpoint import CheckpointRefused, pack_learner, unpack_learner
from models.closing import Closings
from models.learn import Learner
from models.rank import rank_of
from models.score import score
from models.snapshot import ModelSet, SnapshotRefused, decode_models, encode_models
from streams.admin.scrub import Erasure, Scrubber
from streams.admin.scrub_answers import without
from streams.alerts.alert import decode_alert, encode_alert
from streams.alerts.heed import heeding
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.decode import decode
from streams.events.envelope import moment_of
from streams.events.rejection import Rejection
from streams.labels.lesson import decode_lesson, encode_lesson
from streams.labels.scoring import read_scorer
from streams.notify.delivery import decode_delivery, encode_delivery
from streams.notify.notice import notice_of
from streams.plays.event import decode_play_event, encode_play_event
from streams.replay.generation import decode_generation, encode_generation
from streams.revenue.answers import decode_answer, encode_answer, key_of
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition, encode_deal, encode_partition, gist_of
from streams.state.memory import mark_of
from streams.state.opportunity import DAY
from streams.web.app import build_web
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.news import next_news
from streams.web.read_model import ReadModel
from tests.builders import Timeline, a_policy, a_vector, some_moving_models
from tests.fuzz.pages import Markup
from tests.unit.web.samples import ask_here

SAMPLES = Path(__file__).parents[1] / "samples"
#: Records were appended after all samples.
APPENDED_AT = 1_800_000_000_000
_LONGEST_DETAIL = 200
_PAGES = (
    *("/", "/inbox", "/deals/{}", "/models", "/rules"),
    *("/api/deals", "/api/deals/{}", "/api/inbox", "/api/summary", "/api/alerts"),
)


@cache
def samples(*topics: str) -> tuple[bytes, ...]:
    """Return the recorded values of some topics, in all their versions."""
    paths = (path for topic in topics for path in sorted((SAMPLES / topic).rglob("*.json")))
    return tuple(path.read_bytes() for path in paths if not path.name.endswith(".expected.json"))


@cache
def _moving() -> ModelSet:
    return some_moving_models()


@cache
def _creations() -> dict[str, bytes]:
    """How the deals of the samples began."""
    found: dict[str, bytes] = {}
    for value in samples("deal.activity"):
        event = decode(value, None, APPENDED_AT)
        if not isinstance(event, Rejection) and event.kind == "created":
            found.setdefault(event.subject, value)
    return found


def answer(value: bytes) -> None:
    """An answer of revenue comes back equal, under a key of its own; a person in it can be erased."""
    try:
        found = decode_answer(value)
    except msgspec.DecodeError:
        return
    again = encode_answer(found)
    assert decode_answer(again) == found
    left = without(key_of(found), again, Scrubber(Erasure("person", "rep-de-01", "somebody")))
    assert left.key is not None and left.value is not None
    assert key_of(decode_answer(left.value)) == left.key


def event(value: bytes) -> None:
    """An event comes back equal; a refusal has a reason and a short detail."""
    found = decode(value, None, APPENDED_AT)
    if isinstance(found, Rejection):
        assert found.reason.value and len(found.detail) <= _LONGEST_DETAIL
        return
    again = encode(found)
    assert decode(again, found.subject.encode() or None, APPENDED_AT) == found
    again.decode()


def flow(value: bytes) -> None:
    """What is accepted can be lived through: heard twice, with weeks after it, by a deal that was there and by none."""
    found = decode(value, None, APPENDED_AT)
    if isinstance(found, Rejection):
        return
    line = Timeline(_moving(), a_policy())
    line.tell(*filter(None, [_creations().get(found.subject)]), value, value)
    clock = line.partition.clock
    if clock is not None:
        line.tell(encode(ClockAdvanced(id="later", source="/fuzz", time=moment_of(clock + 20 * DAY))), value)
    for alert in line.alerts:
        assert decode_alert(encode_alert(alert)) == alert
        notice_of(alert)
    for play in line.plays:
        assert decode_play_event(encode_play_event(play)) == play
    for lesson in line.lessons:
        assert decode_lesson(encode_lesson(lesson)) == lesson
    for deal in line.partition.deals.values():
        assert decode_deal(encode_deal(deal)) == deal
    partition = line.partition.state
    assert decode_partition(encode_partition(partition)) == partition


def state(value: bytes) -> None:
    """A state comes back equal, and its mark is what its first bytes say."""
    try:
        if b'"partition":' in value[:40]:
            partition = decode_partition(value)
            assert decode_partition(encode_partition(partition)) == partition
            return
        deal = decode_deal(value)
    except msgspec.DecodeError:
        gist_of(b"key", value)
        return
    written = encode_deal(deal)
    assert decode_deal(written) == deal
    assert gist_of(deal.facts.id.encode(), written) or mark_of(deal).events >= 10**18


def alert(value: bytes) -> None:
    """An alert comes back equal, and can be told."""
    try:
        found = decode_alert(value)
    except msgspec.DecodeError:
        return
    assert decode_alert(encode_alert(found)) == found
    notice_of(found)


def record(value: bytes) -> None:
    """Lessons, messages, runs of plays and what says who leads come back equal."""
    readers: tuple[tuple[Callable[[bytes], Any], Callable[[Any], bytes]], ...] = (
        (decode_lesson, encode_lesson),
        (decode_delivery, encode_delivery),
        (decode_play_event, encode_play_event),
        (decode_generation, encode_generation),
    )
    for read, write in readers:
        try:
            found = read(value)
        except msgspec.DecodeError:
            continue
        assert read(write(found)) == found


def page(value: bytes) -> None:
    """Whatever stands on the topics that the page reads, every address answers."""
    model = ReadModel()
    for number, sample in enumerate((value, *samples("deal.state")[:2])):
        model.on_state(PARTITION_KEY if b'"partition":' in sample[:40] else b"opp-%d" % number, sample)
    for sample in (value, samples("deal.alerts")[0]):
        model.on_alert(sample)
    model.on_models(_moving())
    app = build_web(
        model,
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        submit=lambda _: asyncio.sleep(0),
    )

    async def look() -> None:
        for address in _PAGES:
            answer = await ask_here(app, address.format(quote(_named(value), safe="")), headers={"accept": "text/html"})
            assert answer.status < 500, address
            if answer.headers["content-type"].startswith("text/html"):
                Markup().feed(answer.text)

    asyncio.run(look())
    assert "\n" not in (next_news(model) or "")


def _named(value: bytes) -> str:
    """The deal that a state or an alert is of, or another."""
    with suppress(msgspec.DecodeError):
        return decode_deal(value).facts.id
    with suppress(msgspec.DecodeError):
        return decode_alert(value).opportunity
    return "opp-000002"


def snapshot(value: bytes) -> None:
    """A snapshot comes back equal, or is refused."""
    try:
        models = decode_models(value)
    except SnapshotRefused:
        return
    assert decode_models(encode_models(models)) == models


def forged(body: bytes) -> None:
    """Somebody writes models with a checksum that is right: they are refused, or say probabilities, and all of them."""
    value = sealed(body)
    try:
        models = decode_models(value)
    except SnapshotRefused:
        return
    _used(models)
    try:
        read_scorer(value)
    except SnapshotRefused:
        return
    line = Timeline(models, a_policy())
    first = next(iter(_creations().values()))
    line.tell(first)
    assert line.partition.clock is not None
    line.tell(encode(ClockAdvanced(id="later", source="/fuzz", time=moment_of(line.partition.clock + 9 * DAY))))
    for told in line.alerts:
        assert decode_alert(encode_alert(told)) == told


def sealed(body: bytes) -> bytes:
    """A snapshot of these models, as bytes, with the checksum that belongs to them."""
    return b'{"schema":2,"checksum":"%b","models":%b}' % (blake2b(body, digest_size=16).hexdigest().encode(), body)


def _used(models: ModelSet) -> None:
    vectors = (a_vector(), a_vector(3.0, stage="discovery", owner="rep-1"), a_vector(1e9), a_vector(-1.0))
    for vector in vectors:
        for weights in models.targets.values():
            risk = score(weights, vector)
            assert 0.0 <= risk.probability <= 1.0 and math.isfinite(risk.log_odds) and math.isfinite(risk.level)
            rank = rank_of(risk.probability, weights.quantiles)
            assert rank is None or 0 <= rank < 100
    closings = Closings(models.norms.dwell, models.epoch)
    for stage in ("discovery", *models.norms.dwell.stages):
        outlook = closings.outlook(stage, 3.0)
        assert -1e-9 <= outlook.won_by(30) <= 1.0 + 1e-9
        outlook.days_to_win(0.5)
    norms = models.norms
    for spans in (norms.gaps, norms.stays, *norms.stage_gaps.values(), *norms.owner_gaps.values()):
        assert math.isfinite(spans.median) and math.isfinite(spans.nine_of_ten)
    heeding(a_policy(), models.feedback)


@cache
def learner() -> tuple[bytes, ...]:
    """Return a learner's checkpoint."""
    return pack_learner(Learner().state())


def checkpoint(value: bytes) -> None:
    """A learner comes back as it was, or is refused; nothing is made larger than what was read."""
    try:
        found = unpack_learner((value,))
    except CheckpointRefused:
        return
    assert b"".join(pack_learner(found)) == value or unpack_learner(pack_learner(found)) == found
