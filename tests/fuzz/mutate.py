"""Strategies that break what is good: recorded samples, changed as damage, mistakes and malice change them.

Bytes are flipped, cut, doubled and spliced; of JSON a place is chosen and given another key, another type, a number
that no float or integer holds, text that is none, or a nesting without end. Most of what comes out is nearly right,
which is where readers break: pure chance is refused at the first byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

#: Nested so deep that whoever reads it by recursion falls.
DEEP = 20_000
#: Values of JSON, and some that only look like it, as they are written.
TOKENS: tuple[str, ...] = (
    *("null", "true", "false", "0", "-1", "-0", "-0.0", "0.5", "1e5", "[]", "{}", '""', "[[]]", "[null]", '{"":null}'),
    *("NaN", "Infinity", "-Infinity", "1e308", "-1e308", "1e309", "-1e309", "1e-400", "0.1e1000000000", "1e-1000000000"),
    *("9223372036854775807", "-9223372036854775809", "18446744073709551616", "9" * 19, "9" * 500, "-" + "9" * 5_000),
    *('"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\u202e\\u2066"', '"\\ufeff"', '"\\r\\n\\u001b[31m"'),
    *('"1e999"', '"-1"', '"' + "9" * 15 + '.999999"', '"999999999999999"', '"\\u0661"', '"NaN"', '"EUR\\n"', '"~partition"'),
    *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59.999999-23:59"', '"1990-01-01T00:00:00Z"'),
    *('"2026-02-30"', '"0001-01-01"', '"9999-12-31"', '"1969-12-31T23:59:59Z"', '"2026-06-30T23:59:60Z"', '"2200-12-31"'),
    *('"../../../etc/passwd"', '"/etc/passwd"', '"Europe"', '"."', '"tzdata.zi"', '"{{7*7}}"', '"${HOME}"', '"%s%n"'),
    *('"<script>alert(1)</script>"', "\"'\"", '"`$.x`"', '"' + "x" * 201 + '"', '"' + "\u00e9" * 501 + '"', '"1.0"'),
    *("[" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP, "// c", "'x'", "1_000", "0x10", "01", "+1", ".5", "1.", "tru"),
)
_BYTES: tuple[bytes, ...] = (
    *(b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\n", b"\r", b" "),
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"'", b"`", b"0", b"e9", b"-", b"\x1f\x8b\x08", b"\xfe\xff"),
)
_MARK = "\ue000%d\ue001"
#: Places looked at in a value: models have thousands, all alike.
_MOST_PLACES = 400

#: Makes a change to what was drawn.
Way = Callable[[DrawFn, bytes], bytes]


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


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a value, in the order of its text."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [value]
    while waiting and len(found) < 50 * _MOST_PLACES:
        each = waiting.pop()
        keys: Sequence[Any] = list(each) if isinstance(each, dict) else range(len(each))
        for key in keys:
            found.append((each, key))
            if isinstance(each[key], dict | list):
                waiting.append(each[key])
    step = -(-len(found) // _MOST_PLACES) or 1
    return found[:: max(step, 1)]


def _restructured(draw: DrawFn, value: bytes) -> bytes:
    """Change a place of a JSON text by its meaning; what is no JSON is returned as it is."""
    try:
        tree = json.loads(value)
    except (ValueError, RecursionError):
        return value
    raw: dict[str, str] = {}
    places = _places(tree) if isinstance(tree, dict | list) else []
    if not places:
        return draw(st.sampled_from(TOKENS)).encode("utf-8", "surrogatepass")
    where, key = places[draw(st.integers(0, len(places) - 1))]
    way = draw(st.sampled_from(("token", "token", "token", "drop", "rename", "swap", "wrap", "repeat", "double", "more")))
    if way == "token":
        where[key] = _mark(raw, draw(st.sampled_from(TOKENS)))
    elif way == "drop":
        del where[key]
    elif way == "rename" and isinstance(where, dict):
        where[draw(st.sampled_from(("", "type", "id", "\u00e9", "a" * 300)) | st.text(max_size=5))] = where.pop(key)
    elif way == "swap":
        other, there = places[draw(st.integers(0, len(places) - 1))]
        if there in other if isinstance(other, dict) else there < len(other):
            where[key] = json.loads(json.dumps(other[there]))
    elif way == "wrap":
        where[key] = [where[key]]
    elif way == "repeat" and isinstance(where[key], list):
        where[key] *= draw(st.sampled_from((2, 30)))
    elif way == "double" and isinstance(where, dict):
        # The same key twice: whose word counts?
        inner = json.dumps(where[key], ensure_ascii=False)
        where[key] = _mark(raw, f"{inner},{json.dumps(key)}:{draw(st.sampled_from(TOKENS))}")
    elif way == "more" and isinstance(where, dict):
        where[draw(st.text(max_size=5))] = _mark(raw, draw(st.sampled_from(TOKENS)))
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    for mark, token in raw.items():
        text = text.replace(f'"{mark}"', token)
    return text.encode("utf-8", "surrogatepass")


def _mark(raw: dict[str, str], token: str) -> str:
    mark = _MARK % len(raw)
    raw[mark] = token
    return mark


@st.composite
def mutated(draw: DrawFn, samples: Sequence[bytes], ways: Sequence[Way] = (*WAYS, _restructured)) -> bytes:
    """Return one of the samples with one to three changes; text that is JSON is mostly changed by its meaning."""
    value = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 3))):
        value = draw(st.sampled_from(ways))(draw, value)
    return value


def mutated_json(samples: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Return what `mutated` makes of JSON: three in four changes keep it JSON."""
    return mutated(samples, (*WAYS, *(_restructured,) * 12)) | st.binary(max_size=40)
