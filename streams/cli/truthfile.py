"""The truth that `generate` wrote beside its events, as the judges of alerts want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from streams.errors import FileUnusable

if TYPE_CHECKING:
    from streams.backtest.deserved import Trouble
    from streams.demo.truth import DealTruth


def read_deals(truth: Path) -> list[DealTruth]:
    """Read the deals of a truth file; raises `FileUnusable`."""
    from msgspec import DecodeError

    from streams.connectors.eventfile import read_lines
    from streams.demo.truth import DealTruth, read_truth

    try:
        told = [read_truth(line) for line in read_lines(truth)]
    except DecodeError as error:
        raise FileUnusable(f"{truth}: {error}; name the .truth.jsonl that dealwatch generate wrote") from error
    return [each for each in told if isinstance(each, DealTruth)]


def trouble_of(deal: DealTruth) -> Trouble:
    """The trouble that a deal was truly in."""
    from streams.backtest.deserved import Trouble
    from streams.events.envelope import millis

    return Trouble(
        opportunity=deal.opportunity,
        kind=deal.kind.value,
        fading=tuple(
            (millis(each.since), millis(each.until)) for each in deal.expected if each.family == "going_quiet"
        ),
        rests=tuple((millis(each.since), millis(each.until)) for each in deal.rests if each.recorded),
        silent_from=None if deal.silent_from is None else millis(deal.silent_from),
    )
