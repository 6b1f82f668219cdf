"""A check of the doctor ends in a finding, whatever happens while it looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
)

from streams.admin import diagnosis
from streams.admin.check import Check, examined
from streams.admin.client import speaking_to
from streams.admin.diagnosis import Patient, clock, kafka, machine
from streams.admin.errors import AccessDenied
from streams.config.settings import load
from streams.config.topics import plan
from streams.errors import TopicsWrong

#: What kafka-python says where a request to the controller is refused.
RAW = (
    "Request 'CreateTopicsRequest(version=7, topics=[CreatableTopic(version=7, name='t')])' failed with response "
    "'CreateTopicsResponse(version=7, topics=[CreatableTopicResult(name='t', error_code=29, "
    "error_message='Authorization failed.')])'."
)


def raising(error: Exception) -> Check:
    """What becomes of an error."""

    def look() -> Check:
        raise error

    return examined("topics", look)


def test_a_right_that_is_missing_is_a_warning_with_the_way_to_the_rights() -> None:
    """What it hides may be in order: this account only cannot see it."""
    assert raising(AccessDenied("no right to see the settings of topics; let somebody give it")) == Check(
        "topics",
        "warn",
        "not measured: no right to see the settings of topics",
        "`dealwatch topics acls look` lists what a doctor needs",
    )


def test_what_is_wrong_with_kafka_fails() -> None:
    """A topic that is not there is no missing right."""
    check = raising(TopicsWrong("there is no topic t"))
    assert (check.verdict, check.found) == ("fail", "there is no topic t")


def test_an_error_that_nobody_foresaw_is_said_and_ends_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line of it. The checks after it are made; those of the machine are no exception."""
    check = raising(KeyError("cleanup.policy\nof two lines"))
    assert check.verdict == "fail" and check.found.startswith("not measured: KeyError: 'cleanup.policy")
    assert "\n" not in check.found and check.todo

    def broken(*_: object, **__: object) -> Check:
        raise KeyError("cleanup.policy")

    monkeypatch.setattr(diagnosis, "libraries", broken)
    assert [each.name for each in machine(tmp_path)] == ["python", "libraries", "disk"]
    monkeypatch.setattr(diagnosis, "_broker", lambda _: Check("broker", "ok", "answers"))
    for name in ("_topics", "clock", "group", "_models", "_dead_letters"):
        monkeypatch.setattr(diagnosis, name, broken)
    patient = Patient("127.0.0.1:1", "", plan(load()), 0, {"track": "t", "learn": "l"}, (("last", broken),))
    found = list(kafka(patient))
    assert [each.name for each in found] == [
        *("broker", "topics", "clock", "track group", "learn group", "models", "dead letters", "last")
    ]
    assert {each.verdict for each in found[1:]} == {"fail"}


def test_who_may_not_see_whether_anybody_works_does_not_say_that_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else that is hidden is a warning."""

    def denied(*_: object, **__: object) -> Check:
        raise AccessDenied("no")

    monkeypatch.setattr(diagnosis, "_broker", lambda _: Check("broker", "ok", "answers"))
    for name in ("_topics", "clock", "group", "_models", "_dead_letters"):
        monkeypatch.setattr(diagnosis, name, denied)
    patient = Patient("127.0.0.1:1", "", plan(load()), 0, {"track": "t", "learn": "l"}, (("last", denied),))
    assert [each.name for each in kafka(patient) if each.verdict == "fail"] == ["track group"]


@pytest.mark.parametrize("error", [ClusterAuthorizationFailedError, TopicAuthorizationFailedError, InvalidTopicError])
def test_no_request_of_the_protocol_reaches_a_person(error: type[Exception]) -> None:
    """The error's name and the broker's own words do."""
    with pytest.raises(Exception, match=error.__name__) as caught, speaking_to("kafka:9092"):
        raise error(RAW)
    said = str(caught.value)
    assert f"{error.__name__}: Authorization failed." in said
    assert "Request" not in said and "Response" not in said


def test_a_group_that_is_refused_is_named_without_the_answer_in_which_it_was() -> None:
    """As kafka-python says it."""
    with pytest.raises(AccessDenied, match=r"\(GroupAuthorizationFailedError: prod.track\)"), speaking_to("kafka:9092"):
        raise GroupAuthorizationFailedError("FindCoordinatorResponse error for GROUP/prod.track: ")


def test_words_of_a_broker_about_a_request_are_left_as_they_are() -> None:
    """Only what is quoted raw is cut."""
    with pytest.raises(Exception, match="the Request is too large"), speaking_to("kafka:9092"):
        raise InvalidTopicError("the Request is too large")


def test_the_clock_says_which_right_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words; nothing else is known of the clock then."""

    def denied(_: object) -> None:
        raise AccessDenied("kafka:9092 does not allow this")

    monkeypatch.setattr(diagnosis, "admin", denied)
    check = clock("kafka:9092", "prod.deal.activity.doctor-0a1b2c3d")
    assert check.verdict == "warn"
    assert check.found == "not measured: this client may not make a topic of its own to ask the broker by"
    assert "CREATE, WRITE and DELETE" in check.todo and " prod.deal.activity.doctor-;" in check.todo
