"""What is about a deal, or names a person, in what lies on the topics; and the same without it. Pure.

A deal goes: records and entries about it are dropped, and where others mention it its id gives way to a stand-in. A
person's events stay, since they tell of deals, and wherever their id stands it gives way to a stand-in, the same one
everywhere, so that everything else still adds up. Nobody can compute the id from it: it is drawn by chance.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

Kind = Literal["opportunity", "person"]

#: Objects in an object that say what the whole is about.
_SPEAKING = ("notice", "delivery", "facts", "deal")
#: Objects whose values are entries that may go; of others every field is needed.
_OF_ENTRIES = ("entries",)
#: Where deals stand. An id of digits alone is looked for here only: elsewhere it may be any number.
_NAMING = frozenset({"opportunity", "subject"})
#: Base64, in which an id would be chance.
_BYTES = frozenset({"seen", "history", "deals", "means", "covariances"})


_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")


class _Gone:
    """In place of what is dropped."""


GONE: Final = _Gone()


class Erasure(Struct, frozen=True):
    """What is to be erased: a deal's id or a person's, and what stands in for it."""

    kind: Kind
    name: str
    stand_in: str


class Scrubber:
    """Looks for what is to be erased, and takes it out."""

    def __init__(self, erasure: Erasure, naming: frozenset[str] = _NAMING, base64: frozenset[str] = _BYTES) -> None:
        """Know what to look for; `naming` are the fields where deals stand, `base64` those where an id is chance."""
        self.erasure = erasure
        self._naming, self._base64 = naming, base64
        name = erasure.name
        self._spelt = {name.encode(), json.dumps(name)[1:-1].encode()}
        self._spelt.add(json.dumps(name, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"))
        self._spelt |= {each.replace(b"/", b"\\/") for each in self._spelt}
        # As it comes out of escapes: what they write in two, stays in two.
        units = name.encode("utf-16-be", "surrogatepass")
        pairs = (units[at : at + 2] for at in range(0, len(units), 2))
        self._spelt.add("".join(chr(int.from_bytes(each)) for each in pairs).encode("utf-8", "surrogatepass"))
        self._in_text = any(each.isalpha() for each in name)
        self._word = re.compile(rf"(?<![\w@-])(?<!\w\.){re.escape(name)}(?![\w@-]|\.\w)")

    def may_name(self, data: bytes | None) -> bool:
        """Whether some bytes hold the id at all, be it as a part of another word: a first look, which costs little.

        JSON may write any character as an escape, and some libraries do so with many, such as a plus or an accent.
        """
        if data is None:
            return False
        if any(each in data for each in self._spelt):
            return True
        return b"\\u" in data and any(each in _unescaped(data) for each in self._spelt)

    def text(self, text: str, field: str = "") -> str:
        """A text without the id."""
        if field in self._base64:
            return text
        if text == self.erasure.name and (self._in_text or field in self._naming):
            return self.erasure.stand_in
        return self._word.sub(self.erasure.stand_in, text) if self._in_text else text

    def key(self, key: bytes) -> bytes:
        """A key without the person's id: as a whole, or after a bar."""
        before, bar, after = key.rpartition(b"|")
        return before + bar + self.erasure.stand_in.encode() if after == self.erasure.name.encode() else key

    def is_key(self, key: bytes | None) -> bool:
        """Whether a key is of what is to be erased: the id, or with something before a bar."""
        return key is not None and key.rpartition(b"|")[2] == self.erasure.name.encode()

    def is_about(self, value: object) -> bool:
        """Whether something says of itself that it is about the deal."""
        if self.erasure.kind != "opportunity" or not isinstance(value, dict):
            return False
        name = self.erasure.name
        if name in (value.get("opportunity"), value.get("subject")):
            return True
        facts = value.get("facts")
        if isinstance(facts, dict) and facts.get("id") == name:
            return True
        return any(self.is_about(value.get(each)) for each in _SPEAKING)

    def scrubbed(self, value: Any, field: str = "") -> Any:
        """The same without it: `GONE` where nothing is left, the very same object where it has nothing of it."""
        if isinstance(value, str):
            return self.text(value, field)
        if isinstance(value, dict):
            return self._object(value, field)
        if isinstance(value, list | tuple):
            kept = [each for each in (self._element(each, field) for each in value) if each is not GONE]
            same = len(kept) == len(value) and all(new is old for new, old in zip(kept, value, strict=True))
            return value if same else type(value)(kept)
        return value

    def record(self, value: bytes) -> bytes | None:
        """The value of a record without it, none where nothing is left; what is no JSON is dropped if it names it."""
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            texts = (value.decode("utf-8", "replace"), _unescaped(value).decode("utf-8", "replace"))
            return None if any(self._word.search(each) for each in texts) else value
        left = GONE if self.is_about(found) else self.scrubbed(found)
        if left is found:
            return value
        return None if left is GONE else msgspec.json.encode(left)

    def _element(self, value: Any, field: str) -> Any:
        return GONE if self.is_about(value) else self.scrubbed(value, field)

    def _object(self, value: dict[Any, Any], field: str) -> Any:
        made: dict[Any, Any] = {}
        changed = False
        for name, each in value.items():
            kept = self._element(each, name) if field in _OF_ENTRIES else self.scrubbed(each, str(name))
            called = self.text(name) if isinstance(name, str) else name
            changed |= kept is not each or called != name
            if kept is not GONE:
                made[called] = kept
        return made if changed else value


def _unescaped(data: bytes) -> bytes:
    """Bytes with JSON's escapes by number written out, surrogates each by itself."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "surrogatepass"), data)
