"""Events that are wrong, too many, too few, or of another time: each fault calls somebody, and its runbook ends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest

from streams.events.contract import encode
from streams.events.deal import Created, CreatedData
from tests.oncall.watched import Watched


def now() -> datetime:
    """The time on the wall."""
    return datetime.fromtimestamp(time(), UTC)


def opened(number: int, at: datetime | None = None) -> Created:
    """A deal that opens."""
    data = CreatedData(name=f"Deal {number}", owner="rep-1", amount="1000", currency="EUR")
    return Created(id=f"open-{number}", source="/crm", subject=f"opp-{number}", time=at or now(), data=data)


@pytest.mark.runbook("DealwatchDeadLetters")
def test_a_source_that_writes_garbage_calls_and_repaired_letters_end_it(watched: Watched, tmp_path: Path) -> None:
    """The letters are listed, repaired, tried, sent back; the alert ends when no new one came for a while."""
    watched.start()
    call = watched.call("DealwatchDeadLetters")
    broken = [b'{"this": is no JSON' for _ in range(3)]
    watched.send(*broken, key=b"opp-1")

    found = call.fires(severity="warning", reason="not_json")
    assert "not_json" in found["annotations"]["description"]
    said = call.diagnosis()
    assert "not_json" in said["dealwatch dlq list"]
    assert call.doctor()["dead letters"]["verdict"] == "warn"

    letters = tmp_path / "letters.jsonl"
    listed = [json.loads(line) for line in said["dealwatch dlq list --json"].splitlines()]
    repaired = [each | {"value": encode(opened(number)).decode()} for number, each in enumerate(listed)]
    letters.write_text("".join(f"{json.dumps(each)}\n" for each in repaired))
    words = {"letters.jsonl": str(letters)}
    assert "3 would be sent, 0 still refused" in call.mitigation(
        "dealwatch dlq replay letters.jsonl --dry-run", **words
    )
    assert "3 sent back" in call.mitigation("dealwatch dlq replay letters.jsonl", **words)
    call.ends()
    assert watched.product.deals().keys() == {"opp-0", "opp-1", "opp-2"}
