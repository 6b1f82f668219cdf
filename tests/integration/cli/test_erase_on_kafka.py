"""Erasing, on the real thing: every topic without it, everything else as it was, also where it is interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient
from msgspec.structs import replace

from streams.admin import rewrite
from streams.admin.client import OffsetAndMetadata, TopicPartition, admin, producer, retried
from streams.admin.lag import committed_places
from streams.admin.provision import check, configure
from streams.admin.reading import Record, latest_by_key, read_topic, spans
from streams.config.topics import group_of
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Reason, Rejection
from streams.labels.lesson import Asked, encode_lesson
from streams.notify.delivery import Delivery, encode_delivery
from streams.notify.handled import Handled, encode_handled
from streams.notify.notice import line_of, notice_of
from streams.notify.owner import Entry, Kept, OwnerState, decode_owner, encode_owner
from streams.plays.event import encode_play_event
from streams.replay.partitioner import partition_of
from streams.replay.rebuild import rebuild
from streams.state.feeds import Counts
from tests.builders import SameModels, Timeline, a_call, a_clock, a_merge, a_policy, an_opportunity, ms
from tests.integration.admin.staging import MODELS, PARTITIONS, Stage, a_silent_deal, a_silent_story
from tests.integration.cli.conftest import Dealwatch

pytestmark = pytest.mark.kafka

GONE, STAYS = "opp-17", "opp-18"


def raw(stage: Stage) -> dict[str, list[Record]]:
    """Everything on every topic."""
    return {each.name: list(read_topic(stage.bootstrap, each.name)) for each in stage.topics.all}


def is_named(record: Record, name: str) -> bool:
    """Whether a record has a name anywhere in its bytes."""
    return any(name.encode() in (part or b"") for part in (record.key, record.value, *record.headers.values()))


def naming(stage: Stage, name: str) -> dict[str, int]:
    """How many records of each topic have a name."""
    counts = {topic: sum(is_named(each, name) for each in records) for topic, records in raw(stage).items()}
    return {topic.removeprefix(stage.settings.prefix): count for topic, count in counts.items() if count}


def shape(record: Record) -> tuple[bytes | None, bytes | None, int]:
    """What must stay of a record that has nothing to do with it."""
    return record.key, record.value, record.timestamp


def events_of(stage: Stage, *stories: list[Event]) -> None:
    """Append events to the partition of their deals, those of a minute side by side."""
    events = sorted((each for story in stories for each in story), key=lambda each: each.time)
    stage.put(
        stage.topics.activity.name,
        (
            (each.subject.encode() or None, encode(each), partition_of(each.subject.encode(), b"", PARTITIONS))
            for each in events
        ),
    )


@pytest.fixture
def full(stage: Stage) -> Iterator[Stage]:
    """An environment with two deals on every topic, handled to the end by a worker that is stopped."""
    lives = {name: a_silent_deal(name) for name in (GONE, STAYS)}
    mention = a_merge(2, subject="opp-20", into=GONE)
    events_of(stage, *(a_silent_story(name) for name in lives), [an_opportunity(1, subject="opp-20"), mention])
    stage.put_deals(
        [
            *(life.deal(name) for name, life in lives.items()),
            Timeline(MODELS).tell(an_opportunity(1, subject="opp-20"), mention).deal("opp-20"),
        ]
    )
    stage.put_deals([lives[GONE].deal(GONE)])
    for number in range(PARTITIONS):
        stage.put_books(Counts(), number)
    stage.put_models(MODELS)
    topics, owner = stage.topics, b"owner|rep-1"
    notices = {name: notice_of(life.alerts[-1]) for name, life in lives.items()}
    for name, life in lives.items():
        message = b"dn-a" if name == GONE else b"dn-b"
        stage.put_alerts(life.alerts)
        key = name.encode()
        stage.put(topics.open_alerts.name, [(life.alerts[-1].id.encode(), msgspec.json.encode(life.alerts[-1]), 0)])
        stage.put(topics.plays.name, [(key, encode_play_event(each), 0) for each in life.plays])
        stage.put(topics.actions.name, [(key, encode(a_call(1, subject=name)), 0)])
        stage.put(
            topics.examples.name, [(key, encode_lesson(each), 0) for each in life.lessons if isinstance(each, Asked)]
        )
        stage.put(topics.learner.name, [(b"3|" + key, b'{"at":1}', 0)])
        sent = Delivery(id=message.decode(), kind="alert", channel="c", owner="rep-1", at=1, notice=notices[name])
        stage.put(topics.notifications.name, [(b"rep-1", encode_delivery(sent), 0)])
        waits = Handled(status="waiting", channel="c", since=1, at=1, delivery=sent)
        stage.put(topics.sent.name, [(message, encode_handled(waits), 0)])
        stage.put(topics.undelivered.name, [(message, encode_delivery(sent), 0)])
        stage.put_dead(encode(a_call(1, subject=name)), Rejection(Reason.LATE, name), 0, key)
    digest = Delivery(
        id="dn-digest",
        kind="digest",
        channel="c",
        owner="rep-1",
        at=1,
        day="2026-01-01",
        lines=tuple(line_of(each, "waited") for each in notices.values()),
    )
    stage.put(topics.notifications.name, [(b"rep-1", encode_delivery(digest), 0)])
    entries = {each.id: Entry(notice=each) for each in notices.values()}
    kept = Kept(state=OwnerState(owner="rep-1", entries=entries), decided=(digest,))
    stage.put(topics.notifier.name, [(owner, encode_owner(kept), 0)])
    handled(stage)
    yield stage


def handled(stage: Stage) -> None:
    """Let the group of the workers have come to the end, and another one half way."""
    ends = spans(stage.bootstrap, stage.topics.activity.name)
    with admin(stage.bootstrap) as client:
        for group, share in ((group_of(stage.settings, "track"), 1.0), (f"{stage.settings.prefix}others", 0.5)):
            places = {
                TopicPartition(stage.topics.activity.name, number): OffsetAndMetadata(int(end * share), "", -1)
                for number, (_, end) in ends.items()
            }
            retried(lambda group=group, places=places: client.alter_group_offsets(group, places))  # type: ignore[misc]


def test_a_dry_run_says_what_there_is_and_changes_nothing(full: Stage, dealwatch: Dealwatch) -> None:
    """By topic, how many records are about the deal and how many mention it."""
    before = raw(full)
    shown = json.loads(dealwatch("erase", GONE, "--json", *full.words).stdout)
    found = {each["topic"].removeprefix(full.settings.prefix): each for each in shown["topics"]}
    assert (found["deal.activity"]["about"], found["deal.activity"]["mention"]) == (4, 1)
    assert (found["deal.notifications"]["about"], found["deal.notifications"]["mention"]) == (1, 1)
    assert found["deal.state"]["about"] == 2
    assert found["deal.models"]["about"] + found["deal.models"]["mention"] == 0
    assert sum(each["about"] > 0 for each in shown["topics"]) == 12
    assert "Nothing was changed" in dealwatch("erase", GONE, *full.words).stdout
    assert dealwatch("erase", GONE, "--check", *full.words).exit_code == 1
    assert raw(full) == before


def test_a_deal_is_gone_from_every_topic_and_all_else_is_as_it_was(
    full: Stage, dealwatch: Dealwatch, tmp_path: Path
) -> None:
    """No byte names it any more; what is there of the other deal is what was there before, in its order."""
    before, mentioned = raw(full), naming(full, STAYS)
    result = dealwatch("erase", GONE, "--yes", "--reason", "ticket 4711", "--data", tmp_path, *full.words)
    assert result.exit_code == 0, result.output
    assert "nothing is left" in result.stdout
    assert naming(full, GONE) == {}
    after = raw(full)
    for topic in (each.name for each in full.topics.all if each.configs["cleanup.policy"] == "delete"):
        untouched = [shape(each) for each in before[topic] if not is_named(each, GONE)]
        assert [each for each in map(shape, after[topic]) if each in untouched] == untouched
    assert naming(full, STAYS) == mentioned
    [owner] = [decode_owner(each.value or b"") for each in after[full.topics.notifier.name]]
    assert {each.notice.opportunity for each in owner.state.entries.values()} == {STAYS}
    assert [line.opportunity for line in owner.decided[0].lines] == [STAYS]
    assert [report.drifts for report in check(full.bootstrap, full.topics.all)] == [()] * len(full.topics.all)
    [line] = (tmp_path / "erasures.jsonl").read_text().splitlines()
    written = json.loads(line)
    assert (written["reason"], written["left"], GONE in line) == ("ticket 4711", {}, False)
    assert written["erased"][full.topics.activity.name] == 5
    assert dealwatch("erase", GONE, "--check", *full.words).exit_code == 0


def test_a_broker_that_hears_late_that_a_topic_may_be_cut_is_asked_again(
    full: Stage, dealwatch: Dealwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller has taken the setting, and the broker still goes by the one before."""
    timers: list[Timer] = []

    def late(client: KafkaAdminClient, topic: str, configs: dict[str, str]) -> None:
        if "delete" not in configs["cleanup.policy"]:
            configure(client, topic, configs)
            return
        timers.append(Timer(0.5, in_force, (topic, configs)))
        timers[-1].start()

    def in_force(topic: str, configs: dict[str, str]) -> None:
        with admin(full.bootstrap) as client:
            configure(client, topic, configs)

    monkeypatch.setattr(rewrite, "configure", late)
    result = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert result.exit_code == 0, result.output
    assert naming(full, GONE) == {} and len(timers) >= 1
    assert [report.drifts for report in check(full.bootstrap, full.topics.all)] == [()] * len(full.topics.all)


def test_time_goes_on_where_its_events_were(full: Stage, dealwatch: Dealwatch, tmp_path: Path) -> None:
    """Who folds the log again gets every other deal as it was, and every group goes on where it would have."""
    number = partition_of(STAYS.encode(), b"", PARTITIONS)
    topic = full.topics.activity.name
    others = f"{full.settings.prefix}others"

    def log() -> list[Record]:
        return list(read_topic(full.bootstrap, topic, [number]))

    def told() -> Any:
        made = rebuild(log(), STAYS, ms(40), a_policy(), SameModels(MODELS), number=number, partitions=PARTITIONS)
        assert made.state is not None
        return replace(made.state, offset=0), made.now, made.alerts

    def times(records: list[Record]) -> list[int]:
        events = (decode(each.value, each.key, each.timestamp) for each in records)
        return [each.at for each in events if not isinstance(each, Rejection)]

    def left(group: str) -> dict[int, int]:
        ends = spans(full.bootstrap, topic)
        return {each: ends[each][1] - at for each, at in committed_places(full.bootstrap, group, topic).items()}

    state, when, waits = told(), times(log()), left(others)
    dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert told() == state
    gone_from = partition_of(GONE.encode(), b"", PARTITIONS)
    assert times(log()) == when
    assert set(left(group_of(full.settings, "track")).values()) == {0}
    assert left(others) == waits
    clocks = [each for each in read_topic(full.bootstrap, topic, [gone_from]) if each.key is None]
    assert len(clocks) == 4
    assert all(isinstance(decode(each.value, None, each.timestamp), ClockAdvanced) for each in clocks)


def test_a_person_gives_way_to_a_stand_in(full: Stage, dealwatch: Dealwatch, tmp_path: Path) -> None:
    """The deals stay, with an owner whom nobody knows; the same one on every topic."""
    before = raw(full)
    named = naming(full, "rep-1")
    assert "deal.state" in named and "deal.notifier" in named
    refused = dealwatch("erase", "4711", "--person", *full.words)
    assert (refused.exit_code, "no letter" in refused.output) == (2, True)
    words = ("--person", "--yes", "--stand-in", "somebody", "--data", tmp_path)
    result = dealwatch("erase", "rep-1", *words, *full.words)
    assert result.exit_code == 0, result.output
    assert naming(full, "rep-1") == {}
    assert naming(full, "somebody").keys() == named.keys()
    latest = latest_by_key(read_topic(full.bootstrap, full.topics.notifier.name))
    assert list(latest) == [b"owner|somebody"]
    after = raw(full)
    for topic in (full.topics.activity.name, full.topics.alerts.name):
        swapped = [(each.value or b"").replace(b"rep-1", b"somebody") for each in before[topic]]
        assert [each.value for each in after[topic]] == swapped


def test_nothing_is_erased_while_events_wait(full: Stage, dealwatch: Dealwatch, tmp_path: Path) -> None:
    """A worker would make the deal anew of them."""
    events_of(full, [a_call(40, subject=GONE)])
    before = raw(full)
    refused = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert refused.exit_code == 1
    assert "1 records of" in refused.stderr and "err-not-quiet" in refused.stderr
    assert raw(full) == before


def test_who_writes_meanwhile_is_noticed_and_nothing_is_lost(
    full: Stage, dealwatch: Dealwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record between the copies: nothing is deleted; when all is quiet, and handled, it is done with that record."""
    late = encode(a_clock(33))
    number, topic = partition_of(GONE.encode(), b"", PARTITIONS), full.topics.activity.name
    copied = rewrite.kept_as_it_is

    def and_somebody_writes(record: Record) -> rewrite.Kept:
        if record.partition == number and b"call_logged" in (record.value or b""):
            monkeypatch.setattr("streams.admin.erase.kept_as_it_is", copied)
            with producer(full.bootstrap) as client:
                client.send(topic, late, None, partition=number).get(30)
        return copied(record)

    monkeypatch.setattr("streams.admin.erase.kept_as_it_is", and_somebody_writes)
    refused = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert refused.exit_code == 1
    assert "somebody writes to" in refused.stderr
    assert len(naming(full, GONE)) > 10
    monkeypatch.undo()
    waits = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert "records of" in waits.stderr and "wait for a worker" in waits.stderr
    handled(full)
    again = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert again.exit_code == 0, again.output
    assert naming(full, GONE) == {}
    values = [each.value for each in read_topic(full.bootstrap, topic, [number])]
    assert values.count(late) >= 1
    assert len(set(values)) == len(values)


def test_an_erasure_that_is_cut_short_is_done_by_running_it_again(
    full: Stage, dealwatch: Dealwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right before anything is deleted: copies are there, and are not copied again."""
    cut = rewrite._cut

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    events = {each.name: len(list(read_topic(full.bootstrap, each.name))) for each in full.topics.all}
    monkeypatch.setattr(rewrite, "_cut", dies)
    assert dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words).exit_code == 130
    monkeypatch.setattr(rewrite, "_cut", cut)
    again = dealwatch("erase", GONE, "--yes", "--data", tmp_path, *full.words)
    assert again.exit_code == 0, again.output
    assert naming(full, GONE) == {}
    assert len(list(read_topic(full.bootstrap, full.topics.activity.name))) == events[full.topics.activity.name]
