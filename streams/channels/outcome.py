"""How an attempt to send went, and with that what comes next."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Outcome(NamedTuple):
    """sent: the other side took it. later: it may work another time. refused: it never will, as it is.

    `reason` is a short name for counting (`http_429`, `smtp_550`, `no_answer`), `detail` a sentence without secrets.
    `wait_ms` is for how long the other side asked to be left alone (Retry-After).
    """

    kind: Literal["sent", "later", "refused"]
    reason: str = ""
    detail: str = ""
    wait_ms: int = 0


SENT = Outcome("sent")
#: Answers that may change without the message being another one: too much at once, a password that is being replaced,
#: a service that is away.
_LATER_HTTP = frozenset((401, 403, 407, 408, 421, 423, 425, 429))
_LATER_SMTP = frozenset((530, 534, 535, 538, 554))
_LONGEST_WAIT_MS = 3_600_000


def of_http(status: int, retry_after: str | None, now_ms: int) -> Outcome:
    """What an HTTP answer other than success means; `retry_after` is the header, in seconds or as a date."""
    name, detail = f"http_{status}", f"the service answered {status}"
    if status >= 500 or status in _LATER_HTTP:
        return Outcome("later", name, detail, _wait(retry_after, now_ms))
    return Outcome("refused", name, detail)


def of_smtp(code: int) -> Outcome:
    """What an SMTP reply means: 4yz is transient, 5yz permanent (RFC 5321), but for who we are and what is policy."""
    kind: Literal["later", "refused"] = "refused" if code >= 500 and code not in _LATER_SMTP else "later"
    return Outcome(kind, f"smtp_{code}", f"the mail server answered {code}")


def _wait(retry_after: str | None, now_ms: int) -> int:
    from email.utils import parsedate_to_datetime

    if not retry_after:
        return 0
    if retry_after.strip().isdecimal():
        wait = int(retry_after) * 1000
    else:
        try:
            wait = int(parsedate_to_datetime(retry_after).timestamp() * 1000) - now_ms
        except ValueError:
            return 0
    return min(max(0, wait), _LONGEST_WAIT_MS)
