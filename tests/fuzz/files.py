"""What is read of files that people name: mappings, foreign logs, event files, rules, plays, delivery, settings."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.alerts.policy import Policy
from streams.config.delivery import DeliveryWrong, read_delivery
from streams.config.plays import read_folder
from streams.config.rules import read_rules_file
from streams.config.settings import CONFIG_VARIABLE, load
from streams.connectors.errors import ConnectorError, EventFileUnreadable, MappingInvalid
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import convert
from streams.connectors.history.parse import parse
from streams.errors import RulesWrong, SettingsWrong
from streams.events.decode import decode
from streams.events.rejection import Rejection

PROJECT = Path(__file__).parents[2]
_APPENDED_AT = 1_800_000_000_000
_SMALL = """source = "/x"
[columns]
opportunity = "deal"
time = "when"
[[rule]]
when = { what = { regex = "(?i)call.*" } }
event = "call_logged"
data = { duration_seconds = { column = "seconds" }, contacts = { column = "who", split = "," } }
[[rule]]
when = {}
leave_out = "nothing of ours"
"""
SMALL_LOG = (
    b"deal,when,what,seconds,who\n"
    b"1,2025-02-03T09:00:00+01:00,call,60,ana\n"
    b'2,2025-02-03 09:00:00 UTC,"Call, long",5.0,"ana,ben"\n'
    b"3,2025-02-04T09:00:00Z,mail,,\n"
)


def example(document: str, language: str = "toml", number: int = 0) -> bytes:
    """Return the text of an example in a document."""
    text = (PROJECT / "docs" / document).read_text(encoding="utf-8")
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return found[number].encode()


def mappings() -> tuple[bytes, ...]:
    """Return mappings that are right."""
    shipped = tuple(path.read_bytes() for path in sorted((PROJECT / "deploy" / "mappings").glob("*.toml")))
    return (_SMALL.encode(), example("mapping.md"), *shipped)


def logs() -> tuple[bytes, ...]:
    """Return logs that fit the small mapping, or nearly."""
    return (SMALL_LOG, SMALL_LOG.replace(b",", b";"), b"\xef\xbb\xbf" + SMALL_LOG, gzip.compress(SMALL_LOG, mtime=0))


def event_files() -> tuple[bytes, ...]:
    """Return event files that are right."""
    found = sorted((PROJECT / "tests" / "samples" / "deal.activity").rglob("c*-1.json"))
    lines = b"\n".join(path.read_bytes() for path in found)
    return (lines, gzip.compress(lines, mtime=0))


def plays() -> tuple[bytes, ...]:
    """Return plays that are right."""
    return (example("plays.md"), *(path.read_bytes() for path in sorted((PROJECT / "streams/playbook").glob("*.toml"))))


@contextmanager
def _file(name: str, value: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(value)
        yield path
        assert [each.name for each in Path(folder).iterdir()] == [name]


def mapping(value: bytes) -> None:
    """A mapping is read, or refused with a sentence that begins with its name."""
    try:
        parse(value.decode("utf-8", "replace"), "crm.toml")
    except MappingInvalid as error:
        assert str(error).startswith("crm.toml: ")


def conversion(value: bytes) -> None:
    """Of a log by a mapping comes an event file of events only, or a sentence that names a file; never half a file.

    The bytes are the mapping, a line of four dashes, and the log; without it a log for the small mapping.
    """
    said, dashes, log = value.partition(b"\n----\n")
    if not dashes:
        said, log = _SMALL.encode(), value
    with tempfile.TemporaryDirectory() as folder:
        source, rules, output = (Path(folder) / name for name in ("log.csv", "mapping.toml", "events.jsonl"))
        source.write_bytes(log)
        rules.write_bytes(said)
        try:
            account = convert(source, rules, output)
        except ConnectorError as error:
            assert str(source) in str(error) or str(rules) in str(error)
            assert {each.name for each in Path(folder).iterdir()} == {"log.csv", "mapping.toml"}
            return
        lines = output.read_bytes().splitlines()
        assert len(lines) == account.events_written + account.control_events
        assert not [line for line in lines if isinstance(decode(line, None, 1 << 52), Rejection)]
        assert {each.name for each in Path(folder).iterdir()} == {"log.csv", "mapping.toml", "events.jsonl"}


def event_file(value: bytes) -> None:
    """Each line of an event file is a record, or the file is refused with its name."""
    with _file("events.jsonl", value) as path:
        try:
            for line in read_lines(path):
                decode(line, None, _APPENDED_AT)
        except EventFileUnreadable as error:
            assert str(path) in str(error)


def rules(value: bytes) -> None:
    """A file of rules is read, or refused with a reason."""
    with _file("rules.toml", value) as path:
        try:
            read_rules_file(path)
        except RulesWrong as error:
            assert error.args[0]


def play(value: bytes) -> None:
    """A play is read, or refused with the name of its file."""
    with _file("play.toml", value) as path:
        try:
            read_folder(path.parent)
        except RulesWrong as error:
            assert "play.toml: " in str(error)


def delivery(value: bytes) -> None:
    """A delivery file is read, or refused with its name."""
    with _file("delivery.toml", value) as path:
        try:
            read_delivery(path, Policy(), "https://deals.example.org")
        except DeliveryWrong as error:
            assert str(path) in str(error)


def settings(value: bytes) -> None:
    """A settings file is read, or refused with a reason, and no secret of it is said."""
    with _file("dealwatch.toml", value) as path:
        before = os.environ.get(CONFIG_VARIABLE)
        os.environ[CONFIG_VARIABLE] = str(path)
        try:
            load()
        except SettingsWrong as error:
            assert str(error) and "hunter2" not in str(error)
        finally:
            if before is None:
                del os.environ[CONFIG_VARIABLE]
            else:
                os.environ[CONFIG_VARIABLE] = before
