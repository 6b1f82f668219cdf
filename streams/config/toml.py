"""TOML files of people and operators: a table, or one error that says where it is none.

Python's reader leaves three kinds of rubbish to others: text that is no UTF-8, numbers of more digits than it converts,
and values nested deeper than it goes.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


class NotToml(ValueError):
    """A text is no TOML, or there is none; the message says where, or why."""


def read_toml(text: str | bytes) -> dict[str, Any]:
    """Return the table that a TOML text says; raises `NotToml` for whatever is none, and nothing else."""
    try:
        return tomllib.loads(text.decode() if isinstance(text, bytes) else text)
    except tomllib.TOMLDecodeError as error:
        raise NotToml(f"no TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise NotToml(f"no UTF-8 text (byte {error.start})") from error
    except ValueError as error:
        raise NotToml("no TOML: a number has too many digits") from error
    except RecursionError as error:
        raise NotToml("no TOML: it is nested too deep") from error


def read_toml_file(path: Path, most: int) -> dict[str, Any]:
    """Return the table that a file of at most so many bytes says; raises `NotToml`, also where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotToml(error.strerror or str(error)) from error
    if len(content) > most:
        raise NotToml(f"{len(content):,} bytes; at most {most:,} are read")
    return read_toml(content)
