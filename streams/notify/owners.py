"""All owners at once, in the alerts' own time: every message heard, and whatever falls due in between, each in order.

What `deal.notifier` would come to if the log were lived through; it sends nothing. Who is told depends on the messages
and their times only, so the same log gives the same deliveries.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from streams.notify.allot import allot
from streams.notify.delivery import Delivery
from streams.notify.hear import REMEMBERED, Heard, forget, let_go
from streams.notify.notice import Notice
from streams.notify.owner import OwnerState
from streams.notify.policy import OwnerPolicy


class Owners:
    """The states of all owners. `hear` messages in the order of time; `pass_time` at the end."""

    def __init__(self, policy_of: Callable[[str], OwnerPolicy]) -> None:
        """Begin with nobody; `policy_of` says what holds for an owner, and is asked once for each."""
        self.deliveries: list[Delivery] = []
        """What was decided, in order."""
        self._policy_of = policy_of
        self._states: dict[str, OwnerState] = {}
        self._policies: dict[str, OwnerPolicy] = {}
        self._home: dict[str, str] = {}
        self._due: list[tuple[int, str]] = []

    def hear(self, notice: Notice) -> None:
        """Take in a message of an alert, after everything that was due before it."""
        now, owner = notice.at, notice.owner
        self.pass_time(now)
        other = self._home.get(notice.id, owner)
        holders: tuple[str, ...] = ()
        if other != owner:
            state = self._states[other]
            holders = state.entries[notice.id].holders if notice.id in state.entries else ()
            self._keep(other, let_go(state, notice.id, notice.sequence, now), now)
        self._home[notice.id] = owner
        self._step(owner, Heard(notice, True, holders), now)

    def pass_time(self, until: int) -> None:
        """Do what falls due up to an instant (milliseconds), each at its own time."""
        while self._due and self._due[0][0] <= until:
            due, owner = heappop(self._due)
            if self._states[owner].due == due:
                self._step(owner, None, due)

    def policy(self, owner: str) -> OwnerPolicy:
        """What holds for an owner."""
        if owner not in self._policies:
            self._policies[owner] = self._policy_of(owner)
        return self._policies[owner]

    def _step(self, owner: str, heard: Heard | None, now: int) -> None:
        state = self._states.get(owner) or OwnerState(owner=owner)
        done = allot(state, heard, now, self.policy(owner))
        self.deliveries += done.deliveries
        self._keep(owner, done.state, now)

    def _keep(self, owner: str, state: OwnerState, now: int) -> None:
        before = self._states.get(owner)
        if before is not None and state.gone is not before.gone:
            state = forget(state, now - REMEMBERED)
        self._states[owner] = state
        if state.due is not None and (before is None or before.due != state.due):
            heappush(self._due, (state.due, owner))
