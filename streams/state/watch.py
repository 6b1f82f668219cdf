"""What the engine itself did about a deal: questions asked of the models, their answers owed, and alerts that are open.

Unlike the facts of the deal this is a history of deliveries: an alert that was sent cannot be unsent, so it follows the
order in which events arrived. Replaying the same log gives the same watch.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Severity = Literal["info", "warning", "critical"]


class Promise(Struct, frozen=True, array_like=True, gc=False):
    """Questions of one target that fall due together at `due`: those of the grid steps `first`..`last`."""

    due: int
    first: int
    last: int


class Slot(Struct, frozen=True, omit_defaults=True, gc=False):
    """One rule's alert on this deal: the episode it is about and how far it got.

    `episode` is an instant from event data (when the silence began, the close date that was missed): it makes the id.
    `state` is "open" or "resolved"; a resolved slot stays so that the same episode never opens twice.
    """

    episode: int
    state: Literal["open", "resolved"]
    severity: Severity
    sequence: int
    opened_at: int
    at: int


class Estimate(Struct, frozen=True, array_like=True, gc=False):
    """A probability, when it was said, and by which version of which model."""

    probability: float
    at: int
    version: str


class Watch(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Questions and alerts of one deal.

    The grid is `origin + k * 24 h`: on each step while the deal is open the models are asked. `asked` is the last step
    asked, `settled` the last one whose inactivity answer was given, `silences` and `promises` the answers about the
    silence and the close date still owed, `decided` whether the answers of the close were given, and `revision` how
    often they were taken back. `due` is the next instant to look at this deal without an event.
    """

    origin: int
    #: Days without contact that count as inactivity for this deal, fixed when it was first seen.
    horizon_days: int = 14
    asked: int = 0
    settled: int = 0
    silences: tuple[Promise, ...] = ()
    promises: tuple[Promise, ...] = ()
    decided: bool = False
    revision: int = 0
    estimates: dict[str, Estimate] = {}
    #: How the estimates went (`streams/state/history.py`); it stays when the deal has closed.
    history: bytes = b""
    slots: dict[str, Slot] = {}
    #: Rules that would speak but must not, with the reason (the feed is stale, the deal is on hold).
    held: dict[str, str] = {}
    due: int | None = None
