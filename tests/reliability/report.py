"""What a run found, as a table for people and as one JSON object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.verifier import Difference

MOST_SHOWN = 20


@dataclass(slots=True)
class Report:
    """The outcome of one run."""

    name: str
    seed: int
    seconds: float
    faults: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    """Event lines that the load sent."""
    records: int = 0
    """Records on `deal.activity`, announcements of time included."""
    compared: Mapping[str, int] = field(default_factory=dict)
    ticks: int = 0
    repeats: Mapping[str, int] = field(default_factory=dict)
    samples: int = 0
    strangers: int = 0
    lives: int = 0
    ended_alone: Mapping[str, int] = field(default_factory=dict)
    longest_standstill_s: float = 0.0
    standstill_partition: int | None = None
    standstill_spent: Mapping[str, str] = field(default_factory=dict)
    """In what the time of the longest standstill went."""
    slowest_stop_s: float = 0.0
    caught_up_s: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[str]:
        """How many differences of each kind."""
        return Counter(each.kind for each in self.differences)

    def document(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["differences"] = len(self.differences)
        plain["differences_by_kind"] = dict(self.kinds)
        plain["first_differences"] = [each.line for each in self.differences[:MOST_SHOWN]]
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in plain.items()}

    def table(self) -> str:
        """Return it as text."""
        rows = [(f"{self.name}, seed {self.seed}", f"{self.seconds:.0f} s")]
        rows += [("faults injected", str(sum(self.faults.values())))]
        rows += [(f"  {kind}", str(count)) for kind, count in sorted(self.faults.items())]
        rows += [("lives of workers", str(self.lives))]
        rows += [(f"  ended alone: {words}", str(count)) for words, count in sorted(self.ended_alone.items())]
        rows += [("event lines sent", f"{self.lines:,}"), ("records handled", f"{self.records:,}")]
        rows += [(f"  {plural(kind)} compared", f"{count:,}") for kind, count in self.compared.items()]
        rows += [("  deadlines fired", f"{self.ticks:,}"), ("samples of committed offsets", f"{self.samples:,}")]
        rows += [(f"{plural(kind)} that came again", f"{count:,}") for kind, count in self.repeats.items()]
        rows += [("states written by an old owner, and left out", str(self.strangers))]
        rows += [("longest standstill of a partition", f"{self.longest_standstill_s:.1f} s")]
        rows += [(f"  partition {self.standstill_partition}: {what}", s) for what, s in self.standstill_spent.items()]
        rows += [("slowest stop after SIGTERM", f"{self.slowest_stop_s:.1f} s")]
        rows += [("caught up after the last event in", f"{self.caught_up_s:.1f} s")]
        rows += [("DIFFERENCES", str(len(self.differences)))]
        rows += [(f"  {kind}", str(count)) for kind, count in sorted(self.kinds.items())]
        width = max(len(name) for name, _ in rows) + 2
        body = [f"{name:<{width}}{value:>10}" for name, value in rows]
        return "\n".join([*body, *(f"  {each.line}" for each in self.differences[:MOST_SHOWN])])


def plural(kind: str) -> str:
    """Return the name of several things of a kind."""
    return kind if kind.endswith("s") else f"{kind}s"
