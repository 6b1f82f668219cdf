"""Figures as they were measured, with where, when and how: the file that the bench writes and the plan reads."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from streams.capacity.catalogue import NAMES
from streams.errors import DealwatchError


class FiguresWrong(DealwatchError):
    """A file of figures cannot be read, or lacks some."""

    id = "err-figures-wrong"


class Figure(Struct, frozen=True, omit_defaults=True):
    """A median, and the rounds that it is of."""

    value: float
    runs: tuple[float, ...] = ()


class Measurement(Struct, frozen=True, kw_only=True):
    """Where, when and how figures were measured. `load`: the system's load average before and after, in processes."""

    date: str
    commit: str
    command: str
    processor: str
    cores: int
    memory_gb: float | None
    system: str
    python: str
    kafka: str
    load_before: float | None
    load_after: float | None
    rounds: int
    partitions: int
    open_deals: tuple[int, ...]
    """Sizes of the slopes."""
    log_deals: tuple[int, ...]
    """Deals of the generated logs."""
    log_days: int
    log_events: int
    """Events of the largest of them."""
    seconds: float
    """How long all of it took."""


class Figures(Struct, frozen=True):
    """All figures of the catalogue."""

    schema: Literal[1]
    measured: Measurement
    figures: dict[str, Figure]

    @property
    def values(self) -> dict[str, float]:
        """The figures by name."""
        return {name: each.value for name, each in self.figures.items()}


_decoder = msgspec.json.Decoder(Figures)


def decode_figures(data: bytes) -> Figures:
    """Read a file of figures; raises `FiguresWrong` where it is none, or lacks one, or has one that is negative."""
    try:
        found = _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise FiguresWrong(f"these are no figures that `dealwatch bench --only capacity` wrote: {error}") from error
    if missing := sorted(NAMES - found.figures.keys()):
        raise FiguresWrong(f"these figures lack {', '.join(missing)}; measure anew: dealwatch bench --only capacity")
    if below := sorted(name for name, each in found.figures.items() if not each.value >= 0.0):
        raise FiguresWrong(f"figures below zero: {', '.join(below)}")
    return found


def encode_figures(figures: Figures) -> bytes:
    """Return the file of figures, for people to read, too."""
    return msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n"
