"""Secrets by reference: a setting says where a secret is, `env:NAME` or `file:PATH`, never what it is."""

from __future__ import annotations

import os
import re
from collections import deque
from pathlib import Path

from streams.errors import SettingsWrong

#: What a reference looks like; said where it looks otherwise, without what was given: it may be the secret itself.
FORM = "env:NAME or file:PATH"
_ENVIRONMENT, _FILE = "env:", "file:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Every secret that this process has read. Only here does anybody know all of them, whoever it was that asked.
_lasting: set[str] = set()
#: Those that are replaced all the time: the last ones.
_renewed: deque[str] = deque(maxlen=16)


def keep_out_of_logs(secret: str, renewed: bool = False) -> str:
    """Note that a text is secret, and return it: no log line will hold it (`streams.telemetry.redact`).

    `renewed`: it is replaced by another one before long.
    """
    if renewed and secret not in _renewed:
        _renewed.append(secret)
    elif not renewed and secret:
        _lasting.add(secret)
    return secret


def known_secrets() -> frozenset[str]:
    """All secrets that were read so far."""
    return frozenset((*_lasting, *_renewed))


def is_reference(text: str) -> bool:
    """Whether a text names a place for a secret.

    >>> is_reference("env:KAFKA_PASSWORD"), is_reference("file:/run/secrets/kafka"), is_reference("hunter2")
    (True, True, False)
    """
    if text.startswith(_ENVIRONMENT):
        return _NAME.fullmatch(text.removeprefix(_ENVIRONMENT)) is not None
    return text.startswith(_FILE) and len(text) > len(_FILE)


def read_secret(setting: str, reference: str, renewed: bool = False) -> str:
    """Return the secret that a reference names, without the line break at its end; `renewed`: somebody replaces it.

    Raises `SettingsWrong` where there is none, with the name of the setting and the place, never with the secret.
    """
    if reference.startswith(_ENVIRONMENT):
        name = reference.removeprefix(_ENVIRONMENT)
        secret = os.environ.get(name, "")
        where = f"the environment variable {name}"
    else:
        path = Path(reference.removeprefix(_FILE)).expanduser()
        where = f"the file {path}"
        try:
            secret = path.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SettingsWrong(f"{setting}: {where} cannot be read ({error.strerror}); correct the path") from error
        except UnicodeDecodeError:
            raise SettingsWrong(f"{setting}: {where} is no text; write the secret into it as UTF-8") from None
    if not secret:
        raise SettingsWrong(f"{setting}: {where} is empty or not set; put the secret there")
    return keep_out_of_logs(secret, renewed)
