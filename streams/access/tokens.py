"""Bearer tokens for OAUTHBEARER: read from where something else renews them, or asked for with client credentials.

The request is the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4), the client authenticated by HTTP Basic
(section 2.3.1). A token is kept until shortly before it expires; a place is read anew for every connection.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from streams.config.secret import keep_out_of_logs, read_secret
from streams.errors import DealwatchError

#: Seconds for an answer of the token endpoint.
_ANSWER_S = 10.0
#: A token is renewed after this share of its life.
_USED_UP = 0.8
#: Seconds for which a token is kept whose life is not said.
_LIFE_UNSAID_S = 60.0


class TokenRefused(DealwatchError):
    """No token is to be had."""

    id = "err-token-refused"


class TokenSource(Protocol):
    """Where tokens come from."""

    def token(self) -> str:
        """Return a token that is valid now; may wait for an answer. Raises `TokenRefused` or `SettingsWrong`."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """A file or a variable in which somebody else keeps a token, and renews it."""

    reference: str

    def token(self) -> str:
        """Return what is there now."""
        return read_secret("broker_token", self.reference, renewed=True)


@dataclass(slots=True)
class TokenEndpoint:
    """A server that gives tokens for a client's name and secret. Safe to ask from several threads."""

    url: str = field(repr=False)
    client: str
    secret: str = field(repr=False)
    scope: str = ""
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def shown(self) -> str:
        """The address as messages name it: what follows a question mark may be secret."""
        return self.url.partition("?")[0]

    def token(self) -> str:
        """Return the token at hand, or a new one where it is nearly used up."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, life_s = self._ask()
                self._until = time.monotonic() + life_s * _USED_UP
            return self._token

    def _ask(self) -> tuple[str, float]:
        import requests  # costs a tenth of a second, which only those who ask for tokens pay

        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        try:
            answer = requests.post(self.url, data=form, auth=(self.client, self.secret), timeout=_ANSWER_S)
        except requests.RequestException as error:
            raise TokenRefused(
                f"no token from {self.shown} ({type(error).__name__}); check broker_token_url, and that it can be "
                "reached"
            ) from None  # what the library says may hold the request
        if answer.status_code != requests.codes.ok:
            raise TokenRefused(
                f"{self.shown} gives {self.client} no token (HTTP {answer.status_code}); check broker_user, the secret "
                "that broker_password names, and broker_token_scope"
            )
        try:
            found = answer.json()
            token = keep_out_of_logs(str(found["access_token"]), renewed=True)
            return token, float(found.get("expires_in", _LIFE_UNSAID_S))
        except (ValueError, KeyError, TypeError):
            raise TokenRefused(f"{self.shown} answers without a token; correct broker_token_url") from None
