"""Addresses among the settings: what is none, or has a name or a password in it, is refused.

No message repeats what was given. Who writes `user:password@host` has written a secret, and a message ends in a log.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_KAFKA = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:,/@%\[\]]+):[0-9]{1,5}")


def has_credentials(text: str) -> bool:
    """Whether a name or a password seems to stand in an address, be it percent-encoded.

    >>> has_credentials("user:secret@kafka:9092"), has_credentials("kafka:9092")
    (True, False)
    """
    return "@" in text or "%40" in text


def parts_of(url: str) -> SplitResult:
    """Split an address; raises `ValueError` where it is none, without its text, which Python's own error repeats."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no address") from None
    return parts


def check_brokers(addresses: str) -> None:
    """Raise `ValueError` for what is no `host:port[,host:port]`."""
    if has_credentials(addresses):
        raise ValueError(
            "a name or a password has no place in an address; write host:port, and who comes in with which password "
            "into broker_user and broker_password"
        )
    given = [each for each in addresses.split(",") if each]
    for place, each in enumerate(given, start=1):
        if not _KAFKA.fullmatch(each.strip()):
            which = f"number {place} of {len(given)}" if len(given) > 1 else "this"
            raise ValueError(f"{which} is no address; write host:port, as in localhost:9092")
