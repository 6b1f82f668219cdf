"""What the engine itself did about a deal: questions asked of the models, their answers owed, and alerts that are open.

Unlike the facts of the deal this is a history of deliveries: an alert that was sent cannot be unsent, so it follows the
order in which events arrived. Replaying the same log gives the same watch.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from models.ballots import Vote

Severity = Literal["info", "warning", "critical"]
Status = Literal["open", "acknowledged", "snoozed", "resolved"]


class Promise(Struct, frozen=True, array_like=True, gc=False):
    """Questions of one target that fall due together at `due`: those of the grid steps `first`..`last`."""

    due: int
    first: int
    last: int


class ReasonState(Struct, frozen=True, omit_defaults=True, gc=False):
    """What one rule last had to say about this deal, and what people made of it.

    `episode` is an instant from event data (when the silence began, the close date that was missed). A reason that is
    `gone` was told and stays, so that its episode does not come back every day: the same episode is told again from
    `quiet_until` on, never where there is none. A snoozed one holds and is not pressed until `snoozed_until`.
    """

    episode: int
    severity: Severity
    #: When it was told, or changed last.
    at: int
    gone: bool = False
    quiet_until: int | None = None
    snoozed_until: int | None = None
    #: How often this episode was told before.
    retold: int = 0
    #: What somebody said of this episode by ending it, last.
    vote: Vote | None = None

    def snoozed(self, now: int) -> bool:
        """Whether somebody wants to hear nothing of it at `now`."""
        return self.snoozed_until is not None and now < self.snoozed_until


class AlertState(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """The deal's latest alert: one for all its reasons, from the opening until a while after its end."""

    id: str
    sequence: int
    status: Status
    severity: Severity
    #: The leading reason's rule.
    rule: str
    opened_at: int
    #: When it last moved.
    at: int
    acknowledged_by: str = ""
    assignee: str = ""
    #: Who ended it, where a person did.
    ended_by: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has been resolved."""
        return self.status == "resolved"


RunStatus = Literal["running", "succeeded", "failed", "withdrawn"]


class RunState(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """The latest run of one play on this deal, until its cool-down is over: what was begun, and what was seen since."""

    #: The version of the play.
    version: int
    started_at: int
    #: Whether the play is withheld from this deal, to see what difference it makes.
    holdout: bool = False
    status: RunStatus = "running"
    #: When it will have failed; none while it has no end (a hold without a date).
    ends_at: int | None = None
    #: The alert that it was begun with, and the leading reason's rule; empty where no alert called for it.
    alert: str = ""
    rule: str = ""
    #: When somebody first did what the play says, or said so.
    followed_at: int | None = None
    #: The steps that were seen to be done, a bit each.
    done: int = 0
    #: Whether an event came that is among those of the success condition.
    seen: bool = False
    #: When the seller last turned to the buyer since the start.
    touched_at: int | None = None
    #: When a light touch was last said to be due.
    reminded_at: int | None = None
    #: Whether the end of the hold was said.
    woke: bool = False
    #: Whether the buyer was heard from within 14 days of the start.
    replied: bool = False
    #: Whether the reason that it was begun for was over before the end.
    calmed: bool = False


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
    #: By rule.
    reasons: dict[str, ReasonState] = {}
    alert: AlertState | None = None
    #: Rules that would speak but must not, with the reason (the feed is stale, the deal is on hold).
    held: dict[str, str] = {}
    #: By play.
    runs: dict[str, RunState] = {}
    due: int | None = None
