"""Two runs came to the same result if the digests of their states and alerts are the same."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from streams.bench.job import Result
from streams.state.codec import decode_deal

_PARTITION_STATE = b'"partition":'


def digest_of(states: Iterable[bytes], alerts: Iterable[bytes]) -> Result:
    """Return the events in the deals' states, and a digest of all states and of all different alerts.

    A partition's own state is left out: its books say when somebody looked, not only what happened.
    """
    deals = sorted(value for value in states if _PARTITION_STATE not in value[:40])
    counted = sum(decode_deal(value).facts.events for value in deals)
    digest = sha256()
    for value in deals:
        digest.update(value + b"\n")
    for value in sorted(set(alerts)):
        digest.update(value + b"\n")
    return Result(counted, f"{len(deals)}-{digest.hexdigest()[:16]}")
