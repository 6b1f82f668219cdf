"""Whether the worker is alive and ready, asked of the engine at the moment of the question."""

from __future__ import annotations

from collections.abc import Callable

from streams.engine.observer import EngineStatus

#: A partition with records to handle and no checkpoint for this long is stuck.
STUCK_AFTER_S = 120.0


class WorkerHealth:
    """Health of one worker; read at every request."""

    def __init__(self, status: Callable[[], EngineStatus]) -> None:
        """Ask `status` each time."""
        self._status = status

    @property
    def alive(self) -> bool:
        """Whether the process can go on: the loop turns (or nobody could ask), and it is not stuck."""
        return not self._stuck(self._status())

    @property
    def ready(self) -> bool:
        """Whether the worker takes part: its group has dealt partitions, if there are enough, and states are back."""
        return self._status().state in ("running", "waiting") and self.alive

    @property
    def reasons(self) -> list[str]:
        """Why not, in sentences."""
        status = self._status()
        sentences = {
            "starting": "the worker is connecting to Kafka",
            "joining": "the worker is joining its group, or the group is rebalancing",
            "recovering": "the states are being read back",
            "stopped": "the worker is stopping",
        }
        found = [sentences[status.state]] if status.state in sentences else []
        if self._stuck(status):
            found.append(f"records wait, and there was no checkpoint for {status.seconds_since_commit:.0f} s")
        return found

    def _stuck(self, status: EngineStatus) -> bool:
        waiting = any((each.lag or 0) > 0 and not each.stalled for each in status.partitions)
        return waiting and status.seconds_since_commit is not None and status.seconds_since_commit > STUCK_AFTER_S
