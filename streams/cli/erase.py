"""`dealwatch erase`: remove a deal, or the name of a person, from all topics, and show that nothing is left."""

from __future__ import annotations

import json as jsonlib
import secrets
import time
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from streams.cli.boundary import FAILED
from streams.cli.person import who
from streams.cli.session import bootstrap_of, settings_of
from streams.errors import SettingsWrong

if TYPE_CHECKING:
    from streams.access.kafka import Address
    from streams.admin.erase import Named
    from streams.admin.scrub import Scrubber
    from streams.config.settings import Settings
    from streams.config.topics import Topics

#: Who works on the topics.
_ROLES = ("track", "learn", "actions", "revenue", "allot", "send", "rebuild")
_AUDIT = "erasures.jsonl"


class _Ground(NamedTuple):
    """Where it is erased, and what."""

    settings: Settings
    bootstrap: Address
    topics: Topics
    scrubber: Scrubber


def erase(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="The deal's id in the CRM; with --person a person's.")],
    person: Annotated[bool, typer.Option("--person", help="ID is a person: an owner, an author, a contact.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only read all topics, and say whether anything is left; exit code 1 if so.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this it is only said what would be done.")] = False,
    stand_in: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What stands in for a person; a word drawn by chance unless given."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record of it: a ticket, say.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Erase a deal, or a person's name, from all topics: states, alerts, events, what the learner remembers, messages.

    Without --yes nothing is changed: it is said what is there, and what would become of it. For --yes all workers must
    be stopped, and nobody may send events. There is no undo. Afterwards all topics are read again, as --check does.

    For example:
      dealwatch erase opp-00017                           what there is of it
      dealwatch erase opp-00017 --yes --reason "ticket 4711"
      dealwatch erase rep-uk-03 --person --yes
      dealwatch erase opp-00017 --check                   whether anything is left
    """
    from streams.admin.erase import erase as erase_from
    from streams.admin.erase import see_that_it_is_quiet
    from streams.cli.screen import counting, note
    from streams.config.topics import group_of
    from streams.runtime.forget import forget

    if check and yes:
        raise typer.BadParameter("--check changes nothing and --yes does; give one of them")
    ground = _ground(ctx, name, person, stand_in)
    found = _looked(ground)
    if not yes or not any(each.named for each in found):
        _say(found, person, json, checked=check)
        if check and any(each.named for each in found):
            raise typer.Exit(FAILED)
        return
    see_that_it_is_recorded(ground.settings.data / _AUDIT)
    groups = {role: group_of(ground.settings, role) for role in _ROLES}
    see_that_it_is_quiet(ground.bootstrap, ground.topics, groups)
    if person and not json:
        note(
            f"in place of it stands {ground.scrubber.erasure.stand_in}; if this is interrupted, run it again with "
            f"--stand-in {ground.scrubber.erasure.stand_in}"
        )
    with counting("writing anew") as tell:
        erase_from(ground.bootstrap, ground.topics, found, ground.scrubber, forget, tell)
    left = _looked(ground)
    written = _record(ground, found, left, reason)
    _say(left, person, json, erased=found, record=written)
    if any(each.named for each in left):
        raise typer.Exit(FAILED)


def _ground(ctx: typer.Context, name: str, person: bool, stand_in: str | None) -> _Ground:
    from streams.admin.scrub import Erasure, Scrubber
    from streams.config.topics import plan

    if not name.strip() or name.startswith("~"):
        raise typer.BadParameter("name a deal or a person by its id")
    if person and not any(each.isalpha() for each in name):
        raise typer.BadParameter(
            f"{name!r} has no letter: as a person it cannot be told from the numbers in states and messages"
        )
    if stand_in is not None and (not person or not stand_in.strip() or name in stand_in):
        raise typer.BadParameter("--stand-in is for a person, and must not have the id in it")
    word = stand_in or (f"erased-{secrets.token_hex(4)}" if person else "erased")
    settings = settings_of(ctx)
    erasure = Erasure("person" if person else "opportunity", name, word)
    return _Ground(settings, bootstrap_of(settings), plan(settings), Scrubber(erasure))


def _looked(ground: _Ground) -> list[Named]:
    from msgspec import DecodeError

    from models.checkpoint import CheckpointRefused
    from streams.admin.erase import look
    from streams.admin.errors import KafkaRefused
    from streams.cli.screen import counting
    from streams.runtime.forget import forget

    try:
        with counting("reading") as tell:
            return list(look(ground.bootstrap, ground.topics, ground.scrubber, forget, tell))
    except (CheckpointRefused, DecodeError) as error:
        raise KafkaRefused(f"what is there cannot be read, so nothing was changed: {error}") from error


def see_that_it_is_recorded(path: Path) -> None:
    """Raise `SettingsWrong` where the record of erasures cannot be written: afterwards it would be too late to know."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise SettingsWrong(
            f"data: what is erased is written down in {path}, which cannot be written ({error.strerror or error}); "
            "name a folder that can. Nothing was changed"
        ) from error


def _record(ground: _Ground, found: Iterable[Named], left: Iterable[Named], reason: str) -> Path:
    """Append what was done to the record of erasures: not the id, only a salted hash that who knows it can compare."""
    erasure = ground.scrubber.erasure
    salt = secrets.token_hex(8)
    line = {
        "at": int(time.time() * 1000),
        "by": who(),
        "kind": erasure.kind,
        "salt": salt,
        "digest": blake2b(f"{salt}\0{erasure.name}".encode(), digest_size=16).hexdigest(),
        "stand_in": erasure.stand_in if erasure.kind == "person" else "",
        "reason": reason,
        "kafka": str(ground.bootstrap),
        "prefix": ground.settings.prefix,
        "erased": {each.topic: each.named for each in found if each.named},
        "left": {each.topic: each.named for each in left if each.named},
    }
    path = ground.settings.data / _AUDIT
    with path.open("a", encoding="utf-8") as stream:
        stream.write(jsonlib.dumps(line) + "\n")
    return path


def _say(
    found: list[Named],
    person: bool,
    json: bool,
    checked: bool = False,
    erased: list[Named] | None = None,
    record: Path | None = None,
) -> None:
    from streams.cli.screen import print_document

    if json:
        print_document(
            {
                "left": sum(each.named for each in found),
                "topics": [
                    {"topic": each.topic, "records": each.records, "about": each.about, "mention": each.mention}
                    for each in found
                ],
                "erased": None if erased is None else {each.topic: each.named for each in erased if each.named},
                "record": None if record is None else str(record),
            }
        )
        return
    _print_topics(found if erased is None else erased)
    if erased is not None:
        print("\nread again afterwards:")
        _print_topics(found)
    _print_verdict(found, person, checked, erased is not None)
    print("not on the topics, and not looked at: event files, messages that were sent, other consumers, backups")
    if record is not None:
        print(f"written down in {record}")


def _print_topics(found: list[Named]) -> None:
    from streams.cli.screen import out, table

    rows = [(each.topic, f"{each.records:,}", f"{each.about:,}", f"{each.mention:,}") for each in found]
    columns = ("records", "about it", "mention it")
    out().print(table(("topic", *columns), rows, right=columns))


def _print_verdict(found: list[Named], person: bool, checked: bool, done: bool) -> None:
    named = sum(each.named for each in found)
    records = sum(each.records for each in found)
    if not named:
        print(f"\nnothing is left: none of {records:,} records names it")
        return
    if checked or done:
        print(f"\n{named:,} of {records:,} records name it")
        return
    where = "its records go, and where others mention it" if not person else "the records stay, and in place of the id"
    print(f"\n{named:,} of {records:,} records name it. With --yes {where} stands a stand-in. Nothing was changed")
