"""What is asked of an installation, and the numbers that people write: 2M, 100k, 1.5 GiB."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from streams.capacity.choices import Store
from streams.errors import SettingsWrong


class DemandWrong(SettingsWrong):
    """What is asked for is no number, or beyond what a plan can be made for."""

    id = "err-demand-wrong"


_SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9}
_BYTES = {"mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_TIMES = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_NUMBER = re.compile(r"([0-9]+(?:[_,][0-9]{3})*(?:\.[0-9]+)?)\s*([a-z]*)")


def number(text: str) -> float:
    """Return a number as people write it; raises `DemandWrong`.

    >>> number("2M"), number("100k"), number("1,500"), number("0.5")
    (2000000.0, 100000.0, 1500.0, 0.5)
    """
    return _read(text, _SUFFIXES, "a number, as in 250000, 100k, 2M or 1B")


def size(text: str) -> float:
    """Return bytes; raises `DemandWrong`.

    >>> size("1.5 GiB")
    1610612736.0
    """
    return _read(text, _BYTES, "a size with its unit, as in 512MiB or 4GiB")


def seconds(text: str) -> float:
    """Return seconds; raises `DemandWrong`.

    >>> seconds("5m"), seconds("90s")
    (300.0, 90.0)
    """
    return _read(text, _TIMES, "a time with its unit, as in 90s, 5m or 1h")


def _read(text: str, units: dict[str, float], wanted: str) -> float:
    found = _NUMBER.fullmatch(text.strip().lower())
    if found is None or found[2] not in units:
        raise DemandWrong(f"{text!r} is not {wanted}")
    return float(found[1].replace(",", "").replace("_", "")) * units[found[2]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked for. Sizes in bytes, times in seconds unless the name says otherwise."""

    deals: float
    """Open deals."""
    events_per_day: float
    peak_factor: float = 4.0
    """The busiest minutes over the average of 24 hours."""
    retention_days: float = 365.0
    """For how long topics that are kept are kept."""
    replication: float = 3.0
    brokers: float = 3.0
    cores_per_worker: float = 1.0
    memory_per_worker: float = 4.0 * 2**30
    recovery_within: float = 300.0
    """How long a worker that lost everything may take until its deals are back."""
    headroom: float = 0.5
    """Share of processors that stays free at the peak."""
    deal_life_days: float = 90.0
    """From a deal's opening to its end; closed deals are remembered for 400 days more."""
    deals_per_owner: float = 50.0
    store: Store = "memory"

    def __post_init__(self) -> None:
        """Refuse what no plan can be made for; raises `DemandWrong`."""
        for name, least, most in _BOUNDS:
            value = getattr(self, name)
            if not least <= value <= most:
                raise DemandWrong(f"{_option(name)}: from {least:,g} to {most:,g}, not {value:,g}")
        if self.replication > self.brokers:
            raise DemandWrong(f"--replication {self.replication:g} needs as many --brokers, not {self.brokers:g}")

    @property
    def values(self) -> dict[str, float]:
        """The numbers by name."""
        return {each.name: float(getattr(self, each.name)) for each in fields(self) if each.name != "store"}


_BOUNDS = (
    ("deals", 1, 1e10),
    ("events_per_day", 0, 1e12),
    ("peak_factor", 1, 1_000),
    ("retention_days", 1, 36_500),
    ("replication", 1, 10),
    ("brokers", 1, 10_000),
    ("cores_per_worker", 0.05, 1_024),
    ("memory_per_worker", 2.0**28, 2.0**42),
    ("recovery_within", 1, 86_400),
    ("headroom", 0, 0.95),
    ("deal_life_days", 1, 3_650),
    ("deals_per_owner", 1, 1e6),
)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
