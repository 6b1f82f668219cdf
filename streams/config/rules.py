"""The file with the rules' parameters: where it is, and what is in it (its grammar: `streams/alerts/ruleset.py`)."""

from __future__ import annotations

import tomllib
from pathlib import Path

from streams.alerts.ruleset import AS_DECLARED, Rules, read_rules
from streams.config.settings import Settings
from streams.errors import RulesWrong

#: Read where the setting `rules` names no other, if it is there.
DEFAULT_FILE = Path("rules.toml")
#: All that is in it is written with the state of each partition, at every checkpoint.
MAX_BYTES = 64 * 1024


def rules_path(settings: Settings) -> Path | None:
    """The file that is named, or the default one if it is there; none where rules are as declared."""
    if settings.rules:
        return Path(settings.rules)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def read_rules_file(path: Path) -> Rules:
    """Read a file of parameters; raises `RulesWrong` for one that is not there or wrong, with every fault."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RulesWrong(f"{path}: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise RulesWrong(f"{path}: {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        return read_rules(tomllib.loads(content.decode()))
    except UnicodeDecodeError as error:
        raise RulesWrong(f"{path}: no UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise RulesWrong(f"{path}: no TOML: {error}") from error
    except RulesWrong as error:
        raise RulesWrong(f"{path}: {error.args[0]}") from error


def rules_of(settings: Settings) -> Rules:
    """The rules that the settings name; raises `RulesWrong`."""
    path = rules_path(settings)
    return AS_DECLARED if path is None else read_rules_file(path)
