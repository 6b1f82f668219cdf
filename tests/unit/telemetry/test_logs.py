"""What the log says when something breaks, how a line looks, and what is in none."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

BREAKS = """
import logging
from streams.telemetry.logs import log_to_stderr

def handle(state):
    raise ValueError("broken")

log_to_stderr()
try:
    handle("the state of a deal")
except ValueError:
    logging.getLogger("dealwatch.test").exception("it broke")
"""
AS_JSON = """
import logging, sys, threading, warnings
from streams.engine.errors import TaskFailed
from streams.telemetry.logs import Style, log_to_stderr

log_to_stderr(style=Style("json", "{level}", "track"))
log = logging.getLogger("dealwatch.test")
{do}
"""
FAILS = """
def handle(state):
    raise ValueError("broken\\nin two lines")
try:
    try:
        handle("the state of a deal")
    except ValueError as error:
        raise TaskFailed("partition 3 failed", {"topic": "deal.activity", "partition": 3, "offset": 17}) from error
except TaskFailed:
    log.exception("it broke")
"""


def said_by(program: str) -> str:
    """What a program says on standard error, whatever becomes of it."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr


def lines_of(do: str, level: str = "INFO") -> list[dict[str, Any]]:
    """The lines that are written as JSON, each read on its own."""
    said = said_by(AS_JSON.replace("{level}", level).replace("{do}", do))
    return [json.loads(line) for line in said.splitlines()]


REFUSED = """
import logging
from streams.telemetry.logs import log_to_stderr

log_to_stderr(lambda error: isinstance(error, PermissionError))
log = logging.getLogger("dealwatch.test")
real = logging.LogRecord

def fail(error, seconds):
    logging.setLogRecordFactory(lambda *args, **more: later(real(*args, **more), seconds))
    try:
        raise error
    except OSError:
        log.exception("%s failed", type(error).__name__)

def later(record, seconds):
    record.created = 1_000.0 + seconds
    return record

fail(ConnectionError("before"), 0)
fail(PermissionError("no right"), 1)
fail(ConnectionError("closed"), 2)
fail(ConnectionError("long after"), 60)
"""


def test_an_explained_failure_and_what_fails_because_of_it_have_no_traceback() -> None:
    """What failed before it, or long after it, has one."""
    said = said_by(REFUSED)
    assert said.count("Traceback") == 2
    assert "ConnectionError: before" in said and "ConnectionError: long after" in said
    assert "PermissionError failed" in said and "ConnectionError: closed" not in said


def test_a_traceback_in_the_log_says_where_but_shows_no_state() -> None:
    """Local variables hold other people's deals: they are in no log."""
    said = said_by(BREAKS)
    assert "it broke" in said and "in handle" in said and "ValueError: broken" in said
    assert "state = " not in said and len(said.splitlines()) < 15


def test_a_failure_that_is_explained_elsewhere_has_no_traceback() -> None:
    """Where a right is missing in Kafka, the place in the program is no help; other failures keep theirs."""
    explained = BREAKS.replace("log_to_stderr()", "log_to_stderr(lambda error: isinstance(error, ValueError))")
    said = said_by(explained)
    assert "it broke" in said and len(said.splitlines()) == 1
    assert "Traceback" in said_by(explained.replace("isinstance(error, ValueError)", "isinstance(error, KeyError)"))


def test_a_line_of_json_names_time_level_program_logger_and_event_and_what_it_is_about() -> None:
    """In this order, the time in UTC, whoever logs it: our own loggers, and those of libraries."""
    ours, theirs = lines_of(
        'log.info("read %d", 5, extra={"topic": "deal.activity", "partition": 3, "offset": 17})\n'
        'logging.getLogger("aiokafka.somewhere").setLevel("WARNING"); logging.getLogger("faust.x").error("oh")'
    )
    assert list(ours) == ["timestamp", "level", "role", "logger", "event", "topic", "partition", "offset"]
    assert ours["timestamp"].endswith("Z") and ours["timestamp"][10] == "T"
    assert (ours["level"], ours["role"], ours["logger"], ours["event"]) == ("info", "track", "dealwatch.test", "read 5")
    assert (ours["topic"], ours["partition"], ours["offset"]) == ("deal.activity", 3, 17)
    assert (theirs["level"], theirs["logger"], theirs["event"]) == ("error", "faust.x", "oh")


def test_a_failure_is_one_line_of_json_with_its_causes_and_the_record_it_is_about() -> None:
    """Frames without local variables; topic, partition and offset come from the failure itself."""
    (line,) = lines_of(FAILS)
    assert [each["exc_type"] for each in line["exception"]] == ["TaskFailed", "ValueError"]
    frame = line["exception"][1]["frames"][-1]
    assert frame["name"] == "handle" and set(frame) == {"filename", "lineno", "name"}
    assert (line["topic"], line["partition"], line["offset"]) == ("deal.activity", 3, 17)
    assert "the state of a deal" not in json.dumps(line)


def test_a_failure_that_is_only_named_says_the_record_too() -> None:
    """Faust logs what ends a worker as an argument, when nothing is being caught."""
    (line,) = lines_of(
        'log.error("Crashed reason=%r", TaskFailed("failed", {"topic": "t", "partition": 0, "offset": 4}))'
    )
    assert (line["topic"], line["partition"], line["offset"]) == ("t", 0, 4)


def test_what_nobody_catches_and_what_warns_are_lines_as_well() -> None:
    """In a thread, in the program itself, and what Python warns of: no line is beside the others."""
    warned, thread, end = lines_of(
        'warnings.warn("old")\n'
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
        'raise LookupError("gone")'
    )
    assert warned["logger"] == "py.warnings" and "old" in warned["event"]
    assert thread["exception"][0]["exc_type"] == "ZeroDivisionError" and thread["level"] == "critical"
    assert end["exception"][0]["exc_value"] == "gone"


def test_no_character_ends_a_line_before_its_end() -> None:
    """Line separators of Unicode and of old machines count for some who read lines."""
    (line,) = lines_of('log.info("a\\u2028b\\u0085c\\x0bd\\re\\nf")')
    assert line["event"] == "a\u2028b\u0085c\x0bd\re\nf"


def test_libraries_are_silent_below_warning_even_at_debug() -> None:
    """At DEBUG aiokafka logs whole requests, with the events in them."""
    do = "\n".join(
        f'logging.getLogger("{name}").{level}("said")'
        for name in ("aiokafka.conn", "kafka.x", "faust.x", "urllib3", "apprise", "dealwatch.x", "streams.engine.x")
        for level in ("debug", "info")
    )
    assert {line["logger"] for line in lines_of(do, "DEBUG")} == {"dealwatch.x", "streams.engine.x"}
    assert [(line["logger"], line["level"]) for line in lines_of(do, "INFO")] == [("dealwatch.x", "info")]
    assert not lines_of(do, "WARNING")


def test_a_line_that_cannot_be_written_shows_nothing_of_what_it_was_about() -> None:
    """Python would print the arguments, which may be anything."""
    (line,) = lines_of('log.info("%d records", "an event of somebody")')
    assert line == {"level": "error", "logger": "dealwatch.test", "event": "a log line could not be written"}
