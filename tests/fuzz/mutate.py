"""Strategies that break what is good: recorded samples, changed as damage, mistakes and malice change them.

Bytes are flipped, cut, doubled and spliced. Of JSON and TOML a place is chosen and given another key, another type, a
number that no float or integer holds, text that is none, or a nesting without end. Most of what comes out is nearly
right, which is where readers break: pure chance is refused at the first byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

#: Makes a change to what was drawn.
Way = Callable[[DrawFn, bytes], bytes]

WORDS = Path(__file__).with_name("words")
#: Nested so deep that whoever reads it by recursion falls.
DEEP = 20_000
_MANY = "9" * 5_000


def words(name: str) -> tuple[str, ...]:
    """Return the lines of a list of words."""
    return tuple((WORDS / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n").split("\n"))


#: Values of JSON, as they are written.
TOKENS = words("json")
#: What no reader of JSON should take: where one is, the rest need not be looked at.
NONSENSE = (*words("no_json"), _MANY, f"-{_MANY}", "[" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP)
#: Values of TOML, and some that only look like it.
TOML = (*words("toml"), _MANY, "[" * DEEP, "{a=" * DEEP, f'"{"(" * DEEP}"', f'"{"a" * DEEP}"')
_BYTES = (
    *(b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\n", b"\r"),
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"'", b"`", b"0", b"e9", b"-", b"\x1f\x8b\x08", b"\xfe\xff"),
)
_CHANGES = ("token", "token", "token", "drop", "rename", "swap", "wrap", "repeat", "double", "more")
_NAMES = ("", "type", "id", "\u00e9", "a" * 300)
_RETELLINGS = ("value", "value", "value", "inner", "inner", "drop", "again", "key", "section")
_KEYS = ("column", "format", "when", "event", "data", "once", "regex", "url", "on", "steps", "version", "a.b", '""')
_SECTIONS = ("[file]", "[time]", "[columns]", "[[rule]]", "[pairs.x]", "[rules.silent]", "[channels.x]", "[x")
_INNER = re.compile(r'"[^"]*"|\d+')
_MARK = "\ue000%d\ue001"
#: Places looked at in a value: models have thousands, all alike.
_MOST_PLACES = 400


def _flipped(draw: DrawFn, value: bytes) -> bytes:
    if not value:
        return value
    at = draw(st.integers(0, len(value) - 1))
    return value[:at] + bytes([value[at] ^ (1 << draw(st.integers(0, 7)))]) + value[at + 1 :]


def _cut(draw: DrawFn, value: bytes) -> bytes:
    first, last = sorted((draw(st.integers(0, len(value))), draw(st.integers(0, len(value)))))
    return draw(st.sampled_from((value[:first], value[last:], value[:first] + value[last:])))


def _doubled(draw: DrawFn, value: bytes) -> bytes:
    first, last = sorted((draw(st.integers(0, len(value))), draw(st.integers(0, len(value)))))
    return value[:last] + value[first:last] * draw(st.sampled_from((1, 2, 30))) + value[last:]


def _spliced(draw: DrawFn, value: bytes) -> bytes:
    at = draw(st.integers(0, len(value)))
    return value[:at] + draw(st.sampled_from(_BYTES) | st.binary(max_size=8)) + value[at:]


WAYS: tuple[Way, ...] = (_flipped, _cut, _doubled, _spliced)


@st.composite
def mutated(draw: DrawFn, samples: Sequence[bytes], ways: Sequence[Way] = WAYS) -> bytes:
    """Return one of the samples with one to three changes."""
    value = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        value = draw(st.sampled_from(ways))(draw, value)
    return value


def mutated_json(samples: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Return samples of JSON with changes, most of them of its meaning; and rubbish."""
    return mutated(samples, (*WAYS, *(_restructured,) * 20)) | st.binary(max_size=40)


def mutated_toml(samples: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Return samples of TOML with changes, most of them of a value, a key or a line; and rubbish."""
    return mutated(samples, (*WAYS, *(_retold,) * 20)) | st.binary(max_size=40)


def _restructured(draw: DrawFn, value: bytes) -> bytes:
    """Change a place of a JSON text by its meaning; what is no JSON is returned as it is."""
    try:
        tree = json.loads(value)
    except (ValueError, RecursionError):
        return value
    raw: dict[str, str] = {}
    places = _places(tree) if isinstance(tree, dict | list) else []
    if not places:
        return _token(draw).encode()
    where, key = places[draw(st.integers(0, len(places) - 1))]
    way = draw(st.sampled_from(_CHANGES))
    if way == "token":
        where[key] = _mark(raw, _token(draw))
    elif way == "drop":
        del where[key]
    elif way == "rename" and isinstance(where, dict):
        where[draw(st.sampled_from(_NAMES) | st.text(max_size=5))] = where.pop(key)
    elif way == "swap":
        other, there = places[draw(st.integers(0, len(places) - 1))]
        where[key] = json.loads(json.dumps(other[there]))
    elif way == "wrap":
        where[key] = [where[key]]
    elif way == "repeat" and isinstance(where[key], list):
        where[key] *= draw(st.sampled_from((2, 30)))
    elif way == "double" and isinstance(where, dict):
        # The same key twice: whose word counts?
        inner = json.dumps(where[key], ensure_ascii=False)
        where[key] = _mark(raw, f"{inner},{json.dumps(key)}:{_token(draw)}")
    elif way == "more" and isinstance(where, dict):
        where[draw(st.text(max_size=5))] = _mark(raw, _token(draw))
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    for mark, token in raw.items():
        text = text.replace(f'"{mark}"', token)
    return text.encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a value, or some hundred of them, evenly chosen."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        keys: Sequence[Any] = list(each) if isinstance(each, dict) else range(len(each))
        for key in keys:
            found.append((each, key))
            if isinstance(each[key], dict | list):
                waiting.append(each[key])
    return found[:: max(-(-len(found) // _MOST_PLACES), 1)]


def _token(draw: DrawFn) -> str:
    return draw(st.sampled_from(NONSENSE if draw(st.integers(0, 9)) == 9 else TOKENS))


def _mark(raw: dict[str, str], token: str) -> str:
    mark = _MARK % len(raw)
    raw[mark] = token
    return mark


def _retold(draw: DrawFn, value: bytes) -> bytes:
    """Change a line of a TOML text: its value, its key, its place."""
    lines = value.decode("utf-8", "surrogateescape").split("\n")
    at = draw(st.integers(0, len(lines) - 1))
    key, equals, said = lines[at].partition("=")
    way = draw(st.sampled_from(_RETELLINGS))
    if way in ("value", "inner") and equals:
        token = draw(st.sampled_from(TOML))
        inner = [*_INNER.finditer(said)] if way == "inner" else []
        if inner:
            one = inner[draw(st.integers(0, len(inner) - 1))]
            said = said[: one.start()] + token + said[one.end() :]
        else:
            said = f" {token}"
        lines[at] = f"{key}={said}"
    elif way == "drop":
        del lines[at]
    elif way == "again":
        lines.insert(draw(st.integers(0, len(lines))), lines[at])
    elif way == "key" and equals:
        lines[at] = f"{draw(st.sampled_from(_KEYS))} ={said}"
    elif way == "section":
        lines.insert(at, draw(st.sampled_from(_SECTIONS)))
    return "\n".join(lines).encode("utf-8", "surrogateescape")
