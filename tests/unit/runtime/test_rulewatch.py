"""The rules file while a worker runs: what is in it, and what happens when it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.alerts.ruleset import AS_DECLARED, Rules
from streams.runtime.rulewatch import EVERY_MS, RuleWatch

TWICE, BROKEN = "[rule.silent]\nfactor = 2.0\n", "[rule.silnt]\nfactor = 2.0\n"


class Watched:
    """A file, somebody who watches it, and a clock that is moved by hand."""

    def __init__(self, named: str) -> None:
        """Watch the file that is named, or the default one."""
        self.now = 0
        self.invalid: list[bool] = []
        self.watch = RuleWatch(named, self.invalid.append, lambda: self.now)

    def look(self) -> Rules | None:
        """Look once more, when it is time."""
        self.now += EVERY_MS
        return self.watch.rules


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _write(text: str, name: str = "rules.toml") -> None:
    path = Path(name)
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def test_without_a_file_the_rules_are_as_declared_until_one_appears() -> None:
    """The default file may come later."""
    watched = Watched("")
    assert watched.look() == AS_DECLARED
    _write(TWICE)
    assert watched.look() is not None
    assert watched.watch.rules == watched.look()
    assert watched.watch.rules.data == {"rule": {"silent": {"factor": 2.0}}}  # type: ignore[union-attr]


def test_a_file_that_became_invalid_changes_nothing_and_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    """What held before goes on; one line says why, and the note is taken back when the file is right again."""
    _write(TWICE)
    watched = Watched("")
    good = watched.look()
    for text in (BROKEN, "no = [toml", "x" * 70_000):
        _write(text)
        assert watched.look() == good
        assert watched.look() == good
        assert watched.invalid[-1] is True
    assert len([line for line in caplog.messages if "cannot be used" in line]) == 3
    assert "did you mean silent?" in caplog.messages[0]
    _write(TWICE.replace("2.0", "3.0"))
    assert watched.look() != good
    assert watched.invalid[-1] is False


def test_a_file_that_goes_away_changes_nothing() -> None:
    """It may be replaced at this moment, or have been deleted by mistake."""
    _write(TWICE)
    watched = Watched("")
    good = watched.look()
    Path("rules.toml").unlink()
    assert watched.look() == good
    assert watched.invalid[-1] is True


@pytest.mark.parametrize("text", [None, BROKEN])
def test_a_named_file_that_never_could_be_used_asks_for_nothing(text: str | None) -> None:
    """Then the rules in the log hold, also after a restart with a broken file."""
    if text is not None:
        _write(text, "mine.toml")
    watched = Watched("mine.toml")
    assert watched.look() is None
    assert watched.invalid == [True]
    _write(TWICE, "mine.toml")
    assert watched.look() is not None
    assert watched.invalid[-1] is False


def test_the_file_is_not_read_for_every_question() -> None:
    """All partitions ask many times a second."""
    _write(TWICE)
    watched = Watched("")
    first = watched.look()
    _write(TWICE.replace("2.0", "3.0"))
    assert watched.watch.rules is first
    assert watched.look() is not first
