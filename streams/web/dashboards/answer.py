"""What Prometheus answers, checked at the edge: series of numbers, values of a label, or why there are none."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Struct

from streams.errors import DealwatchError

#: Series of one query that are read, and characters of a complaint that are shown: more helps nobody.
MOST_SERIES = 60
_MOST_WORDS = 400


class PrometheusFailed(DealwatchError):
    """Prometheus cannot be reached, refuses a query, or says what is no answer of a Prometheus."""

    id = "err-prometheus"


class Series(NamedTuple):
    """One series: its labels, and its points as (Unix seconds, value). Values may be no numbers (NaN) or infinite."""

    labels: dict[str, str]
    points: tuple[tuple[float, float], ...]


class _Answer(Struct):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


class _Series(Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []


class _Matrix(Struct):
    result: list[_Series]


_answer = msgspec.json.Decoder(_Answer)
_matrix = msgspec.json.Decoder(_Matrix)
_names = msgspec.json.Decoder(list[str])


def read_series(body: bytes) -> tuple[Series, ...]:
    """Read what `query_range` answered; raises `PrometheusFailed`."""
    try:
        found = _matrix.decode(_data(body)).result
        return tuple(
            Series(each.metric, tuple((at, float(value)) for at, value in each.values)) for each in found[:MOST_SERIES]
        )
    except (ValueError, msgspec.DecodeError) as error:
        raise _no_answer(error) from None


def read_names(body: bytes) -> tuple[str, ...]:
    """Read the values of a label; raises `PrometheusFailed`."""
    try:
        return tuple(sorted(_names.decode(_data(body))))
    except msgspec.DecodeError as error:
        raise _no_answer(error) from None


def _data(body: bytes) -> msgspec.Raw:
    try:
        answer = _answer.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_answer(error) from None
    if answer.status != "success":
        raise PrometheusFailed(f"Prometheus says: {answer.error[:_MOST_WORDS] or answer.status[:_MOST_WORDS]}")
    return answer.data


def _no_answer(error: Exception) -> PrometheusFailed:
    return PrometheusFailed(f"what answers there is no Prometheus: {str(error)[:_MOST_WORDS]}")
