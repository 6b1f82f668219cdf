"""The commands that speak to Kafka, as a person types them, against the real thing."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from streams.admin.client import ConfigResource, ConfigResourceType, TopicPartition, admin
from streams.admin.reading import read_topic
from streams.alerts.history import KEPT
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Reason, Rejection
from streams.replay.partitioner import partition_of
from streams.state.feeds import Counts
from streams.state.opportunity import DAY
from tests.builders import TARGETS, a_call, a_clock, a_heartbeat, moment, ms
from tests.integration.admin.staging import MODELS, PARTITIONS, Stage, a_damaged, a_silent_deal, a_silent_story
from tests.integration.cli.conftest import Dealwatch

pytestmark = pytest.mark.kafka

PROJECT = Path(__file__).parents[3]
UNKNOWN = Rejection(Reason.UNKNOWN_TYPE, "type is not of this contract")


def test_topics_are_applied_checked_and_mended(kafka: str, topic_prefix: str, dealwatch: Dealwatch) -> None:
    """Missing, created, as planned, drifted, mended: each with its exit code."""
    place = ("--broker", kafka, "--prefix", topic_prefix)
    missing = dealwatch("topics", "check", "--json", *place)
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["ok"] is False
    assert dealwatch("topics", "apply", *place).stdout.count("created") == len(json.loads(missing.stdout)["topics"])
    assert dealwatch("topics", "check", *place).exit_code == 0
    with admin(kafka) as client:
        resource = ConfigResource(ConfigResourceType.TOPIC, f"{topic_prefix}deal.state", {"cleanup.policy": "delete"})
        client.alter_configs([resource])
    drifted = dealwatch("topics", "check", *place)
    for _ in range(20):  # a change takes a moment to be seen
        drifted = drifted if drifted.exit_code else dealwatch("topics", "check", *place)
    assert drifted.exit_code == 1
    assert "differs" in drifted.stdout
    changed = json.loads(dealwatch("topics", "apply", "--json", *place).stdout)
    assert [each["details"] for each in changed if each["action"] == "changed"] == [
        ["cleanup.policy: delete -> compact"]
    ]
    assert dealwatch("topics", "check", *place).exit_code == 0


def test_other_partitions_are_refused_with_advice(stage: Stage, dealwatch: Dealwatch) -> None:
    """One line that says what is, what was planned, and what can be done."""
    result = dealwatch("topics", "apply", "--partitions", PARTITIONS + 1, *stage.words)
    assert result.exit_code == 1
    assert f"has {PARTITIONS}, planned are {PARTITIONS + 1}" in result.stderr
    assert "err-topics-wrong" in result.stderr


def test_open_alerts_are_listed(stage: Stage, dealwatch: Dealwatch) -> None:
    """The latest transition of each alert decides; filters narrow it; --all shows what ended."""
    timeline = a_silent_deal()
    stage.put_alerts([*timeline.alerts, *timeline.alerts])
    stage.put(stage.topics.alerts.name, [(b"x", b"no alert", 0)])
    shown = dealwatch("alerts", "list", "--json", *stage.words)
    alerts = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {reason["rule"] for alert in alerts for reason in alert["reasons"]} >= {"silent", "no_next_step"}
    assert len({alert["id"] for alert in alerts}) == len(alerts)
    assert "1 records" in shown.stderr
    only = dealwatch("alerts", "list", "--rule", "silent", "--severity", "critical", "--json", *stage.words)
    assert [json.loads(line)["rule"] for line in only.stdout.splitlines()] == ["silent"]
    assert dealwatch("alerts", "list", "--owner", "nobody", *stage.words).stdout == "0 open, 0 resolved\n"
    everything = dealwatch("alerts", "list", "--all", "--json", *stage.words).stdout.splitlines()
    assert len(everything) == len({alert.id for alert in timeline.alerts})
    assert "Silent for" in dealwatch("alerts", "list", *stage.words).stdout


def test_alerts_are_followed(stage: Stage, dealwatch: Dealwatch) -> None:
    """From the start, so many, one line each."""
    timeline = a_silent_deal()
    stage.put_alerts(timeline.alerts)
    shown = dealwatch("alerts", "tail", "--from-start", "--limit", "2", *stage.words).stdout.splitlines()
    assert len(shown) == 2
    assert all("opp-17" in line and "36,000 EUR" in line for line in shown)
    [line] = dealwatch(
        "alerts", "tail", "--from-start", "--rule", "silent", "--limit", "1", "--json", *stage.words
    ).stdout.splitlines()
    assert json.loads(line)["rule"] == "silent"


def test_following_ends_with_an_interrupt(stage: Stage) -> None:
    """Ctrl-C leaves no traceback, and what came until then was shown at once."""
    command = [sys.executable, "-m", "streams.cli.main", *stage.words, "alerts", "tail", "--from-start"]
    stage.put_alerts(a_silent_deal().alerts[:1])
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        # A shell starts background jobs deaf to Ctrl-C, and their children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert "opp-17" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaints.strip() == ""


def test_one_deal_is_shown_with_reasons_that_add_up(stage: Stage, dealwatch: Dealwatch) -> None:
    """Facts, probabilities beside what is usual, alerts with their play, and the timeline."""
    timeline = a_silent_deal()
    stage.put_deals([timeline.deal("opp-17"), a_silent_deal("opp-18").deal("opp-18")])
    stage.put_alerts(timeline.alerts)
    stage.put_models(MODELS)
    for number in range(PARTITIONS):
        stage.put_books(Counts(), number, ms(30))
    found = json.loads(dealwatch("deal", "show", "opp-17", "--json", *stage.words).stdout)
    assert (found["id"], found["now"], found["facts"]["amount"], found["note"]) == ("opp-17", ms(30), "36000", "")
    for target, risk in found["risks"].items():
        assert risk["level"] + sum(each["log_odds"] for each in risk["drivers"]) == pytest.approx(risk["log_odds"])
        assert risk["probability"] == pytest.approx(found["estimates"][target]["probability"])
    assert {alert["opportunity"] for alert in found["alerts"]} == {"opp-17"}
    assert found["history"][-1]["probabilities"] == {
        target: each["probability"] for target, each in found["estimates"].items() if target in KEPT
    }
    assert found["history"][0]["at"] == ms(1)
    shown = dealwatch("deal", "show", "opp-17", *stage.words).stdout
    for words in (
        "36,000 EUR",
        "is usual",
        "the average deal",
        "of deals that stand where it does",
        "history  2024-01-02 to ",
        "\ninactivity  ",
        "\nevents      c",
        "c call, meeting held or reply, ! alert opened",
        "play: ",
        "clears when",
        "timeline",
        "call logged",
    ):
        assert words in shown
    assert found["closing"]["prior"] == 1.0
    assert "date to propose" in shown


def test_a_deal_is_explained_by_the_newest_models_where_its_own_are_gone(stage: Stage, dealwatch: Dealwatch) -> None:
    """Of many snapshots the one that is wanted is found, or the newest stands in for it, and that is said."""
    stage.put_deals([a_silent_deal().deal("opp-17")])
    newer = {name: replace(each, version=f"{name}-9") for name, each in MODELS.targets.items()}
    stage.put_models(replace(MODELS, epoch=9, targets=newer))
    found = json.loads(dealwatch("deal", "show", "opp-17", "--json", *stage.words).stdout)
    assert found["risks"]["win"]["model_version"] == "win-9"
    assert any(f"{target}-9" in found["note"] for target in TARGETS)
    stage.put_models(MODELS)
    assert json.loads(dealwatch("deal", "show", "opp-17", "--json", *stage.words).stdout)["note"] == ""


def put_story(stage: Stage, *events: Event) -> None:
    """Append events of opp-17 to its partition, and the clock to all."""
    number = partition_of(b"opp-17", b"", PARTITIONS)
    records = ((each.subject.encode() or None, encode(each), number) for each in events)
    stage.put(stage.topics.activity.name, records)


def shown_at(stage: Stage, dealwatch: Dealwatch, when: str) -> dict[str, Any]:
    """The deal as it was, as one document."""
    result = dealwatch("deal", "show", "opp-17", "--at", when, "--json", *stage.words)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_deal_is_shown_as_it_was(stage: Stage, dealwatch: Dealwatch) -> None:
    """Its events up to then, by the models of those days, with the alerts that were said; and what is missing of it."""
    timeline = a_silent_deal()
    put_story(stage, *a_silent_story(), a_clock(30), a_call(31, subject="opp-17"), a_clock(40))
    stage.put_alerts([*timeline.alerts, *a_silent_deal().until(40).alerts])
    for epoch in range(ms(0) // DAY, ms(31) // DAY):
        stage.put_models(replace(MODELS, epoch=epoch))
    day = moment(29.5).isoformat()
    found = shown_at(stage, dealwatch, day)
    assert (found["at"], found["now"], found["note"]) == (ms(29.5), ms(29.5), "")
    assert found["facts"] == json.loads(msgspec.json.encode(timeline.facts("opp-17")))
    assert found["risks"]["win"]["probability"] == pytest.approx(0.4)
    assert {each["id"] for each in found["alerts"]} == {each.id for each in timeline.alerts if each.at <= ms(29.5)}
    assert (
        "as it was known at 2024-01-30 12:00" in dealwatch("deal", "show", "opp-17", "--at", day, *stage.words).stdout
    )
    later = shown_at(stage, dealwatch, moment(50).isoformat())
    assert later["facts"]["contacts"] == found["facts"]["contacts"] + 1
    assert later["now"] == ms(40)
    assert "has heard of nothing after 2024-02-10 00:00 UTC" in later["note"]
    assert "the models of 10 days from 2024-02-01 on cannot be had" in later["note"]
    assert "those of 2024-01-31 were used" in later["note"]


def test_a_deal_whose_beginning_is_cut_off_is_shown_with_what_is_missing(stage: Stage, dealwatch: Dealwatch) -> None:
    """Retention, or whoever deletes records, takes the beginning of the log: what is left of the deal says so."""
    put_story(stage, a_heartbeat(-1), *a_silent_story(), a_clock(30))
    stage.put_alerts(a_silent_deal().alerts)
    stage.put_models(replace(MODELS, epoch=ms(-1) // DAY))
    place = TopicPartition(stage.topics.activity.name, partition_of(b"opp-17", b"", PARTITIONS))
    with admin(stage.bootstrap) as client:
        client.delete_records({place: 1})
    created = shown_at(stage, dealwatch, moment(20).isoformat())
    assert "begins with record 1 of partition" in created["note"]
    assert "which rules held, may be missing" in created["note"]
    with admin(stage.bootstrap) as client:
        client.delete_records({place: 2})
    cut = shown_at(stage, dealwatch, moment(20).isoformat())
    assert "and the deal's creation with it" in cut["note"]
    assert cut["facts"]["amount"] == "36000"


def test_an_unknown_deal_is_answered_with_similar_ids(stage: Stage, dealwatch: Dealwatch) -> None:
    """Exit code 1, and a suggestion from all partitions; an empty topic says that it is empty."""
    empty = dealwatch("deal", "show", "opp-1", *stage.words)
    assert (empty.exit_code, "is empty" in empty.stderr) == (1, True)
    stage.put_deals(a_silent_deal(name).deal(name) for name in ("opp-17", "opp-18", "opp-2"))
    result = dealwatch("deal", "show", "OPP-1", *stage.words)
    assert result.exit_code == 1
    assert "did you mean opp-17, opp-18?" in result.stderr
    assert "~partition" not in dealwatch("deal", "show", "~partition", *stage.words).stderr.partition(";")[2]


def test_a_deal_and_its_alerts_are_of_one_moment(stage: Stage, dealwatch: Dealwatch) -> None:
    """Alerts go out before the state that knows them: what is newer is counted, and not shown beside an older state."""
    timeline = a_silent_deal()
    older = timeline.deal("opp-17")
    count = len(timeline.alerts)
    stage.put_deals([older])
    stage.put_alerts(timeline.until(60).alerts)
    found = json.loads(dealwatch("deal", "show", "opp-17", "--json", *stage.words).stdout)
    assert found["newer_alerts"] == len(timeline.alerts) - count > 0
    assert max(alert["at"] for alert in found["alerts"]) <= found["looked_at"]
    [standing] = [alert for alert in found["alerts"] if alert["status"] != "resolved"]
    assert {reason["rule"] for reason in standing["reasons"]} == {
        rule for rule, reason in older.watch.reasons.items() if not reason.gone
    }
    assert "look again in a moment" in dealwatch("deal", "show", "opp-17", *stage.words).stdout
    stage.put_deals([timeline.deal("opp-17")])
    assert json.loads(dealwatch("deal", "show", "opp-17", "--json", *stage.words).stdout)["newer_alerts"] == 0


def test_a_state_topic_is_only_called_empty_where_it_is(stage: Stage, dealwatch: Dealwatch) -> None:
    """A worker that handled no deal yet has left its own state there."""
    stage.put_books(Counts(), 0)
    result = dealwatch("deal", "show", "opp-1", *stage.words)
    assert result.exit_code == 1
    assert "is empty" not in result.stderr
    assert "no event of a deal was handled yet" in result.stderr


def repaired(path: Path, old: str, new: str) -> None:
    """Edit the letters of a file as a person would."""
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def sent_back(stage: Stage) -> list[tuple[int, bytes | None, Event | Rejection]]:
    """Return what arrived on deal.activity: partition, key, event."""
    records = read_topic(stage.bootstrap, stage.topics.activity.name)
    return [(each.partition, each.key, decode(each.value, each.key, each.timestamp)) for each in records]


def test_a_dead_letter_is_repaired_and_sent_back(stage: Stage, dealwatch: Dealwatch, tmp_path: Path) -> None:
    """List, edit, try, send: what is an event now arrives under its opportunity's key; what is not is refused."""
    good = a_call(3, subject="opp-5")
    stage.put_dead(a_damaged(good), UNKNOWN, 0, b"opp-5")
    stage.put_dead(b"\xff\xfe", Rejection(Reason.NOT_UTF8, "byte 0"), 1)
    listed = dealwatch("dlq", "list", "--json", *stage.words)
    letters = tmp_path / "letters.jsonl"
    letters.write_text(listed.stdout, encoding="utf-8")
    assert [json.loads(line)["reason"] for line in listed.stdout.splitlines()] == ["unknown_type", "not_utf8"]
    repaired(letters, "call_loged", "call_logged")
    tried = dealwatch("dlq", "replay", letters, "--dry-run", *stage.words)
    assert (tried.exit_code, sent_back(stage)) == (1, [])
    assert "1 would be sent, 1 still refused" in tried.stdout
    done = json.loads(dealwatch("dlq", "replay", letters, "--json", *stage.words).stdout)
    assert [each["subject"] for each in done["ready"]] == ["opp-5"]
    assert [each["reason"] for each in done["refused"]] == ["not_utf8"]
    [(_, key, event)] = sent_back(stage)
    assert (key, event) == (b"opp-5", good)


def test_letters_that_nobody_needs_go_into_a_file_and_off_the_topic(
    stage: Stage, dealwatch: Dealwatch, tmp_path: Path
) -> None:
    """All there are, byte for byte; the next one is seen again, and a file that is there is not written over."""
    good = a_call(3, subject="opp-5")
    stage.put_dead(b"\xff\xfe", Rejection(Reason.NOT_UTF8, "byte 0"), 1)
    stage.put_dead(a_damaged(good), UNKNOWN, 0, b"opp-5")
    kept = tmp_path / "rest.jsonl"
    listed = dealwatch("dlq", "list", "--json", *stage.words).stdout
    assert "2 dead letters cleared" in dealwatch("dlq", "clear", "--save", kept, *stage.words).stdout
    assert sorted(kept.read_text().splitlines()) == sorted(listed.splitlines())
    assert dealwatch("dlq", "list", "--json", *stage.words).stdout == ""
    stage.put_dead(b"{", Rejection(Reason.NOT_JSON, "byte 1"), 1)
    refused = dealwatch("dlq", "clear", "--save", kept, *stage.words)
    assert refused.exit_code == 1 and "is there already" in refused.stderr
    assert "1 dead letters: 1 not_json" in dealwatch("dlq", "list", *stage.words).stdout
    repaired(kept, "call_loged", "call_logged")
    assert "1 sent back, 1 still refused" in dealwatch("dlq", "replay", kept, *stage.words).stdout
    assert [(key, event) for _, key, event in sent_back(stage)] == [(b"opp-5", good)]


def test_letters_are_sent_unchanged_once_the_reason_is_gone(stage: Stage, dealwatch: Dealwatch) -> None:
    """After an upgrade that knows the type, or for a feed's event, which goes to every partition."""
    stage.put_dead(encode(a_heartbeat(3)), UNKNOWN, 1)
    stage.put_dead(encode(a_call(3, subject="opp-5")), Rejection(Reason.LATE, "event x"), 2, b"opp-5")
    result = dealwatch("dlq", "replay", "--unchanged", "--reason", "unknown_type", *stage.words)
    assert result.exit_code == 0
    assert sorted(number for number, _, _ in sent_back(stage)) == list(range(PARTITIONS))
    assert dealwatch("dlq", "replay", "--unchanged", "--id", "2:0", *stage.words).exit_code == 0
    assert [key for _, key, _ in sent_back(stage) if key] == [b"opp-5"]


def test_a_letter_that_would_be_refused_as_late_is_not_said_to_be_sent(stage: Stage, dealwatch: Dealwatch) -> None:
    """Its partition's clock is read first; it stays dead, with how late it is, and nothing arrives."""
    for number in range(PARTITIONS):
        stage.put_books(Counts(), number, ms(30))
    stage.put_dead(encode(a_call(3, subject="opp-5")), Rejection(Reason.LATE, "event x"), 2, b"opp-5")
    result = dealwatch("dlq", "replay", "--unchanged", "--json", *stage.words)
    assert result.exit_code == 1
    [refused] = json.loads(result.stdout)["refused"]
    assert (refused["id"], refused["reason"], "27 days behind" in refused["detail"]) == ("2:0", "late", True)
    assert sent_back(stage) == []


def test_a_letter_that_does_not_exist_cannot_be_sent(stage: Stage, dealwatch: Dealwatch) -> None:
    """An id that names no letter is an error that says so, and the others are not sent either."""
    stage.put_dead(encode(a_call(3, subject="opp-5")), UNKNOWN, 1, b"opp-5")
    result = dealwatch("dlq", "replay", "--unchanged", "--id", "9:9", "--id", "1:0", *stage.words)
    assert result.exit_code == 1
    assert "no dead letter 9:9;" in result.stderr
    assert sent_back(stage) == []


def test_dead_letters_are_listed_for_people(stage: Stage, dealwatch: Dealwatch) -> None:
    """Reason, origin and a glimpse of the value; the sum by reason counts all that were chosen."""
    stage.put_dead(b"{", Rejection(Reason.NOT_JSON, "byte 1"))
    stage.put_dead(None, Rejection(Reason.NULL_VALUE, "the record has no value"), key=b"opp-1")
    shown = dealwatch("dlq", "list", "--limit", "1", "--since", "1h", *stage.words).stdout
    assert "(no value)" in shown
    assert "byte 1" not in shown
    assert "2 dead letters: 1 not_json, 1 null_value" in shown


def test_a_list_of_dead_letters_does_not_wrap_at_120_columns(
    stage: Stage, dealwatch: Dealwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lines a letter: what was wrong, and as much of the value as there is room for."""
    monkeypatch.setenv("COLUMNS", "120")
    value = encode(a_call(3, subject="opp-5")).replace(b"call_logged", b"call_loged")
    stage.put_dead(value, Rejection(Reason.CONFLICTING_DUPLICATE, "event opp-000018-042 of /mail"))
    stage.put_dead(value, UNKNOWN, 1)
    lines = dealwatch("dlq", "list", *stage.words).stdout.splitlines()
    assert len(lines) == 1 + 2 * 2 + 1
    assert all(len(line) <= 120 for line in lines)
    assert sum(line.rstrip().endswith("...") for line in lines) == 2


@pytest.mark.parametrize(
    "words", [["dlq", "replay"], ["dlq", "replay", "x.jsonl", "--unchanged"], ["dlq", "list", "--reason", "odd"]]
)
def test_a_replay_needs_to_know_what_to_send(words: list[str], dealwatch: Dealwatch) -> None:
    """Nothing, or two things at once, is wrong use."""
    assert dealwatch(*words, "--broker", "127.0.0.1:1").exit_code == 2


@pytest.mark.parametrize(
    ("line", "complaint"), [(encode(a_call(1)), "no worker runs"), (b"deal,when", "none of its lines is an event")]
)
def test_a_replay_that_cannot_succeed_is_ended_before_anything_is_sent(
    line: bytes, complaint: str, stage: Stage, dealwatch: Dealwatch, tmp_path: Path
) -> None:
    """Nobody in the group, or no event in the file: that is known at once."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(line)
    waiting = ("--no-wait",) if line == b"deal,when" else ()
    result = dealwatch("replay", path, *waiting, *stage.words)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert sent_back(stage) == []


def test_the_doctor_finds_what_is_wrong(stage: Stage, dealwatch: Dealwatch) -> None:
    """Events wait and nobody works: that fails; no models and dead letters are warnings, each with what to do."""
    stage.put(stage.topics.activity.name, [(b"opp-1", encode(a_call(1)), 0)])
    stage.put_dead(b"{", Rejection(Reason.NOT_JSON, ""))
    result = dealwatch("doctor", "--json", *stage.words, "--data", ".")
    found = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    verdicts = {name: check["verdict"] for name, check in found.items() if "disk" not in name}
    assert verdicts == {
        "python": "ok",
        "libraries": "ok",
        "page": "ok",
        "broker": "ok",
        "topics": "fail",  # the plan of the settings has 4 partitions, this environment 3
        "clock": "ok",
        "track group": "fail",
        "learn group": "warn",
        "models": "warn",
        "dead letters": "warn",
        "capacity": "ok",
        "environment": "ok",
        "predictions": "ok",
        "revenue": "ok",  # nobody keeps answers
        "rules": "ok",
        "deadlines": "ok",
        "alerts": "ok",
    }
    assert all(check["todo"] for check in found.values() if check["verdict"] != "ok")
    free = re.search(r"\d\d?%\) free on broker \d+, the least; our topics take (\d+) kB", found["kafka disk"]["found"])
    assert free and int(free[1]) >= 1, found["kafka disk"]
    assert found["capacity"]["found"].startswith("1 record within a day, 1 of them within the hour; nobody is there")
    assert result.exit_code == 1
    with admin(stage.bootstrap) as client:
        assert [topic for topic in client.list_topics() if "doctor" in topic] == []


def test_the_doctor_is_content_with_what_is_in_order(
    stage: Stage, dealwatch: Dealwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Warnings are no failure."""
    monkeypatch.setenv("DEALWATCH_PARTITIONS", str(PARTITIONS))
    stage.put_models(MODELS)
    result = dealwatch("doctor", *stage.words)
    assert result.exit_code == 0, result.stdout
    assert "epoch 0" in result.stdout
    assert "fail" not in result.stdout


def test_the_doctor_says_when_nobody_answers(dealwatch: Dealwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is not looked at, and nobody waits for it."""
    monkeypatch.setattr("streams.admin.client.CONNECT_SECONDS", 0.5)
    result = dealwatch("doctor", "--broker", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "no Kafka answers at 127.0.0.1:1" in result.stdout
    assert "topics" not in result.stdout
    none = dealwatch("doctor", "--data", "nowhere", "--json")
    assert [each["verdict"] for each in json.loads(none.stdout)["checks"] if each["name"] == "broker"] == ["fail"]
