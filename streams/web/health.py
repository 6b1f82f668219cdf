"""How the process is, as the runtime knows it and as probes ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Health(Protocol):
    """What `/healthz` and `/readyz` report. It is read at every request, so a live object may stand behind it."""

    @property
    def alive(self) -> bool:
        """Whether the process can go on; false asks whoever started it to start it anew."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the worker does its work: partitions assigned, states recovered, lag within bounds."""
        ...

    @property
    def reasons(self) -> list[str]:
        """Why it is not alive or not ready, each in a sentence; empty where all is well."""
        ...


@dataclass(slots=True)
class HealthNotes:
    """The simplest `Health`: three attributes that the runtime sets as things happen."""

    alive: bool = True
    ready: bool = False
    reasons: list[str] = field(default_factory=lambda: ["starting"])
