"""Traces as the programs speak of them: what was done, told after it was done, and the header that hands a trace on.

Whoever did something says so with `tell` and gets the `traceparent` of it (W3C Trace Context), empty where it is not
traced. What becomes of it is behind glass (`otlp`), and none of it is there where no `otel_endpoint` is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from streams.errors import DealwatchError

#: The header with the trace and the span that a record comes from.
TRACEPARENT = "traceparent"
#: Most links of a span: those that are left out are in the count of records.
LINKS = 32
#: https://www.w3.org/TR/trace-context/#traceparent-header-field-values; later versions may say more at the end.
#: Later versions may say more behind the flags; the first one may not (W3C Trace Context, 3.2.2).
_FORM = re.compile(rb"(?!ff|00-.{52}-)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?")
_SAMPLED = 1

Kind = Literal["consumer", "producer", "client", "internal"]
Value = str | int | float | bool | Sequence[str]


class TracingMissing(DealwatchError):
    """Traces are asked for, and what sends them is not installed."""

    id = "err-tracing-missing"


class Done(NamedTuple):
    """Something that was done, from `began` to `ended` (nanoseconds since 1970 UTC).

    `parent` is the traceparent of what it belongs to, empty for a trace of its own; `links` are of what led to it, the
    first `LINKS` of them. `wanted`: traced in any case, not by chance. `failure` says what went wrong, without content.
    """

    name: str
    began: int
    ended: int
    kind: Kind = "internal"
    attributes: Mapping[str, Value] = {}
    parent: str = ""
    links: Sequence[str] = ()
    wanted: bool = False
    failure: str = ""


class Tracing(Protocol):
    """The traces of a program. Nothing of it waits or raises."""

    def tell(self, done: Done, parts: Sequence[Done] = ()) -> str:
        """Tell what was done, and the `parts` it was made of; return its traceparent, empty where it is not traced."""

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many spans were exported, and how many dropped, so far."""

    def close(self) -> None:
        """Send what is left, if it is taken at once; the program ends."""


def ids_of(traceparent: str) -> dict[str, str]:
    """What a log line says of a trace; nothing where there is none.

    >>> ids_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    {'trace_id': '0af7651916cd43dd8448eb211c80319c', 'span_id': 'b7ad6b7169203331'}
    >>> ids_of("")
    {}
    """
    if not traceparent:
        return {}
    _, trace, span, *_ = traceparent.split("-")
    return {"trace_id": trace, "span_id": span}


def traceparent_in(headers: Iterable[tuple[str, bytes]]) -> str:
    """The traceparent with which a record came, if it is well formed and its trace is taken down; else empty.

    >>> traceparent_in([("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")])[:10]
    '00-0af7651'
    >>> traceparent_in([("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")])
    ''
    """
    for name, value in headers:
        if name == TRACEPARENT:
            found = _FORM.fullmatch(value or b"")
            if found is None or not int(found[1], 16) & _SAMPLED:
                return ""
            return value.decode()
    return ""
