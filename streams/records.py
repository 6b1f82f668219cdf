"""The value of a record, read by its type: whatever is wrong with it, it is one error.

msgspec tells JSON that is none from JSON of another shape, both as `DecodeError`. Two kinds of rubbish it leaves to
Python: text that is no UTF-8, and values nested deeper than anything is read. Who reads records should know of one way
in which they can be unreadable.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_value(decoder: msgspec.json.Decoder[T], value: bytes) -> T:
    """Return the value as the decoder's type; raises `msgspec.DecodeError` for whatever is none, and nothing else."""
    try:
        return decoder.decode(value)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"no UTF-8: {error.reason}") from error
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deep") from error
