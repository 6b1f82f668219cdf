"""Plays as files: those that come with the product, and those of a tenant's folder, which join the rules file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from streams.alerts.registry import BY_NAME
from streams.config.toml import NotToml, read_toml
from streams.errors import PlayWrong, RulesWrong
from streams.plays.definition import PlayDefinition
from streams.plays.playbook import Playbook, playbook_of
from streams.plays.read import plain, read_play

Plain = dict[str, Any]

#: No file of a play is larger.
MAX_BYTES = 16 * 1024


@cache
def shipped() -> Playbook:
    """The plays that come with the product."""
    folder = files("streams") / "playbook"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    return playbook_of(_play(name, read_toml((folder / name).read_text(encoding="utf-8"))) for name in found)


def read_folder(folder: Path) -> Plain:
    """Read every play of a folder (`*.toml`, one each) as the section `play` of the rules has it.

    Raises `RulesWrong` with every fault where one cannot be used, or the folder is not there.
    """
    if not folder.is_dir():
        raise RulesWrong(f"{folder}: no such folder")
    faults: list[str] = []
    found: Plain = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            said = _read(path)
            name = said.get("id")
            if not isinstance(name, str):
                raise PlayWrong("id: a play says its id")
            if name in found:
                raise PlayWrong(f"id: {name!r} is another file's already")
            found[name] = completed(name, said)
        except PlayWrong as error:
            faults.append(f"{path}: {error.args[0]}")
    if faults:
        raise RulesWrong("; ".join(faults))
    return found


def completed(name: str, said: Mapping[str, Any]) -> Plain:
    """Return a play whole: what is not said of one that comes with the product is as it has it.

    Only `on = false` is left as it is. Raises `PlayWrong`, also where something else is said under the same version:
    the runs of both would be mixed.
    """
    if dict(said) in ({"on": False}, {"id": name, "on": False}):
        if shipped().of(name) is None:
            raise PlayWrong(f"{name} is no play that comes with the product, so there is nothing to switch off")
        return {"on": False}
    known = shipped().of(name)
    base = {} if known is None else plain(known)
    play = _play(name, {**base, **said, "id": name})
    if known is not None and play != known and play.version == known.version:
        raise PlayWrong(f"version: {play.version} is the play's that comes with the product; raise it for yours")
    return plain(play)


def _play(name: str, said: Mapping[str, Any]) -> PlayDefinition:
    try:
        return read_play(said, BY_NAME)
    except PlayWrong as error:
        raise PlayWrong(f"{name.removesuffix('.toml')}: {error.args[0]}") from error


def _read(path: Path) -> Plain:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlayWrong(error.strerror or str(error)) from error
    if len(content) > MAX_BYTES:
        raise PlayWrong(f"{len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        return read_toml(content)
    except NotToml as error:
        raise PlayWrong(str(error)) from error
