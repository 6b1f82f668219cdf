"""The judge of records can say no: to a field that no document names, to a wrong type, a wrong key, a wrong header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streams.admin.reading import Record
from streams.alerts.alert import Alert, encode_alert
from streams.config.settings import load
from streams.config.topics import plan
from streams.runtime.track import said
from tests.contracts.documented import DOCS, Documented
from tests.contracts.full import full

TOPIC = "deal.alerts"


def record(**changes: Any) -> Record:
    """An alert as the worker writes it, with some fields of its value changed or added."""
    outgoing, _ = said(plan(load(prefix="")), full(Alert))
    value = json.dumps({**json.loads(encode_alert(full(Alert))), **changes}).encode()
    return Record(0, 0, 0, outgoing.key, value, dict(outgoing.headers))


def test_what_the_worker_writes_is_documented() -> None:
    """Nothing is wrong with a message that is as it should be, and it is counted."""
    documented = Documented()
    assert documented.check(TOPIC, record()) == []
    assert documented.checked[TOPIC] == {"alert": 1}


def test_a_field_that_no_document_names_is_noticed_though_consumers_must_take_it() -> None:
    """The schema lets it pass, as the rules for consumers say; the check of our own messages does not."""
    schema = json.loads((DOCS / "schemas" / f"{TOPIC}.schema.json").read_text(encoding="utf-8"))
    newer = record(colour="red")
    assert Draft202012Validator(schema).is_valid(json.loads(newer.value or b""))
    [problem] = Documented().check(TOPIC, newer)
    assert "'colour' was unexpected" in problem


def test_a_field_deep_inside_is_noticed_too() -> None:
    """Not only at the top."""
    risk = json.loads(record().value or b"")["risk"]
    [problem] = Documented().check(TOPIC, record(risk={**risk, "mood": 1}))
    assert "'mood' was unexpected" in problem


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"opened_at": "2026-03-02"}, "opened_at"), ({"severity": "mild"}, "severity"), ({"amount": 12}, "amount")],
)
def test_a_wrong_type_is_noticed(changes: dict[str, Any], told: str) -> None:
    """With the place where it is."""
    problems = Documented().check(TOPIC, record(**changes))
    assert problems and all(told in each for each in problems)


def test_a_wrong_key_a_wrong_header_and_a_tombstone_are_noticed() -> None:
    """A record is more than its value."""
    documented, good = Documented(), record()
    for wrong in (
        good._replace(key=None),
        good._replace(key=b"~partition"),
        good._replace(headers={}),
        good._replace(headers={**good.headers, "transition": b"exploded"}),
        good._replace(headers={**good.headers, "unheard_of": b"1"}),
        good._replace(value=None),
        good._replace(value=b""),
        good._replace(value=b"[]"),
    ):
        assert documented.check(TOPIC, wrong) != [], wrong
    assert documented.checked[TOPIC].total() == 0


def test_a_tombstone_is_a_message_where_alerts_go_away() -> None:
    """An alert that is not resolved, and one that is."""
    documented, good = Documented(), record()
    standing = good._replace(key=good.headers["alert_id"])
    assert documented.check("deal.alerts.open", standing) == []
    assert documented.check("deal.alerts.open", standing._replace(value=None)) == []
    assert documented.checked["deal.alerts.open"] == {"open_alert": 1, "alert_resolved": 1}
