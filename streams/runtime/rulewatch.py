"""The rules file, looked at while a worker runs: what is in it now, as long as it can be used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from streams.alerts.ruleset import AS_DECLARED, Rules
from streams.config.rules import DEFAULT_FILE, read_rules_file
from streams.errors import RulesWrong
from streams.telemetry.logs import OURS

#: Milliseconds between two looks at the file.
EVERY_MS = 1_000
_log = logging.getLogger(f"{OURS}.rules")

_Mark = tuple[int, int, int] | Literal["absent", "unread"]


class RuleWatch:
    """Shared by all partitions of a worker. A file that cannot be used says nothing: what held before goes on."""

    def __init__(self, named: str, note: Callable[[bool], None], clock: Callable[[], int]) -> None:
        """Look at the file that is `named`, else at `rules.toml` if it is there.

        `note` is told whether the file is invalid, `clock` gives the time in milliseconds.
        """
        self._path = Path(named) if named else DEFAULT_FILE
        self._must_be_there = bool(named)
        self._note = note
        self._clock = clock
        self._looked_at: int | None = None
        self._mark: _Mark = "unread"
        self._rules: Rules | None = None

    @property
    def rules(self) -> Rules | None:
        """What the file says; none where it could not be used since the worker began: nobody asks for a change."""
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= EVERY_MS:
            self._looked_at = now
            self._look()
        return self._rules

    def _look(self) -> None:
        mark = self._marked()
        if mark == self._mark:
            return
        self._mark = mark
        if mark == "absent" and not self._must_be_there:
            self._rules = AS_DECLARED
            self._note(False)
            return
        # Once it was there it must not vanish: a file that is being replaced, or was lost, changes nothing.
        self._must_be_there = True
        try:
            self._rules = read_rules_file(self._path)
        except RulesWrong as error:
            _log.error("The rules file cannot be used, the rules stay as they are: %s", error)
            self._note(True)
        else:
            _log.info("Rules read from %s: %s", self._path, self._rules.digest or "all as declared")
            self._note(False)

    def _marked(self) -> _Mark:
        try:
            found = self._path.stat()
        except OSError:
            return "absent"
        return found.st_mtime_ns, found.st_size, found.st_ino
