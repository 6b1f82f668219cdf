"""What no log line holds: secrets that this process knows, credentials in addresses, and people's e-mail addresses.

A secret may stand in a line as it is, or as it looks in the representation of a text or of bytes, in JSON, or in an
address; and in a representation of any of these. It is left out in all of these forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus

SECRET = "[secret]"  # noqa: S105  # what stands in its place
ADDRESS = "[address]"
#: A secret of fewer characters is not looked for: it would be found within words.
SHORTEST = 4
#: Characters of one text in a line; what is longer is the content of something, which does not belong into a log.
LONGEST = 8_000
#: Texts that are ours, and by which lines are found; no secret gets into them.
OURS = frozenset({"timestamp", "level", "logger", "role"})

#: https://user:password@host
_USERINFO = re.compile(r"(?<=://)[^\s/@\"']+@")
#: user:password@host:port, which is no address anywhere, and is written as one.
_BARE_USERINFO = re.compile(r"[^\s/@\"']+:[^\s/@\"']+@(?=[^\s/@\"']+:\d)")
_AUTHORIZATION = re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:basic|bearer)?\s*[^\s'\",}]+")
_MAIL = re.compile(r"[\w.+%-][\w.+%'-]*@[\w-]+(?:\.[\w-]+)+")


class Redactor:
    """Leaves out what must not be said. A processor of structlog, and usable for a text of its own."""

    def __init__(self, secrets: Callable[[], Collection[str]]) -> None:
        """`secrets` are asked for with every text: more may have become known."""
        self._secrets = secrets
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def __call__(self, _logger: Any, _method: str, event_dict: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Return the event without them, in keys and in values at any depth."""
        return {key if key in OURS else self.text(key): self._value(key, each) for key, each in event_dict.items()}

    def text(self, text: str) -> str:
        """Return a text without them, and not longer than `LONGEST`."""
        known = frozenset(each for each in self._secrets() if len(each) >= SHORTEST)
        if known != self._known:
            self._known, self._pattern = known, _pattern_of(known)
        if self._pattern is not None:
            text = self._pattern.sub(SECRET, text)
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]} ... and {len(text) - LONGEST} characters more"
        if "://" in text:
            text = _USERINFO.sub(f"{SECRET}@", text)
        if "@" in text:
            text = _MAIL.sub(ADDRESS, _BARE_USERINFO.sub(f"{SECRET}@", text))
        return _AUTHORIZATION.sub(rf"\1{SECRET}", text)

    def _value(self, key: str, value: Any) -> Any:
        if key in OURS or value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._value("", each) for name, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", each) for each in value]
        return self.text(str(value))


def _pattern_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret)}
    if not forms:
        return None
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))


def _forms(secret: str) -> set[str]:
    """The texts as which a secret may stand in a line."""
    once = {secret, *_represented(secret)}
    return once | {form for each in once for form in _represented(each)}


def _represented(text: str) -> set[str]:
    encoded = text.encode("utf-8", "surrogatepass")
    return {
        _inside(repr(text)),
        # Python quotes with the other mark where the first is in the whole text, of which this is a part.
        _inside(repr(text + "\"'")).removesuffix("\"\\'"),
        _inside(repr(encoded)[1:]),
        _inside(json.dumps(text)),
        _inside(json.dumps(text, ensure_ascii=False)),
        quote(encoded),
        quote(encoded, safe=""),
        quote_plus(encoded),
    }


def _inside(quoted: str) -> str:
    return quoted[1:-1]
