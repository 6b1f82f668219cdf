"""Who holds the token: programs by saying it, browsers by a cookie that they got for it. And who tries too often.

A session is a signed date, which no server has to remember: a worker that is started anew, or another one with the same
token, knows it again, and another token ends them all. Whoever names wrong tokens is soon not listened to for a while;
a session that holds is not touched by that, since nobody can guess one.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from starlette.types import Scope

from streams.notify.pace import Bucket

COOKIE = "dealwatch_session"
#: A working day, and the evening.
SESSION_S = 12 * 3600
#: A token is no password that a person thinks of.
SHORTEST_TOKEN = 16
#: Wrong tokens at once, and how many seconds give one more.
FAILURES, FAILURE_EVERY_S = 10, 30.0
#: Clients that are remembered; the one that was quiet for longest is forgotten.
_CLIENTS = 10_000
#: What one provider gives to one customer.
_IPV6_PREFIX = 64

Said = Literal["right", "wrong", "too often"]


class Limiter:
    """So many at once by each client, and one more every so many seconds. `now_ms` must not go back."""

    def __init__(self, at_once: int, every_s: float, now_ms: Callable[[], int]) -> None:
        """Begin with everybody rested."""
        self._full = Bucket(1.0 / every_s, float(at_once), float(at_once))
        self._now_ms = now_ms
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def is_spent(self, client: str) -> bool:
        """Whether a client has to wait."""
        return self._bucket(client).taken() is None

    def take(self, client: str) -> bool:
        """Count one; False where the client has to wait."""
        before = self._bucket(client)
        after = before.taken()
        self._buckets[client] = before if after is None else after
        self._buckets.move_to_end(client)
        while len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        return after is not None

    def _bucket(self, client: str) -> Bucket:
        now = self._now_ms()
        known = self._buckets.get(client)
        return Bucket(self._full.rate, self._full.size, self._full.size, now) if known is None else known.filled(now)


class Gate:
    """Knows the token. Sessions end by `wall_s`; wrong tokens are counted by `now_ms`, which never goes back."""

    def __init__(self, token: str, wall_s: Callable[[], float], now_ms: Callable[[], int]) -> None:
        """Guard with `token`, which must not be empty."""
        self._token = token.encode()
        self._key = hmac.digest(self._token, b"dealwatch session", sha256)
        self._wall_s = wall_s
        self._failures = Limiter(FAILURES, FAILURE_EVERY_S, now_ms)

    def hear(self, said: str, client: str) -> Said:
        """Compare what a client says with the token; one that was wrong too often is not compared at all."""
        if self._failures.is_spent(client):
            return "too often"
        if hmac.compare_digest(sha256(said.encode()).digest(), sha256(self._token).digest()):
            return "right"
        self._failures.take(client)
        return "wrong"

    def begin(self) -> str:
        """Return a session."""
        body = f"{int(self._wall_s()) + SESSION_S}.{secrets.token_hex(8)}"
        return f"{body}.{self._signed(body)}"

    def holds(self, session: str) -> bool:
        """Whether a session is ours, and has not ended."""
        body, _, signature = session.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signed(body).encode()):
            return False
        return int(body.partition(".")[0]) > self._wall_s()

    def _signed(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), sha256).hexdigest()


def client_of(scope: Scope) -> str:
    """Who asks, by address; those of one IPv6 network are one."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network(f"{host}/{_IPV6_PREFIX}", strict=False))
    return str(address)
