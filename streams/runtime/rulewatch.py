"""The rules file and the folder of plays, looked at while a worker runs: what is in them, as long as it can be used."""

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
#: The file, and each file of the folder; an absent folder has none.
_Marks = tuple[_Mark, tuple[tuple[str, _Mark], ...]]


class RuleWatch:
    """Shared by all partitions of a worker. What cannot be used says nothing: what held before goes on."""

    def __init__(self, named: str, note: Callable[[bool], None], clock: Callable[[], int], plays: str = "") -> None:
        """Look at the file that is `named`, else at `rules.toml` if it is there; and into the folder of `plays`.

        `note` is told whether they are invalid, `clock` gives the time in milliseconds.
        """
        self._plays = Path(plays) if plays else None
        self._path = Path(named) if named else DEFAULT_FILE
        self._must_be_there = bool(named)
        self._note = note
        self._clock = clock
        self._looked_at: int | None = None
        self._marks: _Marks = ("unread", ())
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
        marks = (_marked(self._path), self._marked_plays())
        if marks == self._marks:
            return
        self._marks = marks
        absent = marks[0] == "absent" and not self._must_be_there
        if absent and self._plays is None:
            self._rules = AS_DECLARED
            self._note(False)
            return
        # Once it was there it must not vanish: a file that is being replaced, or was lost, changes nothing.
        self._must_be_there = not absent
        try:
            self._rules = read_rules_file(None if absent else self._path, self._plays)
        except RulesWrong as error:
            _log.error("The rules or plays cannot be used, all stay as they are: %s", error)
            self._note(True)
        else:
            _log.info("Rules and plays read: %s", self._rules.digest or "all as declared")
            self._note(False)

    def _marked_plays(self) -> tuple[tuple[str, _Mark], ...]:
        if self._plays is None:
            return ()
        return tuple((each.name, _marked(each)) for each in sorted(self._plays.glob("*.toml")))


def _marked(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return "absent"
    return found.st_mtime_ns, found.st_size, found.st_ino
