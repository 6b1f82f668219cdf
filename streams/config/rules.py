"""What a tenant sets: a file of parameters and a folder of plays (their grammar: `streams/alerts/ruleset.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streams.alerts.ruleset import AS_DECLARED, Rules, read_rules
from streams.config.plays import Plain, completed, read_folder, shipped
from streams.config.settings import Settings
from streams.config.toml import NotToml, read_toml
from streams.errors import PlayWrong, RulesWrong
from streams.plays.read import plain

#: Read where the setting `rules` names no other, if it is there.
DEFAULT_FILE = Path("rules.toml")
#: All that is in it is written with the state of each partition, at every checkpoint.
MAX_BYTES = 64 * 1024


def rules_path(settings: Settings) -> Path | None:
    """The file that is named, or the default one if it is there; none where rules are as declared."""
    if settings.rules:
        return Path(settings.rules)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def read_rules_file(path: Path | None, plays: Path | None = None) -> Rules:
    """Read a file of parameters and a folder of plays, each where there is one.

    Raises `RulesWrong` for one that is not there or wrong, with every fault.
    """
    said = {} if path is None else _read(path)
    try:
        return _joined(said, None if plays is None else read_folder(plays))
    except RulesWrong as error:
        raise RulesWrong(error.args[0] if path is None else f"{path}: {error.args[0]}") from error


def rules_of(settings: Settings) -> Rules:
    """The rules and plays that the settings name; raises `RulesWrong`."""
    path, plays = rules_path(settings), Path(settings.plays) if settings.plays else None
    return AS_DECLARED if path is None and plays is None else read_rules_file(path, plays)


def _joined(said: Plain, folder: Plain | None) -> Rules:
    """Complete the plays of the file, add those of the folder, and leave out what is as it comes with the product."""
    plays: Plain = {}
    faults: list[str] = []
    section = said.get("play", {})
    if not isinstance(section, Mapping):
        section = {}
        faults.append("play: must be a table, as [play.nurture]")
    for name, its in section.items():
        try:
            if not isinstance(its, Mapping):
                raise PlayWrong("must be a table")
            plays[name] = completed(name, its)
        except PlayWrong as error:
            faults.append(f"play.{name}: {error.args[0].removeprefix(f'{name}: ')}")
    for name, play in (folder or {}).items():
        if name in plays and plays[name] != play:
            faults.append(f"play.{name}: is in the folder of plays, too")
        plays[name] = play
    same = {play.id for play in shipped().plays if plays.get(play.id) == plain(play)}
    rest: dict[str, Any] = {**said, "play": {name: each for name, each in plays.items() if name not in same}}
    try:
        found = read_rules(rest)
    except RulesWrong as error:
        faults.insert(0, error.args[0])
    if faults:
        raise RulesWrong("; ".join(faults))
    return found


def _read(path: Path) -> Plain:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RulesWrong(f"{path}: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise RulesWrong(f"{path}: {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        return read_toml(content)
    except NotToml as error:
        raise RulesWrong(f"{path}: {error}") from error
