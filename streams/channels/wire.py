"""What passes between Apprise and the other side, while Apprise only says yes or no.

Apprise's services speak through `requests` and `smtplib`. Within `watched`, and only in its thread, the answers are
noted and the delivery's id goes along: as header `Idempotency-Key` of a request, as `Message-ID` of a mail. Everybody
else's use of the two libraries is as before.
"""

from __future__ import annotations

import re
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

#: HTTP header and mail header under which receivers know a delivery again.
IDEMPOTENCY_KEY = "Idempotency-Key"
_MESSAGE_ID = re.compile(r"^Message-ID: <[^@>]*@([^>]*)>", re.MULTILINE | re.IGNORECASE)


class Noted:
    """The last answer that was no success, of each protocol."""

    def __init__(self, delivery: str) -> None:
        """Let `delivery` go along."""
        self.delivery = delivery
        self.http_status: int | None = None
        self.retry_after: str | None = None
        self.smtp_code: int | None = None
        self.failure = ""


_local = threading.local()
_send_request = requests.Session.send
_sendmail = smtplib.SMTP.sendmail
_getreply = smtplib.SMTP.getreply


@contextmanager
def watched(delivery: str) -> Iterator[Noted]:
    """Note what passes on the wire in this thread while the block runs."""
    stand_between()
    noted = _local.noted = Noted(delivery)
    try:
        yield noted
    finally:
        _local.noted = None


def _noted() -> Noted | None:
    return getattr(_local, "noted", None)


def _watched_request(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
    noted = _noted()
    if noted is None:
        return _send_request(self, request, **options)
    request.headers.setdefault(IDEMPOTENCY_KEY, noted.delivery)
    try:
        response = _send_request(self, request, **options)
    except requests.RequestException as error:
        noted.failure = type(error).__name__
        raise
    if not response.ok:
        noted.http_status, noted.retry_after = response.status_code, response.headers.get("Retry-After")
    return response


def _watched_sendmail(self: smtplib.SMTP, from_addr: str, to_addrs: Any, msg: Any, *options: Any, **named: Any) -> Any:
    noted = _noted()
    if noted is not None and isinstance(msg, str):
        msg = _MESSAGE_ID.sub(lambda found: f"Message-ID: <{noted.delivery}@{found[1]}>", msg, count=1)
    return _sendmail(self, from_addr, to_addrs, msg, *options, **named)


def _watched_getreply(self: smtplib.SMTP) -> tuple[int, bytes]:
    code, text = _getreply(self)
    noted = _noted()
    if noted is not None and code >= 400:
        noted.smtp_code = code
    return code, text


def stand_between() -> None:
    """Stand between the two libraries and the wire, from now on in this process; a second time changes nothing."""
    requests.Session.send = _watched_request  # type: ignore[method-assign]
    smtplib.SMTP.sendmail = _watched_sendmail  # type: ignore[method-assign]
    smtplib.SMTP.getreply = _watched_getreply  # type: ignore[method-assign]
